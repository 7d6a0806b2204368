/* A monotonic clock that never goes back behind the snapshot, and waiting by it.
 *
 * A host's own may start at 0 in each instance: times that the application stored at import would then lie in the
 * future, and intervals would be negative. */
#ifndef WASGI_CLOCK_H
#define WASGI_CLOCK_H

#include <wasi/api.h>

/* Called once, just before the snapshot. */
void clock_seal(void);

/* A clock as requests see it: the monotonic one continues from the snapshot. BADF for clocks that no host has. */
__wasi_errno_t clock_now(__wasi_clockid_t id, __wasi_timestamp_t *time);

/* poll_oneoff() of clocks and standard streams. */
__wasi_errno_t clock_poll(const __wasi_subscription_t *in, __wasi_event_t *out, __wasi_size_t count,
                          __wasi_size_t *done);

#endif
