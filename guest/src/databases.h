/* Lists SQLite's open files and transactions, because no transaction may be open at the snapshot. */
#ifndef WASGI_DATABASES_H
#define WASGI_DATABASES_H

#include <Python.h>

/* _wasgi.databases(connection) -> list[tuple[str, bool]]: the files of a sqlite3.Connection, each with whether a
 * transaction is open; a query that was not read to its end keeps one open, too. */
PyObject *databases_list(PyObject *module, PyObject *connection);

#endif
