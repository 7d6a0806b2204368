/* WASI's calls on a descriptor. Each is the image's answer, or the host's. */
#include <stdbool.h>
#include <string.h>

#include "host.h"
#include "vfs.h"

/* What a descriptor of the image may do. */
#define FILE_RIGHTS                                                                                                 \
    (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_ADVISE |              \
     __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS | __WASI_RIGHTS_FD_FILESTAT_GET | __WASI_RIGHTS_FD_SYNC |                    \
     __WASI_RIGHTS_FD_DATASYNC | __WASI_RIGHTS_POLL_FD_READWRITE)
/* All that preview 1 knows, so that libc passes a wish to write on: path_open answers it with EROFS, or passes it to
 * the host, which refuses bits that it does not know. */
#define INHERITED_RIGHTS ((__WASI_RIGHTS_SOCK_ACCEPT << 1) - 1)
#define DIRECTORY_RIGHTS                                                                                            \
    (__WASI_RIGHTS_FD_READDIR | __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS | __WASI_RIGHTS_FD_FILESTAT_GET |                 \
     __WASI_RIGHTS_PATH_OPEN | __WASI_RIGHTS_PATH_READLINK | __WASI_RIGHTS_PATH_FILESTAT_GET)

static bool is_directory(const struct vfs_file *file) { return file->node->kind == IMAGE_DIRECTORY; }

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

__wasi_errno_t WASI(fd_close)(__wasi_fd_t fd) {
    struct vfs_file *file = vfs_file(fd);
    return file != NULL ? vfs_close(file) : host_fd_close(vfs_host_fd(fd));
}

__wasi_errno_t WASI(fd_renumber)(__wasi_fd_t from, __wasi_fd_t to) {
    struct vfs_file *source = vfs_file(from), *target = vfs_file(to);

    if (source == NULL && target == NULL)
        return host_fd_renumber(vfs_host_fd(from), vfs_host_fd(to));
    /* A number tells whose a descriptor is, so it cannot move from one side to the other. */
    if (source == NULL || target == NULL)
        return __WASI_ERRNO_NOTSUP;
    return vfs_move(source, target);
}

static __wasi_size_t copy_out(const struct vfs_file *file, uint64_t offset, const __wasi_iovec_t *vecs,
                              __wasi_size_t count) {
    __wasi_size_t total = 0;

    for (__wasi_size_t i = 0; i < count && offset < file->node->size; i++) {
        uint64_t left = file->node->size - offset;
        __wasi_size_t part = vecs[i].buf_len < left ? vecs[i].buf_len : (__wasi_size_t)left;
        memcpy(vecs[i].buf, file->data + offset, part);
        offset += part;
        total += part;
    }
    return total;
}

