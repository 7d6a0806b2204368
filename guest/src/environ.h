/* Environment variables: constant ones for libc, the host's by explicit calls. */
#ifndef WASGI_ENVIRON_H
#define WASGI_ENVIRON_H

#include <Python.h>
#include <stdbool.h>

/* Interns the keys of the connection settings. 0, or -1 with an exception. */
int environ_init(void);

/* _wasgi.environ(): the connection settings, a dict for the WSGI environ, and the granted variables, a list of (name,
 * value), or None if there are none. */
PyObject *environ_read(PyObject *module, PyObject *unused);

/* Fetches one variable from the host: true if it has a value, which is copied as far as there is room. */
bool environ_ask(const char *name, char *value, size_t size);

/* Called just before the snapshot: from then on, variables come from the host. */
void environ_open(void);

#endif
