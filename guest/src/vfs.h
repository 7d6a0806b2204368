/* The guest's file system, below libc: the image mounted at '/', /tmp in memory, and the host's descriptors.
 *
 *   0..2          the host's standard streams
 *   3             the image's root, the only preopened directory that libc sees
 *   4..           the host's descriptors from 3 on, one higher
 *   VFS_FIRST_FD..  files and directories opened in the image or in /tmp
 *   HELD_FIRST_FD.. those opened before the snapshot in granted directories (vfs_held.h)
 *   DUPLICATES_FIRST_FD..  further numbers of any of these (vfs_duplicates.h)
 *
 * vfs_fd.c, vfs_data.c, vfs_dir.c, vfs_path.c and vfs_change.c implement WASI's calls; vfs.c keeps the table of open
 * files; vfs_place.c resolves paths; vfs_tmp*.c implement /tmp; vfs_mounts.c maps paths to the host's directories;
 * vfs_pretend.c pretends changes of the host's files. */
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
/* A Unix process's default limit: a leak ends in EMFILE before it fills the memory. */
#define VFS_MAX_OPEN 1024

/* A file or directory: the image's (never changes) or /tmp's. With both NULL, there is none. */
struct vfs_node {
    const struct image_node *image;
    struct tmp_node *tmp;
};

struct vfs_file {
    struct vfs_node node; /* none: the slot is free */
    const uint8_t *data;  /* the image's files only */
    uint8_t *unpacked;    /* the target of `data` if it had to be unpacked; freed at close */
    uint64_t position;
    __wasi_fdflags_t flags;
    bool readable, writable;
};

extern struct image vfs_image;

/* Mounts the image; its bytes stay the caller's and must never be freed. 0, or -1 if they are no image. */
int vfs_mount(const uint8_t *bytes, size_t length);

/* Called once, just before the snapshot: wipes scratch data. `directories`: hosts may grant some, so requests look for
 * them. */
void vfs_seal(bool directories);

/* free(); before the snapshot, which includes freed blocks, it wipes the block first. */
void vfs_release(void *block, size_t size);

static inline bool vfs_exists(struct vfs_node node) { return node.image != NULL || node.tmp != NULL; }
bool vfs_is_directory(struct vfs_node node);
/* The target of '..'; the root's is the root. */
struct vfs_node vfs_parent(struct vfs_node node);
uint64_t vfs_size(struct vfs_node node);
/* Finds a file's sibling by its name with a suffix. False if there is none. */
bool vfs_sibling(struct vfs_node file, const char *suffix, struct vfs_node *sibling);
/* Whether the node is in /tmp: all other nodes are read-only. */
bool vfs_may_change(struct vfs_node node);
void vfs_stat(struct vfs_node node, __wasi_filestat_t *stat);
/* A node's permission bits, which WASI does not have. */
uint32_t vfs_mode(struct vfs_node node);

/* The file behind a descriptor of ours; NULL if the descriptor is the host's or not open. */
struct vfs_file *vfs_file(__wasi_fd_t fd);

/* The host's number of a descriptor that is not ours; one that no host knows if it is not open. */
__wasi_fd_t vfs_host_fd(__wasi_fd_t fd);
__wasi_fd_t vfs_guest_fd(__wasi_fd_t host_fd);

/* Opens a node; on success *fd is a new descriptor. MFILE, NOMEM or IO (damaged data) otherwise. */
__wasi_errno_t vfs_open(struct vfs_node node, __wasi_rights_t rights, __wasi_fdflags_t flags, __wasi_fd_t *fd);
__wasi_errno_t vfs_close(struct vfs_file *file);
/* Closes a descriptor that has no number but its own. */
__wasi_errno_t vfs_close_fd(__wasi_fd_t fd);
/* Closes `to`, and moves the open file of `from` there. */
__wasi_errno_t vfs_move(struct vfs_file *from, struct vfs_file *to);

#endif
