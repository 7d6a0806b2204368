/* Constants that `os` has on Linux, and functions that a sandbox can only refuse with OSError. */
#ifndef WASGI_OS_NAMES_H
#define WASGI_OS_NAMES_H

#include <Python.h>

/* A step of posix's initialisation. 0, or -1 with an exception. */
int os_names_add(PyObject *posix);

#endif
