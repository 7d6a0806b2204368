#include "vfs_status.h"

#include <string.h>

#include "host.h"
#include "limits.h"
#include "standard.h"
#include "vfs.h"
#include "vfs_place.h"

/* Of files whose bits cannot be told: as a server with the usual umask makes them. */
#define FILE_MODE 0644
#define DIRECTORY_MODE 0755
#define WRITE_BITS 0222
/* Of a pipe or a log, which is what the standard streams are. */
#define STREAM_MODE 0600

#define BLOCK 4096
#define NAME_LENGTH_MAX 255
/* For a grant whose host does not say how much may be written: nobody is to refuse to write. */
#define SPACE_UNKNOWN ((uint64_t)1 << 40)

/* Which grant a descriptor of the host's is in, counted from 1; 0 where that is not known. */
#define TRACKED 256
static uint8_t grants[TRACKED];

static uint32_t grant_of(__wasi_fd_t host_fd) {
    uint32_t index = mounts_index(host_fd);
    return index > 0 || host_fd >= TRACKED ? index : grants[host_fd];
}

void vfs_status_opened(__wasi_fd_t host_fd, __wasi_fd_t by) {
    if (host_fd < TRACKED)
        grants[host_fd] = (uint8_t)grant_of(by);
}

static bool is_read_only(__wasi_fd_t host_fd) {
    uint32_t index = grant_of(host_fd);
    const char *path;
    size_t length;

    return index > 0 && mounts_path(index - 1, &path, &length) && limits_is_read_only(path, length);
}

static int of_node(struct vfs_node node, struct vfs_status *status) {
    vfs_stat(node, &status->wasi);
    status->mode = vfs_mode(node);
    status->is_read_only = !vfs_may_change(node);
    return 0;
}

static int of_host(__wasi_fd_t host_fd, struct vfs_status *status) {
    switch (status->wasi.filetype) {
    case __WASI_FILETYPE_DIRECTORY:
        status->mode = DIRECTORY_MODE;
        break;
    case __WASI_FILETYPE_REGULAR_FILE:
        status->mode = FILE_MODE;
        break;
    case __WASI_FILETYPE_SYMBOLIC_LINK:
        status->mode = 0777;
        return 0;
    default:
        status->mode = STREAM_MODE;
        return 0;
    }
    status->is_read_only = is_read_only(host_fd);
    if (status->is_read_only)
        status->mode &= ~WRITE_BITS;
    return 0;
}

int vfs_path_status(__wasi_fd_t fd, const char *path, bool follow, struct vfs_status *status) {
    __wasi_lookupflags_t lookup = follow ? __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW : 0;
    struct vfs_node node;
    struct place place;
    __wasi_errno_t err;

    *status = (struct vfs_status){0};
    place_locate(fd, path, strlen(path), &place);
    if (!place.is_host) {
        err = place_find(&place, &node);
        return err != __WASI_ERRNO_SUCCESS ? err : of_node(node, status);
    }
    err = host_path_filestat_get(place.host_fd, lookup, place.path, place.length, &status->wasi);
    return err != __WASI_ERRNO_SUCCESS ? err : of_host(place.host_fd, status);
}

int vfs_fd_status(__wasi_fd_t fd, struct vfs_status *status) {
    struct vfs_file *file = vfs_file(fd);
    __wasi_errno_t err;

    *status = (struct vfs_status){0};
    if (file != NULL)
        return of_node(file->node, status);
    err = standard_filestat(vfs_host_fd(fd), &status->wasi);
    return err != __WASI_ERRNO_SUCCESS ? err : of_host(vfs_host_fd(fd), status);
}

static int chmod_node(struct vfs_node node, uint32_t mode) {
    if (!vfs_may_change(node))
        return __WASI_ERRNO_ROFS;
    node.tmp->mode = mode & 07777;
    tmp_set_times(node.tmp, 0, 0, 0);
    return 0;
}

static int chmod_host(int err, const struct vfs_status *status) {
    return err != 0 ? err : status->is_read_only ? __WASI_ERRNO_ROFS : 0;
}

int vfs_path_chmod(__wasi_fd_t fd, const char *path, bool follow, uint32_t mode) {
    struct vfs_status status;
    struct vfs_node node;
    struct place place;
    __wasi_errno_t err;

    place_locate(fd, path, strlen(path), &place);
    if (place.is_host)
        return chmod_host(vfs_path_status(fd, path, follow, &status), &status);
    err = place_find(&place, &node);
    return err != __WASI_ERRNO_SUCCESS ? err : chmod_node(node, mode);
}

int vfs_fd_chmod(__wasi_fd_t fd, uint32_t mode) {
    struct vfs_file *file = vfs_file(fd);
    struct vfs_status status;

    if (file != NULL)
        return chmod_node(file->node, mode);
    return chmod_host(vfs_fd_status(fd, &status), &status);
}

static void set_space(struct statvfs *space, uint64_t total, uint64_t left, bool read_only) {
    *space = (struct statvfs){
        .f_bsize = BLOCK,
        .f_frsize = BLOCK,
        .f_blocks = total / BLOCK,
        .f_bfree = left / BLOCK,
        .f_bavail = left / BLOCK,
        .f_flag = ST_NOSUID | ST_NODEV | (read_only ? ST_RDONLY : 0),
        .f_namemax = NAME_LENGTH_MAX,
    };
}

static int space_of_node(struct vfs_node node, struct statvfs *space) {
    uint64_t used = (uint64_t)__builtin_wasm_memory_size(0) * 65536, memory;

    if (!vfs_may_change(node)) {
        set_space(space, vfs_image.total, 0, true);
        return 0;
    }
    memory = limits_memory();
    /* What is free within the memory that is in use already comes to that. */
    set_space(space, memory, memory > used ? memory - used : 0, false);
    return 0;
}

static int space_of_host(const struct vfs_status *status, struct statvfs *space) {
    uint64_t left;

    if (!limits_directories(&left))
        left = SPACE_UNKNOWN;
    set_space(space, left, status->is_read_only ? 0 : left, status->is_read_only);
    return 0;
}

int vfs_path_space(__wasi_fd_t fd, const char *path, struct statvfs *space) {
    struct vfs_status status;
    struct vfs_node node;
    struct place place;
    int err = vfs_path_status(fd, path, true, &status);

    if (err != 0)
        return err;
    place_locate(fd, path, strlen(path), &place);
    if (place.is_host)
        return space_of_host(&status, space);
    err = place_find(&place, &node);
    return err != 0 ? err : space_of_node(node, space);
}

int vfs_fd_space(__wasi_fd_t fd, struct statvfs *space) {
    struct vfs_file *file = vfs_file(fd);
    struct vfs_status status;
    int err;

    if (file != NULL)
        return space_of_node(file->node, space);
    err = vfs_fd_status(fd, &status);
    return err != 0 ? err : space_of_host(&status, space);
}
