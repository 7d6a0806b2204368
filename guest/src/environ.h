/* Environment variables: none for libc, the host's for whoever asks anew. */
#ifndef WASGI_ENVIRON_H
#define WASGI_ENVIRON_H

#include <Python.h>

/* _wasgi.environ(): a list of (name, value), or None when the host grants nothing. */
PyObject *environ_read(PyObject *module, PyObject *unused);

/* Called just before the snapshot: from then on there is a host to ask. */
void environ_open(void);

#endif
