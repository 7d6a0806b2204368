/* Random bytes from the host, and random state that must differ between instances.
 *
 * Each call for the system's random bytes goes to the host. Generators that keep a state in memory are reseeded after
 * the snapshot: SQLite's here, OpenSSL's in openssl.c, Python's in wasgi_guest/resume.py. */
#ifndef WASGI_ENTROPY_H
#define WASGI_ENTROPY_H

#include <stddef.h>
#include <wasi/api.h>

/* Fills a buffer without counting as a draw by the application: for bytes that do not stay secrets. Native code that
 * draws only seeds, as its package's description says, is joined to this (host/src/wasm/join/side.rs). */
__wasi_errno_t entropy_draw(void *buffer, size_t length);

/* Called once, before Python starts. */
void entropy_init(void);

/* Called once, just before the snapshot. */
void entropy_seal(void);

#endif
