/* fd_readdir: packs the entries of a directory into a buffer as WASI defines it. */
#include <string.h>

#include "host.h"
#include "vfs.h"
#include "vfs_points.h"

/* Cookie 0 is '.', 1 is '..'. Then follow the image's children by index, and /tmp after the root's. In /tmp, a cookie
 * is the file's place, which is never reused: entries may come and go while a directory is read. */
enum { DOT = 0, DOT_DOT = 1, FIRST_CHILD = 2 };
/* The first cookie of the host's directories. */
#define FIRST_POINT ((uint64_t)1 << 62)

struct entry {
    struct vfs_node node;
    const char *name;
    size_t length;
    uint64_t next;
};

static bool image_entry(const struct image_node *dir, uint64_t cookie, struct entry *entry) {
    const struct image_node *node;

    entry->next = cookie + 1;
    if (dir == &vfs_image.nodes[0] && cookie == (uint64_t)dir->count + FIRST_CHILD) {
        entry->node.tmp = &tmp_root;
        entry->name = "tmp";
        entry->length = 3;
        return true;
    }
    if (cookie - FIRST_CHILD >= dir->count)
        return false;
    node = &vfs_image.nodes[dir->first + (cookie - FIRST_CHILD)];
    entry->node.image = node;
    entry->name = image_name(&vfs_image, node);
    entry->length = node->name_len;
    return true;
}

static bool tmp_entry(const struct tmp_node *dir, uint64_t cookie, struct entry *entry) {
    struct tmp_node *node = dir->entries;

    while (node != NULL && node->place + FIRST_CHILD < cookie)
        node = node->next;
    if (node == NULL)
        return false;
    entry->node.tmp = node;
    entry->name = node->name;
    entry->length = node->name_len;
    entry->next = node->place + FIRST_CHILD + 1;
    return true;
}

static bool own_entry(struct vfs_node dir, uint64_t cookie, struct entry *entry) {
    return dir.tmp != NULL ? tmp_entry(dir.tmp, cookie, entry) : image_entry(dir.image, cookie, entry);
}

static bool point_entry(struct vfs_node dir, size_t index, struct entry *entry) {
    if (!points_next(dir, &index, &entry->node, &entry->name, &entry->length))
        return false;
    entry->next = FIRST_POINT + index + 1;
    return true;
}

/* The first entry at or after `cookie`; false at the end. */
static bool entry_at(struct vfs_node dir, uint64_t cookie, struct entry *entry) {
    *entry = (struct entry){0};
    if (cookie >= FIRST_POINT)
        return point_entry(dir, (size_t)(cookie - FIRST_POINT), entry);
    if (cookie >= FIRST_CHILD)
        return own_entry(dir, cookie, entry) || point_entry(dir, 0, entry);
    entry->node = cookie == DOT ? dir : vfs_parent(dir);
    entry->name = "..";
    entry->length = cookie == DOT ? 1 : 2;
    entry->next = cookie + 1;
    return true;
}

/* Copies as much as fits, and returns its length. */
static __wasi_size_t put(uint8_t *buffer, __wasi_size_t room, const void *bytes, size_t length) {
    __wasi_size_t part = length < room ? (__wasi_size_t)length : room;
    memcpy(buffer, bytes, part);
    return part;
}

/* A completely filled buffer, with its last entry cut off, means that there are more entries; one with room to spare
 * means the end. */
static __wasi_size_t fill(struct vfs_node dir, uint64_t cookie, uint8_t *buffer, __wasi_size_t room) {
    __wasi_size_t used = 0;
    struct entry entry;

    for (; used < room && entry_at(dir, cookie, &entry); cookie = entry.next) {
        __wasi_filestat_t stat;
        vfs_stat(entry.node, &stat);
        __wasi_dirent_t head = {
            .d_next = entry.next,
            .d_ino = stat.ino,
            .d_namlen = (__wasi_dirnamlen_t)entry.length,
            .d_type = stat.filetype,
        };
        used += put(buffer + used, room - used, &head, sizeof head);
        used += put(buffer + used, room - used, entry.name, entry.length);
    }
    return used;
}

__wasi_errno_t WASI(fd_readdir)(__wasi_fd_t fd, uint8_t *buffer, __wasi_size_t length, __wasi_dircookie_t cookie,
                                __wasi_size_t *used) {
    struct vfs_file *file = vfs_file(fd);

    if (file == NULL)
        return host_fd_readdir(vfs_host_fd(fd), buffer, length, cookie, used);
    if (!vfs_is_directory(file->node))
        return __WASI_ERRNO_NOTDIR;
    *used = fill(file->node, cookie, buffer, length);
    return __WASI_ERRNO_SUCCESS;
}
