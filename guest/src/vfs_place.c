#include "vfs_place.h"

#include <string.h>

#include "vfs_points.h"

static bool is_dot(const char *name, size_t length) { return length == 1 && name[0] == '.'; }
static bool is_dot_dot(const char *name, size_t length) { return length == 2 && memcmp(name, "..", 2) == 0; }

/* The number of bytes after a character's first, and the range of the second; -1 if no character starts so (UTF-8). */
static int following(unsigned char first, unsigned char *least, unsigned char *most) {
    *least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    *most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first < 0x80)
        return 0;
    if (first < 0xc2 || first > 0xf4)
        return -1;
    return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

bool place_is_text(const char *text, size_t length) {
    for (size_t at = 0; at < length;) {
        unsigned char least, most;
        int more = following((unsigned char)text[at++], &least, &most);
        if (more < 0 || (size_t)more > length - at)
            return false;
        for (; more > 0; more--, least = 0x80, most = 0xbf) {
            unsigned char next = (unsigned char)text[at++];
            if (next < least || next > most)
                return false;
        }
    }
    return true;
}

void place_locate(__wasi_fd_t fd, const char *path, __wasi_size_t length, struct place *place) {
    const struct vfs_file *dir = vfs_file(fd);

    place->is_illegal = false;
    place->is_host = dir == NULL;
    place->dir = dir != NULL ? dir->node : (struct vfs_node){0};
    place->host_fd = vfs_host_fd(fd);
    place->path = path;
    place->length = length;
    if (fd == VFS_ROOT_FD && mounts_find(path, length, &place->target)) {
        place->is_host = true;
        place->host_fd = place->target.host_fd;
        place->path = place->target.path;
        place->length = place->target.length;
    }
    place->is_illegal = place->is_host && !place_is_text(place->path, place->length);
    place->is_host = place->is_host && !place->is_illegal;
}

struct vfs_node place_child(struct vfs_node dir, const char *name, size_t length) {
    struct vfs_node child = {0};

    if (dir.tmp != NULL)
        child.tmp = tmp_child(dir.tmp, name, length);
    else if (dir.image == &vfs_image.nodes[0] && length == 3 && memcmp(name, "tmp", 3) == 0)
        child.tmp = &tmp_root;
    else
        child.image = image_child(&vfs_image, dir.image, name, length);
    return vfs_exists(child) ? child : points_child(dir, name, length);
}

static __wasi_errno_t walk(struct vfs_node at, const char *path, size_t length, struct vfs_node *node) {
    for (size_t start = 0, end; start <= length; start = end + 1) {
        const char *slash = memchr(path + start, '/', length - start);
        size_t part = slash != NULL ? (size_t)(slash - path) - start : length - start;
        end = start + part;
        /* An empty part after a trailing slash gets here, too: 'file/' must not name a file. */
        if (!vfs_is_directory(at))
            return __WASI_ERRNO_NOTDIR;
        if (part > 0 && at.tmp != NULL && !tmp_may(at.tmp, TMP_MAY_SEARCH))
            return __WASI_ERRNO_ACCES;
        if (part == 0 || is_dot(path + start, part))
            continue;
        at = is_dot_dot(path + start, part) ? vfs_parent(at) : place_child(at, path + start, part);
        if (!vfs_exists(at))
            return __WASI_ERRNO_NOENT;
    }
    *node = at;
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t place_find(const struct place *place, struct vfs_node *node) {
    if (place->is_illegal)
        return __WASI_ERRNO_ILSEQ;
    if (!vfs_is_directory(place->dir))
        return __WASI_ERRNO_NOTDIR;
    if (place->length == 0)
        return __WASI_ERRNO_NOENT;
    return walk(place->dir, place->path, place->length, node);
}

__wasi_errno_t place_find_spot(const struct place *place, struct spot *spot) {
    struct vfs_node dir;
    size_t end = place->length, start;
    __wasi_errno_t err;

    if (place->is_illegal)
        return __WASI_ERRNO_ILSEQ;
    while (end > 0 && place->path[end - 1] == '/')
        end--;
    for (start = end; start > 0 && place->path[start - 1] != '/';)
        start--;
    spot->name = place->path + start;
    spot->length = end - start;
    spot->slash = end < place->length;
    if (spot->length == 0 || is_dot(spot->name, spot->length) || is_dot_dot(spot->name, spot->length))
        return __WASI_ERRNO_BUSY;
    err = walk(place->dir, place->path, start, &dir);
    if (err != __WASI_ERRNO_SUCCESS)
        return err;
    spot->dir = dir.tmp;
    if (!vfs_may_change(dir))
        return __WASI_ERRNO_ROFS;
    return tmp_may(dir.tmp, TMP_MAY_WRITE) ? __WASI_ERRNO_SUCCESS : __WASI_ERRNO_ACCES;
}

__wasi_errno_t place_find_new(const struct place *place, struct spot *spot) {
    struct vfs_node node;
    __wasi_errno_t err = place_find(place, &node);

    if (err == __WASI_ERRNO_SUCCESS)
        return __WASI_ERRNO_EXIST;
    if (err != __WASI_ERRNO_NOENT || place->length == 0)
        return err;
    return place_find_spot(place, spot);
}
