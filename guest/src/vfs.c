#include "vfs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "unpack.h"
#include "vfs_duplicates.h"
#include "vfs_held.h"
#include "vfs_mounts.h"
#include "vfs_points.h"
#include "vfs_pretend.h"

/* Any number that no host is likely to give to a device of its own; /tmp's is one higher. */
#define VFS_DEVICE 0x7761736769
/* Of what has no time of its own, as the image's directories: 1980-01-02, since ZIP files know none before 1980. */
#define EARLIEST 315619200

struct image vfs_image;
static struct vfs_file root;
static struct vfs_file files[VFS_MAX_OPEN];
static bool sealed;

int vfs_mount(const uint8_t *bytes, size_t length) {
    if (image_open(&vfs_image, bytes, length) != 0 || !unpack_open(vfs_image.data, vfs_image.dictionary_len))
        return -1;
    root.node.image = &vfs_image.nodes[0];
    root.readable = true;
    return 0;
}

struct vfs_file *vfs_file(__wasi_fd_t fd) {
    struct vfs_file *file = NULL;

    fd = duplicates_target(fd);
    if (fd == VFS_ROOT_FD)
        file = &root;
    else if (fd >= VFS_FIRST_FD && fd - VFS_FIRST_FD < VFS_MAX_OPEN)
        file = &files[fd - VFS_FIRST_FD];
    return file != NULL && vfs_exists(file->node) ? file : NULL;
}

__wasi_fd_t vfs_host_fd(__wasi_fd_t fd) {
    fd = duplicates_target(fd);
    if (fd < VFS_ROOT_FD)
        return fd;
    if (fd >= HELD_FIRST_FD)
        return held_host_fd(fd);
    return fd > VFS_ROOT_FD && fd < VFS_FIRST_FD ? fd - 1 : (__wasi_fd_t)-1;
}

__wasi_fd_t vfs_guest_fd(__wasi_fd_t host_fd) { return host_fd < VFS_ROOT_FD ? host_fd : host_fd + 1; }

void vfs_seal(bool directories) {
    sealed = true;
    held_seal();
    pretend_seal();
    mounts_seal(directories);
    points_forget();
    unpack_wipe();
}

void vfs_release(void *block, size_t size) {
    if (block != NULL && !sealed)
        memset(block, 0, size);
    free(block);
}

static __wasi_errno_t load(struct vfs_file *file, const struct image_node *node) {
    uint8_t *buffer;

    file->unpacked = NULL;
    file->data = vfs_image.data + node->first;
    if (node->kind != IMAGE_FILE || !(node->flags & IMAGE_PACKED))
        return __WASI_ERRNO_SUCCESS;
    buffer = malloc(node->size ? node->size : 1);
    if (buffer == NULL)
        return __WASI_ERRNO_NOMEM;
    if (!unpack(file->data, node->count, buffer, node->size)) {
        free(buffer);
        return __WASI_ERRNO_IO;
    }
    file->data = file->unpacked = buffer;
    return __WASI_ERRNO_SUCCESS;
}

static struct vfs_file *free_slot(void) {
    for (uint32_t slot = 0; slot < VFS_MAX_OPEN; slot++) {
        if (!vfs_exists(files[slot].node))
            return &files[slot];
    }
    return NULL;
}

