/* Changes in granted directories before the snapshot: whether there are any, and those that are not to be.
 *
 * An application boots several times before the snapshot, and its warm-up requests are asked some dozens of times. What
 * they change in directories of the machine is to be changed once. So all but the boot that counts, and all but the
 * first of each request, are told that it is done, and nothing is: the memory of such a boot is thrown away. */
#ifndef WASGI_VFS_PRETEND_H
#define WASGI_VFS_PRETEND_H

#include <Python.h>
#include <stdbool.h>
#include <wasi/api.h>

#include "vfs_place.h"

/* Whether changes are pretended just now. */
bool pretend_is_on(void);

/* Called before each change. True where it is pretended: then success is to be reported. Never after the snapshot. */
bool pretend_change(void);

/* The same for directories. One that is made and removed again is no change: SQLite locks a file by one. */
bool pretend_make_directory(const struct place *place, __wasi_errno_t *err);
bool pretend_remove_directory(const struct place *place);

/* A write that is pretended: of all bytes, at the position or elsewhere. */
__wasi_errno_t pretend_write(__wasi_fd_t host_fd, const __wasi_ciovec_t *vecs, __wasi_size_t count, bool at_position,
                             __wasi_size_t *done);

void pretend_seal(void);

/* _wasgi.pretend(bool), for a part of a boot. */
PyObject *pretend_set(PyObject *module, PyObject *is_on);

/* _wasgi.changed() -> bool: since the last call. */
PyObject *pretend_changed(PyObject *module, PyObject *none);

#endif
