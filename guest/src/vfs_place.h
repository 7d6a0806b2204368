/* What a path names: the host's, or a node of ours (the image's or /tmp's), or nothing yet. */
#ifndef WASGI_VFS_PLACE_H
#define WASGI_VFS_PLACE_H

#include <stdbool.h>
#include <wasi/api.h>

#include "vfs.h"
#include "vfs_mounts.h"

struct place {
    bool is_host;
    bool is_illegal; /* it would be the host's, but names of WASI are UTF-8, and this one is not */
    struct vfs_node dir; /* where the path starts, when it is ours */
    __wasi_fd_t host_fd;
    const char *path;
    __wasi_size_t length;
    struct mount_target target;
};

/* Where something new would go. */
struct spot {
    struct tmp_node *dir;
    const char *name; /* points into the path */
    size_t length;
    bool slash; /* the path ends in one, which only a directory's may */
};

/* What is of that name in a directory of ours; nothing where there is none. */
struct vfs_node place_child(struct vfs_node dir, const char *name, size_t length);

/* Whether WASI takes it for text; a host ends a guest that gives it other bytes. */
bool place_is_text(const char *text, size_t length);

void place_locate(__wasi_fd_t fd, const char *path, __wasi_size_t length, struct place *place);

/* Of a place of ours. NOENT, NOTDIR; '.' and empty parts stay, '..' goes up and stays at the root; a trailing slash
 * wants a directory. */
__wasi_errno_t place_find(const struct place *place, struct vfs_node *node);

/* Success when something new can be made there; EXIST, or ROFS where nothing can. */
__wasi_errno_t place_find_new(const struct place *place, struct spot *spot);

/* The directory and the last name, whether or not there is something of that name. */
__wasi_errno_t place_find_spot(const struct place *place, struct spot *spot);

#endif
