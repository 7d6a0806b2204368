/* Mutes the standard streams: they accept output and drop it. */
#ifndef WASGI_VFS_MUTE_H
#define WASGI_VFS_MUTE_H

#include <Python.h>

/* _wasgi.mute(bool) */
PyObject *vfs_mute(PyObject *module, PyObject *is_muted);

#endif
