/* Functions of `os` that read, write and reserve in other ways than read() and write(), and lock. */
#ifndef WASGI_OS_TRANSFER_H
#define WASGI_OS_TRANSFER_H

#include <Python.h>

/* A step of posix's. 0, or -1 with an exception. */
int os_transfer_add(PyObject *posix);

#endif
