/* WASI's calls about a descriptor. Each is our answer, or the host's; vfs_data.c has those that move data. */
#include <stdbool.h>

#include "clock.h"
#include "host.h"
#include "locks.h"
#include "standard.h"
#include "vfs.h"
#include "vfs_duplicates.h"
#include "vfs_held.h"
#include "vfs_pretend.h"

/* What a descriptor of ours may do. libc reads from READ and WRITE how a file was opened. */
#define FILE_RIGHTS                                                                                                    \
    (__WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_ADVISE | __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS |     \
     __WASI_RIGHTS_FD_FILESTAT_GET | __WASI_RIGHTS_FD_SYNC | __WASI_RIGHTS_FD_DATASYNC |                               \
     __WASI_RIGHTS_POLL_FD_READWRITE)
#define WRITE_RIGHTS                                                                                                   \
    (__WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_ALLOCATE | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE |                         \
     __WASI_RIGHTS_FD_FILESTAT_SET_TIMES)
/* All that preview 1 knows, so that libc passes a wish to write on: path_open answers it with EROFS, or passes it to
 * the host, which refuses bits that it does not know. */
#define INHERITED_RIGHTS ((__WASI_RIGHTS_SOCK_ACCEPT << 1) - 1)
#define DIRECTORY_RIGHTS                                                                                               \
    (__WASI_RIGHTS_FD_READDIR | __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS | __WASI_RIGHTS_FD_FILESTAT_GET |                    \
     __WASI_RIGHTS_PATH_OPEN | __WASI_RIGHTS_PATH_READLINK | __WASI_RIGHTS_PATH_FILESTAT_GET)

static __wasi_rights_t file_rights(const struct vfs_file *file) {
    return FILE_RIGHTS | (file->readable ? __WASI_RIGHTS_FD_READ : 0) | (file->writable ? WRITE_RIGHTS : 0);
}

