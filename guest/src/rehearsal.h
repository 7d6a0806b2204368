/* Requests that nobody made, for the builder to see what requests do. */
#ifndef WASGI_REHEARSAL_H
#define WASGI_REHEARSAL_H

#include <Python.h>

/* _wasgi.set_rehearsal(callable): called once all else is done. The builder then puts memory back as it was. */
PyObject *rehearsal_set(PyObject *module, PyObject *callable);

/* _wasgi.set_trial(callable): called in a boot that is then thrown away. */
PyObject *rehearsal_set_trial(PyObject *module, PyObject *callable);

/* _wasgi.is_warm_up_wanted(): what the builder has concluded of that. */
PyObject *rehearsal_is_wanted(PyObject *module, PyObject *none);

#endif
