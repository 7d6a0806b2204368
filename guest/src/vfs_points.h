/* The directories above those that the host grants, as far as the image has none: a grant at /srv/data makes /srv, so that
 * it is found and listed; and the names of all grants, so that listing their directory shows them.
 *
 * Each is a directory in which nothing can be made. Their nodes are of /tmp's kind, but belong to no tree of it. */
#ifndef WASGI_VFS_POINTS_H
#define WASGI_VFS_POINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "vfs.h"

/* Of that name in `dir`, where neither the image nor /tmp has one; nothing otherwise. */
struct vfs_node points_child(struct vfs_node dir, const char *name, size_t length);

/* The first at or after `*index` that is in `dir` and has no file of the image or of /tmp in its place; false at the end.
 * `*index` is its own then. */
bool points_next(struct vfs_node dir, size_t *index, struct vfs_node *node, const char **name, size_t *length);

bool points_has(const struct tmp_node *node);
/* Of one that points_has(). */
struct vfs_node points_parent(const struct tmp_node *node);

/* The grants may be others from now on. */
void points_forget(void);

#endif
