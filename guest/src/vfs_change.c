/* WASI's calls that create, remove or change files by path. In the image each is EROFS, unless the path itself is
 * wrong. */
#include "host.h"
#include "vfs.h"
#include "vfs_place.h"
#include "vfs_pretend.h"

/* Finds a file or directory that may be changed. */
static __wasi_errno_t find_changeable(const struct place *place, struct tmp_node **tmp) {
    struct vfs_node node;
    __wasi_errno_t err = place_find(place, &node);

    if (err != __WASI_ERRNO_SUCCESS)
        return err;
    *tmp = node.tmp;
    return vfs_may_change(node) ? __WASI_ERRNO_SUCCESS : __WASI_ERRNO_ROFS;
}

static __wasi_errno_t make_directory(const struct place *place) {
    struct tmp_node *created;
    struct spot spot;
    __wasi_errno_t err = place_find_new(place, &spot);

    return err == __WASI_ERRNO_SUCCESS ? tmp_create(spot.dir, spot.name, spot.length, true, &created) : err;
}

static __wasi_errno_t remove_node(const struct place *place, bool directory) {
    struct tmp_node *node;
    __wasi_errno_t err = find_changeable(place, &node);

    if (err != __WASI_ERRNO_SUCCESS)
        return err;
    if (!tmp_may(node->parent, TMP_MAY_WRITE | TMP_MAY_SEARCH))
        return __WASI_ERRNO_ACCES;
    if (node->directory != directory)
        return directory ? __WASI_ERRNO_NOTDIR : __WASI_ERRNO_ISDIR;
    return tmp_remove(node);
}

/* Refuses links of both kinds: the image is read-only, and /tmp has no links. */
static __wasi_errno_t refuse_link(const struct place *place) {
    struct spot spot;
    __wasi_errno_t err = place_find_new(place, &spot);

    return err == __WASI_ERRNO_SUCCESS ? __WASI_ERRNO_PERM : err;
}

static __wasi_errno_t rename_node(const struct place *source, const struct place *target) {
    struct vfs_node node;
    struct spot spot;
    __wasi_errno_t err = place_find(source, &node);

    if (err != __WASI_ERRNO_SUCCESS)
        return err;
    err = place_find_spot(target, &spot);
    /* Across file systems: EXDEV makes the caller copy. */
    if (err == (vfs_may_change(node) ? __WASI_ERRNO_ROFS : __WASI_ERRNO_SUCCESS))
        return __WASI_ERRNO_XDEV;
    if (err != __WASI_ERRNO_SUCCESS)
        return err;
    if (!tmp_may(node.tmp->parent, TMP_MAY_WRITE | TMP_MAY_SEARCH))
        return __WASI_ERRNO_ACCES;
    if (spot.slash && !node.tmp->directory)
        return __WASI_ERRNO_NOTDIR;
    return tmp_rename(node.tmp, spot.dir, spot.name, spot.length);
}

__wasi_errno_t WASI(path_create_directory)(__wasi_fd_t fd, const char *path, __wasi_size_t length) {
    struct place place;
    __wasi_errno_t err;

    place_locate(fd, path, length, &place);
    if (place.is_host && pretend_make_directory(&place, &err))
        return err;
    if (place.is_host)
        return host_path_create_directory(place.host_fd, place.path, place.length);
    return make_directory(&place);
}

__wasi_errno_t WASI(path_filestat_set_times)(__wasi_fd_t fd, __wasi_lookupflags_t lookup, const char *path,
                                             __wasi_size_t length, __wasi_timestamp_t atim, __wasi_timestamp_t mtim,
                                             uint32_t flags) {
    struct tmp_node *node;
    struct place place;
    __wasi_errno_t err;

    place_locate(fd, path, length, &place);
    if (place.is_host && pretend_change())
        return __WASI_ERRNO_SUCCESS;
    if (place.is_host)
        return host_path_filestat_set_times(place.host_fd, lookup, place.path, place.length, atim, mtim, flags);
    err = find_changeable(&place, &node);
    if (err == __WASI_ERRNO_SUCCESS)
        tmp_set_times(node, atim, mtim, flags);
    return err;
}

__wasi_errno_t WASI(path_unlink_file)(__wasi_fd_t fd, const char *path, __wasi_size_t length) {
    struct place place;

    place_locate(fd, path, length, &place);
    if (place.is_host && pretend_change())
        return __WASI_ERRNO_SUCCESS;
    if (place.is_host)
        return host_path_unlink_file(place.host_fd, place.path, place.length);
    return remove_node(&place, false);
}

__wasi_errno_t WASI(path_remove_directory)(__wasi_fd_t fd, const char *path, __wasi_size_t length) {
    struct place place;

    place_locate(fd, path, length, &place);
    if (place.is_host && pretend_remove_directory(&place))
        return __WASI_ERRNO_SUCCESS;
    if (place.is_host)
        return host_path_remove_directory(place.host_fd, place.path, place.length);
    return remove_node(&place, true);
}

__wasi_errno_t WASI(path_symlink)(const char *target, __wasi_size_t target_len, __wasi_fd_t fd, const char *path,
                                  __wasi_size_t length) {
    struct place place;

    place_locate(fd, path, length, &place);
    if (place.is_host && !place_is_text(target, target_len))
        return __WASI_ERRNO_ILSEQ;
    if (place.is_host && pretend_change())
        return __WASI_ERRNO_SUCCESS;
    if (place.is_host)
        return host_path_symlink(target, target_len, place.host_fd, place.path, place.length);
    return refuse_link(&place);
}

__wasi_errno_t WASI(path_link)(__wasi_fd_t from, __wasi_lookupflags_t lookup, const char *path, __wasi_size_t length,
                               __wasi_fd_t to, const char *new_path, __wasi_size_t new_length) {
    struct place source, target;

    place_locate(from, path, length, &source);
    place_locate(to, new_path, new_length, &target);
    if (source.is_illegal || target.is_illegal)
        return __WASI_ERRNO_ILSEQ;
    if (source.is_host != target.is_host)
        return __WASI_ERRNO_XDEV;
    if (!source.is_host)
        return refuse_link(&target);
    if (pretend_change())
        return __WASI_ERRNO_SUCCESS;
    return host_path_link(source.host_fd, lookup, source.path, source.length, target.host_fd, target.path,
                          target.length);
}

__wasi_errno_t WASI(path_rename)(__wasi_fd_t from, const char *path, __wasi_size_t length, __wasi_fd_t to,
                                 const char *new_path, __wasi_size_t new_length) {
    struct place source, target;

    place_locate(from, path, length, &source);
    place_locate(to, new_path, new_length, &target);
    if (source.is_illegal || target.is_illegal)
        return __WASI_ERRNO_ILSEQ;
    if (source.is_host != target.is_host)
        return __WASI_ERRNO_XDEV;
    if (!source.is_host)
        return rename_node(&source, &target);
    if (pretend_change())
        return __WASI_ERRNO_SUCCESS;
    return host_path_rename(source.host_fd, source.path, source.length, target.host_fd, target.path, target.length);
}
