/* WASI's calls on a path below a directory. The image is read-only: what would change it is EROFS, unless the path
 * itself is already wrong, which is then what POSIX reports. */
#include <stdbool.h>

#include "host.h"
#include "vfs.h"
#include "vfs_mounts.h"

/* Whose a path is: the image's (dir is set), or the host's. */
struct place {
    const struct vfs_file *dir;
    __wasi_fd_t host_fd;
    const char *path;
    __wasi_size_t length;
    struct mount_target target;
};

static void locate(__wasi_fd_t fd, const char *path, __wasi_size_t length, struct place *place) {
    place->dir = vfs_file(fd);
    place->host_fd = vfs_host_fd(fd);
    place->path = path;
    place->length = length;
    if (fd != VFS_ROOT_FD || !mounts_find(path, length, &place->target))
        return;
    place->dir = NULL;
    place->host_fd = place->target.host_fd;
    place->path = place->target.path;
    place->length = place->target.length;
}

static __wasi_errno_t find(const struct place *place, const struct image_node **node) {
    if (place->dir->node->kind != IMAGE_DIRECTORY)
        return __WASI_ERRNO_NOTDIR;
    if (place->length == 0)
        return __WASI_ERRNO_NOENT;
    switch (image_lookup(&vfs_image, place->dir->node, place->path, place->length, node)) {
    case IMAGE_OK:
        return __WASI_ERRNO_SUCCESS;
    case IMAGE_NOT_A_DIRECTORY:
        return __WASI_ERRNO_NOTDIR;
    default:
        return __WASI_ERRNO_NOENT;
    }
}

static struct place parent_of(const struct place *place) {
    struct place parent = {.dir = place->dir, .path = place->path, .length = place->length};

    while (parent.length > 0 && parent.path[parent.length - 1] == '/')
        parent.length--;
    while (parent.length > 0 && parent.path[parent.length - 1] != '/')
        parent.length--;
    if (parent.length == 0) {
        parent.path = ".";
        parent.length = 1;
    }
    return parent;
}

/* The answer to making something new. */
static __wasi_errno_t refuse_new(const struct place *place) {
    const struct image_node *node;
    __wasi_errno_t err = find(place, &node);
    struct place parent;

    if (err == __WASI_ERRNO_SUCCESS)
        return __WASI_ERRNO_EXIST;
    if (err != __WASI_ERRNO_NOENT || place->length == 0)
        return err;
    parent = parent_of(place);
    err = find(&parent, &node);
    return err == __WASI_ERRNO_SUCCESS ? __WASI_ERRNO_ROFS : err;
}

/* The answer to changing or removing what is there. */
static __wasi_errno_t refuse_change(const struct place *place) {
    const struct image_node *node;
    __wasi_errno_t err = find(place, &node);

    return err == __WASI_ERRNO_SUCCESS ? __WASI_ERRNO_ROFS : err;
}

static __wasi_errno_t open_new(const struct place *place, uint32_t oflags) {
    return oflags & __WASI_OFLAGS_CREAT ? refuse_new(place) : __WASI_ERRNO_NOENT;
}

