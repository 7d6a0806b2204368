#include "outgoing.h"

#include "abi.h"
#include "ended.h"
#include "limits.h"
#include "request.h"

static bool sealed;

void outgoing_seal(void) { sealed = true; }

static void drop_request_body(struct exchange *exchange) {
    if (exchange->stream_out.__handle != NO_HANDLE)
        wasi_io_streams_output_stream_drop_own(exchange->stream_out);
    if (exchange->body_out.__handle != NO_HANDLE)
        wasi_http_types_outgoing_body_drop_own(exchange->body_out);
    exchange->stream_out.__handle = exchange->body_out.__handle = NO_HANDLE;
}

static void drop_response(struct exchange *exchange) {
    if (exchange->stream_in.__handle != NO_HANDLE)
        wasi_io_streams_input_stream_drop_own(exchange->stream_in);
    if (exchange->body_in.__handle != NO_HANDLE)
        wasi_http_types_incoming_body_drop_own(exchange->body_in);
    exchange->stream_in.__handle = exchange->body_in.__handle = NO_HANDLE;
}

static void drop_future(struct exchange *exchange) {
    if (exchange->future.__handle != NO_HANDLE)
        wasi_http_types_future_incoming_response_drop_own(exchange->future);
    exchange->future.__handle = NO_HANDLE;
}

static PyObject *exchange_close(struct exchange *exchange, PyObject *Py_UNUSED(none)) {
    drop_request_body(exchange);
    drop_response(exchange);
    drop_future(exchange);
    Py_RETURN_NONE;
}

static PyObject *exchange_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs)) {
    struct exchange *exchange;

    if (!sealed)
        return PyErr_Format(PyExc_OSError, "nothing goes out before there are requests");
    exchange = (struct exchange *)type->tp_alloc(type, 0);
    if (exchange == NULL)
        return NULL;
    exchange->future.__handle = exchange->body_out.__handle = exchange->stream_out.__handle = NO_HANDLE;
    exchange->body_in.__handle = exchange->stream_in.__handle = NO_HANDLE;
    if (exchange_send(exchange, args) < 0)
        Py_CLEAR(exchange);
    return (PyObject *)exchange;
}

static void exchange_dealloc(struct exchange *exchange) {
    exchange_close(exchange, NULL);
    Py_TYPE(exchange)->tp_free(exchange);
}

/* What wasi:io lets us write at once. */
static bool ask_room(struct exchange *exchange, uint64_t *permit) {
    wasi_io_streams_stream_error_t error;
    bool ok;

    if (exchange->stream_out.__handle == NO_HANDLE) {
        PyErr_SetString(PyExc_ValueError, "the request's body has ended");
        return false;
    }
    if (ended_raise(false))
        return false;
    abi_enter();
    ok = wasi_io_streams_method_output_stream_check_write(wasi_io_streams_borrow_output_stream(exchange->stream_out),
                                                          permit, &error);
    if (!ok)
        outgoing_fail_stream(&error);
    abi_leave();
    return ok;
}

static PyObject *exchange_room(struct exchange *exchange, PyObject *Py_UNUSED(none)) {
    uint64_t permit;
    return ask_room(exchange, &permit) ? PyLong_FromUnsignedLongLong(permit) : NULL;
}

static bool write_part(struct exchange *exchange, app_list_u8_t *part) {
    wasi_io_streams_stream_error_t error;
    bool ok;

    abi_enter();
    ok = wasi_io_streams_method_output_stream_write(wasi_io_streams_borrow_output_stream(exchange->stream_out), part,
                                                    &error);
    if (!ok)
        outgoing_fail_stream(&error);
    abi_leave();
    return ok;
}

static PyObject *exchange_write(struct exchange *exchange, PyObject *data) {
    app_list_u8_t part;
    uint64_t permit;
    Py_buffer view;
    bool ok;

    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    ok = ask_room(exchange, &permit);
    if (ok) {
        part = (app_list_u8_t){view.buf, permit < (uint64_t)view.len ? (size_t)permit : (size_t)view.len};
        ok = part.len == 0 || write_part(exchange, &part);
    }
    PyBuffer_Release(&view);
    return ok ? PyLong_FromSize_t(part.len) : NULL;
}

