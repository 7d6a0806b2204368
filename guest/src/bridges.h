/* Pages that a request writes to for the sake of those beside them.
 *
 * A host that restores a used instance's memory in place (wasmtime's scan) does so for a limited number of stretches;
 * what lies behind them it drops, and the next request pays a page fault for each page. So a gap between two stretches
 * is worth closing: once written to, its pages belong to them, and cost a copy each. */
#ifndef WASGI_BRIDGES_H
#define WASGI_BRIDGES_H

#include <Python.h>

/* _wasgi.set_rehearsal(callable): called once the snapshot is ready to be taken, for the builder to see what a request
 * writes to. It then puts memory back as it was. */
PyObject *bridges_set_rehearsal(PyObject *module, PyObject *callable);

/* Closes the gaps. Only for a host that asks for it: to any other, these are page faults more. */
void bridges_touch(void);

#endif
