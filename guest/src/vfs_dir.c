/* fd_readdir: the entries of a directory as WASI packs them into a buffer. */
#include <string.h>

#include "host.h"
#include "vfs.h"

/* Cookie n is where entry n starts: 0 is '.', 1 is '..', then the children in the image's order. */
enum { DOT = 0, DOT_DOT = 1, FIRST_CHILD = 2 };

struct entry {
    const struct image_node *node;
    const char *name;
    uint32_t name_len;
};

static struct entry entry_at(const struct image_node *dir, uint64_t cookie) {
    const struct image_node *node;

    if (cookie == DOT)
        return (struct entry){dir, ".", 1};
    if (cookie == DOT_DOT)
        return (struct entry){&vfs_image.nodes[dir->parent], "..", 2};
    node = &vfs_image.nodes[dir->first + (cookie - FIRST_CHILD)];
    return (struct entry){node, image_name(&vfs_image, node), node->name_len};
}

/* Copies what fits and returns how much that was. */
static __wasi_size_t put(uint8_t *buffer, __wasi_size_t room, const void *bytes, __wasi_size_t length) {
    __wasi_size_t part = length < room ? length : room;
    memcpy(buffer, bytes, part);
    return part;
}

/* A buffer filled to the brim, its last entry cut off, tells the caller that there is more; one with room to spare
 * that this was the end. */
static __wasi_size_t fill(const struct image_node *dir, uint64_t cookie, uint8_t *buffer, __wasi_size_t room) {
    __wasi_size_t used = 0;

    for (; cookie < (uint64_t)dir->count + FIRST_CHILD && used < room; cookie++) {
        struct entry entry = entry_at(dir, cookie);
        __wasi_dirent_t head = {
            .d_next = cookie + 1,
            .d_ino = image_index(&vfs_image, entry.node) + 1,
            .d_namlen = entry.name_len,
            .d_type = entry.node->kind == IMAGE_DIRECTORY ? __WASI_FILETYPE_DIRECTORY : __WASI_FILETYPE_REGULAR_FILE,
        };
        used += put(buffer + used, room - used, &head, sizeof head);
        used += put(buffer + used, room - used, entry.name, entry.name_len);
    }
    return used;
}

__wasi_errno_t WASI(fd_readdir)(__wasi_fd_t fd, uint8_t *buffer, __wasi_size_t length, __wasi_dircookie_t cookie,
                                __wasi_size_t *used) {
    struct vfs_file *file = vfs_file(fd);

    if (file == NULL)
        return host_fd_readdir(vfs_host_fd(fd), buffer, length, cookie, used);
    if (file->node->kind != IMAGE_DIRECTORY)
        return __WASI_ERRNO_NOTDIR;
    *used = fill(file->node, cookie, buffer, length);
    return __WASI_ERRNO_SUCCESS;
}
