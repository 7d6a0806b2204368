/* Watching an application while it is imported: whoever draws entropy, reads a clock, opens or starts something then
 * is told to the gateway, which finds the line that did it (wasgi_guest/watch.py). After the import nothing of it is
 * left. */
#ifndef WASGI_WATCH_H
#define WASGI_WATCH_H

#include <Python.h>

/* _wasgi.watch(callable | None): from now on, `callable(event, arguments)` is called, with the names of CPython's audit
 * events and those of watch_note(). What it raises on an audit event stops the action. */
PyObject *watch_set(PyObject *module, PyObject *callable);

/* Tells of an event that CPython has no audit event for; without arguments. For any place below libc. */
void watch_note(const char *event);

#endif