static PyObject *exchange_finish(struct exchange *exchange, PyObject *Py_UNUSED(none)) {
    wasi_http_types_own_outgoing_body_t body = exchange->body_out;
    wasi_http_types_error_code_t code;
    bool ok = true;

    if (exchange->stream_out.__handle != NO_HANDLE)
        wasi_io_streams_output_stream_drop_own(exchange->stream_out);
    exchange->stream_out.__handle = exchange->body_out.__handle = NO_HANDLE;
    if (body.__handle != NO_HANDLE) {
        abi_enter();
        ok = wasi_http_types_static_outgoing_body_finish(body, NULL, &code);
        if (!ok)
            outgoing_fail(&code);
        abi_leave();
    }
    if (!ok)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *fields_of(wasi_http_types_borrow_incoming_response_t response) {
    wasi_http_types_own_headers_t headers = wasi_http_types_method_incoming_response_headers(response);
    wasi_http_types_list_tuple2_field_name_field_value_t entries;
    PyObject *list;

    abi_enter();
    wasi_http_types_method_fields_entries(wasi_http_types_borrow_fields(headers), &entries);
    list = PyList_New((Py_ssize_t)entries.len);
    for (size_t i = 0; list != NULL && i < entries.len; i++) {
        const wasi_http_types_tuple2_field_name_field_value_t *entry = &entries.ptr[i];
        PyObject *pair =
            Py_BuildValue("(y#y#)", entry->f0.ptr, (Py_ssize_t)entry->f0.len, entry->f1.ptr, (Py_ssize_t)entry->f1.len);
        if (pair == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, pair);
    }
    abi_leave();
    wasi_http_types_fields_drop_own(headers);
    return list;
}

static bool open_response(struct exchange *exchange, wasi_http_types_borrow_incoming_response_t response) {
    if (!wasi_http_types_method_incoming_response_consume(response, &exchange->body_in))
        exchange->body_in.__handle = NO_HANDLE;
    else if (wasi_http_types_method_incoming_body_stream(wasi_http_types_borrow_incoming_body(exchange->body_in),
                                                         &exchange->stream_in))
        return true;
    exchange->stream_in.__handle = NO_HANDLE;
    PyErr_SetString(PyExc_OSError, "the host does not hand out the response's body");
    return false;
}

static PyObject *head_of(struct exchange *exchange, wasi_http_types_own_incoming_response_t own) {
    wasi_http_types_borrow_incoming_response_t response = wasi_http_types_borrow_incoming_response(own);
    uint16_t status = wasi_http_types_method_incoming_response_status(response);
    PyObject *fields = fields_of(response), *head = NULL;

    if (fields != NULL && open_response(exchange, response))
        head = Py_BuildValue("(HO)", status, fields);
    Py_XDECREF(fields);
    wasi_http_types_incoming_response_drop_own(own);
    return head;
}

static PyObject *exchange_response(struct exchange *exchange, PyObject *Py_UNUSED(none)) {
    wasi_http_types_result_result_own_incoming_response_error_code_void_t got;
    bool is_there, ok;

    if (exchange->future.__handle == NO_HANDLE)
        return PyErr_Format(PyExc_ValueError, "the response has been taken");
    if (ended_raise(false))
        return NULL;
    abi_enter();
    is_there = wasi_http_types_method_future_incoming_response_get(
        wasi_http_types_borrow_future_incoming_response(exchange->future), &got);
    ok = !is_there || (!got.is_err && !got.val.ok.is_err);
    if (!ok && !got.is_err)
        outgoing_fail(&got.val.ok.val.err);
    else if (!ok)
        PyErr_SetString(PyExc_OSError, "the host has given the response away");
    abi_leave();
    if (!is_there)
        Py_RETURN_NONE;
    drop_future(exchange);
    return ok ? head_of(exchange, got.val.ok.val.ok) : NULL;
}

static PyObject *end_of_stream(struct exchange *exchange, wasi_io_streams_stream_error_t *error) {
    bool is_end = error->tag == WASI_IO_STREAMS_STREAM_ERROR_CLOSED;

    if (!is_end || ended_raise(true)) {
        if (!is_end)
            outgoing_fail_stream(error);
        return NULL;
    }
    drop_response(exchange);
    return PyBytes_FromStringAndSize(NULL, 0);
}

static PyObject *exchange_read(struct exchange *exchange, PyObject *Py_UNUSED(none)) {
    wasi_io_streams_stream_error_t error;
    app_list_u8_t list;
    PyObject *chunk = NULL;
    bool ok;

    if (exchange->stream_in.__handle == NO_HANDLE)
        return PyErr_Format(PyExc_ValueError, "there is no body to read");
    if (ended_raise(false))
        return NULL;
    abi_enter_bytes();
    ok = wasi_io_streams_method_input_stream_read(wasi_io_streams_borrow_input_stream(exchange->stream_in),
                                                  ABI_BYTES_MAX, &list, &error);
    if (ok)
        chunk = abi_take_bytes();
    abi_leave();
    if (!ok)
        return end_of_stream(exchange, &error);
    if (chunk == NULL || PyBytes_GET_SIZE(chunk) > 0)
        return chunk;
    Py_DECREF(chunk);
    Py_RETURN_NONE;
}

static PyMethodDef exchange_methods[] = {
    {"write", (PyCFunction)exchange_write, METH_O,
     PyDoc_STR("write(data) -> int: hands over what there is room for; gives how many bytes that were")},
    {"room", (PyCFunction)exchange_room, METH_NOARGS, PyDoc_STR("room() -> int: how many bytes write() would take")},
    {"finish", (PyCFunction)exchange_finish, METH_NOARGS, PyDoc_STR("finish(): the request's body is whole")},
    {"response", (PyCFunction)exchange_response, METH_NOARGS,
     PyDoc_STR("response() -> (status, [(name, value)]) | None: the head, once; None where it has not come")},
    {"read", (PyCFunction)exchange_read, METH_NOARGS,
     PyDoc_STR("read() -> bytes | None: what has come of the response's body; b'' at its end, None for nothing yet")},
    {"close", (PyCFunction)exchange_close, METH_NOARGS, PyDoc_STR("close(): gives it up, whole or not")},
    {0},
};

PyTypeObject exchange_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_wasgi_outgoing.Exchange",
    .tp_doc =
        PyDoc_STR("Exchange(method, is_https, authority, target, fields, has_body, connect): a request that is on "
                  "its way; `connect` is seconds, below zero as many as the host waits"),
    .tp_basicsize = sizeof(struct exchange),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = exchange_new,
    .tp_dealloc = (destructor)exchange_dealloc,
    .tp_methods = exchange_methods,
};

static PyObject *is_open(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) { return PyBool_FromLong(sealed); }

static PyMethodDef functions[] = {
    {"is_open", is_open, METH_NOARGS, PyDoc_STR("is_open(): whether there is a host that requests can go to")},
    {"origins", limits_origins, METH_NOARGS,
     PyDoc_STR("origins() -> list[str] | None: what the host lets requests go to; None where it does not say")},
    {"wait", outgoing_wait, METH_VARARGS,
     PyDoc_STR(
         "wait([(exchange or connection, writes)], seconds): until one of them has something to read, or room to write, or the "
         "time is over; below zero: without end")},
    {0},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_wasgi_outgoing",
    .m_doc = PyDoc_STR("Requests to others, by wasi:http/outgoing-handler."),
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__wasgi_outgoing(void) {
    PyObject *self;

    if (PyType_Ready(&exchange_type) < 0)
        return NULL;
    self = PyModule_Create(&module);
    if (self != NULL &&
        (outgoing_error_init(self) < 0 || PyModule_AddObjectRef(self, "Exchange", (PyObject *)&exchange_type) < 0))
        Py_CLEAR(self);
    return self;
}
