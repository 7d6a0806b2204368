#include "vfs_tmp.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "vfs.h"

#define NAME_LENGTH_MAX 255

struct tmp_node tmp_root = {.parent = &tmp_root, .number = 1, .directory = true, .mode = 01777};
uint32_t tmp_file_mode = TMP_FILE_MODE, tmp_directory_mode = TMP_DIRECTORY_MODE, tmp_umask = 022;

/* The last number and place in use. */
static uint64_t numbers = 1, places;

static __wasi_timestamp_t now(void) {
    __wasi_timestamp_t time = 0;

    if (clock_now(__WASI_CLOCKID_REALTIME, &time) != __WASI_ERRNO_SUCCESS)
        return 0;
    return time;
}

void tmp_set_times(struct tmp_node *node, __wasi_timestamp_t accessed, __wasi_timestamp_t modified, uint32_t flags) {
    node->changed = now();
    if (flags & (__WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_ATIM_NOW))
        node->accessed = flags & __WASI_FSTFLAGS_ATIM ? accessed : node->changed;
    if (flags & (__WASI_FSTFLAGS_MTIM | __WASI_FSTFLAGS_MTIM_NOW))
        node->modified = flags & __WASI_FSTFLAGS_MTIM ? modified : node->changed;
}

struct tmp_node *tmp_child(const struct tmp_node *dir, const char *name, size_t length) {
    struct tmp_node *node = dir->entries;

    while (node != NULL && (node->name_len != length || memcmp(node->name, name, length) != 0))
        node = node->next;
    return node;
}

/* Takes the name over. */
static void attach(struct tmp_node *node, struct tmp_node *dir, char *name, size_t length) {
    struct tmp_node **end = &dir->entries;

    while (*end != NULL)
        end = &(*end)->next;
    *end = node;
    node->parent = dir;
    node->next = NULL;
    node->name = name;
    node->name_len = length;
    node->place = ++places;
    tmp_set_times(dir, 0, 0, __WASI_FSTFLAGS_MTIM_NOW);
}

static void detach(struct tmp_node *node) {
    struct tmp_node **link = &node->parent->entries;

    while (*link != node)
        link = &(*link)->next;
    *link = node->next;
    vfs_release(node->name, node->name_len);
    node->name = NULL;
    node->next = NULL;
    tmp_set_times(node->parent, 0, 0, __WASI_FSTFLAGS_MTIM_NOW);
    /* Its directory may be freed before the node is. */
    node->parent = &tmp_root;
}

static void free_unless_used(struct tmp_node *node) {
    if (node->name != NULL || node->holds > 0 || node == &tmp_root)
        return;
    tmp_resize(node, 0);
    vfs_release(node, sizeof *node);
}

void tmp_hold(struct tmp_node *node) { node->holds++; }

void tmp_drop(struct tmp_node *node) {
    node->holds--;
    free_unless_used(node);
}

static bool is_removed(const struct tmp_node *node) { return node->name == NULL && node != &tmp_root; }

static __wasi_errno_t copy_name(const char *name, size_t length, char **copy) {
    if (length > NAME_LENGTH_MAX)
        return __WASI_ERRNO_NAMETOOLONG;
    *copy = malloc(length);
    if (*copy == NULL)
        return __WASI_ERRNO_NOSPC;
    memcpy(*copy, name, length);
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t tmp_create(struct tmp_node *dir, const char *name, size_t length, bool directory,
                          struct tmp_node **created) {
    struct tmp_node *node;
    char *copy;
    __wasi_errno_t err;

    if (is_removed(dir))
        return __WASI_ERRNO_NOENT;
    err = copy_name(name, length, &copy);
    if (err != __WASI_ERRNO_SUCCESS)
        return err;
    node = calloc(1, sizeof *node);
    if (node == NULL) {
        vfs_release(copy, length);
        return __WASI_ERRNO_NOSPC;
    }
    node->directory = directory;
    node->mode = (directory ? tmp_directory_mode : tmp_file_mode) & ~tmp_umask;
    node->number = ++numbers;
    tmp_set_times(node, 0, 0, __WASI_FSTFLAGS_ATIM_NOW | __WASI_FSTFLAGS_MTIM_NOW);
    attach(node, dir, copy, length);
    *created = node;
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t tmp_remove(struct tmp_node *node) {
    if (node == &tmp_root)
        return __WASI_ERRNO_BUSY;
    if (is_removed(node))
        return __WASI_ERRNO_NOENT;
    if (node->entries != NULL)
        return __WASI_ERRNO_NOTEMPTY;
    detach(node);
    free_unless_used(node);
    return __WASI_ERRNO_SUCCESS;
}

static bool is_within(const struct tmp_node *node, const struct tmp_node *dir) {
    while (node != dir && node != &tmp_root)
        node = node->parent;
    return node == dir;
}

/* Whether `node` may replace `old`. */
static __wasi_errno_t check_replace(const struct tmp_node *node, const struct tmp_node *old) {
    if (old->directory && !node->directory)
        return __WASI_ERRNO_ISDIR;
    if (node->directory && !old->directory)
        return __WASI_ERRNO_NOTDIR;
    return old->entries != NULL ? __WASI_ERRNO_NOTEMPTY : __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t tmp_rename(struct tmp_node *node, struct tmp_node *dir, const char *name, size_t length) {
    struct tmp_node *old = tmp_child(dir, name, length);
    char *copy;
    __wasi_errno_t err;

    if (node == &tmp_root)
        return __WASI_ERRNO_BUSY;
    if (is_removed(node) || is_removed(dir))
        return __WASI_ERRNO_NOENT;
    if (is_within(dir, node))
        return __WASI_ERRNO_INVAL;
    if (old == node)
        return __WASI_ERRNO_SUCCESS;
    if (old != NULL && (err = check_replace(node, old)) != __WASI_ERRNO_SUCCESS)
        return err;
    err = copy_name(name, length, &copy);
    if (err != __WASI_ERRNO_SUCCESS)
        return err;
    if (old != NULL)
        tmp_remove(old);
    detach(node);
    attach(node, dir, copy, length);
    return __WASI_ERRNO_SUCCESS;
}
