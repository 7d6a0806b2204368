/* `_thread._ThreadHandle` and the functions that start threads. A started thread is queued: wasgi_guest/threads.py. */
#include "threads.h"

struct handle {
    PyObject_HEAD
    uint64_t ident;
    bool started;
    bool done;
};

static PyTypeObject *handle_type;

static PyObject *not_started(void) {
    PyErr_SetString(PyExc_RuntimeError, "thread not started");
    return NULL;
}

static PyObject *handle_join(struct handle *self, PyObject *args) {
    PyObject *timeout = Py_None;
    double seconds = -1;

    if (!PyArg_ParseTuple(args, "|O:join", &timeout))
        return NULL;
    if (timeout != Py_None)
        seconds = PyFloat_AsDouble(timeout);
    if (PyErr_Occurred())
        return NULL;
    if (!self->started)
        return not_started();
    if (!self->done && self->ident == threads_ident()) {
        PyErr_SetString(PyExc_RuntimeError, "Cannot join current thread");
        return NULL;
    }
    if (!self->done && threads_wait((PyObject *)self, seconds) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *handle_is_done(struct handle *self, PyObject *Py_UNUSED(none)) { return PyBool_FromLong(self->done); }

static PyObject *handle_set_done(struct handle *self, PyObject *Py_UNUSED(none)) {
    if (!self->started)
        return not_started();
    self->done = true;
    Py_RETURN_NONE;
}

static PyObject *handle_begin(struct handle *self, PyObject *ident) {
    uint64_t number = PyLong_AsUnsignedLongLong(ident);

    if (PyErr_Occurred())
        return NULL;
    if (self->started) {
        PyErr_SetString(PyExc_RuntimeError, "thread already started");
        return NULL;
    }
    self->ident = number;
    self->started = true;
    Py_RETURN_NONE;
}

static PyObject *handle_ident(struct handle *self, void *Py_UNUSED(closure)) {
    return PyLong_FromUnsignedLongLong(self->ident);
}

static PyObject *handle_repr(struct handle *self) {
    return PyUnicode_FromFormat("<%s object: ident=%llu>", Py_TYPE(self)->tp_name, (unsigned long long)self->ident);
}

static void handle_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);

    type->tp_free(self);
    Py_DECREF(type);
}

#define PLAIN(function) (PyCFunction)(void (*)(void))(function)

static PyMethodDef handle_methods[] = {
    {"join", PLAIN(handle_join), METH_VARARGS, NULL},
    {"is_done", PLAIN(handle_is_done), METH_NOARGS, NULL},
    {"_set_done", PLAIN(handle_set_done), METH_NOARGS, NULL},
    {"_begin", PLAIN(handle_begin), METH_O, NULL},
    {0},
};

static PyGetSetDef handle_fields[] = {{"ident", (getter)handle_ident, NULL, NULL, NULL}, {0}};

static PyType_Slot handle_slots[] = {
    {Py_tp_dealloc, handle_dealloc}, {Py_tp_repr, handle_repr},      {Py_tp_methods, handle_methods},
    {Py_tp_getset, handle_fields},   {Py_tp_new, PyType_GenericNew}, {0},
};

static PyType_Spec handle_spec = {
    .name = "_thread._ThreadHandle",
    .basicsize = sizeof(struct handle),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = handle_slots,
};

static PyObject *new_handle(void) { return handle_type->tp_alloc(handle_type, 0); }

/* The handle of a thread that was not started here: the main thread. */
static PyObject *make_handle(PyObject *Py_UNUSED(module), PyObject *ident) {
    PyObject *handle = new_handle(), *begun = handle != NULL ? handle_begin((struct handle *)handle, ident) : NULL;

    if (begun == NULL)
        Py_CLEAR(handle);
    Py_XDECREF(begun);
    return handle;
}

static int check_callable(const char *name, PyObject *function) {
    if (PyCallable_Check(function))
        return 0;
    PyErr_Format(PyExc_TypeError, "%s must be a callable", name);
    return -1;
}

/* Returns the handle, a new reference. */
static PyObject *start(PyObject *function, PyObject *args, PyObject *kwargs, PyObject *handle, bool daemon) {
    PyObject *started = NULL, *threads = PyImport_ImportModule("wasgi_guest.threads");

    if (threads != NULL)
        started =
            PyObject_CallMethod(threads, "start", "OOOOO", function, args, kwargs, handle, daemon ? Py_True : Py_False);
    Py_XDECREF(threads);
    if (started == NULL)
        Py_CLEAR(handle);
    Py_XDECREF(started);
    return handle;
}

static PyObject *start_joinable_thread(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs) {
    static char *names[] = {"function", "handle", "daemon", NULL};
    PyObject *function, *handle = Py_None, *nothing, *result;
    int daemon = 1;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|Op:start_joinable_thread", names, &function, &handle, &daemon))
        return NULL;
    if (check_callable("thread function", function) < 0)
        return NULL;
    if (handle != Py_None && !Py_IS_TYPE(handle, handle_type))
        return PyErr_Format(PyExc_TypeError, "'handle' must be a _ThreadHandle");
    if (PySys_Audit("_thread.start_joinable_thread", "OiO", function, daemon, handle) < 0)
        return NULL;
    handle = handle != Py_None ? Py_NewRef(handle) : new_handle();
    nothing = PyTuple_New(0);
    result = handle != NULL && nothing != NULL ? start(function, nothing, Py_None, handle, daemon) : NULL;
    Py_XDECREF(nothing);
    return result;
}

static PyObject *start_new_thread(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *function, *arguments, *kwargs = Py_None, *handle, *ident;

    if (!PyArg_UnpackTuple(args, "start_new_thread", 2, 3, &function, &arguments, &kwargs))
        return NULL;
    if (check_callable("first arg", function) < 0)
        return NULL;
    if (!PyTuple_Check(arguments))
        return PyErr_Format(PyExc_TypeError, "2nd arg must be a tuple");
    if (kwargs != Py_None && !PyDict_Check(kwargs))
        return PyErr_Format(PyExc_TypeError, "optional 3rd arg must be a dictionary");
    if (PySys_Audit("_thread.start_new_thread", "OOO", function, arguments, kwargs) < 0)
        return NULL;
    handle = new_handle();
    handle = handle != NULL ? start(function, arguments, kwargs, handle, true) : NULL;
    ident = handle != NULL ? handle_ident((struct handle *)handle, NULL) : NULL;
    Py_XDECREF(handle);
    return ident;
}

static PyMethodDef functions[] = {
    {"start_joinable_thread", PLAIN(start_joinable_thread), METH_VARARGS | METH_KEYWORDS,
     PyDoc_STR("For threading: sets a thread aside.")},
    {"start_new_thread", start_new_thread, METH_VARARGS, PyDoc_STR("Sets a thread aside; gives its identity.")},
    {"start_new", start_new_thread, METH_VARARGS, PyDoc_STR("An obsolete synonym of start_new_thread().")},
    {"_make_thread_handle", make_handle, METH_O, NULL},
    {0},
};

int thread_handles_add(PyObject *module) {
    handle_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &handle_spec, NULL);
    if (handle_type == NULL || PyModule_AddObjectRef(module, "_ThreadHandle", (PyObject *)handle_type) < 0)
        return -1;
    return PyModule_AddFunctions(module, functions);
}
