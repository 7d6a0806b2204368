/* _wasgi: what the gateway (guest/python/wasgi_guest/boot.py) sees of the C side. */
#ifndef WASGI_MODULE_H
#define WASGI_MODULE_H

#include <Python.h>

/* For PyImport_AppendInittab, before Py_Initialize. */
PyMODINIT_FUNC PyInit__wasgi(void);

/* What set_handler() left: a borrowed reference; NULL before boot. */
PyObject *wasgi_handler(void);

#endif
