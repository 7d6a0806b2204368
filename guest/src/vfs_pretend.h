/* Detects changes in granted directories before the snapshot, and pretends repeated ones.
 *
 * An application boots several times before the snapshot, and its warm-up requests are repeated some dozens of times.
 * They must change the machine's directories only once. So in all boots but the one that counts, and in all repetitions
 * of a request, a change reports success and does nothing: the memory of such a boot is discarded. */
#ifndef WASGI_VFS_PRETEND_H
#define WASGI_VFS_PRETEND_H

#include <Python.h>
#include <stdbool.h>
#include <wasi/api.h>

#include "vfs_place.h"

/* Whether changes are pretended at present. */
bool pretend_is_on(void);

/* Called before each change. True if it is pretended: the caller then reports success. Never after the snapshot. */
bool pretend_change(void);

/* The same for directories. Making and removing one is no change: SQLite locks a file in this way. */
bool pretend_make_directory(const struct place *place, __wasi_errno_t *err);
bool pretend_remove_directory(const struct place *place);

/* Pretends a write of all bytes, at the position or elsewhere. */
__wasi_errno_t pretend_write(__wasi_fd_t host_fd, const __wasi_ciovec_t *vecs, __wasi_size_t count, bool at_position,
                             __wasi_size_t *done);

void pretend_seal(void);

/* _wasgi.pretend(bool), for a part of a boot. */
PyObject *pretend_set(PyObject *module, PyObject *is_on);

/* _wasgi.changed() -> bool: since the last call. */
PyObject *pretend_changed(PyObject *module, PyObject *none);

#endif
