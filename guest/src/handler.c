/* wasi:http/incoming-handler: where a request enters the guest. */
#include <Python.h>

#include "app.h"
#include "request.h"
#include "wasgi_module.h"

static const char not_built[] = "This component holds no application: it is the bare guest of wasgi, before its "
                                "snapshot was taken.\nBuild one with `wasgi build app.py`.\n";

/* Shown in the host's log. Not PyErr_Print: that would end the instance on SystemExit. */
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
    PyObject *result;

    if (wasgi_handler() == NULL) {
        refuse(incoming, outparam, not_built);
        return;
    }
    request = request_new(incoming, outparam);
    if (request == NULL) {
        log_exception();
        refuse(incoming, outparam, "Internal Server Error\n");
        return;
    }
    result = PyObject_CallOneArg(wasgi_handler(), (PyObject *)request);
    if (result == NULL)
        log_exception();
    request_end(request);
    Py_XDECREF(result);
    Py_DECREF(request);
}
