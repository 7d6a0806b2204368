/* `_interpreters` and `_interpqueues`: anyio imports them, CPython lacks them for WASI. There is one interpreter. */
#include "threads.h"

#include <string.h>

/* InterpreterError and QueueError. */
static PyObject *interpreter_error, *queue_error;

static PyObject *refuse(PyObject *error) {
    PyErr_SetString(error, "a sandbox has one interpreter");
    return NULL;
}

static PyObject *no_interpreter(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs)) {
    return refuse(interpreter_error);
}

static PyObject *no_queue(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs)) {
    return refuse(queue_error);
}

#define ANYHOW(function) (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS, NULL

static PyMethodDef of_interpreters[] = {
    {"call", ANYHOW(no_interpreter)},
    {"create", ANYHOW(no_interpreter)},
    {"destroy", ANYHOW(no_interpreter)},
    {"exec", ANYHOW(no_interpreter)},
    {"is_running", ANYHOW(no_interpreter)},
    {"run_func", ANYHOW(no_interpreter)},
    {"run_string", ANYHOW(no_interpreter)},
    {"set___main___attrs", ANYHOW(no_interpreter)},
    {0},
};

static PyMethodDef of_queues[] = {
    {"bind", ANYHOW(no_queue)},
    {"create", ANYHOW(no_queue)},
    {"destroy", ANYHOW(no_queue)},
    {"get", ANYHOW(no_queue)},
    {"put", ANYHOW(no_queue)},
    {"release", ANYHOW(no_queue)},
    {0},
};

static struct PyModuleDef interpreters = {PyModuleDef_HEAD_INIT, .m_name = "_interpreters", .m_size = -1,
                                          .m_methods = of_interpreters};
static struct PyModuleDef queues = {PyModuleDef_HEAD_INIT, .m_name = "_interpqueues", .m_size = -1,
                                    .m_methods = of_queues};

/* Adds an exception and returns it, a new reference, or NULL. */
static PyObject *add_error(PyObject *module, const char *name, PyObject *base) {
    PyObject *error = PyErr_NewException(name, base, NULL);

    if (error == NULL || PyModule_AddObjectRef(module, strchr(name, '.') + 1, error) < 0)
        Py_CLEAR(error);
    return error;
}

static int add_errors(PyObject *module, const char *not_found, PyObject *base, const char *other, PyObject *of_other) {
    PyObject *missing = add_error(module, not_found, base), *second = add_error(module, other, of_other);
    int failed = missing == NULL || second == NULL;

    Py_XDECREF(missing);
    Py_XDECREF(second);
    return failed ? -1 : 0;
}

PyMODINIT_FUNC PyInit__interpreters(void) {
    PyObject *self = PyModule_Create(&interpreters);

    interpreter_error = self != NULL ? add_error(self, "_interpreters.InterpreterError", PyExc_Exception) : NULL;
    if (interpreter_error == NULL || add_errors(self, "_interpreters.InterpreterNotFoundError", interpreter_error,
                                                "_interpreters.NotShareableError", PyExc_ValueError) < 0)
        Py_CLEAR(self);
    return self;
}

PyMODINIT_FUNC PyInit__interpqueues(void) {
    PyObject *self = PyModule_Create(&queues);

    queue_error = self != NULL ? add_error(self, "_interpqueues.QueueError", PyExc_RuntimeError) : NULL;
    if (queue_error == NULL ||
        add_errors(self, "_interpqueues.QueueNotFoundError", queue_error, "_interpqueues.QueueEmpty", queue_error) < 0)
        Py_CLEAR(self);
    return self;
}
