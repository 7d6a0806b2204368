/* Environment variables.
 *
 * libc reads them once and would carry the builder's in the snapshot, so it is shown none. What the host grants to
 * this instance is asked for at the start of its request, when the gateway calls environ_read(). */
#include "environ.h"

#include "abi.h"
#include "app.h"
#include "host.h"

__wasi_errno_t WASI(environ_sizes_get)(__wasi_size_t *count, __wasi_size_t *size) {
    *count = *size = 0;
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(environ_get)(uint8_t **variables, uint8_t *bytes) {
    (void)bytes;
    variables[0] = NULL;
    return __WASI_ERRNO_SUCCESS;
}

static PyObject *pair(const app_tuple2_string_string_t *variable) {
    return Py_BuildValue("(s#s#)", variable->f0.ptr, (Py_ssize_t)variable->f0.len, variable->f1.ptr,
                         (Py_ssize_t)variable->f1.len);
}

static PyObject *make_list(const app_list_tuple2_string_string_t *variables) {
    PyObject *list = PyList_New((Py_ssize_t)variables->len);

    for (size_t i = 0; list != NULL && i < variables->len; i++) {
        PyObject *item = pair(&variables->ptr[i]);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    return list;
}

/* The builder has none to grant. */
static bool may_ask;

void environ_open(void) { may_ask = true; }

PyObject *environ_read(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused)) {
    app_list_tuple2_string_string_t variables;
    PyObject *list;

    if (!may_ask)
        Py_RETURN_NONE;
    abi_enter();
    wasi_cli_environment_get_environment(&variables);
    list = variables.len > 0 ? make_list(&variables) : Py_NewRef(Py_None);
    abi_leave();
    return list;
}
