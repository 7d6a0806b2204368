/* _wasgi_outgoing: requests to others by wasi:http/outgoing-handler. C has their handles and bytes;
 * `wasgi_guest.outgoing` decides what is asked for and what is made of the answer.
 *
 * An Exchange is one request and its response. It owns the host's handles from its making to close(), and drops streams
 * before bodies, as wasi:io demands. Nothing of it waits, but wait() does. */
#ifndef WASGI_OUTGOING_H
#define WASGI_OUTGOING_H

#include <Python.h>
#include <stdbool.h>

#include "app.h"

struct exchange {
    PyObject_HEAD
    wasi_http_types_own_future_incoming_response_t future; /* until response() has it */
    wasi_http_types_own_outgoing_body_t body_out;          /* until finish() */
    wasi_http_types_own_output_stream_t stream_out;
    wasi_http_types_own_incoming_body_t body_in; /* both from response() on */
    wasi_http_types_own_input_stream_t stream_in;
};

PyMODINIT_FUNC PyInit__wasgi_outgoing(void);

/* From now on there is a host that requests can go to. */
void outgoing_seal(void);

/* outgoing_send.c: hands a request to the host. 0, or -1 with an exception. */
int exchange_send(struct exchange *exchange, PyObject *args);

/* outgoing_error.c. Sets Failure(name, detail) for an error code, or for a stream that failed, or RequestEnded where that
 * is why. Within abi_enter() and abi_leave(). */
int outgoing_error_init(PyObject *module);
void outgoing_fail(const wasi_http_types_error_code_t *code);
void outgoing_fail_stream(wasi_io_streams_stream_error_t *error);

/* outgoing_wait.c: _wasgi_outgoing.wait() */
PyObject *outgoing_wait(PyObject *module, PyObject *args);

/* The type of what can be waited for. */
extern PyTypeObject exchange_type;

#endif
