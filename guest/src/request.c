#include "request.h"

#include "ended.h"

int request_init(void) {
    return request_head_init() < 0 || request_environ_init() < 0 ? -1 : PyType_Ready(&request_type);
}

struct request *request_new(wasi_http_types_own_incoming_request_t incoming,
                            wasi_http_types_own_response_outparam_t outparam) {
    struct request *request = PyObject_GC_New(struct request, &request_type);

    if (request == NULL)
        return NULL;
    request->open = true;
    request->rehearsal = false;
    request->read_end = request->read_lost = false;
    request->incoming = incoming;
    request->outparam = outparam;
    request->body_in.__handle = request->stream_in.__handle = NO_HANDLE;
    request->body_out.__handle = request->stream_out.__handle = NO_HANDLE;
    request->method = request->scheme = request->authority = request->target = request->rehearsed = NULL;
    PyObject_GC_Track(request);
    return request;
}

PyObject *request_rehearsal(PyObject *Py_UNUSED(module), PyObject *args) {
    struct request *request = request_new((wasi_http_types_own_incoming_request_t){NO_HANDLE},
                                          (wasi_http_types_own_response_outparam_t){NO_HANDLE});
    PyObject *method, *scheme, *authority, *target, *headers;

    if (request == NULL)
        return NULL;
    if (!PyArg_ParseTuple(args, "OOOOO!", &method, &scheme, &authority, &target, &PyList_Type, &headers)) {
        Py_DECREF(request);
        return NULL;
    }
    request->rehearsal = request->read_end = true;
    request->method = Py_NewRef(method);
    request->scheme = Py_NewRef(scheme);
    request->authority = Py_NewRef(authority);
    request->target = Py_NewRef(target);
    request->rehearsed = Py_NewRef(headers);
    return (PyObject *)request;
}

bool request_check_open(struct request *request) {
    if (!request->open)
        PyErr_SetString(PyExc_ValueError, "the request is over");
    return request->open;
}

static void drop_handles(struct request *request) {
    request->open = false;
    request_drop_response(request);
    request_drop_body(request);
    if (request->incoming.__handle != NO_HANDLE)
        wasi_http_types_incoming_request_drop_own(request->incoming);
    request->incoming.__handle = NO_HANDLE;
}

void request_end_with(struct request *request, const char *text) {
    drop_handles(request);
    if (request->outparam.__handle != NO_HANDLE)
        response_plain(request->outparam, 500, text);
    request->outparam.__handle = NO_HANDLE;
}

static PyObject *request_abort(struct request *request, PyObject *Py_UNUSED(unused)) {
    if (!request_check_open(request))
        return NULL;
    request_end(request);
    Py_RETURN_NONE;
}

static PyObject *request_settle(struct request *Py_UNUSED(request), PyObject *Py_UNUSED(unused)) {
    ended_settle();
    Py_RETURN_NONE;
}

static int request_traverse(struct request *request, visitproc visit, void *arg) {
    Py_VISIT(request->method);
    Py_VISIT(request->scheme);
    Py_VISIT(request->authority);
    Py_VISIT(request->target);
    Py_VISIT(request->rehearsed);
    return 0;
}

static int request_clear(struct request *request) {
    Py_CLEAR(request->method);
    Py_CLEAR(request->scheme);
    Py_CLEAR(request->authority);
    Py_CLEAR(request->target);
    Py_CLEAR(request->rehearsed);
    return 0;
}

static void request_dealloc(struct request *request) {
    PyObject_GC_UnTrack(request);
    request_end(request);
    request_clear(request);
    PyObject_GC_Del(request);
}

static PyMethodDef request_methods[] = {
    {"fill", (PyCFunction)request_fill, METH_O,
     PyDoc_STR("fill(environ): adds REQUEST_METHOD, REQUEST_URI, RAW_URI, wsgi.url_scheme, HTTPS and the headers")},
    {"read", (PyCFunction)request_read, METH_O,
     PyDoc_STR("read(n) -> bytes: 1 to n bytes of the request body, b'' at its end")},
    {"start", (PyCFunction)(void (*)(void))request_start, METH_FASTCALL,
     PyDoc_STR("start(status, headers): sends the status and a list of (name, value) pairs of bytes")},
    {"write", (PyCFunction)request_write, METH_O,
     PyDoc_STR("write(data): hands a piece of the response body to the host, all of it")},
    {"finish", (PyCFunction)request_finish, METH_NOARGS, PyDoc_STR("finish(): the response body is complete")},
    {"abort", (PyCFunction)request_abort, METH_NOARGS,
     PyDoc_STR("abort(): cuts the response off, so that the client can tell")},
    {"settle", (PyCFunction)request_settle, METH_NOARGS,
     PyDoc_STR("settle(): what the application raised has arrived; if the request has ended, do not insist")},
    {0},
};

PyTypeObject request_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_wasgi.Request",
    .tp_doc = PyDoc_STR("One request and its response."),
    .tp_basicsize = sizeof(struct request),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)request_dealloc,
    .tp_traverse = (traverseproc)request_traverse,
    .tp_clear = (inquiry)request_clear,
    .tp_methods = request_methods,
    .tp_getset = request_getset,
};
