/* One connection by TCP. */
#include "abi.h"
#include "ended.h"
#include "net.h"
#include "request.h"

#define SECOND 1000000000u

typedef wasi_sockets_network_error_code_t code_t;

struct tcp {
    PyObject_HEAD
    wasi_sockets_tcp_own_tcp_socket_t socket; /* until close() */
    wasi_io_streams_own_input_stream_t in;    /* both from finish() on */
    wasi_io_streams_own_output_stream_t out;
};

/* What the program may set, in the order of `wasgi_guest.network`. */
enum option {
    KEEP_ALIVE,
    KEEP_ALIVE_IDLE,
    KEEP_ALIVE_INTERVAL,
    KEEP_ALIVE_COUNT,
    HOP_LIMIT,
    RECEIVE_BUFFER,
    SEND_BUFFER
};

static wasi_sockets_tcp_borrow_tcp_socket_t borrow(const struct tcp *tcp) {
    return wasi_sockets_tcp_borrow_tcp_socket(tcp->socket);
}

static bool is_closed(const struct tcp *tcp) {
    if (tcp->socket.__handle != NO_HANDLE)
        return false;
    PyErr_SetString(PyExc_ValueError, "the connection is closed");
    return true;
}

static void drop_in(struct tcp *tcp) {
    if (tcp->in.__handle != NO_HANDLE)
        wasi_io_streams_input_stream_drop_own(tcp->in);
    tcp->in.__handle = NO_HANDLE;
}

static void drop_out(struct tcp *tcp) {
    if (tcp->out.__handle != NO_HANDLE)
        wasi_io_streams_output_stream_drop_own(tcp->out);
    tcp->out.__handle = NO_HANDLE;
}

static PyObject *tcp_close(struct tcp *tcp, PyObject *Py_UNUSED(none)) {
    drop_in(tcp);
    drop_out(tcp);
    if (tcp->socket.__handle != NO_HANDLE)
        wasi_sockets_tcp_tcp_socket_drop_own(tcp->socket);
    tcp->socket.__handle = NO_HANDLE;
    Py_RETURN_NONE;
}

static bool start(struct tcp *tcp, wasi_sockets_network_ip_socket_address_t *address, code_t *code) {
    wasi_sockets_network_own_network_t network = wasi_sockets_instance_network_instance_network();
    bool ok = wasi_sockets_tcp_method_tcp_socket_start_connect(
        borrow(tcp), wasi_sockets_network_borrow_network(network), address, code);

    wasi_sockets_network_network_drop_own(network);
    return ok;
}

static PyObject *tcp_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs)) {
    wasi_sockets_network_ip_socket_address_t address;
    struct tcp *tcp;
    code_t code;

    if (!net_is_open())
        return PyErr_Format(PyExc_ValueError, "there are no sockets");
    if (!net_address_from(args, &address) || ended_raise(false))
        return NULL;
    tcp = (struct tcp *)type->tp_alloc(type, 0);
    if (tcp == NULL)
        return NULL;
    tcp->in.__handle = tcp->out.__handle = NO_HANDLE;
    if (!wasi_sockets_tcp_create_socket_create_tcp_socket(address.tag, &tcp->socket, &code))
        tcp->socket.__handle = NO_HANDLE;
    else if (start(tcp, &address, &code))
        return (PyObject *)tcp;
    Py_DECREF(tcp);
    return net_fail(code);
}

static void tcp_dealloc(struct tcp *tcp) {
    tcp_close(tcp, NULL);
    Py_TYPE(tcp)->tp_free(tcp);
}

static PyObject *tcp_finish(struct tcp *tcp, PyObject *Py_UNUSED(none)) {
    wasi_sockets_tcp_tuple2_own_input_stream_own_output_stream_t streams;
    code_t code;

    if (is_closed(tcp) || ended_raise(false))
        return NULL;
    if (wasi_sockets_tcp_method_tcp_socket_finish_connect(borrow(tcp), &streams, &code)) {
        tcp->in = streams.f0;
        tcp->out = streams.f1;
        Py_RETURN_TRUE;
    }
    if (code == WASI_SOCKETS_NETWORK_ERROR_CODE_WOULD_BLOCK)
        Py_RETURN_FALSE;
    return net_fail(code);
}

