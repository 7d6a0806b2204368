/* The request body: read(n) on a wasi:io input stream. */
#include "abi.h"
#include "ended.h"
#include "request.h"

/* The stream is opened by the first read: most requests have no body, and opening it takes two calls. */
static int open_stream(struct request *request) {
    if (request->stream_in.__handle != NO_HANDLE)
        return 0;
    if (!wasi_http_types_method_incoming_request_consume(wasi_http_types_borrow_incoming_request(request->incoming),
                                                         &request->body_in)) {
        request->body_in.__handle = NO_HANDLE;
        PyErr_SetString(PyExc_OSError, "the host does not hand out the request body");
        return -1;
    }
    if (!wasi_http_types_method_incoming_body_stream(wasi_http_types_borrow_incoming_body(request->body_in),
                                                     &request->stream_in)) {
        request->stream_in.__handle = NO_HANDLE;
        PyErr_SetString(PyExc_OSError, "the host does not hand out the request body's stream");
        return -1;
    }
    return 0;
}

static PyObject *no_bytes(void) { return PyBytes_FromStringAndSize(NULL, 0); }

static PyObject *end_of_stream(struct request *request, wasi_io_streams_stream_error_t *error) {
    if (error->tag == WASI_IO_STREAMS_STREAM_ERROR_CLOSED) {
        request->read_end = true;
        return no_bytes();
    }
    request->read_lost = true;
    if (!ended_raise(true))
        stream_error_raise(PyExc_OSError, "the request body broke off", error);
    return NULL;
}

static PyObject *read_chunk(struct request *request, uint64_t limit) {
    wasi_io_streams_stream_error_t error;
    app_list_u8_t list;
    PyObject *chunk = NULL;
    bool ok;

    abi_enter_bytes();
    ok = wasi_io_streams_method_input_stream_blocking_read(wasi_io_streams_borrow_input_stream(request->stream_in),
                                                           limit, &list, &error);
    if (ok) {
        chunk = abi_take_bytes();
        request->read_lost = chunk == NULL;
    }
    abi_leave();
    return ok ? chunk : end_of_stream(request, &error);
}

PyObject *request_read(struct request *request, PyObject *limit) {
    Py_ssize_t wanted = PyNumber_AsSsize_t(limit, NULL);
    PyObject *chunk;

    if (wanted == -1 && PyErr_Occurred())
        return NULL;
    if (!request_check_open(request) || ended_raise(false))
        return NULL;
    if (wanted < 0)
        return PyErr_Format(PyExc_ValueError, "read(n) wants n >= 0, not %zd", wanted);
    if (request->read_lost)
        return PyErr_Format(PyExc_OSError, "the request body broke off");
    if (wanted == 0 || request->read_end)
        return no_bytes();
    if (open_stream(request) < 0)
        return NULL;
    /* A host may return no bytes although the stream has not ended. */
    do {
        chunk = read_chunk(request, wanted < ABI_BYTES_MAX ? (uint64_t)wanted : ABI_BYTES_MAX);
        if (chunk == NULL || PyBytes_GET_SIZE(chunk) > 0 || request->read_end)
            return chunk;
        Py_DECREF(chunk);
    } while (true);
}

void request_drop_body(struct request *request) {
    if (request->stream_in.__handle != NO_HANDLE)
        wasi_io_streams_input_stream_drop_own(request->stream_in);
    if (request->body_in.__handle != NO_HANDLE)
        wasi_http_types_incoming_body_drop_own(request->body_in);
    request->stream_in.__handle = request->body_in.__handle = NO_HANDLE;
}
