/* Waiting for several exchanges and connections at once, or for time. */
#include "abi.h"
#include "ended.h"
#include "net.h"
#include "outgoing.h"
#include "request.h"

#define SECOND 1e9
/* At most so long at once: no host need count further. */
#define LONGEST 3600.0

typedef wasi_io_poll_own_pollable_t own_t;
typedef wasi_io_poll_borrow_pollable_t borrow_t;

/* What tells that there is something to read, or room to write. False where nothing will ever come. */
static bool subscribe(struct exchange *exchange, bool writes, own_t *pollable) {
    if (writes) {
        if (exchange->stream_out.__handle == NO_HANDLE)
            return false;
        *pollable =
            wasi_io_streams_method_output_stream_subscribe(wasi_io_streams_borrow_output_stream(exchange->stream_out));
        return true;
    }
    if (exchange->future.__handle != NO_HANDLE) {
        *pollable = wasi_http_types_method_future_incoming_response_subscribe(
            wasi_http_types_borrow_future_incoming_response(exchange->future));
        return true;
    }
    if (exchange->stream_in.__handle == NO_HANDLE)
        return false;
    *pollable = wasi_io_streams_method_input_stream_subscribe(wasi_io_streams_borrow_input_stream(exchange->stream_in));
    return true;
}

/* Waits for any of them, the last of which is the clock; gives how many others are ready. */
static size_t poll(own_t *owned, borrow_t *borrowed, size_t count) {
    wasi_io_poll_list_borrow_pollable_t list = {borrowed, count};
    app_list_u32_t ready;
    size_t found;

    for (size_t i = 0; i < count; i++)
        borrowed[i] = wasi_io_poll_borrow_pollable(owned[i]);
    abi_enter();
    wasi_io_poll_poll(&list, &ready);
    found = ready.len;
    for (size_t i = 0; i < ready.len; i++)
        found -= ready.ptr[i] == count - 1;
    abi_leave();
    return found;
}

/* 1 with what to wait for, 0 where nothing will ever come, -1 with an exception. */
static int subscribe_one(PyObject *pair, own_t *pollable) {
    PyObject *thing;
    int writes;

    if (!PyArg_ParseTuple(pair, "Op", &thing, &writes))
        return -1;
    if (Py_IS_TYPE(thing, &exchange_type))
        return subscribe((struct exchange *)thing, writes, pollable);
    return net_subscribe(thing, writes, pollable);
}

/* Adds a pollable for each pair of a list; gives how many. */
static Py_ssize_t subscribe_all(PyObject *pairs, own_t *owned) {
    Py_ssize_t count = 0;

    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); i++) {
        int found = subscribe_one(PyList_GET_ITEM(pairs, i), &owned[count]);
        if (found < 0)
            break;
        count += found;
    }
    return count;
}

/* The host ends waits early when the request is over. */
static bool wait(own_t *owned, borrow_t *borrowed, size_t count, double seconds) {
    uint64_t duration = (uint64_t)(seconds * SECOND), began = wasi_clocks_monotonic_clock_now();
    size_t found;

    owned[count] = wasi_clocks_monotonic_clock_subscribe_duration(duration);
    found = poll(owned, borrowed, count + 1);
    wasi_io_poll_pollable_drop_own(owned[count]);
    return found > 0 || wasi_clocks_monotonic_clock_now() - began >= duration || !ended_raise(true);
}

PyObject *outgoing_wait(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *pairs;
    double seconds;
    own_t *owned;
    Py_ssize_t count, size;
    bool ok;

    if (!PyArg_ParseTuple(args, "O!d", &PyList_Type, &pairs, &seconds) || ended_raise(false))
        return NULL;
    size = PyList_GET_SIZE(pairs) + 1;
    owned = PyMem_Malloc((size_t)size * (sizeof(own_t) + sizeof(borrow_t)));
    if (owned == NULL)
        return PyErr_NoMemory();
    count = subscribe_all(pairs, owned);
    if (seconds < 0 || seconds > LONGEST)
        seconds = LONGEST;
    ok = !PyErr_Occurred() && wait(owned, (borrow_t *)(owned + size), (size_t)count, seconds);
    for (Py_ssize_t i = 0; i < count; i++)
        wasi_io_poll_pollable_drop_own(owned[i]);
    PyMem_Free(owned);
    if (!ok)
        return NULL;
    Py_RETURN_NONE;
}
