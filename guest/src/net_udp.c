/* One socket of UDP. It is bound to a port of the host's choice: nobody reaches it who was not written to. */
#include "abi.h"
#include "ended.h"
#include "net.h"
#include "request.h"

typedef wasi_sockets_network_error_code_t code_t;
typedef wasi_sockets_network_ip_socket_address_t address_t;

struct udp {
    PyObject_HEAD
    wasi_sockets_udp_own_udp_socket_t socket; /* until close() */
    wasi_sockets_udp_own_incoming_datagram_stream_t in;
    wasi_sockets_udp_own_outgoing_datagram_stream_t out;
};

static wasi_sockets_udp_borrow_udp_socket_t borrow(const struct udp *udp) {
    return wasi_sockets_udp_borrow_udp_socket(udp->socket);
}

static bool is_closed(const struct udp *udp) {
    if (udp->in.__handle != NO_HANDLE)
        return false;
    PyErr_SetString(PyExc_ValueError, "the socket is closed");
    return true;
}

static void drop_streams(struct udp *udp) {
    if (udp->in.__handle != NO_HANDLE)
        wasi_sockets_udp_incoming_datagram_stream_drop_own(udp->in);
    if (udp->out.__handle != NO_HANDLE)
        wasi_sockets_udp_outgoing_datagram_stream_drop_own(udp->out);
    udp->in.__handle = udp->out.__handle = NO_HANDLE;
}

static PyObject *udp_close(struct udp *udp, PyObject *Py_UNUSED(none)) {
    drop_streams(udp);
    if (udp->socket.__handle != NO_HANDLE)
        wasi_sockets_udp_udp_socket_drop_own(udp->socket);
    udp->socket.__handle = NO_HANDLE;
    Py_RETURN_NONE;
}

static bool bind_any(struct udp *udp, bool is_six, code_t *code) {
    address_t any = {.tag = is_six ? WASI_SOCKETS_NETWORK_IP_SOCKET_ADDRESS_IPV6
                                   : WASI_SOCKETS_NETWORK_IP_SOCKET_ADDRESS_IPV4};
    wasi_sockets_network_own_network_t network = wasi_sockets_instance_network_instance_network();
    bool ok = wasi_sockets_udp_method_udp_socket_start_bind(borrow(udp), wasi_sockets_network_borrow_network(network),
                                                            &any, code) &&
              wasi_sockets_udp_method_udp_socket_finish_bind(borrow(udp), code);

    wasi_sockets_network_network_drop_own(network);
    return ok;
}

static bool stream(struct udp *udp, address_t *remote, code_t *code) {
    wasi_sockets_udp_tuple2_own_incoming_datagram_stream_own_outgoing_datagram_stream_t streams;

    drop_streams(udp);
    if (!wasi_sockets_udp_method_udp_socket_stream(borrow(udp), remote, &streams, code))
        return false;
    udp->in = streams.f0;
    udp->out = streams.f1;
    return true;
}

static PyObject *udp_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs)) {
    struct udp *udp;
    code_t code;
    int is_six;

    if (!net_is_open())
        return PyErr_Format(PyExc_ValueError, "there are no sockets");
    if (!PyArg_ParseTuple(args, "p", &is_six) || ended_raise(false))
        return NULL;
    udp = (struct udp *)type->tp_alloc(type, 0);
    if (udp == NULL)
        return NULL;
    udp->in.__handle = udp->out.__handle = NO_HANDLE;
    if (!wasi_sockets_udp_create_socket_create_udp_socket(is_six, &udp->socket, &code))
        udp->socket.__handle = NO_HANDLE;
    else if (bind_any(udp, is_six, &code) && stream(udp, NULL, &code))
        return (PyObject *)udp;
    Py_DECREF(udp);
    return net_fail(code);
}

static void udp_dealloc(struct udp *udp) {
    udp_close(udp, NULL);
    Py_TYPE(udp)->tp_free(udp);
}

static PyObject *udp_connect(struct udp *udp, PyObject *args) {
    address_t remote;
    code_t code, ignored;

    if (!net_address_from(args, &remote) || is_closed(udp) || ended_raise(false))
        return NULL;
    if (stream(udp, &remote, &code))
        Py_RETURN_NONE;
    (void)stream(udp, NULL, &ignored);
    return net_fail(code);
}

static bool room(struct udp *udp, uint64_t *permit, code_t *code) {
    return wasi_sockets_udp_method_outgoing_datagram_stream_check_send(
        wasi_sockets_udp_borrow_outgoing_datagram_stream(udp->out), permit, code);
}

