/* What `os` has on Linux, and what can only be refused here: numbers, and calls that raise OSError. */
#ifndef WASGI_OS_NAMES_H
#define WASGI_OS_NAMES_H

#include <Python.h>

/* A step of posix's. 0, or -1 with an exception. */
int os_names_add(PyObject *posix);

#endif
