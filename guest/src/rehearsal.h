/* Synthetic requests, by which the builder observes what requests do. */
#ifndef WASGI_REHEARSAL_H
#define WASGI_REHEARSAL_H

#include <Python.h>

/* _wasgi.set_rehearsal(callable): called after the boot, for the write trace. The builder then restores memory. */
PyObject *rehearsal_set(PyObject *module, PyObject *callable);

/* _wasgi.set_trial(callable): the warm-up probe, called in a boot that is then discarded. */
PyObject *rehearsal_set_trial(PyObject *module, PyObject *callable);

/* _wasgi.is_warm_up_wanted(): the builder's conclusion from the probe. */
PyObject *rehearsal_is_wanted(PyObject *module, PyObject *none);

#endif