/* libc sees one preopen, the root. vfs_mounts.c has the host's. */
__wasi_errno_t WASI(fd_prestat_get)(__wasi_fd_t fd, __wasi_prestat_t *prestat) {
    if (fd != VFS_ROOT_FD)
        return __WASI_ERRNO_BADF;
    *prestat = (__wasi_prestat_t){.tag = __WASI_PREOPENTYPE_DIR, .u.dir.pr_name_len = 1};
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(fd_prestat_dir_name)(__wasi_fd_t fd, uint8_t *name, __wasi_size_t length) {
    if (fd != VFS_ROOT_FD)
        return __WASI_ERRNO_BADF;
    if (length < 1)
        return __WASI_ERRNO_NAMETOOLONG;
    name[0] = '/';
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(fd_close)(__wasi_fd_t fd) { return duplicates_close(fd); }

__wasi_errno_t vfs_close_fd(__wasi_fd_t fd) {
    struct vfs_file *file = vfs_file(fd);

    if (file != NULL)
        return vfs_close(file);
    locks_close(fd);
    return held_has(fd) ? held_close(fd) : standard_close(vfs_host_fd(fd));
}

__wasi_errno_t WASI(fd_renumber)(__wasi_fd_t from, __wasi_fd_t to) {
    struct vfs_file *source = vfs_file(from), *target = vfs_file(to);

    if (held_has(from) || held_has(to) || duplicates_know(from) || duplicates_know(to))
        return __WASI_ERRNO_NOTSUP;
    if (source == NULL && target == NULL) {
        locks_close(from);
        locks_close(to);
        return host_fd_renumber(vfs_host_fd(from), vfs_host_fd(to));
    }
    /* A number tells whose a descriptor is, so it cannot move from one side to the other. */
    if (source == NULL || target == NULL)
        return __WASI_ERRNO_NOTSUP;
    return vfs_move(source, target);
}

__wasi_errno_t WASI(fd_filestat_set_times)(__wasi_fd_t fd, __wasi_timestamp_t atim, __wasi_timestamp_t mtim,
                                           uint32_t flags) {
    struct vfs_file *file = vfs_file(fd);

    if (file == NULL && held_has(fd) && pretend_change())
        return __WASI_ERRNO_SUCCESS;
    if (file == NULL)
        return host_fd_filestat_set_times(vfs_host_fd(fd), atim, mtim, flags);
    if (!vfs_may_change(file->node))
        return __WASI_ERRNO_ROFS;
    tmp_set_times(file->node.tmp, atim, mtim, flags);
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(fd_filestat_get)(__wasi_fd_t fd, __wasi_filestat_t *stat) {
    struct vfs_file *file = vfs_file(fd);

    if (file == NULL)
        return standard_filestat(vfs_host_fd(fd), stat);
    vfs_stat(file->node, stat);
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(fd_fdstat_get)(__wasi_fd_t fd, __wasi_fdstat_t *stat) {
    struct vfs_file *file = vfs_file(fd);
    bool directory;

    if (file == NULL)
        return standard_fdstat(vfs_host_fd(fd), stat);
    directory = vfs_is_directory(file->node);
    *stat = (__wasi_fdstat_t){
        .fs_filetype = directory ? __WASI_FILETYPE_DIRECTORY : __WASI_FILETYPE_REGULAR_FILE,
        .fs_flags = file->flags,
        .fs_rights_base = directory ? DIRECTORY_RIGHTS : file_rights(file),
        .fs_rights_inheriting = directory ? INHERITED_RIGHTS : 0,
    };
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(fd_fdstat_set_flags)(__wasi_fd_t fd, uint32_t flags) {
    struct vfs_file *file = vfs_file(fd);

    if (file == NULL)
        return host_fd_fdstat_set_flags(vfs_host_fd(fd), flags);
    file->flags = (__wasi_fdflags_t)flags;
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(fd_fdstat_set_rights)(__wasi_fd_t fd, __wasi_rights_t base, __wasi_rights_t inheriting) {
    return vfs_file(fd) ? __WASI_ERRNO_NOTSUP : host_fd_fdstat_set_rights(vfs_host_fd(fd), base, inheriting);
}

__wasi_errno_t WASI(fd_advise)(__wasi_fd_t fd, __wasi_filesize_t offset, __wasi_filesize_t length, uint32_t advice) {
    return vfs_file(fd) ? __WASI_ERRNO_SUCCESS : host_fd_advise(vfs_host_fd(fd), offset, length, advice);
}

/* A directory's descriptor, which what turns preview 1 into WASI 0.2 takes for no file. Programs make a rename durable by it,
 * and would take the error for a failed write; the file system has the rename by its next commit. */
static __wasi_errno_t synced(__wasi_fd_t host_fd, __wasi_errno_t err) {
    __wasi_filestat_t stat;

    if (err != __WASI_ERRNO_BADF || host_fd_filestat_get(host_fd, &stat) != __WASI_ERRNO_SUCCESS)
        return err;
    return stat.filetype == __WASI_FILETYPE_DIRECTORY ? __WASI_ERRNO_SUCCESS : err;
}

__wasi_errno_t WASI(fd_sync)(__wasi_fd_t fd) {
    __wasi_fd_t host_fd = vfs_host_fd(fd);
    return vfs_file(fd) ? __WASI_ERRNO_SUCCESS : synced(host_fd, host_fd_sync(host_fd));
}

__wasi_errno_t WASI(fd_datasync)(__wasi_fd_t fd) {
    __wasi_fd_t host_fd = vfs_host_fd(fd);
    return vfs_file(fd) ? __WASI_ERRNO_SUCCESS : synced(host_fd, host_fd_datasync(host_fd));
}

/* Clocks and standard streams go to the host. Its files are not waited for: their numbers would have to be
 * translated both ways, and regular files are always ready. */
__wasi_errno_t WASI(poll_oneoff)(const __wasi_subscription_t *in, __wasi_event_t *out, __wasi_size_t count,
                                 __wasi_size_t *done) {
    for (__wasi_size_t i = 0; i < count; i++) {
        if (in[i].u.tag != __WASI_EVENTTYPE_CLOCK && in[i].u.u.fd_read.file_descriptor >= VFS_ROOT_FD)
            return __WASI_ERRNO_NOTSUP;
    }
    return clock_poll(in, out, count, done);
}
