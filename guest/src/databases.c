#include "databases.h"

#include "sqlite_abi.h"

/* The beginning of CPython's pysqlite_Connection (Modules/_sqlite/connection.h). */
struct connection {
    PyObject_HEAD
    sqlite3 *db;
};

static PyObject *describe(sqlite3 *db, const char *schema) {
    const char *file = sqlite3_db_filename(db, schema);

    return Py_BuildValue("(sO)", file != NULL ? file : "",
                         sqlite3_txn_state(db, schema) > SQLITE_TXN_NONE ? Py_True : Py_False);
}

PyObject *databases_list(PyObject *Py_UNUSED(module), PyObject *connection) {
    sqlite3 *db = ((struct connection *)connection)->db;
    PyObject *list = PyList_New(0);
    const char *schema;

    for (int i = 0; list != NULL && db != NULL && (schema = sqlite3_db_name(db, i)) != NULL; i++) {
        PyObject *pair = describe(db, schema);
        if (pair == NULL || PyList_Append(list, pair) < 0)
            Py_CLEAR(list);
        Py_XDECREF(pair);
    }
    return list;
}
