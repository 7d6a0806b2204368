#include "rehearsal.h"

#include <stdint.h>
#include <stdlib.h>

static PyObject *rehearsal, *trial;
/* What the builder has learned from the probe: JSON. */
static struct {
    char *text;
    uint32_t length;
} lesson;

PyObject *rehearsal_set(PyObject *Py_UNUSED(module), PyObject *callable) {
    Py_XSETREF(rehearsal, Py_NewRef(callable));
    Py_RETURN_NONE;
}

PyObject *rehearsal_set_trial(PyObject *Py_UNUSED(module), PyObject *callable) {
    Py_XSETREF(trial, Py_NewRef(callable));
    Py_RETURN_NONE;
}

PyObject *rehearsal_lesson(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    PyObject *text = PyBytes_FromStringAndSize(lesson.text, lesson.length);

    free(lesson.text);
    lesson.text = NULL;
    lesson.length = 0;
    return text;
}

/* Drops errors: they recur elsewhere and are reported there. */
static void call(PyObject *callable) {
    Py_XDECREF(callable != NULL ? PyObject_CallNoArgs(callable) : NULL);
    PyErr_Clear();
}

__attribute__((export_name("wasgi_rehearse"))) void wasgi_rehearse(void) { call(rehearsal); }

__attribute__((export_name("wasgi_try"))) void wasgi_try(void) { call(trial); }

/* Called before the boot. Returns room for the text, or NULL. */
__attribute__((export_name("wasgi_lesson"))) void *wasgi_lesson(uint32_t length) {
    lesson.text = malloc(length);
    lesson.length = lesson.text != NULL ? length : 0;
    return lesson.text;
}
