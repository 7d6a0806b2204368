#include "rehearsal.h"

static PyObject *rehearsal;

PyObject *rehearsal_set(PyObject *Py_UNUSED(module), PyObject *callable) {
    Py_XSETREF(rehearsal, Py_NewRef(callable));
    Py_RETURN_NONE;
}

/* What goes wrong here went wrong before, too, and was told. */
__attribute__((export_name("wasgi_rehearse"))) void wasgi_rehearse(void) {
    Py_XDECREF(rehearsal != NULL ? PyObject_CallNoArgs(rehearsal) : NULL);
    PyErr_Clear();
}
