/* Environment variables: constant ones for libc, the host's for whoever asks anew. */
#ifndef WASGI_ENVIRON_H
#define WASGI_ENVIRON_H

#include <Python.h>
#include <stdbool.h>

/* Interns the keys of the side channel. 0, or -1 with an exception. */
int environ_init(void);

/* _wasgi.environ(): what the host tells of the connection, a dict for the WSGI environ; and what it grants, a list of
 * (name, value), or None when that is nothing. */
PyObject *environ_read(PyObject *module, PyObject *unused);

/* Asks the host anew for one variable: true when it has a value, which is copied as far as there is room. */
bool environ_ask(const char *name, char *value, size_t size);

/* Called just before the snapshot: from then on there is a host to ask. */
void environ_open(void);

#endif
