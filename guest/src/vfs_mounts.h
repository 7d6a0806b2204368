/* Directories that the host grants (preopens), mounted over the image's tree.
 *
 * libc lists preopens once, and the snapshot would then hold the builder's, so libc sees only the image's root. We list
 * the host's when a request resolves its first path, and only if the builder expects some: listing costs a request that
 * opens a file some 30 us, and a component for hosts without a file system (the proxy adapter) has none. */
#ifndef WASGI_VFS_MOUNTS_H
#define WASGI_VFS_MOUNTS_H

#include <Python.h>
#include <stdbool.h>
#include <wasi/api.h>

#define MOUNT_PATH_MAX 1024

/* The target of a path below the image's root in a granted directory. */
struct mount_target {
    __wasi_fd_t host_fd;
    const char *path; /* below that directory; points into `buffer` */
    __wasi_size_t length;
    char buffer[MOUNT_PATH_MAX]; /* the path from the root */
    __wasi_size_t whole;         /* its length */
};

/* False if the path is the image's own. Before the snapshot, the builder's grants to the import count. */
bool mounts_find(const char *path, __wasi_size_t length, struct mount_target *target);

/* Translates the error of an open: a host with a full handle table returns NOMEM, because its file API has no MFILE;
 * programs expect MFILE. */
static inline __wasi_errno_t mounts_open_error(__wasi_errno_t err) {
    return err == __WASI_ERRNO_NOMEM ? __WASI_ERRNO_MFILE : err;
}

/* The path of a grant, without a leading slash; false if there are no more. */
bool mounts_path(uint32_t index, const char **path, size_t *length);

/* The number of the grant with this descriptor of the host's, from 1; 0 if there is none. */
uint32_t mounts_index(__wasi_fd_t host_fd);

/* Called just before the snapshot: forgets the builder's grants. `expected`: hosts may grant directories. */
void mounts_seal(bool expected);

/* _wasgi.is_granted(path) -> bool */
PyObject *mounts_is_granted(PyObject *module, PyObject *path);

/* _wasgi.were_grants_used() -> bool: whether a granted path was resolved. */
PyObject *mounts_were_used(PyObject *module, PyObject *none);

#endif
