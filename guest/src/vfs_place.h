/* Resolves paths: to a file of the host's, to a node of ours (the image's or /tmp's), or to a free name. */
#ifndef WASGI_VFS_PLACE_H
#define WASGI_VFS_PLACE_H

#include <stdbool.h>
#include <wasi/api.h>

#include "vfs.h"
#include "vfs_mounts.h"

struct place {
    bool is_host;
    bool is_illegal; /* the host's, but not UTF-8, as WASI's names must be */
    struct vfs_node dir; /* where the path starts, when it is ours */
    __wasi_fd_t host_fd;
    const char *path;
    __wasi_size_t length;
    struct mount_target target;
};

/* The directory and name of a new file. */
struct spot {
    struct tmp_node *dir;
    const char *name; /* points into the path */
    size_t length;
    bool slash; /* the path ends in one, which only a directory's may */
};

/* The child of that name in a directory of ours; no node if there is none. */
struct vfs_node place_child(struct vfs_node dir, const char *name, size_t length);

/* Whether the bytes are text for WASI (UTF-8); a host traps on other bytes. */
bool place_is_text(const char *text, size_t length);

void place_locate(__wasi_fd_t fd, const char *path, __wasi_size_t length, struct place *place);

/* Finds the node of a place of ours. NOENT, NOTDIR; '.' and empty parts stay, '..' goes up and stays at the root; a
 * trailing slash requires a directory. */
__wasi_errno_t place_find(const struct place *place, struct vfs_node *node);

/* Success if a new file can be created there; EXIST, or ROFS outside of /tmp. */
__wasi_errno_t place_find_new(const struct place *place, struct spot *spot);

/* The directory and the last name, whether or not it exists. */
__wasi_errno_t place_find_spot(const struct place *place, struct spot *spot);

#endif
