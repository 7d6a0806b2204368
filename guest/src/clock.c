#include "clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "watch.h"

/* Where the clock stood at the snapshot, which is what the host's time is added to. */
static __wasi_timestamp_t stopped_at;

__wasi_errno_t WASI(clock_time_get)(__wasi_clockid_t id, __wasi_timestamp_t precision, __wasi_timestamp_t *time) {
    __wasi_errno_t err = host_clock_time_get(id, precision, time);

    if (err == __WASI_ERRNO_SUCCESS && id == __WASI_CLOCKID_MONOTONIC)
        *time += stopped_at;
    if (id == __WASI_CLOCKID_REALTIME)
        watch_note("wasgi.time");
    return err;
}

void clock_seal(void) {
    if (host_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &stopped_at) != __WASI_ERRNO_SUCCESS)
        stopped_at = 0;
}

static bool is_point_in_time(const __wasi_subscription_t *subscription) {
    return subscription->u.tag == __WASI_EVENTTYPE_CLOCK && subscription->u.u.clock.id == __WASI_CLOCKID_MONOTONIC &&
           (subscription->u.u.clock.flags & __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME);
}

/* A point before the snapshot has passed. */
static __wasi_timestamp_t to_host(__wasi_timestamp_t time) { return time > stopped_at ? time - stopped_at : 0; }

static __wasi_errno_t poll_translated(const __wasi_subscription_t *in, __wasi_event_t *out, __wasi_size_t count,
                                      __wasi_size_t *done) {
    __wasi_subscription_t *translated = malloc(count * sizeof *in);
    __wasi_errno_t err;

    if (translated == NULL)
        return __WASI_ERRNO_NOMEM;
    memcpy(translated, in, count * sizeof *in);
    for (__wasi_size_t i = 0; i < count; i++) {
        if (is_point_in_time(&in[i]))
            translated[i].u.u.clock.timeout = to_host(in[i].u.u.clock.timeout);
    }
    err = host_poll_oneoff(translated, out, count, done);
    free(translated);
    return err;
}

__wasi_errno_t clock_poll(const __wasi_subscription_t *in, __wasi_event_t *out, __wasi_size_t count,
                          __wasi_size_t *done) {
    for (__wasi_size_t i = 0; i < count; i++) {
        if (is_point_in_time(&in[i]))
            return poll_translated(in, out, count, done);
    }
    return host_poll_oneoff(in, out, count, done);
}
