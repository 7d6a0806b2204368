/* Where randomness comes from, and what must not be the same in two instances.
 *
 * The system's random bytes are the host's at every call. What keeps a state of its own in memory is made to begin
 * anew after the snapshot: SQLite's generator here, OpenSSL's in openssl.c, Python's in wasgi_guest/resume.py. */
#ifndef WASGI_ENTROPY_H
#define WASGI_ENTROPY_H

#include <stddef.h>
#include <wasi/api.h>

/* Fills a buffer, and is not taken for a draw of the application's: for what nobody keeps as a secret. */
__wasi_errno_t entropy_draw(void *buffer, size_t length);

/* Called once, before Python starts. */
void entropy_init(void);

/* Called once, just before the snapshot. */
void entropy_seal(void);

#endif
