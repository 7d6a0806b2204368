/* The response: start, write, finish. */
#include <string.h>

#include "abi.h"
#include "ended.h"
#include "fields.h"
#include "request.h"

/* Makes a response of `fields` (taken over) and its body. 0, or -1 with an exception and all handles dropped. */
static int make_response(wasi_http_types_own_fields_t fields, uint16_t status,
                         wasi_http_types_own_outgoing_response_t *response, wasi_http_types_own_outgoing_body_t *body) {
    wasi_http_types_borrow_outgoing_response_t borrowed;

    *response = wasi_http_types_constructor_outgoing_response(fields);
    borrowed = wasi_http_types_borrow_outgoing_response(*response);
    /* wasi:http: a new response's status code is 200. */
    if (status != 200 && !wasi_http_types_method_outgoing_response_set_status_code(borrowed, status))
        PyErr_Format(PyExc_ValueError, "the host refuses the status code %u", status);
    else if (!wasi_http_types_method_outgoing_response_body(borrowed, body))
        PyErr_SetString(PyExc_RuntimeError, "the host does not hand out the response body");
    else
        return 0;
    wasi_http_types_outgoing_response_drop_own(*response);
    return -1;
}

static void send_response(wasi_http_types_own_response_outparam_t outparam,
                          wasi_http_types_own_outgoing_response_t response) {
    wasi_http_types_result_own_outgoing_response_error_code_t result = {.is_err = false, .val.ok = response};
    wasi_http_types_static_response_outparam_set(outparam, &result);
}

static int status_code(PyObject *number, uint16_t *status) {
    long value = PyLong_AsLong(number);

    if (value == -1 && PyErr_Occurred())
        return -1;
    if (value < 100 || value > 999) {
        PyErr_Format(PyExc_ValueError, "a status code has three digits, not %ld", value);
        return -1;
    }
    *status = (uint16_t)value;
    return 0;
}

PyObject *request_start(struct request *request, PyObject *const *args, Py_ssize_t nargs) {
    wasi_http_types_own_outgoing_response_t response;
    wasi_http_types_own_fields_t fields;
    uint16_t status;

    if (nargs != 2)
        return PyErr_Format(PyExc_TypeError, "start() takes 2 arguments, %zd given", nargs);
    if (!request_check_open(request))
        return NULL;
    if (request->rehearsal)
        Py_RETURN_NONE;
    if (ended_raise(false))
        return NULL;
    if (request->outparam.__handle == NO_HANDLE)
        return PyErr_Format(PyExc_RuntimeError, "the response has been started already");
    if (status_code(args[0], &status) < 0 || fields_from_list(args[1], &fields) < 0)
        return NULL;
    if (make_response(fields, status, &response, &request->body_out) < 0)
        return NULL;
    send_response(request->outparam, response);
    request->outparam.__handle = NO_HANDLE;
    Py_RETURN_NONE;
}

static bool check_started(struct request *request) {
    if (!request_check_open(request))
        return false;
    if (request->body_out.__handle == NO_HANDLE)
        PyErr_SetString(PyExc_RuntimeError, "the response has not been started");
    return request->body_out.__handle != NO_HANDLE;
}

/* Opened by the first write: a response without a body saves two calls. */
static int open_stream(struct request *request) {
    if (request->stream_out.__handle != NO_HANDLE)
        return 0;
    if (wasi_http_types_method_outgoing_body_write(wasi_http_types_borrow_outgoing_body(request->body_out),
                                                   &request->stream_out))
        return 0;
    request->stream_out.__handle = NO_HANDLE;
    PyErr_SetString(PyExc_OSError, "the host does not hand out the response body's stream");
    return -1;
}

static void wait_until_writable(wasi_io_streams_borrow_output_stream_t stream) {
    wasi_io_poll_own_pollable_t pollable = wasi_io_streams_method_output_stream_subscribe(stream);

    wasi_io_poll_method_pollable_block(wasi_io_poll_borrow_pollable(pollable));
    wasi_io_poll_pollable_drop_own(pollable);
}

/* wasi:io permits only as many bytes as check-write returns. The final flush does not wait: it makes the host send its
 * bytes, and the next check-write permits none before that is done. A host that knows the length may have all bytes and
 * close the stream by then: no bytes are lost, and the next write reports the end. */
