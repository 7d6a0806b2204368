/* _wasgi: the C side's interface to the gateway (guest/python/wasgi_guest/boot.py). */
#ifndef WASGI_MODULE_H
#define WASGI_MODULE_H

#include <Python.h>

/* For PyImport_AppendInittab, before Py_Initialize. */
PyMODINIT_FUNC PyInit__wasgi(void);

/* The argument of set_handler(): a borrowed reference; NULL before boot. */
PyObject *wasgi_handler(void);

#endif
