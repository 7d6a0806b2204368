#include "net.h"

#include "abi.h"
#include "ended.h"
#include "limits.h"
#include "request.h"

static bool sealed, has_network;

void net_seal(bool network) {
    sealed = true;
    has_network = network;
}

bool net_is_open(void) { return sealed && has_network; }

struct lookup {
    PyObject_HEAD
    wasi_sockets_ip_name_lookup_own_resolve_address_stream_t stream;
};

static void lookup_dealloc(struct lookup *lookup) {
    if (lookup->stream.__handle != NO_HANDLE)
        wasi_sockets_ip_name_lookup_resolve_address_stream_drop_own(lookup->stream);
    Py_TYPE(lookup)->tp_free(lookup);
}

static bool begin(struct lookup *lookup, app_string_t *name, wasi_sockets_network_error_code_t *code) {
    wasi_sockets_network_own_network_t network = wasi_sockets_instance_network_instance_network();
    bool ok = wasi_sockets_ip_name_lookup_resolve_addresses(wasi_sockets_network_borrow_network(network), name,
                                                            &lookup->stream, code);

    wasi_sockets_network_network_drop_own(network);
    return ok;
}

static PyObject *lookup_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs)) {
    wasi_sockets_network_error_code_t code;
    struct lookup *lookup;
    app_string_t name;
    Py_ssize_t length;

    if (!net_is_open())
        return PyErr_Format(PyExc_ValueError, "there are no sockets");
    if (!PyArg_ParseTuple(args, "s#", (const char **)&name.ptr, &length) || ended_raise(false))
        return NULL;
    name.len = (size_t)length;
    lookup = (struct lookup *)type->tp_alloc(type, 0);
    if (lookup == NULL)
        return NULL;
    if (begin(lookup, &name, &code))
        return (PyObject *)lookup;
    lookup->stream.__handle = NO_HANDLE;
    Py_DECREF(lookup);
    return net_fail(code);
}

static PyObject *lookup_next(struct lookup *lookup, PyObject *Py_UNUSED(none)) {
    wasi_sockets_ip_name_lookup_option_ip_address_t found;
    wasi_sockets_network_error_code_t code;

    if (ended_raise(false))
        return NULL;
    if (wasi_sockets_ip_name_lookup_method_resolve_address_stream_resolve_next_address(
            wasi_sockets_ip_name_lookup_borrow_resolve_address_stream(lookup->stream), &found, &code))
        return found.is_some ? net_packed(&found.val) : PyBytes_FromStringAndSize(NULL, 0);
    if (code == WASI_SOCKETS_NETWORK_ERROR_CODE_WOULD_BLOCK)
        Py_RETURN_NONE;
    return net_fail(code);
}

int net_lookup_subscribe(PyObject *thing, wasi_io_poll_own_pollable_t *pollable) {
    struct lookup *lookup = (struct lookup *)thing;

    *pollable = wasi_sockets_ip_name_lookup_method_resolve_address_stream_subscribe(
        wasi_sockets_ip_name_lookup_borrow_resolve_address_stream(lookup->stream));
    return 1;
}

static PyMethodDef lookup_methods[] = {
    {"next", (PyCFunction)lookup_next, METH_NOARGS,
     PyDoc_STR("next() -> bytes | None: the next address, packed; b'' at their end, None for nothing yet")},
    {0},
};

PyTypeObject net_lookup_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_wasgi_net.Lookup",
    .tp_doc = PyDoc_STR("Lookup(name): the addresses of a name"),
    .tp_basicsize = sizeof(struct lookup),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = lookup_new,
    .tp_dealloc = (destructor)lookup_dealloc,
    .tp_methods = lookup_methods,
};

int net_subscribe(PyObject *thing, bool writes, wasi_io_poll_own_pollable_t *pollable) {
    if (Py_IS_TYPE(thing, &net_tcp_type))
        return net_tcp_subscribe(thing, writes, pollable);
    if (Py_IS_TYPE(thing, &net_udp_type))
        return net_udp_subscribe(thing, writes, pollable);
    if (Py_IS_TYPE(thing, &net_lookup_type))
        return net_lookup_subscribe(thing, pollable);
    PyErr_Format(PyExc_TypeError, "nothing to wait for: %R", thing);
    return -1;
}

static PyObject *is_open(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    return PyBool_FromLong(net_is_open());
}

static PyMethodDef functions[] = {
    {"is_open", is_open, METH_NOARGS, PyDoc_STR("is_open(): whether there are sockets to be had")},
    {"granted", limits_connections, METH_NOARGS,
     PyDoc_STR("granted() -> list[str] | None: whom the host lets sockets connect to; None where it does not say")},
    {"patience", limits_patience, METH_NOARGS,
     PyDoc_STR("patience() -> float: seconds that a connection may take to be made")},
    {0},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "_wasgi_net", .m_doc = PyDoc_STR("Connections to others, by wasi:sockets."),
    .m_size = -1,          .m_methods = functions,
};

PyMODINIT_FUNC PyInit__wasgi_net(void) {
    PyObject *self;

    if (PyType_Ready(&net_tcp_type) < 0 || PyType_Ready(&net_udp_type) < 0 || PyType_Ready(&net_lookup_type) < 0)
        return NULL;
    self = PyModule_Create(&module);
    if (self != NULL &&
        (net_address_init(self) < 0 || PyModule_AddObjectRef(self, "Tcp", (PyObject *)&net_tcp_type) < 0 ||
         PyModule_AddObjectRef(self, "Udp", (PyObject *)&net_udp_type) < 0 ||
         PyModule_AddObjectRef(self, "Lookup", (PyObject *)&net_lookup_type) < 0))
        Py_CLEAR(self);
    return self;
}
