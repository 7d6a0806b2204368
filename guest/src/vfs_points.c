#include "vfs_points.h"

#include <string.h>

#include "vfs_mounts.h"
#include "vfs_place.h"

/* All grants' names together have at most 2 KiB, and most have one or two parts. */
#define POINTS_MAX 128

static struct {
    bool made;
    size_t count;
    struct {
        struct vfs_node parent;
        const char *name;
        size_t length;
        struct tmp_node node;
    } at[POINTS_MAX];
} points;

static bool same(struct vfs_node one, struct vfs_node other) {
    return one.image == other.image && one.tmp == other.tmp;
}

static struct vfs_node find(struct vfs_node dir, const char *name, size_t length) {
    for (size_t i = 0; i < points.count; i++) {
        if (same(points.at[i].parent, dir) && points.at[i].length == length &&
            memcmp(points.at[i].name, name, length) == 0)
            return (struct vfs_node){.tmp = &points.at[i].node};
    }
    return (struct vfs_node){0};
}

static struct vfs_node add(struct vfs_node dir, const char *name, size_t length) {
    size_t index = points.count;
    struct tmp_node *node = &points.at[index].node;

    if (index == POINTS_MAX)
        return (struct vfs_node){0};
    points.count++;
    points.at[index].parent = dir;
    points.at[index].name = name;
    points.at[index].length = length;
    /* Inodes of /tmp count from 1 up. */
    *node = (struct tmp_node){.parent = node,
                              .name = (char *)name,
                              .name_len = length,
                              .number = UINT64_MAX - index,
                              .directory = true,
                              .mode = 0555};
    return (struct vfs_node){.tmp = node};
}

static void add_path(const char *path, size_t length) {
    struct vfs_node dir = {.image = &vfs_image.nodes[0]};

    for (size_t start = 0, end; start < length && vfs_exists(dir) && vfs_is_directory(dir); start = end + 1) {
        const char *slash = memchr(path + start, '/', length - start);
        end = slash != NULL ? (size_t)(slash - path) : length;
        struct vfs_node child = place_child(dir, path + start, end - start);
        dir = vfs_exists(child) ? child : add(dir, path + start, end - start);
    }
}

static void make(void) {
    const char *path;
    size_t length;

    points.made = true;
    for (uint32_t i = 0; mounts_path(i, &path, &length); i++)
        add_path(path, length);
}

struct vfs_node points_child(struct vfs_node dir, const char *name, size_t length) {
    if (!points.made)
        make();
    return find(dir, name, length);
}

bool points_next(struct vfs_node dir, size_t *index, struct vfs_node *node, const char **name, size_t *length) {
    if (!points.made)
        make();
    for (; *index < points.count; (*index)++) {
        *name = points.at[*index].name;
        *length = points.at[*index].length;
        node->image = NULL;
        node->tmp = &points.at[*index].node;
        /* /tmp may have a directory of that name by now. */
        if (same(points.at[*index].parent, dir) && same(place_child(dir, *name, *length), *node))
            return true;
    }
    return false;
}

bool points_has(const struct tmp_node *node) {
    uintptr_t first = (uintptr_t)points.at, at = (uintptr_t)node;
    return at >= first && at < first + sizeof points.at;
}

struct vfs_node points_parent(const struct tmp_node *node) {
    for (size_t i = 0; i < points.count; i++) {
        if (&points.at[i].node == node)
            return points.at[i].parent;
    }
    return (struct vfs_node){.image = &vfs_image.nodes[0]};
}

void points_forget(void) { memset(&points, 0, sizeof points); }
