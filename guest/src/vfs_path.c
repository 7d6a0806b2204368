/* WASI's calls that open or inspect files by path. The image is read-only: opening for writing is EROFS, unless the
 * path itself is wrong, which POSIX reports first. */
#include "host.h"
#include "vfs.h"
#include "vfs_held.h"
#include "vfs_place.h"
#include "vfs_status.h"

static __wasi_errno_t open_new(const struct place *place, uint32_t oflags, struct vfs_node *node) {
    struct spot spot;
    __wasi_errno_t err;

    if (!(oflags & __WASI_OFLAGS_CREAT))
        return __WASI_ERRNO_NOENT;
    err = place_find_new(place, &spot);
    if (err != __WASI_ERRNO_SUCCESS)
        return err;
    if (spot.slash || (oflags & __WASI_OFLAGS_DIRECTORY))
        return __WASI_ERRNO_ISDIR;
    node->image = NULL;
    return tmp_create(spot.dir, spot.name, spot.length, false, &node->tmp);
}

static __wasi_errno_t check_mode(struct vfs_node node, bool reading, bool writing) {
    uint32_t bits = (reading ? TMP_MAY_READ : 0) | (writing ? TMP_MAY_WRITE : 0);
    return node.tmp == NULL || tmp_may(node.tmp, bits) ? __WASI_ERRNO_SUCCESS : __WASI_ERRNO_ACCES;
}

static __wasi_errno_t open_existing(struct vfs_node node, uint32_t oflags, __wasi_rights_t rights) {
    bool directory = vfs_is_directory(node);
    bool writing = (rights & __WASI_RIGHTS_FD_WRITE) || (oflags & __WASI_OFLAGS_TRUNC);
    bool reading = rights & (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_READDIR);

    if ((oflags & __WASI_OFLAGS_CREAT) && (oflags & __WASI_OFLAGS_EXCL))
        return __WASI_ERRNO_EXIST;
    if ((oflags & __WASI_OFLAGS_DIRECTORY) && !directory)
        return __WASI_ERRNO_NOTDIR;
    if (directory && (writing || (oflags & __WASI_OFLAGS_CREAT)))
        return __WASI_ERRNO_ISDIR;
    return writing && node.image != NULL ? __WASI_ERRNO_ROFS : check_mode(node, reading, writing);
}

static __wasi_errno_t open_ours(const struct place *place, uint32_t oflags, __wasi_rights_t rights, uint32_t flags,
                                __wasi_fd_t *opened) {
    struct vfs_node node;
    __wasi_errno_t err = place_find(place, &node);
    bool created = err == __WASI_ERRNO_NOENT;

    if (created)
        err = open_new(place, oflags, &node);
    else if (err == __WASI_ERRNO_SUCCESS)
        err = open_existing(node, oflags, rights);
    if (err != __WASI_ERRNO_SUCCESS)
        return err;
    err = vfs_open(node, rights, (__wasi_fdflags_t)flags, opened);
    if (err != __WASI_ERRNO_SUCCESS) {
        if (created)
            tmp_remove(node.tmp);
        return err;
    }
    if (!created && (oflags & __WASI_OFLAGS_TRUNC)) {
        tmp_resize(node.tmp, 0);
        tmp_set_times(node.tmp, 0, 0, __WASI_FSTFLAGS_MTIM_NOW);
    }
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(path_open)(__wasi_fd_t fd, __wasi_lookupflags_t lookup, const char *path, __wasi_size_t length,
                               uint32_t oflags, __wasi_rights_t base, __wasi_rights_t inheriting, uint32_t flags,
                               __wasi_fd_t *opened) {
    struct held_way way = {lookup, oflags, base, inheriting, flags};
    struct place place;
    __wasi_errno_t err;

    place_locate(fd, path, length, &place);
    if (!place.is_host)
        return open_ours(&place, oflags, base, flags, opened);
    if (held_is_wanted())
        return held_open(fd, &place, &way, opened);
    err = host_path_open(place.host_fd, lookup, place.path, place.length, oflags, base, inheriting, flags, opened);
    if (err != __WASI_ERRNO_SUCCESS)
        return mounts_open_error(err);
    vfs_status_opened(*opened, place.host_fd);
    *opened = vfs_guest_fd(*opened);
    return err;
}

__wasi_errno_t WASI(path_filestat_get)(__wasi_fd_t fd, __wasi_lookupflags_t lookup, const char *path,
                                       __wasi_size_t length, __wasi_filestat_t *stat) {
    struct vfs_node node;
    struct place place;
    __wasi_errno_t err;

    place_locate(fd, path, length, &place);
    if (place.is_host)
        return host_path_filestat_get(place.host_fd, lookup, place.path, place.length, stat);
    err = place_find(&place, &node);
    if (err == __WASI_ERRNO_SUCCESS)
        vfs_stat(node, stat);
    return err;
}

__wasi_errno_t WASI(path_readlink)(__wasi_fd_t fd, const char *path, __wasi_size_t length, uint8_t *buffer,
                                   __wasi_size_t room, __wasi_size_t *used) {
    struct vfs_node node;
    struct place place;
    __wasi_errno_t err;

    place_locate(fd, path, length, &place);
    if (place.is_host)
        return host_path_readlink(place.host_fd, place.path, place.length, buffer, room, used);
    err = place_find(&place, &node);
    return err == __WASI_ERRNO_SUCCESS ? __WASI_ERRNO_INVAL : err; /* there are no links */
}