__wasi_errno_t WASI(fd_pread)(__wasi_fd_t fd, const __wasi_iovec_t *vecs, __wasi_size_t count,
                              __wasi_filesize_t offset, __wasi_size_t *done) {
    struct vfs_file *file = vfs_file(fd);

    if (file == NULL)
        return host_fd_pread(vfs_host_fd(fd), vecs, count, offset, done);
    if (is_directory(file))
        return __WASI_ERRNO_ISDIR;
    *done = copy_out(file, offset, vecs, count);
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(fd_read)(__wasi_fd_t fd, const __wasi_iovec_t *vecs, __wasi_size_t count, __wasi_size_t *done) {
    struct vfs_file *file = vfs_file(fd);

    if (file == NULL)
        return host_fd_read(vfs_host_fd(fd), vecs, count, done);
    if (is_directory(file))
        return __WASI_ERRNO_ISDIR;
    *done = copy_out(file, file->position, vecs, count);
    file->position += *done;
    return __WASI_ERRNO_SUCCESS;
}

/* No descriptor of the image is ever open for writing, and POSIX calls that EBADF. */
__wasi_errno_t WASI(fd_write)(__wasi_fd_t fd, const __wasi_ciovec_t *vecs, __wasi_size_t count,
                              __wasi_size_t *done) {
    return vfs_file(fd) ? __WASI_ERRNO_BADF : host_fd_write(vfs_host_fd(fd), vecs, count, done);
}

__wasi_errno_t WASI(fd_pwrite)(__wasi_fd_t fd, const __wasi_ciovec_t *vecs, __wasi_size_t count,
                               __wasi_filesize_t offset, __wasi_size_t *done) {
    return vfs_file(fd) ? __WASI_ERRNO_BADF : host_fd_pwrite(vfs_host_fd(fd), vecs, count, offset, done);
}

__wasi_errno_t WASI(fd_allocate)(__wasi_fd_t fd, __wasi_filesize_t offset, __wasi_filesize_t length) {
    return vfs_file(fd) ? __WASI_ERRNO_BADF : host_fd_allocate(vfs_host_fd(fd), offset, length);
}

__wasi_errno_t WASI(fd_filestat_set_size)(__wasi_fd_t fd, __wasi_filesize_t size) {
    return vfs_file(fd) ? __WASI_ERRNO_INVAL : host_fd_filestat_set_size(vfs_host_fd(fd), size);
}

__wasi_errno_t WASI(fd_filestat_set_times)(__wasi_fd_t fd, __wasi_timestamp_t atim, __wasi_timestamp_t mtim,
                                           uint32_t flags) {
    return vfs_file(fd) ? __WASI_ERRNO_ROFS : host_fd_filestat_set_times(vfs_host_fd(fd), atim, mtim, flags);
}

__wasi_errno_t WASI(fd_seek)(__wasi_fd_t fd, __wasi_filedelta_t delta, uint32_t whence, __wasi_filesize_t *position) {
    struct vfs_file *file = vfs_file(fd);
    int64_t target;

    if (file == NULL)
        return host_fd_seek(vfs_host_fd(fd), delta, whence, position);
    if (whence == __WASI_WHENCE_SET)
        target = 0;
    else if (whence == __WASI_WHENCE_CUR)
        target = (int64_t)file->position;
    else if (whence == __WASI_WHENCE_END)
        target = file->node->size;
    else
        return __WASI_ERRNO_INVAL;
    if (__builtin_add_overflow(target, delta, &target))
        return __WASI_ERRNO_OVERFLOW;
    if (target < 0)
        return __WASI_ERRNO_INVAL;
    *position = file->position = (uint64_t)target;
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(fd_tell)(__wasi_fd_t fd, __wasi_filesize_t *position) {
    struct vfs_file *file = vfs_file(fd);

    if (file == NULL)
        return host_fd_tell(vfs_host_fd(fd), position);
    *position = file->position;
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(fd_filestat_get)(__wasi_fd_t fd, __wasi_filestat_t *stat) {
    struct vfs_file *file = vfs_file(fd);

    if (file == NULL)
        return host_fd_filestat_get(vfs_host_fd(fd), stat);
    vfs_stat(file->node, stat);
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(fd_fdstat_get)(__wasi_fd_t fd, __wasi_fdstat_t *stat) {
    struct vfs_file *file = vfs_file(fd);
    bool directory;

    if (file == NULL)
        return host_fd_fdstat_get(vfs_host_fd(fd), stat);
    directory = is_directory(file);
    *stat = (__wasi_fdstat_t){
        .fs_filetype = directory ? __WASI_FILETYPE_DIRECTORY : __WASI_FILETYPE_REGULAR_FILE,
        .fs_flags = file->flags,
        .fs_rights_base = directory ? DIRECTORY_RIGHTS : FILE_RIGHTS,
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

__wasi_errno_t WASI(fd_sync)(__wasi_fd_t fd) {
    return vfs_file(fd) ? __WASI_ERRNO_SUCCESS : host_fd_sync(vfs_host_fd(fd));
}

__wasi_errno_t WASI(fd_datasync)(__wasi_fd_t fd) {
    return vfs_file(fd) ? __WASI_ERRNO_SUCCESS : host_fd_datasync(vfs_host_fd(fd));
}

/* Clocks and standard streams go to the host. Its files are not waited for: their numbers would have to be
 * translated both ways, and regular files are always ready. */
__wasi_errno_t WASI(poll_oneoff)(const __wasi_subscription_t *in, __wasi_event_t *out, __wasi_size_t count,
                                 __wasi_size_t *done) {
    for (__wasi_size_t i = 0; i < count; i++) {
        if (in[i].u.tag != __WASI_EVENTTYPE_CLOCK && in[i].u.u.fd_read.file_descriptor >= VFS_ROOT_FD)
            return __WASI_ERRNO_NOTSUP;
    }
    return host_poll_oneoff(in, out, count, done);
}
