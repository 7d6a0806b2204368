/* Directories that the host grants (preopens), mounted over the image's tree.
 *
 * libc lists preopens once and would carry the builder's in the snapshot, so it is shown the image's root only. We
 * ask the host when a request looks up its first path, and only where the builder said that there may be any: asking
 * costs a request that opens a file some 30 us, and a component made for hosts without a file system (the proxy
 * adapter) would never hear of a directory. */
#ifndef WASGI_VFS_MOUNTS_H
#define WASGI_VFS_MOUNTS_H

#include <Python.h>
#include <stdbool.h>
#include <wasi/api.h>

#define MOUNT_PATH_MAX 1024

/* Where a path below the image's root leads when the host granted a directory there. */
struct mount_target {
    __wasi_fd_t host_fd;
    const char *path; /* below that directory; points into `buffer` */
    __wasi_size_t length;
    char buffer[MOUNT_PATH_MAX]; /* the path from the root */
    __wasi_size_t whole;         /* its length */
};

/* False when the path is the image's own. Before the snapshot it is asked of what the builder grants to the import. */
bool mounts_find(const char *path, __wasi_size_t length, struct mount_target *target);

/* The error of an open: where a host's table of handles is full, it says NOMEM, as its files have no error of that
 * name; programs expect MFILE. */
static inline __wasi_errno_t mounts_open_error(__wasi_errno_t err) {
    return err == __WASI_ERRNO_NOMEM ? __WASI_ERRNO_MFILE : err;
}

/* The path of one of the grants, without a slash at its beginning; false when there are no more. */
bool mounts_path(uint32_t index, const char **path, size_t *length);

/* Which of them a descriptor of the host's is, counted from 1; 0 where it is none. */
uint32_t mounts_index(__wasi_fd_t host_fd);

/* Called just before the snapshot: what was granted so far is forgotten. `expected`: hosts may grant directories. */
void mounts_seal(bool expected);

/* _wasgi.is_granted(path) -> bool */
PyObject *mounts_is_granted(PyObject *module, PyObject *path);

/* _wasgi.were_grants_used() -> bool: whether anyone looked up what is granted. */
PyObject *mounts_were_used(PyObject *module, PyObject *none);

#endif
