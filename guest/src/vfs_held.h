/* What an import opens in directories that are granted to it, and leaves open.
 *
 * Before the snapshot it gets a number of its own, apart from the host's: those begin anew in each instance. The snapshot
 * keeps the path, the rights and the position. A request opens it again from what its own host grants, when it first
 * uses it; what is not used costs nothing. */
#ifndef WASGI_VFS_HELD_H
#define WASGI_VFS_HELD_H

#include <Python.h>
#include <stdbool.h>
#include <wasi/api.h>

#include "vfs_place.h"

#define HELD_FIRST_FD 0x20000
#define HELD_MAX 256

/* How something is opened: the arguments of path_open(). */
struct held_way {
    __wasi_lookupflags_t lookup;
    uint32_t oflags;
    __wasi_rights_t base, inheriting;
    uint32_t flags;
};

/* Whether what is opened is held; not so after the snapshot. */
bool held_is_wanted(void);

/* path_open() of a place of the host's, which was located from `dir`. MFILE or NOMEM beside the host's errors. */
__wasi_errno_t held_open(__wasi_fd_t dir, const struct place *place, const struct held_way *way, __wasi_fd_t *opened);

/* The host's number of one that is held; one that no host knows when it cannot be opened again, which is logged. */
__wasi_fd_t held_host_fd(__wasi_fd_t fd);

__wasi_errno_t held_close(__wasi_fd_t fd);

/* Called just before the snapshot, while the host that it was opened from is there. */
void held_seal(void);

/* _wasgi.held() -> list[tuple[int, str]]: descriptors and paths. */
PyObject *held_list(PyObject *module, PyObject *none);

#endif
