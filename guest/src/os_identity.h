/* Of `os`: who the one process and its one user are, and what it may say to itself. */
#ifndef WASGI_OS_IDENTITY_H
#define WASGI_OS_IDENTITY_H

#include <Python.h>

/* 0, or -1 with an exception. */
int os_identity_add(PyObject *posix);

#endif
