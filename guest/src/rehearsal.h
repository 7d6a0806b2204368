/* Synthetic requests, by which the builder observes what requests do. */
#ifndef WASGI_REHEARSAL_H
#define WASGI_REHEARSAL_H

#include <Python.h>

/* _wasgi.set_rehearsal(callable): called after the boot, for the write trace. The builder then restores memory. */
PyObject *rehearsal_set(PyObject *module, PyObject *callable);

/* _wasgi.set_trial(callable): the warm-up probe, called in a boot that is then discarded. */
PyObject *rehearsal_set_trial(PyObject *module, PyObject *callable);

/* _wasgi.lesson(): what the builder has learned from the probe, as JSON in bytes; empty if it says nothing. */
PyObject *rehearsal_lesson(PyObject *module, PyObject *none);

#endif
