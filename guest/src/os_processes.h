/* What `os` has for processes and their turns, as far as it has an answer where there is one process. */
#ifndef WASGI_OS_PROCESSES_H
#define WASGI_OS_PROCESSES_H

#include <Python.h>

/* A step of posix's. 0, or -1 with an exception. */
int os_processes_add(PyObject *posix);

#endif
