/* The guest's file system, below libc: the image mounted at '/', the host's descriptors beside it.
 *
 *   0..2          the host's standard streams
 *   3             the image's root, the only preopened directory that libc sees
 *   4..           the host's descriptors from 3 on, one higher
 *   VFS_FIRST_FD..  files and directories opened in the image
 *
 * vfs_fd.c, vfs_dir.c and vfs_path.c answer WASI's calls; vfs.c keeps the table of open files; vfs_mounts.c knows
 * which paths belong to the host. */
#ifndef WASGI_VFS_H
#define WASGI_VFS_H

#include <stdint.h>
#include <wasi/api.h>

#include "image.h"

#define VFS_ROOT_FD 3
#define VFS_FIRST_FD 0x10000
/* As many as a Unix process has by default; a leak ends in EMFILE, not in a full memory. */
#define VFS_MAX_OPEN 1024

struct vfs_file {
    const struct image_node *node; /* NULL: the slot is free */
    const uint8_t *data;
    uint8_t *inflated; /* what `data` points to when we had to inflate it; freed at close */
    uint64_t position;
    __wasi_fdflags_t flags;
};

extern struct image vfs_image;

/* Mounts the image; its bytes stay the caller's and must outlive everything. 0, or -1 when they are no image. */
int vfs_mount(const uint8_t *bytes, size_t length);

/* Called once, just before the snapshot: forgets the builder's mounts and leaves no scratch data behind. */
void vfs_seal(void);

/* The image's file behind a descriptor; NULL when the descriptor is the host's or nobody's. */
struct vfs_file *vfs_file(__wasi_fd_t fd);

/* The host's number of a descriptor that is not the image's; one that no host knows when it is nobody's. */
__wasi_fd_t vfs_host_fd(__wasi_fd_t fd);
__wasi_fd_t vfs_guest_fd(__wasi_fd_t host_fd);

/* Opens a node; on success *fd is a new descriptor. MFILE, NOMEM or IO (damaged data) otherwise. */
__wasi_errno_t vfs_open(const struct image_node *node, __wasi_fdflags_t flags, __wasi_fd_t *fd);
__wasi_errno_t vfs_close(struct vfs_file *file);
/* `to` takes over what `from` is; what `to` was is closed. */
__wasi_errno_t vfs_move(struct vfs_file *from, struct vfs_file *to);

void vfs_stat(const struct image_node *node, __wasi_filestat_t *stat);

#endif
