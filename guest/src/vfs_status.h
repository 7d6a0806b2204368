/* Attributes of files that WASI does not have: permission bits, an owner, the space of the file system.
 *
 * Results are errno, which has WASI's numbers; 0 is success. A path is relative to `fd`, from
 * __wasilibc_find_relpath(). */
#ifndef WASGI_VFS_STATUS_H
#define WASGI_VFS_STATUS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/statvfs.h>
#include <wasi/api.h>

/* The owner of all files. */
#define VFS_USER 1000

struct vfs_status {
    __wasi_filestat_t wasi;
    uint32_t mode; /* permission bits */
    bool is_read_only; /* the file system's */
};

int vfs_path_status(__wasi_fd_t fd, const char *path, bool follow, struct vfs_status *status);
int vfs_fd_status(__wasi_fd_t fd, struct vfs_status *status);

/* Changes nothing in a granted directory, because WASI cannot pass it to the host. Linux does the same for file systems
 * without permission bits that are mounted `quiet`. */
int vfs_path_chmod(__wasi_fd_t fd, const char *path, bool follow, uint32_t mode);
int vfs_fd_chmod(__wasi_fd_t fd, uint32_t mode);

int vfs_path_space(__wasi_fd_t fd, const char *path, struct statvfs *space);
int vfs_fd_space(__wasi_fd_t fd, struct statvfs *space);

/* Records the grant of a new descriptor of the host's: that of the descriptor `by`, from which it was opened. */
void vfs_status_opened(__wasi_fd_t host_fd, __wasi_fd_t by);

#endif
