/* What went wrong between the host and whom it asked: a name of wasi:http's error-code, and the host's words. */
#include <string.h>

#include "abi.h"
#include "ended.h"
#include "outgoing.h"

/* In the order of the variant's cases. */
static const char *const names[] = {
    "DNS-timeout",
    "DNS-error",
    "destination-not-found",
    "destination-unavailable",
    "destination-IP-prohibited",
    "destination-IP-unroutable",
    "connection-refused",
    "connection-terminated",
    "connection-timeout",
    "connection-read-timeout",
    "connection-write-timeout",
    "connection-limit-reached",
    "TLS-protocol-error",
    "TLS-certificate-error",
    "TLS-alert-received",
    "HTTP-request-denied",
    "HTTP-request-length-required",
    "HTTP-request-body-size",
    "HTTP-request-method-invalid",
    "HTTP-request-URI-invalid",
    "HTTP-request-URI-too-long",
    "HTTP-request-header-section-size",
    "HTTP-request-header-size",
    "HTTP-request-trailer-section-size",
    "HTTP-request-trailer-size",
    "HTTP-response-incomplete",
    "HTTP-response-header-section-size",
    "HTTP-response-header-size",
    "HTTP-response-body-size",
    "HTTP-response-trailer-section-size",
    "HTTP-response-trailer-size",
    "HTTP-response-transfer-coding",
    "HTTP-response-content-coding",
    "HTTP-response-timeout",
    "HTTP-upgrade-failed",
    "HTTP-protocol-error",
    "loop-detected",
    "configuration-error",
    "internal-error",
};
_Static_assert(sizeof names / sizeof *names == WASI_HTTP_TYPES_ERROR_CODE_INTERNAL_ERROR + 1, "a name for each case");

static PyObject *failure;

int outgoing_error_init(PyObject *module) {
    failure =
        PyErr_NewExceptionWithDoc("_wasgi_outgoing.Failure",
                                  "An exchange failed: (name of wasi:http's error-code, the host's words)", NULL, NULL);
    return failure != NULL ? PyModule_AddObjectRef(module, "Failure", failure) : -1;
}

/* The words are copied before the host is asked whether the request is over, which puts its answer where they lie. */
static void fail(const char *name, const app_string_t *detail) {
    PyObject *args = Py_BuildValue("(ss#)", name, detail->ptr, (Py_ssize_t)detail->len);

    if (args != NULL && !ended_raise(true))
        PyErr_SetObject(failure, args);
    Py_XDECREF(args);
}

static app_string_t detail_of(const wasi_http_types_error_code_t *code) {
    const app_option_string_t *text = NULL;

    switch (code->tag) {
    case WASI_HTTP_TYPES_ERROR_CODE_DNS_ERROR:
        text = &code->val.dns_error.rcode;
        break;
    case WASI_HTTP_TYPES_ERROR_CODE_TLS_ALERT_RECEIVED:
        text = &code->val.tls_alert_received.alert_message;
        break;
    case WASI_HTTP_TYPES_ERROR_CODE_INTERNAL_ERROR:
        text = &code->val.internal_error;
        break;
    }
    return text != NULL && text->is_some ? text->val : (app_string_t){(uint8_t *)"", 0};
}

void outgoing_fail(const wasi_http_types_error_code_t *code) {
    app_string_t detail = detail_of(code);

    fail(code->tag < sizeof names / sizeof *names ? names[code->tag] : "internal-error", &detail);
}

/* Not by http-error-code(): wasmtime 48 gives no code for what ends a body, and jco ends its process when asked. */
void outgoing_fail_stream(wasi_io_streams_stream_error_t *error) {
    wasi_io_error_own_error_t cause = error->val.last_operation_failed;
    app_string_t text = {(uint8_t *)"", 0};
    const uint8_t *end;

    if (error->tag == WASI_IO_STREAMS_STREAM_ERROR_CLOSED) {
        fail("connection-terminated", &text);
        return;
    }
    wasi_io_error_method_error_to_debug_string(wasi_io_error_borrow_error(cause), &text);
    /* Some hosts put a backtrace of their own behind the first line. */
    end = memchr(text.ptr, '\n', text.len);
    text.len = end != NULL ? (size_t)(end - text.ptr) : text.len;
    fail("connection-terminated", &text);
    wasi_io_error_error_drop_own(cause);
}
