/* From what Python says of a request to the host's handler. */
#include <string.h>

#include "abi.h"
#include "ended.h"
#include "fields.h"
#include "outgoing.h"
#include "request.h"

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

static app_string_t string_of(const char *text) { return (app_string_t){(uint8_t *)text, strlen(text)}; }

static wasi_http_types_method_t method_of(const char *name) {
    wasi_http_types_method_t method = {.tag = WASI_HTTP_TYPES_METHOD_OTHER, .val.other = string_of(name)};

    for (uint8_t tag = 0; tag < WASI_HTTP_TYPES_METHOD_OTHER; tag++) {
        if (strcmp(name, methods[tag]) == 0)
            method = (wasi_http_types_method_t){.tag = tag};
    }
    return method;
}

struct asked {
    const char *method, *authority, *target;
    int is_https, has_body;
    PyObject *fields;
    double connect; /* seconds; below zero: as long as the host waits */
};

static int refused(const char *what, const char *value) {
    PyErr_Format(PyExc_ValueError, "the host refuses the %s %s of a request", what, value);
    return -1;
}

/* The bindings have no const; nobody writes there. */
static int describe(wasi_http_types_own_outgoing_request_t own, const struct asked *asked) {
    wasi_http_types_borrow_outgoing_request_t request = wasi_http_types_borrow_outgoing_request(own);
    wasi_http_types_method_t method = method_of(asked->method);
    wasi_http_types_scheme_t scheme = {
        .tag = asked->is_https ? WASI_HTTP_TYPES_SCHEME_HTTPS : WASI_HTTP_TYPES_SCHEME_HTTP,
    };
    app_string_t authority = string_of(asked->authority), target = string_of(asked->target);

    if (!wasi_http_types_method_outgoing_request_set_method(request, &method))
        return refused("method", asked->method);
    if (!wasi_http_types_method_outgoing_request_set_scheme(request, &scheme))
        return refused("scheme", asked->is_https ? "https" : "http");
    if (!wasi_http_types_method_outgoing_request_set_authority(request, &authority))
        return refused("authority", asked->authority);
    if (!wasi_http_types_method_outgoing_request_set_path_with_query(request, &target))
        return refused("target", asked->target);
    return 0;
}

static int open_body(struct exchange *exchange, wasi_http_types_own_outgoing_request_t request) {
    if (!wasi_http_types_method_outgoing_request_body(wasi_http_types_borrow_outgoing_request(request),
                                                      &exchange->body_out)) {
        exchange->body_out.__handle = NO_HANDLE;
        PyErr_SetString(PyExc_ValueError, "the host takes no body for this request: is its Content-Length a number?");
        return -1;
    }
    if (!wasi_http_types_method_outgoing_body_write(wasi_http_types_borrow_outgoing_body(exchange->body_out),
                                                    &exchange->stream_out)) {
        exchange->stream_out.__handle = NO_HANDLE;
        PyErr_SetString(PyExc_OSError, "the host does not hand out the stream of the request's body");
        return -1;
    }
    return 0;
}

/* A host that knows no such option goes by its own. */
static wasi_http_types_own_request_options_t options_of(double connect) {
    wasi_http_types_own_request_options_t options = wasi_http_types_constructor_request_options();
    wasi_http_types_duration_t duration = (wasi_http_types_duration_t)(connect * 1e9);

    (void)wasi_http_types_method_request_options_set_connect_timeout(wasi_http_types_borrow_request_options(options),
                                                                     &duration);
    return options;
}

static int handle(struct exchange *exchange, wasi_http_types_own_outgoing_request_t request, double connect) {
    wasi_http_types_own_request_options_t options;
    wasi_http_types_error_code_t code;
    bool ok;

    if (connect >= 0)
        options = options_of(connect);
    abi_enter();
    ok = wasi_http_outgoing_handler_handle(request, connect >= 0 ? &options : NULL, &exchange->future, &code);
    if (!ok) {
        exchange->future.__handle = NO_HANDLE;
        outgoing_fail(&code);
    }
    abi_leave();
    return ok ? 0 : -1;
}

int exchange_send(struct exchange *exchange, PyObject *args) {
    struct asked asked;
    wasi_http_types_own_fields_t fields;
    wasi_http_types_own_outgoing_request_t request;

    if (!PyArg_ParseTuple(args, "spssOpd", &asked.method, &asked.is_https, &asked.authority, &asked.target,
                          &asked.fields, &asked.has_body, &asked.connect))
        return -1;
    if (ended_raise(false) || fields_from_list(asked.fields, &fields) < 0)
        return -1;
    request = wasi_http_types_constructor_outgoing_request(fields);
    if (describe(request, &asked) < 0 || (asked.has_body && open_body(exchange, request) < 0)) {
        wasi_http_types_outgoing_request_drop_own(request);
        return -1;
    }
    return handle(exchange, request, asked.connect);
}
