/* Directories that the host grants (preopens), mounted over the image's tree.
 *
 * libc lists preopens once and would carry the builder's in the snapshot, so it is shown the image's root only. We
 * ask the host when a request looks up its first path, and only where the builder said that there may be any: asking
 * costs a request that opens a file some 30 us, and a component made for hosts without a file system (the proxy
 * adapter) would never hear of a directory. */
#ifndef WASGI_VFS_MOUNTS_H
#define WASGI_VFS_MOUNTS_H

#include <stdbool.h>
#include <wasi/api.h>

#define MOUNT_PATH_MAX 1024

/* Where a path below the image's root leads when the host granted a directory there. */
struct mount_target {
    __wasi_fd_t host_fd;
    const char *path; /* below that directory; points into `buffer` */
    __wasi_size_t length;
    char buffer[MOUNT_PATH_MAX];
};

/* False when the path is the image's own. Always so before the snapshot: the host that resumes it grants others. */
bool mounts_find(const char *path, __wasi_size_t length, struct mount_target *target);

/* The path of one of the grants, without a slash at its beginning; false when there are no more. */
bool mounts_path(uint32_t index, const char **path, size_t *length);

/* Which of them a descriptor of the host's is, counted from 1; 0 where it is none. */
uint32_t mounts_index(__wasi_fd_t host_fd);

/* Called just before the snapshot. `expected`: hosts may grant directories. */
void mounts_seal(bool expected);

#endif
