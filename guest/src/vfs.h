/* The guest's file system, below libc: the image mounted at '/', /tmp in memory, the host's descriptors beside it.
 *
 *   0..2          the host's standard streams
 *   3             the image's root, the only preopened directory that libc sees
 *   4..           the host's descriptors from 3 on, one higher
 *   VFS_FIRST_FD..  files and directories opened in the image or in /tmp
 *   HELD_FIRST_FD.. those opened before the snapshot in directories of the host's (vfs_held.h)
 *
 * vfs_fd.c, vfs_data.c, vfs_dir.c, vfs_path.c and vfs_change.c answer WASI's calls; vfs.c keeps the table of open files;
 * vfs_place.c finds what a path names; vfs_tmp*.c are /tmp; vfs_mounts.c knows which paths belong to the host;
 * vfs_pretend.c, which changes of the host's files are only pretended. */
#ifndef WASGI_VFS_H
#define WASGI_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wasi/api.h>

#include "image.h"
#include "vfs_tmp.h"

#define VFS_ROOT_FD 3
#define VFS_FIRST_FD 0x10000
/* As many as a Unix process has by default; a leak ends in EMFILE, not in a full memory. */
#define VFS_MAX_OPEN 1024

/* A file or directory: the image's (never changes) or /tmp's. With both NULL it is nothing. */
struct vfs_node {
    const struct image_node *image;
    struct tmp_node *tmp;
};

struct vfs_file {
    struct vfs_node node; /* nothing: the slot is free */
    const uint8_t *data;  /* the image's files only */
    uint8_t *unpacked;    /* what `data` points to when we had to unpack it; freed at close */
    uint64_t position;
    __wasi_fdflags_t flags;
    bool readable, writable;
};

extern struct image vfs_image;

/* Mounts the image; its bytes stay the caller's and must outlive everything. 0, or -1 when they are no image. */
int vfs_mount(const uint8_t *bytes, size_t length);

/* Called once, just before the snapshot: leaves no scratch data behind. `directories`: hosts may grant some, which are
 * to be asked for from now on. */
void vfs_seal(bool directories);

/* free(), and before the snapshot a wipe: a freed block would travel in it as garbage. */
void vfs_release(void *block, size_t size);

static inline bool vfs_exists(struct vfs_node node) { return node.image != NULL || node.tmp != NULL; }
bool vfs_is_directory(struct vfs_node node);
/* What '..' is; the root's is the root. */
struct vfs_node vfs_parent(struct vfs_node node);
uint64_t vfs_size(struct vfs_node node);
/* What lies beside a file under its name and more. False when nothing does. */
bool vfs_sibling(struct vfs_node file, const char *suffix, struct vfs_node *sibling);
/* Whether it is in /tmp: all else of ours is read-only. */
bool vfs_may_change(struct vfs_node node);
void vfs_stat(struct vfs_node node, __wasi_filestat_t *stat);
/* Its permission bits, which WASI has none of. */
uint32_t vfs_mode(struct vfs_node node);

/* The file behind a descriptor of ours; NULL when the descriptor is the host's or nobody's. */
struct vfs_file *vfs_file(__wasi_fd_t fd);

/* The host's number of a descriptor that is not ours; one that no host knows when it is nobody's. */
__wasi_fd_t vfs_host_fd(__wasi_fd_t fd);
__wasi_fd_t vfs_guest_fd(__wasi_fd_t host_fd);

/* Opens a node; on success *fd is a new descriptor. MFILE, NOMEM or IO (damaged data) otherwise. */
__wasi_errno_t vfs_open(struct vfs_node node, __wasi_rights_t rights, __wasi_fdflags_t flags, __wasi_fd_t *fd);
__wasi_errno_t vfs_close(struct vfs_file *file);
/* `to` takes over what `from` is; what `to` was is closed. */
__wasi_errno_t vfs_move(struct vfs_file *from, struct vfs_file *to);

#endif
