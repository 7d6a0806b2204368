/* Functions of `os` that transfer, reserve or lock parts of files, beside read() and write(). */
#ifndef WASGI_OS_TRANSFER_H
#define WASGI_OS_TRANSFER_H

#include <Python.h>

/* A step of posix's initialisation. 0, or -1 with an exception. */
int os_transfer_add(PyObject *posix);

#endif
