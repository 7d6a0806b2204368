/* One more request that nobody made, for the builder to see what requests write to. */
#ifndef WASGI_REHEARSAL_H
#define WASGI_REHEARSAL_H

#include <Python.h>

/* _wasgi.set_rehearsal(callable): called once all else is done. The builder then puts memory back as it was. */
PyObject *rehearsal_set(PyObject *module, PyObject *callable);

#endif
