/* The standard streams, and the end of it all.
 *
 * At build time, and where requests find directories of their host, these are preview 1's: a descriptor of a host's file can
 * take the place of a standard stream. Else there is nothing but the streams, and they are WASI 0.2's. */
#ifndef WASGI_STANDARD_H
#define WASGI_STANDARD_H

#include <stdbool.h>
#include <wasi/api.h>

/* Called once, just before the snapshot. */
void standard_seal(bool directories);

/* WASI's calls about a descriptor that is the host's. */
__wasi_errno_t standard_read(__wasi_fd_t fd, const __wasi_iovec_t *vecs, __wasi_size_t count, __wasi_size_t *done);
__wasi_errno_t standard_write(__wasi_fd_t fd, const __wasi_ciovec_t *vecs, __wasi_size_t count, __wasi_size_t *done);
__wasi_errno_t standard_close(__wasi_fd_t fd);
__wasi_errno_t standard_filestat(__wasi_fd_t fd, __wasi_filestat_t *stat);
__wasi_errno_t standard_fdstat(__wasi_fd_t fd, __wasi_fdstat_t *stat);

#endif
