#include "wasgi_module.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "databases.h"
#include "ended.h"
#include "environ.h"
#include "limits.h"
#include "locks.h"
#include "rehearsal.h"
#include "report.h"
#include "request.h"
#include "vfs_held.h"
#include "vfs_mounts.h"
#include "vfs_mute.h"
#include "vfs_pretend.h"
#include "watch.h"

static PyObject *handler;

PyObject *wasgi_handler(void) { return handler; }

static PyObject *set_handler(PyObject *Py_UNUSED(module), PyObject *callable) {
    if (!PyCallable_Check(callable))
        return PyErr_Format(PyExc_TypeError, "the handler is not callable: %R", callable);
    Py_XSETREF(handler, Py_NewRef(callable));
    Py_RETURN_NONE;
}

static PyObject *set_report(PyObject *Py_UNUSED(module), PyObject *data) {
    if (!PyBytes_Check(data))
        return PyErr_Format(PyExc_TypeError, "the report is bytes, not %.100s", Py_TYPE(data)->tp_name);
    if (report_set(PyBytes_AS_STRING(data), (size_t)PyBytes_GET_SIZE(data)) < 0)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

#define PAGE_WORDS (4096 / sizeof(uint64_t))

/* Volatile, because memory begins at the address that C takes for nowhere. */
static bool is_blank(const volatile uint64_t *page) {
    size_t i = 0;

    while (i < PAGE_WORDS && page[i] == 0)
        i++;
    return i == PAGE_WORDS;
}

static PyObject *pages(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    size_t count = __builtin_wasm_memory_size(0) * (65536 / 4096);
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)count / 8);
    char *bits = result != NULL ? PyBytes_AS_STRING(result) : NULL;

    if (result == NULL)
        return NULL;
    memset(bits, 0, count / 8);
    for (size_t i = 0; i < count; i++)
        if (!is_blank((const volatile uint64_t *)(i * 4096)))
            bits[i / 8] |= (char)(1 << i % 8);
    return result;
}

static PyObject *hand_over(PyObject *Py_UNUSED(module), PyObject *args) {
    long long start, length;
    int fd;

    if (!PyArg_ParseTuple(args, "iLL:hand_over", &fd, &start, &length))
        return NULL;
    return PyBool_FromLong(locks_hand_over(fd, (uint64_t)start, (uint64_t)length));
}

static PyMethodDef methods[] = {
    {"set_handler", set_handler, METH_O, PyDoc_STR("set_handler(callable): called with a Request for each request")},
    {"report", set_report, METH_O, PyDoc_STR("report(data): the JSON that the builder gets")},
    {"set_rehearsal", rehearsal_set, METH_O,
     PyDoc_STR("set_rehearsal(callable): called when all else is done, to see which pages a request writes to")},
    {"set_trial", rehearsal_set_trial, METH_O,
     PyDoc_STR(
         "set_trial(callable): called in a boot that is thrown away, to report how the application takes requests")},
    {"lesson", rehearsal_lesson, METH_NOARGS,
     PyDoc_STR("lesson(): what the builder has learned from the warm-up probe, as JSON; empty without one")},
    {"mute", vfs_mute, METH_O, PyDoc_STR("mute(bool): whether the standard streams take what they get and drop it")},
    {"rehearsal", request_rehearsal, METH_VARARGS,
     PyDoc_STR("rehearsal(method, scheme, authority, target, headers) -> Request: a request that nobody made. It has "
               "no body, and its response goes nowhere.")},
    {"pages", pages, METH_NOARGS,
     PyDoc_STR("pages(): one bit for each 4 KiB of linear memory, lowest first: 1 where not all is zero")},
    {"environ", environ_read, METH_NOARGS,
     PyDoc_STR("environ() -> (dict[str, str], list[tuple[str, str]] | None): what the host tells of the connection, "
               "and the variables that it grants to this instance. In a second request of the same instance the former "
               "says that wsgi.run_once is False")},
    {"developing", limits_developing, METH_NOARGS,
     PyDoc_STR("developing() -> tuple[float, int, int] | None: seconds since the request came, bytes of linear memory "
               "and its cap, where the host serves somebody who develops the application")},
    {"set_ended", ended_set, METH_O,
     PyDoc_STR("set_ended(type): the exception that ends an application whose request is over; type(reason)")},
    {"hand_over", hand_over, METH_VARARGS,
     PyDoc_STR(
         "hand_over(fd, start, length) -> bool: whether the host takes that part of a file of its own, to send it "
         "as the body of an answer with the header wasgi-handed-file")},
    {"is_granted", mounts_is_granted, METH_O,
     PyDoc_STR("is_granted(path): whether an absolute path is in a directory that is granted to this import")},
    {"were_grants_used", mounts_were_used, METH_NOARGS,
     PyDoc_STR("were_grants_used(): whether anyone has looked at what is granted to this import")},
    {"changed", pretend_changed, METH_NOARGS,
     PyDoc_STR("changed(): whether anything was changed in granted directories since the last call")},
    {"pretend", pretend_set, METH_O,
     PyDoc_STR("pretend(bool): whether changes in granted directories are reported as done, and not done")},
    {"held", held_list, METH_NOARGS,
     PyDoc_STR("held() -> list[tuple[int, str]]: what is open in granted directories, by descriptor and path")},
    {"databases", databases_list, METH_O,
     PyDoc_STR("databases(connection) -> list[tuple[str, bool]]: files of a sqlite3.Connection, and whether a "
               "transaction is open in each")},
    {"watch", watch_set, METH_O,
     PyDoc_STR("watch(callable | None): callable(event, arguments) hears what an import does that a snapshot freezes")},
    {0},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "_wasgi", .m_doc = PyDoc_STR("The guest's side of wasi:http."),
    .m_size = -1, /* one interpreter, one module */
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__wasgi(void) {
    PyObject *self;

    if (request_init() < 0 || environ_init() < 0)
        return NULL;
    self = PyModule_Create(&module);
    if (self != NULL && PyModule_AddObjectRef(self, "Request", (PyObject *)&request_type) < 0)
        Py_CLEAR(self);
    return self;
}
