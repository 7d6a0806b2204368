/* The module `fcntl` (docs.python.org/3/library/fcntl.html), which CPython leaves out if libc has no locks. */
#ifndef WASGI_FCNTL_MODULE_H
#define WASGI_FCNTL_MODULE_H

#include <Python.h>

PyMODINIT_FUNC PyInit_fcntl(void);

#endif
