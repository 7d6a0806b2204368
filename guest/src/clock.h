/* The monotonic clock, and what is made of it, never goes back behind the snapshot.
 *
 * A host's own may begin anew with each instance: what the application kept of it at import would then lie in the
 * future, and intervals would be negative. */
#ifndef WASGI_CLOCK_H
#define WASGI_CLOCK_H

#include <wasi/api.h>

/* Called once, just before the snapshot. */
void clock_seal(void);

/* A clock as requests see it: the monotonic one goes on from the snapshot. BADF for clocks that no host has. */
__wasi_errno_t clock_now(__wasi_clockid_t id, __wasi_timestamp_t *time);

/* poll_oneoff() of clocks and standard streams. */
__wasi_errno_t clock_poll(const __wasi_subscription_t *in, __wasi_event_t *out, __wasi_size_t count,
                          __wasi_size_t *done);

#endif
