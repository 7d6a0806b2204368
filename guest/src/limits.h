/* What this request's host says of its limits, where it says something: wasgi's own does, others do not.
 *
 * It is in the arguments of wasi:cli/environment, which nothing else asks for. */
#ifndef WASGI_LIMITS_H
#define WASGI_LIMITS_H

#include <Python.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that all of linear memory may come to. */
uint64_t limits_memory(void);

/* How many bytes may still be written into granted directories; false where the host does not say. */
bool limits_directories(uint64_t *left);

/* Whether the host says that a grant, by its path without outer slashes, is read-only. Asked once. */
bool limits_is_read_only(const char *path, size_t length);

/* _wasgi_outgoing.origins(): to where requests may go out, as origins; None where the host does not say. */
PyObject *limits_origins(PyObject *module, PyObject *unused);

/* _wasgi.developing(): the request's seconds so far, what linear memory comes to and may come to, in bytes; None where
 * nobody develops. */
PyObject *limits_developing(PyObject *module, PyObject *none);

/* _wasgi_net.granted(): whom sockets may connect to, as hosts with their ports; None where the host does not say. */
PyObject *limits_connections(PyObject *module, PyObject *unused);

/* _wasgi_net.patience(): seconds that a connection may take to be made; infinity where the host does not say. */
PyObject *limits_patience(PyObject *module, PyObject *unused);

/* Called just before the snapshot: from then on there is a host to ask. */
void limits_seal(void);

#endif
