/* Environment variables.
 *
 * libc reads them once and would carry the builder's in the snapshot, so it is shown none. What the host grants to
 * this instance is asked for at the start of its request, when the gateway calls environ_read(). */
#include "environ.h"

#include <string.h>

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

static int append_text(PyObject *list, const char *text) {
    PyObject *bytes = PyBytes_FromString(text);
    int result = bytes != NULL ? PyList_Append(list, bytes) : -1;

    Py_XDECREF(bytes);
    return result;
}

/* One block: pointers first, then what they point to. */
static PyObject *list_variables(__wasi_size_t count, __wasi_size_t size) {
    uint8_t **variables = PyMem_Malloc((count + 1) * sizeof *variables + size);
    PyObject *list = PyList_New(0);

    if (variables == NULL || list == NULL) {
        PyErr_NoMemory();
        Py_CLEAR(list);
    } else if (host_environ_get(variables, (uint8_t *)(variables + count + 1)) != __WASI_ERRNO_SUCCESS) {
        count = 0;
    }
    for (__wasi_size_t i = 0; list != NULL && i < count; i++) {
        if (append_text(list, (const char *)variables[i]) < 0)
            Py_CLEAR(list);
    }
    PyMem_Free(variables);
    return list;
}

PyObject *environ_read(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused)) {
    __wasi_size_t count = 0, size = 0;

    if (host_environ_sizes_get(&count, &size) != __WASI_ERRNO_SUCCESS || count == 0)
        Py_RETURN_NONE;
    return list_variables(count, size);
}
