#include "vfs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "inflate.h"
#include "vfs_mounts.h"

/* Any number that no host is likely to give to a device of its own. */
#define VFS_DEVICE 0x7761736769

struct image vfs_image;
static struct vfs_file root;
static struct vfs_file files[VFS_MAX_OPEN];
static bool sealed;

int vfs_mount(const uint8_t *bytes, size_t length) {
    if (image_open(&vfs_image, bytes, length) != 0)
        return -1;
    root.node = &vfs_image.nodes[0];
    return 0;
}

struct vfs_file *vfs_file(__wasi_fd_t fd) {
    struct vfs_file *file = NULL;

    if (fd == VFS_ROOT_FD)
        file = &root;
    else if (fd >= VFS_FIRST_FD && fd - VFS_FIRST_FD < VFS_MAX_OPEN)
        file = &files[fd - VFS_FIRST_FD];
    return file != NULL && file->node != NULL ? file : NULL;
}

__wasi_fd_t vfs_host_fd(__wasi_fd_t fd) {
    if (fd < VFS_ROOT_FD)
        return fd;
    return fd > VFS_ROOT_FD && fd < VFS_FIRST_FD ? fd - 1 : (__wasi_fd_t)-1;
}

__wasi_fd_t vfs_guest_fd(__wasi_fd_t host_fd) { return host_fd < VFS_ROOT_FD ? host_fd : host_fd + 1; }

void vfs_seal(void) {
    sealed = true;
    mounts_seal();
    inflate_wipe();
}

static __wasi_errno_t load(struct vfs_file *file, const struct image_node *node) {
    uint8_t *buffer;

    file->inflated = NULL;
    file->data = vfs_image.data + node->first;
    if (node->kind != IMAGE_FILE || !(node->flags & IMAGE_DEFLATED))
        return __WASI_ERRNO_SUCCESS;
    buffer = malloc(node->size ? node->size : 1);
    if (buffer == NULL)
        return __WASI_ERRNO_NOMEM;
    if (!inflate_all(file->data, node->count, buffer, node->size)) {
        free(buffer);
        return __WASI_ERRNO_IO;
    }
    file->data = file->inflated = buffer;
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t vfs_open(const struct image_node *node, __wasi_fdflags_t flags, __wasi_fd_t *fd) {
    for (uint32_t slot = 0; slot < VFS_MAX_OPEN; slot++) {
        struct vfs_file *file = &files[slot];
        __wasi_errno_t err;
        if (file->node != NULL)
            continue;
        err = load(file, node);
        if (err != __WASI_ERRNO_SUCCESS)
            return err;
        file->node = node;
        file->position = 0;
        file->flags = flags;
        *fd = VFS_FIRST_FD + slot;
        return __WASI_ERRNO_SUCCESS;
    }
    return __WASI_ERRNO_MFILE;
}

__wasi_errno_t vfs_close(struct vfs_file *file) {
    /* The root stays: libc keeps its number for as long as the instance lives. */
    if (file == &root)
        return __WASI_ERRNO_NOTSUP;
    /* A block freed before the snapshot would travel in it as garbage. */
    if (file->inflated != NULL && !sealed)
        memset(file->inflated, 0, file->node->size);
    free(file->inflated);
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

void vfs_stat(const struct image_node *node, __wasi_filestat_t *stat) {
    __wasi_timestamp_t mtime = node->mtime * 1000000000u;

    *stat = (__wasi_filestat_t){
        .dev = VFS_DEVICE,
        .ino = image_index(&vfs_image, node) + 1,
        .filetype = node->kind == IMAGE_DIRECTORY ? __WASI_FILETYPE_DIRECTORY : __WASI_FILETYPE_REGULAR_FILE,
        .nlink = 1,
        .size = node->size,
        .atim = mtime,
        .mtim = mtime,
        .ctim = mtime,
    };
}