static PyObject *tcp_read(struct tcp *tcp, PyObject *Py_UNUSED(none)) {
    wasi_io_streams_stream_error_t error;
    PyObject *chunk = NULL;
    app_list_u8_t list;
    bool ok;

    if (tcp->in.__handle == NO_HANDLE)
        return PyBytes_FromStringAndSize(NULL, 0);
    if (ended_raise(false))
        return NULL;
    abi_enter_bytes();
    ok = wasi_io_streams_method_input_stream_read(wasi_io_streams_borrow_input_stream(tcp->in), ABI_BYTES_MAX, &list,
                                                  &error);
    if (ok)
        chunk = abi_take_bytes();
    abi_leave();
    if (ok && chunk != NULL && PyBytes_GET_SIZE(chunk) == 0) {
        Py_DECREF(chunk);
        Py_RETURN_NONE;
    }
    if (ok)
        return chunk;
    if (error.tag != WASI_IO_STREAMS_STREAM_ERROR_CLOSED)
        return net_fail_stream(&error);
    if (ended_raise(true))
        return NULL;
    drop_in(tcp);
    return PyBytes_FromStringAndSize(NULL, 0);
}

/* What wasi:io lets us write at once. */
static bool ask_room(struct tcp *tcp, uint64_t *permit) {
    wasi_io_streams_stream_error_t error = {.tag = WASI_IO_STREAMS_STREAM_ERROR_CLOSED};

    if (ended_raise(false))
        return false;
    if (tcp->out.__handle != NO_HANDLE && wasi_io_streams_method_output_stream_check_write(
                                              wasi_io_streams_borrow_output_stream(tcp->out), permit, &error))
        return true;
    net_fail_stream(&error);
    return false;
}

static PyObject *tcp_room(struct tcp *tcp, PyObject *Py_UNUSED(none)) {
    uint64_t permit;
    return ask_room(tcp, &permit) ? PyLong_FromUnsignedLongLong(permit) : NULL;
}

static PyObject *tcp_write(struct tcp *tcp, PyObject *data) {
    wasi_io_streams_stream_error_t error;
    app_list_u8_t part;
    uint64_t permit;
    Py_buffer view;
    bool ok;

    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    ok = ask_room(tcp, &permit);
    if (ok) {
        part = (app_list_u8_t){view.buf, permit < (uint64_t)view.len ? (size_t)permit : (size_t)view.len};
        ok = part.len == 0 ||
             wasi_io_streams_method_output_stream_write(wasi_io_streams_borrow_output_stream(tcp->out), &part, &error);
        if (!ok)
            net_fail_stream(&error);
    }
    PyBuffer_Release(&view);
    return ok ? PyLong_FromSize_t(part.len) : NULL;
}

static PyObject *tcp_shutdown(struct tcp *tcp, PyObject *args) {
    int reads, writes;
    code_t code;

    if (!PyArg_ParseTuple(args, "pp", &reads, &writes) || is_closed(tcp))
        return NULL;
    if (!wasi_sockets_tcp_method_tcp_socket_shutdown(borrow(tcp),
                                                     reads && writes ? WASI_SOCKETS_TCP_SHUTDOWN_TYPE_BOTH
                                                     : writes        ? WASI_SOCKETS_TCP_SHUTDOWN_TYPE_SEND
                                                                     : WASI_SOCKETS_TCP_SHUTDOWN_TYPE_RECEIVE,
                                                     &code))
        return net_fail(code);
    Py_RETURN_NONE;
}

static PyObject *tcp_address(struct tcp *tcp, PyObject *is_local) {
    wasi_sockets_network_ip_socket_address_t address;
    code_t code;
    bool ok;

    if (is_closed(tcp))
        return NULL;
    ok = Py_IsTrue(is_local) ? wasi_sockets_tcp_method_tcp_socket_local_address(borrow(tcp), &address, &code)
                             : wasi_sockets_tcp_method_tcp_socket_remote_address(borrow(tcp), &address, &code);
    return ok ? net_address_to(&address) : net_fail(code);
}

