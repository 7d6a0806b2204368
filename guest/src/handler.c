/* wasi:http/incoming-handler: the entry point of each request. */
#include <Python.h>

#include "app.h"
#include "ended.h"
#include "request.h"
#include "wasgi_module.h"

static const char not_built[] = "This component holds no application: it is the bare guest of wasgi, before its "
                                "snapshot was taken.\nBuild one with `wasgi build app.py`.\n";

static const char server_error[] = "Internal Server Error\n";
static const char memory_error[] = "The request reached its memory cap.\n";

/* Writes to the host's log. PyErr_Print would end the instance on SystemExit. */
static void log_exception(void) {
    PyObject *exception = PyErr_GetRaisedException();

    if (exception == NULL)
        return;
    PyErr_DisplayException(exception);
    Py_DECREF(exception);
    PyErr_Clear();
}

static void refuse(wasi_http_types_own_incoming_request_t incoming, wasi_http_types_own_response_outparam_t outparam,
                   const char *text) {
    wasi_http_types_incoming_request_drop_own(incoming);
    response_plain(outparam, 500, text);
}

void exports_wasi_http_incoming_handler_handle(wasi_http_types_own_incoming_request_t incoming,
                                               wasi_http_types_own_response_outparam_t outparam) {
    struct request *request;
    const char *text = server_error;
    PyObject *result;

    if (wasgi_handler() == NULL) {
        refuse(incoming, outparam, not_built);
        return;
    }
    request = request_new(incoming, outparam);
    if (request == NULL) {
        text = PyErr_ExceptionMatches(PyExc_MemoryError) ? memory_error : server_error;
        log_exception();
        refuse(incoming, outparam, text);
        return;
    }
    result = PyObject_CallOneArg(wasgi_handler(), (PyObject *)request);
    if (result == NULL && ended_is_raised()) {
        /* Raised after the gateway's work: the host knows of it. */
        PyErr_Clear();
    } else if (result == NULL) {
        text = PyErr_ExceptionMatches(PyExc_MemoryError) ? memory_error : server_error;
        log_exception();
    }
    request_end_with(request, text);
    Py_XDECREF(result);
    Py_DECREF(request);
    ended_leave();
}
