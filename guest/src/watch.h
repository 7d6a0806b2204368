/* Watches an application's import: reports draws of entropy, readings of clocks, opens and connections to the gateway,
 * which finds the responsible line (wasgi_guest/watch.py). After the import, the watch leaves no trace. */
#ifndef WASGI_WATCH_H
#define WASGI_WATCH_H

#include <Python.h>

/* _wasgi.watch(callable | None): sets the listener, `callable(event, arguments)`; events are CPython's audit events and
 * those of watch_note(). An exception on an audit event aborts the operation. */
PyObject *watch_set(PyObject *module, PyObject *callable);

/* Reports an event without an audit event of CPython's, without arguments. May be called anywhere below libc. */
void watch_note(const char *event);

#endif
