#include "clock.h"

#include <stdbool.h>

#include "app.h"
#include "ended.h"
#include "host.h"
#include "watch.h"

#define SECOND 1000000000u

/* The clock at the snapshot; the host's time is added to it. */
static __wasi_timestamp_t stopped_at;
/* False in the builder, which has preview 1 only; wit/app.wit explains why requests do not use it. */
static bool sealed;

static __wasi_timestamp_t nanoseconds(wasi_clocks_wall_clock_datetime_t time) {
    return time.seconds * SECOND + time.nanoseconds;
}

__wasi_errno_t clock_now(__wasi_clockid_t id, __wasi_timestamp_t *time) {
    wasi_clocks_wall_clock_datetime_t now;

    if (!sealed)
        return host_clock_time_get(id, 1, time);
    switch (id) {
    case __WASI_CLOCKID_REALTIME:
        wasi_clocks_wall_clock_now(&now);
        *time = nanoseconds(now);
        return __WASI_ERRNO_SUCCESS;
    case __WASI_CLOCKID_MONOTONIC:
        *time = wasi_clocks_monotonic_clock_now() + stopped_at;
        return __WASI_ERRNO_SUCCESS;
    default:
        return __WASI_ERRNO_BADF;
    }
}

/* About one reading of the clock in a thousand checks for the request's end, because code that polls the clock is
 * waiting, too: CPython does so for a lock with a timeout when there are no threads. The time itself selects the
 * samples, because a counter would dirty a page. */
static bool is_sample(__wasi_timestamp_t time) { return time / 1000 % 1024 == 0; }

__wasi_errno_t WASI(clock_time_get)(__wasi_clockid_t id, __wasi_timestamp_t Py_UNUSED(precision),
                                    __wasi_timestamp_t *time) {
    __wasi_errno_t err = clock_now(id, time);

    if (id == __WASI_CLOCKID_REALTIME)
        watch_note("wasgi.time");
    else if (sealed && err == __WASI_ERRNO_SUCCESS && is_sample(*time))
        ended_look();
    return err;
}

__wasi_errno_t WASI(clock_res_get)(__wasi_clockid_t id, __wasi_timestamp_t *resolution) {
    wasi_clocks_wall_clock_datetime_t of_wall_clock;

    if (!sealed)
        return host_clock_res_get(id, resolution);
    switch (id) {
    case __WASI_CLOCKID_REALTIME:
        wasi_clocks_wall_clock_resolution(&of_wall_clock);
        *resolution = nanoseconds(of_wall_clock);
        return __WASI_ERRNO_SUCCESS;
    case __WASI_CLOCKID_MONOTONIC:
        *resolution = wasi_clocks_monotonic_clock_resolution();
        return __WASI_ERRNO_SUCCESS;
    default:
        return __WASI_ERRNO_BADF;
    }
}

void clock_seal(void) {
    if (clock_now(__WASI_CLOCKID_MONOTONIC, &stopped_at) != __WASI_ERRNO_SUCCESS)
        stopped_at = 0;
    sealed = true;
}

/* Nanoseconds until the event. The standard streams are always ready: there is no input, and output waits in the
 * write. */
static __wasi_timestamp_t left_of(const __wasi_subscription_t *subscription) {
    const __wasi_subscription_clock_t *clock = &subscription->u.u.clock;
    __wasi_timestamp_t now;

    if (subscription->u.tag != __WASI_EVENTTYPE_CLOCK)
        return 0;
    if (!(clock->flags & __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME))
        return clock->timeout;
    if (clock_now(clock->id, &now) != __WASI_ERRNO_SUCCESS || now >= clock->timeout)
        return 0;
    return clock->timeout - now;
}

static void wait(__wasi_timestamp_t duration) {
    uint64_t began = wasi_clocks_monotonic_clock_now();
    wasi_io_poll_own_pollable_t sleep = wasi_clocks_monotonic_clock_subscribe_duration(duration);

    wasi_io_poll_method_pollable_block(wasi_io_poll_borrow_pollable(sleep));
    wasi_io_poll_pollable_drop_own(sleep);
    if (wasi_clocks_monotonic_clock_now() - began < duration)
        ended_look();
}

__wasi_errno_t clock_poll(const __wasi_subscription_t *in, __wasi_event_t *out, __wasi_size_t count,
                          __wasi_size_t *done) {
    __wasi_timestamp_t least = UINT64_MAX;
    __wasi_size_t first = 0;

    if (!sealed)
        return host_poll_oneoff(in, out, count, done);
    if (count == 0)
        return __WASI_ERRNO_INVAL;
    for (__wasi_size_t i = 0; i < count; i++) {
        __wasi_timestamp_t left = left_of(&in[i]);
        if (left < least) {
            least = left;
            first = i;
        }
    }
    if (least > 0)
        wait(least);
    *done = 0;
    for (__wasi_size_t i = 0; i < count; i++) {
        /* After a wait, only the awaited event is reported; the caller may poll for the others again. */
        if (i == first || (least == 0 && left_of(&in[i]) == 0))
            out[(*done)++] = (__wasi_event_t){.userdata = in[i].userdata, .type = in[i].u.tag};
    }
    return __WASI_ERRNO_SUCCESS;
}