static __wasi_errno_t open_existing(const struct image_node *node, uint32_t oflags, __wasi_rights_t rights) {
    bool directory = node->kind == IMAGE_DIRECTORY;
    bool writing = (rights & __WASI_RIGHTS_FD_WRITE) || (oflags & __WASI_OFLAGS_TRUNC);

    if ((oflags & __WASI_OFLAGS_CREAT) && (oflags & __WASI_OFLAGS_EXCL))
        return __WASI_ERRNO_EXIST;
    if ((oflags & __WASI_OFLAGS_DIRECTORY) && !directory)
        return __WASI_ERRNO_NOTDIR;
    if (writing || (directory && (oflags & __WASI_OFLAGS_CREAT)))
        return directory ? __WASI_ERRNO_ISDIR : __WASI_ERRNO_ROFS;
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(path_open)(__wasi_fd_t fd, __wasi_lookupflags_t lookup, const char *path, __wasi_size_t length,
                               uint32_t oflags, __wasi_rights_t base, __wasi_rights_t inheriting, uint32_t flags,
                               __wasi_fd_t *opened) {
    const struct image_node *node;
    struct place place;
    __wasi_errno_t err;

    locate(fd, path, length, &place);
    if (place.dir == NULL) {
        err = host_path_open(place.host_fd, lookup, place.path, place.length, oflags, base, inheriting, flags, opened);
        if (err == __WASI_ERRNO_SUCCESS)
            *opened = vfs_guest_fd(*opened);
        return err;
    }
    err = find(&place, &node);
    if (err == __WASI_ERRNO_NOENT)
        return open_new(&place, oflags);
    if (err == __WASI_ERRNO_SUCCESS)
        err = open_existing(node, oflags, base);
    return err == __WASI_ERRNO_SUCCESS ? vfs_open(node, (__wasi_fdflags_t)flags, opened) : err;
}

__wasi_errno_t WASI(path_filestat_get)(__wasi_fd_t fd, __wasi_lookupflags_t lookup, const char *path,
                                       __wasi_size_t length, __wasi_filestat_t *stat) {
    const struct image_node *node;
    struct place place;
    __wasi_errno_t err;

    locate(fd, path, length, &place);
    if (place.dir == NULL)
        return host_path_filestat_get(place.host_fd, lookup, place.path, place.length, stat);
    err = find(&place, &node);
    if (err == __WASI_ERRNO_SUCCESS)
        vfs_stat(node, stat);
    return err;
}

__wasi_errno_t WASI(path_readlink)(__wasi_fd_t fd, const char *path, __wasi_size_t length, uint8_t *buffer,
                                   __wasi_size_t room, __wasi_size_t *used) {
    const struct image_node *node;
    struct place place;
    __wasi_errno_t err;

    locate(fd, path, length, &place);
    if (place.dir == NULL)
        return host_path_readlink(place.host_fd, place.path, place.length, buffer, room, used);
    err = find(&place, &node);
    return err == __WASI_ERRNO_SUCCESS ? __WASI_ERRNO_INVAL : err; /* the image holds no links */
}

__wasi_errno_t WASI(path_create_directory)(__wasi_fd_t fd, const char *path, __wasi_size_t length) {
    struct place place;

    locate(fd, path, length, &place);
    return place.dir ? refuse_new(&place) : host_path_create_directory(place.host_fd, place.path, place.length);
}

__wasi_errno_t WASI(path_filestat_set_times)(__wasi_fd_t fd, __wasi_lookupflags_t lookup, const char *path,
                                             __wasi_size_t length, __wasi_timestamp_t atim, __wasi_timestamp_t mtim,
                                             uint32_t flags) {
    struct place place;

    locate(fd, path, length, &place);
    if (place.dir != NULL)
        return refuse_change(&place);
    return host_path_filestat_set_times(place.host_fd, lookup, place.path, place.length, atim, mtim, flags);
}

__wasi_errno_t WASI(path_unlink_file)(__wasi_fd_t fd, const char *path, __wasi_size_t length) {
    struct place place;

    locate(fd, path, length, &place);
    return place.dir ? refuse_change(&place) : host_path_unlink_file(place.host_fd, place.path, place.length);
}

__wasi_errno_t WASI(path_remove_directory)(__wasi_fd_t fd, const char *path, __wasi_size_t length) {
    struct place place;

    locate(fd, path, length, &place);
    return place.dir ? refuse_change(&place) : host_path_remove_directory(place.host_fd, place.path, place.length);
}

__wasi_errno_t WASI(path_symlink)(const char *target, __wasi_size_t target_len, __wasi_fd_t fd, const char *path,
                                  __wasi_size_t length) {
    struct place place;

    locate(fd, path, length, &place);
    if (place.dir != NULL)
        return refuse_new(&place);
    return host_path_symlink(target, target_len, place.host_fd, place.path, place.length);
}

__wasi_errno_t WASI(path_link)(__wasi_fd_t from, __wasi_lookupflags_t lookup, const char *path, __wasi_size_t length,
                               __wasi_fd_t to, const char *new_path, __wasi_size_t new_length) {
    struct place source, target;

    locate(from, path, length, &source);
    locate(to, new_path, new_length, &target);
    if ((source.dir == NULL) != (target.dir == NULL))
        return __WASI_ERRNO_XDEV;
    if (source.dir != NULL)
        return refuse_new(&target);
    return host_path_link(source.host_fd, lookup, source.path, source.length, target.host_fd, target.path,
                          target.length);
}

__wasi_errno_t WASI(path_rename)(__wasi_fd_t from, const char *path, __wasi_size_t length, __wasi_fd_t to,
                                 const char *new_path, __wasi_size_t new_length) {
    struct place source, target;

    locate(from, path, length, &source);
    locate(to, new_path, new_length, &target);
    if ((source.dir == NULL) != (target.dir == NULL))
        return __WASI_ERRNO_XDEV;
    if (source.dir != NULL)
        return refuse_change(&source);
    return host_path_rename(source.host_fd, source.path, source.length, target.host_fd, target.path, target.length);
}