static bool set(const struct tcp *tcp, enum option option, uint32_t value, code_t *code) {
    switch (option) {
    case KEEP_ALIVE:
        return wasi_sockets_tcp_method_tcp_socket_set_keep_alive_enabled(borrow(tcp), value != 0, code);
    case KEEP_ALIVE_IDLE:
        return wasi_sockets_tcp_method_tcp_socket_set_keep_alive_idle_time(borrow(tcp), (uint64_t)value * SECOND, code);
    case KEEP_ALIVE_INTERVAL:
        return wasi_sockets_tcp_method_tcp_socket_set_keep_alive_interval(borrow(tcp), (uint64_t)value * SECOND, code);
    case KEEP_ALIVE_COUNT:
        return wasi_sockets_tcp_method_tcp_socket_set_keep_alive_count(borrow(tcp), value, code);
    case HOP_LIMIT:
        return wasi_sockets_tcp_method_tcp_socket_set_hop_limit(borrow(tcp), (uint8_t)value, code);
    case RECEIVE_BUFFER:
        return wasi_sockets_tcp_method_tcp_socket_set_receive_buffer_size(borrow(tcp), value, code);
    case SEND_BUFFER:
        return wasi_sockets_tcp_method_tcp_socket_set_send_buffer_size(borrow(tcp), value, code);
    }
    *code = WASI_SOCKETS_NETWORK_ERROR_CODE_NOT_SUPPORTED;
    return false;
}

static PyObject *tcp_set(struct tcp *tcp, PyObject *args) {
    unsigned int option, value;
    code_t code;

    if (!PyArg_ParseTuple(args, "II", &option, &value) || is_closed(tcp))
        return NULL;
    if (!set(tcp, option, value, &code))
        return net_fail(code);
    Py_RETURN_NONE;
}

int net_tcp_subscribe(PyObject *thing, bool writes, wasi_io_poll_own_pollable_t *pollable) {
    struct tcp *tcp = (struct tcp *)thing;

    if (tcp->socket.__handle == NO_HANDLE)
        return 0;
    if (tcp->in.__handle == NO_HANDLE && tcp->out.__handle == NO_HANDLE)
        *pollable = wasi_sockets_tcp_method_tcp_socket_subscribe(borrow(tcp));
    else if (writes && tcp->out.__handle != NO_HANDLE)
        *pollable = wasi_io_streams_method_output_stream_subscribe(wasi_io_streams_borrow_output_stream(tcp->out));
    else if (!writes && tcp->in.__handle != NO_HANDLE)
        *pollable = wasi_io_streams_method_input_stream_subscribe(wasi_io_streams_borrow_input_stream(tcp->in));
    else
        return 0;
    return 1;
}

static PyMethodDef methods[] = {
    {"finish", (PyCFunction)tcp_finish, METH_NOARGS, PyDoc_STR("finish() -> bool: whether it is connected by now")},
    {"read", (PyCFunction)tcp_read, METH_NOARGS,
     PyDoc_STR("read() -> bytes | None: what has come; b'' at its end, None for nothing yet")},
    {"room", (PyCFunction)tcp_room, METH_NOARGS, PyDoc_STR("room() -> int: how many bytes write() would take")},
    {"write", (PyCFunction)tcp_write, METH_O,
     PyDoc_STR("write(data) -> int: hands over what there is room for; gives how many bytes that were")},
    {"shutdown", (PyCFunction)tcp_shutdown, METH_VARARGS, PyDoc_STR("shutdown(reads, writes)")},
    {"address", (PyCFunction)tcp_address, METH_O, PyDoc_STR("address(is_local): this end's, or the other's")},
    {"set", (PyCFunction)tcp_set, METH_VARARGS, PyDoc_STR("set(option, value)")},
    {"close", (PyCFunction)tcp_close, METH_NOARGS, PyDoc_STR("close()")},
    {0},
};

PyTypeObject net_tcp_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_wasgi_net.Tcp",
    .tp_doc = PyDoc_STR("Tcp(packed, port, flow, scope): a connection that is being made"),
    .tp_basicsize = sizeof(struct tcp),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = tcp_new,
    .tp_dealloc = (destructor)tcp_dealloc,
    .tp_methods = methods,
};
