/* Mount points: directories above the grants that the image does not have, and the grants' own names. A grant at
 * /srv/data makes /srv, so that paths through it resolve, and listing a directory shows the grants in it.
 *
 * Each is a directory that takes no new entries. Their nodes are of /tmp's type, but not in its tree. */
#ifndef WASGI_VFS_POINTS_H
#define WASGI_VFS_POINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "vfs.h"

/* The mount point of that name in `dir`, if neither the image nor /tmp has one; else no node. */
struct vfs_node points_child(struct vfs_node dir, const char *name, size_t length);

/* The first mount point at or after `*index` that is in `dir` and is not hidden by a file of the image or of /tmp, and
 * its index in `*index`; false at the end. */
bool points_next(struct vfs_node dir, size_t *index, struct vfs_node *node, const char **name, size_t *length);

bool points_has(const struct tmp_node *node);
/* The parent of a node for which points_has() is true. */
struct vfs_node points_parent(const struct tmp_node *node);

/* Called when the grants may have changed. */
void points_forget(void);

#endif