static PyObject *udp_room(struct udp *udp, PyObject *Py_UNUSED(none)) {
    uint64_t permit;
    code_t code;

    if (is_closed(udp))
        return NULL;
    return room(udp, &permit, &code) ? PyBool_FromLong(permit > 0) : net_fail(code);
}

static PyObject *udp_send(struct udp *udp, PyObject *args) {
    wasi_sockets_udp_outgoing_datagram_t datagram = {0};
    wasi_sockets_udp_list_outgoing_datagram_t list = {&datagram, 1};
    uint64_t permit, sent = 0;
    PyObject *remote;
    Py_buffer view;
    code_t code;
    bool ok;

    if (!PyArg_ParseTuple(args, "y*O", &view, &remote))
        return NULL;
    datagram.data = (app_list_u8_t){view.buf, (size_t)view.len};
    datagram.remote_address.is_some = !Py_IsNone(remote);
    ok = (Py_IsNone(remote) || net_address_from(remote, &datagram.remote_address.val)) && !is_closed(udp) &&
         !ended_raise(false);
    if (ok) {
        ok = room(udp, &permit, &code) &&
             (permit == 0 || wasi_sockets_udp_method_outgoing_datagram_stream_send(
                                 wasi_sockets_udp_borrow_outgoing_datagram_stream(udp->out), &list, &sent, &code));
        if (!ok)
            net_fail(code);
    }
    PyBuffer_Release(&view);
    return ok ? PyBool_FromLong(sent > 0) : NULL;
}

static PyObject *udp_receive(struct udp *udp, PyObject *Py_UNUSED(none)) {
    wasi_sockets_udp_list_incoming_datagram_t list;
    PyObject *got = NULL;
    code_t code;
    bool ok;

    if (is_closed(udp) || ended_raise(false))
        return NULL;
    abi_enter();
    ok = wasi_sockets_udp_method_incoming_datagram_stream_receive(
        wasi_sockets_udp_borrow_incoming_datagram_stream(udp->in), 1, &list, &code);
    if (ok && list.len == 0)
        got = Py_NewRef(Py_None);
    else if (ok)
        got = Py_BuildValue("(y#N)", list.ptr->data.ptr, (Py_ssize_t)list.ptr->data.len,
                            net_address_to(&list.ptr->remote_address));
    abi_leave();
    return ok ? got : net_fail(code);
}

static PyObject *udp_address(struct udp *udp, PyObject *is_local) {
    address_t address;
    code_t code;
    bool ok;

    if (is_closed(udp))
        return NULL;
    ok = Py_IsTrue(is_local) ? wasi_sockets_udp_method_udp_socket_local_address(borrow(udp), &address, &code)
                             : wasi_sockets_udp_method_udp_socket_remote_address(borrow(udp), &address, &code);
    return ok ? net_address_to(&address) : net_fail(code);
}

int net_udp_subscribe(PyObject *thing, bool writes, wasi_io_poll_own_pollable_t *pollable) {
    struct udp *udp = (struct udp *)thing;

    if (udp->in.__handle == NO_HANDLE)
        return 0;
    if (writes)
        *pollable = wasi_sockets_udp_method_outgoing_datagram_stream_subscribe(
            wasi_sockets_udp_borrow_outgoing_datagram_stream(udp->out));
    else
        *pollable = wasi_sockets_udp_method_incoming_datagram_stream_subscribe(
            wasi_sockets_udp_borrow_incoming_datagram_stream(udp->in));
    return 1;
}

static PyMethodDef methods[] = {
    {"connect", (PyCFunction)udp_connect, METH_VARARGS,
     PyDoc_STR("connect(packed, port, flow, scope): from now on, to and from there alone")},
    {"room", (PyCFunction)udp_room, METH_NOARGS, PyDoc_STR("room() -> bool: whether send() would send")},
    {"send", (PyCFunction)udp_send, METH_VARARGS,
     PyDoc_STR("send(data, address | None) -> bool: whether it was sent, as there was room")},
    {"receive", (PyCFunction)udp_receive, METH_NOARGS,
     PyDoc_STR("receive() -> (data, address) | None: what has come, None for nothing yet")},
    {"address", (PyCFunction)udp_address, METH_O, PyDoc_STR("address(is_local): this end's, or the other's")},
    {"close", (PyCFunction)udp_close, METH_NOARGS, PyDoc_STR("close()")},
    {0},
};

PyTypeObject net_udp_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_wasgi_net.Udp",
    .tp_doc = PyDoc_STR("Udp(is_six): a socket for datagrams"),
    .tp_basicsize = sizeof(struct udp),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = udp_new,
    .tp_dealloc = (destructor)udp_dealloc,
    .tp_methods = methods,
};
