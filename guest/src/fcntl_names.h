/* Numbers of the module `fcntl`. */
#ifndef WASGI_FCNTL_NAMES_H
#define WASGI_FCNTL_NAMES_H

#include <Python.h>

/* For flock() and lockf(). */
#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8

/* 0, or -1 with an exception. */
int fcntl_names_add(PyObject *module);

#endif