static bool write_all(wasi_io_streams_borrow_output_stream_t stream, uint8_t *data, size_t length,
                      wasi_io_streams_stream_error_t *error) {
    while (length > 0) {
        app_list_u8_t part = {.ptr = data};
        uint64_t permit;
        if (!wasi_io_streams_method_output_stream_check_write(stream, &permit, error))
            return false;
        if (permit == 0) {
            wait_until_writable(stream);
            continue;
        }
        part.len = permit < length ? (size_t)permit : length;
        if (!wasi_io_streams_method_output_stream_write(stream, &part, error))
            return false;
        data += part.len;
        length -= part.len;
    }
    return wasi_io_streams_method_output_stream_flush(stream, error) ||
           error->tag == WASI_IO_STREAMS_STREAM_ERROR_CLOSED;
}

PyObject *request_write(struct request *request, PyObject *data) {
    if (request->rehearsal)
        Py_RETURN_NONE;
    wasi_io_streams_stream_error_t error;
    Py_buffer view;
    PyObject *result = NULL;

    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    /* After GetBuffer, which may run Python code. */
    if (ended_raise(false) || !check_started(request) || (view.len > 0 && open_stream(request) < 0))
        goto done;
    if (view.len > 0 &&
        !write_all(wasi_io_streams_borrow_output_stream(request->stream_out), view.buf, (size_t)view.len, &error)) {
        if (!ended_raise(true))
            stream_error_raise(PyExc_BrokenPipeError, "the client takes no more of the response", &error);
        goto done;
    }
    result = Py_NewRef(Py_None);
done:
    PyBuffer_Release(&view);
    return result;
}

static void raise_error_code(const wasi_http_types_error_code_t *code) {
    const app_option_string_t *text = &code->val.internal_error;

    if (code->tag == WASI_HTTP_TYPES_ERROR_CODE_HTTP_RESPONSE_BODY_SIZE)
        PyErr_SetString(PyExc_OSError, "the response body is not as long as its Content-Length says");
    else if (code->tag == WASI_HTTP_TYPES_ERROR_CODE_INTERNAL_ERROR && text->is_some)
        PyErr_Format(PyExc_OSError, "the host refuses the response body: %.*s", (int)text->val.len, text->val.ptr);
    else
        PyErr_Format(PyExc_OSError, "the host refuses the response body (wasi:http error-code %d)", code->tag);
}

PyObject *request_finish(struct request *request, PyObject *Py_UNUSED(unused)) {
    wasi_http_types_own_outgoing_body_t body;
    wasi_http_types_error_code_t code;
    bool ok;

    if (request->rehearsal) {
        request_end(request);
        Py_RETURN_NONE;
    }
    if (ended_raise(false) || !check_started(request))
        return NULL;
    if (request->stream_out.__handle != NO_HANDLE)
        wasi_io_streams_output_stream_drop_own(request->stream_out);
    body = request->body_out;
    request->stream_out.__handle = request->body_out.__handle = NO_HANDLE;
    abi_enter();
    ok = wasi_http_types_static_outgoing_body_finish(body, NULL, &code);
    if (!ok)
        raise_error_code(&code);
    abi_leave();
    request_end(request);
    return ok ? Py_NewRef(Py_None) : NULL;
}

void request_drop_response(struct request *request) {
    if (request->stream_out.__handle != NO_HANDLE)
        wasi_io_streams_output_stream_drop_own(request->stream_out);
    if (request->body_out.__handle != NO_HANDLE)
        wasi_http_types_outgoing_body_drop_own(request->body_out);
    request->stream_out.__handle = request->body_out.__handle = NO_HANDLE;
}

/* Every path out of the handler must set the outparam. This one works without memory and without an interpreter, so it
 * ignores the host's errors. */
void response_plain(wasi_http_types_own_response_outparam_t outparam, uint16_t status, const char *text) {
    wasi_http_types_own_outgoing_response_t response =
        wasi_http_types_constructor_outgoing_response(fields_plain_text());
    wasi_http_types_borrow_outgoing_response_t borrowed = wasi_http_types_borrow_outgoing_response(response);
    wasi_http_types_own_outgoing_body_t body;
    wasi_http_types_own_output_stream_t stream;
    wasi_http_types_error_code_t code;
    wasi_io_streams_stream_error_t error;
    bool has_body;

    wasi_http_types_method_outgoing_response_set_status_code(borrowed, status);
    has_body = wasi_http_types_method_outgoing_response_body(borrowed, &body);
    send_response(outparam, response);
    if (!has_body)
        return;
    abi_enter();
    if (wasi_http_types_method_outgoing_body_write(wasi_http_types_borrow_outgoing_body(body), &stream)) {
        write_all(wasi_io_streams_borrow_output_stream(stream), (uint8_t *)text, strlen(text), &error);
        wasi_io_streams_output_stream_drop_own(stream);
    }
    wasi_http_types_static_outgoing_body_finish(body, NULL, &code);
    abi_leave();
}
