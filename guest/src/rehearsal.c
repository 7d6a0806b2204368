#include "rehearsal.h"

#include <stdbool.h>

static PyObject *rehearsal, *trial;
static bool is_wanted;

PyObject *rehearsal_set(PyObject *Py_UNUSED(module), PyObject *callable) {
    Py_XSETREF(rehearsal, Py_NewRef(callable));
    Py_RETURN_NONE;
}

PyObject *rehearsal_set_trial(PyObject *Py_UNUSED(module), PyObject *callable) {
    Py_XSETREF(trial, Py_NewRef(callable));
    Py_RETURN_NONE;
}

PyObject *rehearsal_is_wanted(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    return PyBool_FromLong(is_wanted);
}

/* Drops errors: they recur elsewhere and are reported there. */
static void call(PyObject *callable) {
    Py_XDECREF(callable != NULL ? PyObject_CallNoArgs(callable) : NULL);
    PyErr_Clear();
}

__attribute__((export_name("wasgi_rehearse"))) void wasgi_rehearse(void) { call(rehearsal); }

__attribute__((export_name("wasgi_try"))) void wasgi_try(void) { call(trial); }

/* Called before the boot. */
__attribute__((export_name("wasgi_warm_up"))) void wasgi_warm_up(void) { is_wanted = true; }
