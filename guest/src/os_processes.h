/* Functions of `os` for processes and scheduling, as far as they make sense with one process. */
#ifndef WASGI_OS_PROCESSES_H
#define WASGI_OS_PROCESSES_H

#include <Python.h>

/* A step of posix's initialisation. 0, or -1 with an exception. */
int os_processes_add(PyObject *posix);

#endif
