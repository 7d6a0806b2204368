/* What SQLite has open, for whom a snapshot would be too late or too early. */
#ifndef WASGI_DATABASES_H
#define WASGI_DATABASES_H

#include <Python.h>

/* _wasgi.databases(connection) -> list[tuple[str, bool]]: the files of a sqlite3.Connection, and of each whether a
 * transaction is open, be it only that a query was not read to its end. */
PyObject *databases_list(PyObject *module, PyObject *connection);

#endif