__wasi_errno_t vfs_open(struct vfs_node node, __wasi_rights_t rights, __wasi_fdflags_t flags, __wasi_fd_t *fd) {
    struct vfs_file *file = free_slot();
    __wasi_errno_t err;

    if (file == NULL)
        return __WASI_ERRNO_MFILE;
    if (node.image != NULL && (err = load(file, node.image)) != __WASI_ERRNO_SUCCESS)
        return err;
    if (node.tmp != NULL)
        tmp_hold(node.tmp);
    file->node = node;
    file->position = 0;
    file->flags = flags;
    file->readable = rights & (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_READDIR);
    file->writable = node.tmp != NULL && (rights & __WASI_RIGHTS_FD_WRITE);
    *fd = VFS_FIRST_FD + (__wasi_fd_t)(file - files);
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t vfs_close(struct vfs_file *file) {
    /* The root stays: libc keeps its number for as long as the instance lives. */
    if (file == &root)
        return __WASI_ERRNO_NOTSUP;
    if (file->node.tmp != NULL)
        tmp_drop(file->node.tmp);
    else
        vfs_release(file->unpacked, file->node.image->size);
    memset(file, 0, sizeof *file);
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t vfs_move(struct vfs_file *from, struct vfs_file *to) {
    if (from == &root || to == &root)
        return __WASI_ERRNO_NOTSUP;
    if (from == to)
        return __WASI_ERRNO_SUCCESS;
    vfs_close(to);
    *to = *from;
    memset(from, 0, sizeof *from);
    return __WASI_ERRNO_SUCCESS;
}

bool vfs_is_directory(struct vfs_node node) {
    return node.tmp != NULL ? node.tmp->directory : node.image->kind == IMAGE_DIRECTORY;
}

struct vfs_node vfs_parent(struct vfs_node node) {
    if (node.tmp == &tmp_root)
        return (struct vfs_node){.image = &vfs_image.nodes[0]};
    if (node.tmp != NULL && points_has(node.tmp))
        return points_parent(node.tmp);
    if (node.tmp != NULL)
        return (struct vfs_node){.tmp = node.tmp->parent};
    return (struct vfs_node){.image = &vfs_image.nodes[node.image->parent]};
}

uint64_t vfs_size(struct vfs_node node) { return node.tmp != NULL ? node.tmp->size : node.image->size; }

bool vfs_sibling(struct vfs_node file, const char *suffix, struct vfs_node *sibling) {
    const char *name = file.tmp != NULL ? file.tmp->name : image_name(&vfs_image, file.image);
    size_t length = file.tmp != NULL ? file.tmp->name_len : file.image->name_len;
    struct vfs_node dir = vfs_parent(file);
    char whole[NAME_MAX];

    if (name == NULL || length + strlen(suffix) > sizeof whole)
        return false;
    memcpy(whole, name, length);
    memcpy(whole + length, suffix, strlen(suffix));
    length += strlen(suffix);
    *sibling = dir.tmp != NULL ? (struct vfs_node){.tmp = tmp_child(dir.tmp, whole, length)}
                               : (struct vfs_node){.image = image_child(&vfs_image, dir.image, whole, length)};
    return vfs_exists(*sibling);
}

bool vfs_may_change(struct vfs_node node) { return node.tmp != NULL && !points_has(node.tmp); }

uint32_t vfs_mode(struct vfs_node node) {
    if (node.tmp != NULL)
        return node.tmp->mode;
    return node.image->kind == IMAGE_DIRECTORY || (node.image->flags & IMAGE_EXECUTABLE) ? 0755 : 0644;
}

static void stat_image(const struct image_node *node, __wasi_filestat_t *stat) {
    stat->dev = VFS_DEVICE;
    stat->ino = image_index(&vfs_image, node) + 1;
    stat->nlink = 1;
    stat->size = node->size;
    stat->atim = stat->mtim = stat->ctim = (node->mtime > 0 ? node->mtime : EARLIEST) * 1000000000u;
}

static void stat_tmp(const struct tmp_node *node, __wasi_filestat_t *stat) {
    stat->dev = VFS_DEVICE + 1;
    stat->ino = node->number;
    stat->nlink = node->name != NULL || node == &tmp_root || points_has(node);
    stat->size = node->size;
    stat->atim = node->accessed;
    stat->mtim = node->modified;
    stat->ctim = node->changed;
}

void vfs_stat(struct vfs_node node, __wasi_filestat_t *stat) {
    stat->filetype = vfs_is_directory(node) ? __WASI_FILETYPE_DIRECTORY : __WASI_FILETYPE_REGULAR_FILE;
    if (node.tmp != NULL)
        stat_tmp(node.tmp, stat);
    else
        stat_image(node.image, stat);
}
