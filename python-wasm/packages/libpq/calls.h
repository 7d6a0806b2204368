/* How the functions of libpq's sockets call Python. */
#ifndef WASGI_LIBPQ_CALLS_H
#define WASGI_LIBPQ_CALLS_H

#include <Python.h>
#include <sys/socket.h>

/* libpq is called without the GIL, and also where an exception is set, as a connection is given up then. */
struct call {
    PyGILState_STATE gil;
    PyObject *pending;
};

/* Begins to call Python. */
struct call calls_begin(void);

/* What a call gave, for C: a whole number as such, 0 for what is none; or -1 with errno for the exception that is set. Takes the
 * reference. */
Py_ssize_t calls_end(struct call call, PyObject *result);

/* Keeps why something failed, for messages: of an OSError's second argument. Gives its number. */
int calls_failed(PyObject *raised, char *why, size_t size);

/* The same for the reason that pg_strerror() tells. */
int calls_remember(PyObject *raised);

/* An address as Python has it, and the reverse; the latter gives its size, or 0 for one of neither version. */
PyObject *calls_place(const struct sockaddr *address);
socklen_t calls_address(PyObject *place, struct sockaddr_storage *address);

#endif
