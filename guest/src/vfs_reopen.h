/* Another descriptor of an open file, as WASI has no dup(). */
#ifndef WASGI_VFS_REOPEN_H
#define WASGI_VFS_REOPEN_H

#include <Python.h>

/* _wasgi.reopen(fd) */
PyObject *vfs_reopen(PyObject *module, PyObject *descriptor);

#endif
