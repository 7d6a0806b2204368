/* The request's head: method, target, scheme, authority, headers. Each is fetched when first asked for: a call to
 * the host costs more than a branch, and many applications look at half of them. */
#include <stddef.h>

#include "abi.h"
#include "request.h"

/* In the order of the tags that wasi:http gives them. */
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

/* WIT strings are UTF-8; PEP 3333 wants the bytes of the wire, one character each. */
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

    /* Without a path the request is for the root. */
    if (!wasi_http_types_method_incoming_request_path_with_query(borrow(request), &target) || target.len == 0)
        return PyUnicode_FromStringAndSize("/", 1);
    return wire_text(target);
}

/* HTTP's names know no case. wasmtime hands them out lower case; another host may not. */
static PyObject *header_name(app_string_t name) {
    for (size_t i = 0; i < name.len; i++)
        name.ptr[i] = Py_TOLOWER(name.ptr[i]);
    return PyBytes_FromStringAndSize((char *)name.ptr, name.len);
}

static PyObject *header(const wasi_http_types_tuple2_field_name_field_value_t *entry) {
    PyObject *pair = PyTuple_New(2);

    if (pair == NULL)
        return NULL;
    PyTuple_SET_ITEM(pair, 0, header_name(entry->f0));
    PyTuple_SET_ITEM(pair, 1, PyBytes_FromStringAndSize((char *)entry->f1.ptr, entry->f1.len));
    if (PyTuple_GET_ITEM(pair, 0) == NULL || PyTuple_GET_ITEM(pair, 1) == NULL)
        Py_CLEAR(pair);
    return pair;
}

static PyObject *fetch_headers(struct request *request) {
    wasi_http_types_own_fields_t fields = wasi_http_types_method_incoming_request_headers(borrow(request));
    wasi_http_types_list_tuple2_field_name_field_value_t entries;
    PyObject *list;

    wasi_http_types_method_fields_entries(wasi_http_types_borrow_fields(fields), &entries);
    wasi_http_types_fields_drop_own(fields);
    list = PyList_New((Py_ssize_t)entries.len);
    for (size_t i = 0; list != NULL && i < entries.len; i++) {
        PyObject *pair = header(&entries.ptr[i]);
        if (pair == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, pair);
    }
    return list;
}

struct attribute {
    size_t cache;
    PyObject *(*fetch)(struct request *);
};

static PyObject *get(PyObject *self, void *closure) {
    struct request *request = (struct request *)self;
    const struct attribute *attribute = closure;
    PyObject **cache = (PyObject **)((char *)self + attribute->cache);

    if (!request_check_open(request))
        return NULL;
    if (*cache == NULL) {
        abi_enter();
        *cache = attribute->fetch(request);
        abi_leave();
    }
    return Py_XNewRef(*cache);
}

#define ATTRIBUTE(name, doc)                                                                                        \
    {#name, get, NULL, PyDoc_STR(doc), &(struct attribute){offsetof(struct request, name), fetch_##name}}

PyGetSetDef request_getset[] = {
    ATTRIBUTE(method, "str"),
    ATTRIBUTE(scheme, "str: 'http' or 'https'"),
    ATTRIBUTE(authority, "str | None"),
    ATTRIBUTE(target, "str: path and query as on the wire"),
    ATTRIBUTE(headers, "list[tuple[bytes, bytes]], names in lower case"),
    {0},
};
