/* Files that an import opens in granted directories and leaves open.
 *
 * Before the snapshot, a file gets a number of ours, because the host's start anew in each instance. The snapshot keeps
 * path, rights and position. A request reopens the file from its own grants on first use; unused files cost nothing. */
#ifndef WASGI_VFS_HELD_H
#define WASGI_VFS_HELD_H

#include <Python.h>
#include <stdbool.h>
#include <wasi/api.h>

#include "vfs_duplicates.h"
#include "vfs_place.h"

#define HELD_FIRST_FD 0x20000
#define HELD_MAX 256

/* The arguments of path_open(). */
struct held_way {
    __wasi_lookupflags_t lookup;
    uint32_t oflags;
    __wasi_rights_t base, inheriting;
    uint32_t flags;
};

/* Whether opened files are held: true until the snapshot. */
bool held_is_wanted(void);

/* path_open() of a place of the host's, located from `dir`. MFILE or NOMEM beside the host's errors. */
__wasi_errno_t held_open(__wasi_fd_t dir, const struct place *place, const struct held_way *way, __wasi_fd_t *opened);

/* Whether a number is one of a file opened before the snapshot, open or not. */
static inline bool held_has(__wasi_fd_t fd) {
    fd = duplicates_target(fd);
    return fd >= HELD_FIRST_FD && fd - HELD_FIRST_FD < HELD_MAX;
}

/* The host's number of a held file; one that no host knows if it cannot be reopened, which is logged. */
__wasi_fd_t held_host_fd(__wasi_fd_t fd);

__wasi_errno_t held_close(__wasi_fd_t fd);

/* Called just before the snapshot, while the host's descriptors are still open. */
void held_seal(void);

/* _wasgi.held() -> list[tuple[int, str]]: descriptors and paths. */
PyObject *held_list(PyObject *module, PyObject *none);

#endif
