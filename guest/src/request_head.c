/* The request's head without its headers: method, target, scheme, authority. Each is fetched on first use, because a
 * hostcall costs more than a branch. */
#include "abi.h"
#include "request.h"

/* In the order of wasi:http's tags. */
static const char *const method_names[] = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                           "CONNECT", "OPTIONS", "TRACE", "PATCH"};
enum { METHOD_COUNT = sizeof method_names / sizeof *method_names };
static PyObject *methods[METHOD_COUNT];
static PyObject *http, *https;

_Static_assert(METHOD_COUNT == WASI_HTTP_TYPES_METHOD_OTHER, "one name for each tag");

int request_head_init(void) {
    for (int i = 0; i < METHOD_COUNT; i++) {
        methods[i] = PyUnicode_InternFromString(method_names[i]);
        if (methods[i] == NULL)
            return -1;
    }
    http = PyUnicode_InternFromString("http");
    https = PyUnicode_InternFromString("https");
    return http == NULL || https == NULL ? -1 : 0;
}

/* WIT strings are UTF-8; PEP 3333 wants each byte of the wire as one character. */
static PyObject *wire_text(app_string_t text) { return PyUnicode_DecodeLatin1((char *)text.ptr, text.len, NULL); }

static wasi_http_types_borrow_incoming_request_t borrow(struct request *request) {
    return wasi_http_types_borrow_incoming_request(request->incoming);
}

static PyObject *fetch_method(struct request *request) {
    wasi_http_types_method_t method;

    wasi_http_types_method_incoming_request_method(borrow(request), &method);
    return method.tag < METHOD_COUNT ? Py_NewRef(methods[method.tag]) : wire_text(method.val.other);
}

static PyObject *fetch_scheme(struct request *request) {
    wasi_http_types_scheme_t scheme;

    if (!wasi_http_types_method_incoming_request_scheme(borrow(request), &scheme))
        return Py_NewRef(http);
    if (scheme.tag == WASI_HTTP_TYPES_SCHEME_OTHER)
        return wire_text(scheme.val.other);
    return Py_NewRef(scheme.tag == WASI_HTTP_TYPES_SCHEME_HTTPS ? https : http);
}

static PyObject *fetch_authority(struct request *request) {
    app_string_t authority;

    if (!wasi_http_types_method_incoming_request_authority(borrow(request), &authority))
        return Py_NewRef(Py_None);
    return wire_text(authority);
}

static PyObject *fetch_target(struct request *request) {
    app_string_t target;

    /* A request without a path is for the root. */
    if (!wasi_http_types_method_incoming_request_path_with_query(borrow(request), &target) || target.len == 0)
        return PyUnicode_FromStringAndSize("/", 1);
    return wire_text(target);
}

static PyObject *cached(struct request *request, PyObject **cache, PyObject *(*fetch)(struct request *)) {
    if (*cache == NULL) {
        abi_enter();
        *cache = fetch(request);
        abi_leave();
    }
    return *cache;
}

PyObject *request_method(struct request *request) { return cached(request, &request->method, fetch_method); }
PyObject *request_scheme(struct request *request) { return cached(request, &request->scheme, fetch_scheme); }
PyObject *request_target(struct request *request) { return cached(request, &request->target, fetch_target); }
static PyObject *authority(struct request *request) { return cached(request, &request->authority, fetch_authority); }

static PyObject *get(PyObject *self, void *closure) {
    struct request *request = (struct request *)self;
    PyObject *(*attribute)(struct request *) = closure;

    return request_check_open(request) ? Py_XNewRef(attribute(request)) : NULL;
}

PyGetSetDef request_getset[] = {
    {"method", get, NULL, PyDoc_STR("str"), request_method},
    {"scheme", get, NULL, PyDoc_STR("str: 'http' or 'https'"), request_scheme},
    {"authority", get, NULL, PyDoc_STR("str | None"), authority},
    {"target", get, NULL, PyDoc_STR("str: path and query as on the wire"), request_target},
    {0},
};
