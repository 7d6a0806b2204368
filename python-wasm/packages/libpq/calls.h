/* How the functions of libpq's sockets call Python. */
#ifndef WASGI_LIBPQ_CALLS_H
#define WASGI_LIBPQ_CALLS_H

#include <Python.h>
#include <sys/socket.h>

/* What a call gave, for C: a whole number as such, 0 for what is none; or -1 with errno for the exception that is set. Releases
 * the GIL. Takes the reference. */
Py_ssize_t calls_end(PyGILState_STATE gil, PyObject *result);

/* Keeps why something failed, for messages: of an OSError's second argument. Gives its number. Takes the reference. */
int calls_failed(PyObject *raised, char *why, size_t size);

/* An address as Python has it, and the reverse; the latter gives its size, or 0 for one of neither version. */
PyObject *calls_place(const struct sockaddr *address);
socklen_t calls_address(PyObject *place, struct sockaddr_storage *address);

#endif
