/* Fills the environ from the request's head (PEP 3333, "environ Variables"; RFC 3875). In C and not in Python, because
 * every request pays for it: one hostcall fetches all headers, and the usual keys exist already. */
#include <string.h>
#include <strings.h>

#include "abi.h"
#include "request.h"

static struct variable {
    const char *key;
    PyObject *interned;
} method = {"REQUEST_METHOD", NULL}, uri = {"REQUEST_URI", NULL}, raw_uri = {"RAW_URI", NULL},
  scheme = {"wsgi.url_scheme", NULL}, https = {"HTTPS", NULL}, on = {"on", NULL}, cookie = {"HTTP_COOKIE", NULL};
static struct variable *const variables[] = {&method, &uri, &raw_uri, &scheme, &https, &on, &cookie};

#define FIELD(name, key)                                                                                               \
    {                                                                                                                  \
        name, sizeof name - 1, { key, NULL }                                                                           \
    }

/* Fields that nearly every request has. Those without a key are left out. */
static struct known {
    const char *name;
    size_t length;
    struct variable variable;
} known[] = {
    FIELD("host", "HTTP_HOST"),
    FIELD("accept", "HTTP_ACCEPT"),
    FIELD("accept-encoding", "HTTP_ACCEPT_ENCODING"),
    FIELD("accept-language", "HTTP_ACCEPT_LANGUAGE"),
    FIELD("authorization", "HTTP_AUTHORIZATION"),
    FIELD("cache-control", "HTTP_CACHE_CONTROL"),
    FIELD("content-length", "CONTENT_LENGTH"),
    FIELD("content-type", "CONTENT_TYPE"),
    FIELD("cookie", "HTTP_COOKIE"),
    FIELD("if-modified-since", "HTTP_IF_MODIFIED_SINCE"),
    FIELD("if-none-match", "HTTP_IF_NONE_MATCH"),
    FIELD("origin", "HTTP_ORIGIN"),
    FIELD("referer", "HTTP_REFERER"),
    FIELD("user-agent", "HTTP_USER_AGENT"),
    FIELD("x-forwarded-for", "HTTP_X_FORWARDED_FOR"),
    FIELD("x-forwarded-host", "HTTP_X_FORWARDED_HOST"),
    FIELD("x-forwarded-proto", "HTTP_X_FORWARDED_PROTO"),
    /* The body arrives decoded (RFC 9112 section 7.1.3); some frameworks would decode it again if they saw this. */
    FIELD("transfer-encoding", NULL),
};
enum { VARIABLE_COUNT = sizeof variables / sizeof *variables, KNOWN_COUNT = sizeof known / sizeof *known };

static int intern(struct variable *variable) {
    if (variable->key == NULL)
        return 0;
    variable->interned = PyUnicode_InternFromString(variable->key);
    return variable->interned != NULL ? 0 : -1;
}

int request_environ_init(void) {
    int failed = 0;

    for (int i = 0; i < VARIABLE_COUNT && !failed; i++)
        failed = intern(variables[i]);
    for (int i = 0; i < KNOWN_COUNT && !failed; i++)
        failed = intern(&known[i].variable);
    return failed;
}

/* Names of fields are case-insensitive. wasmtime returns them in lower case; another host may not. */
static const struct known *find(const uint8_t *name, size_t length) {
    for (int i = 0; i < KNOWN_COUNT; i++) {
        if (known[i].length == length && strncasecmp(known[i].name, (const char *)name, length) == 0)
            return &known[i];
    }
    return NULL;
}

/* 'X_Foo' would get the key of 'X-Foo' and could pose as a header set by a trusted proxy. A name must be ASCII (RFC
 * 9110 section 5.1). */
static bool is_sound(const uint8_t *name, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (name[i] == '_' || name[i] >= 0x80)
            return false;
    }
    return true;
}

/* A new reference; NULL without an exception if the field is left out. */
static PyObject *key_of(const uint8_t *name, size_t length) {
    const struct known *found = find(name, length);
    PyObject *key;
    Py_UCS1 *text;

    if (found != NULL)
        return Py_XNewRef(found->variable.interned);
    if (!is_sound(name, length))
        return NULL;
    key = PyUnicode_New(5 + (Py_ssize_t)length, 0x7f);
    if (key == NULL)
        return NULL;
    text = PyUnicode_1BYTE_DATA(key);
    memcpy(text, "HTTP_", 5);
    for (size_t i = 0; i < length; i++)
        text[5 + i] = name[i] == '-' ? '_' : Py_TOUPPER(name[i]);
    return key;
}

/* RFC 9110 section 5.3, and RFC 6265 section 5.4 for cookies, whose values may hold commas. Takes `text` over. */
static PyObject *joined(PyObject *key, PyObject *earlier, PyObject *text) {
    const char *between = PyUnicode_Compare(key, cookie.interned) == 0 ? "; " : ", ";
    PyObject *whole = PyUnicode_FromFormat("%U%s%U", earlier, between, text);

    Py_DECREF(text);
    return whole;
}

static int add(PyObject *environ, PyObject *key, const uint8_t *value, size_t length) {
    /* Each byte becomes one character (PEP 3333, "Unicode Issues"). */
    PyObject *text = PyUnicode_DecodeLatin1((const char *)value, (Py_ssize_t)length, NULL);
    PyObject *earlier = text != NULL ? PyDict_GetItemWithError(environ, key) : NULL;
    int failed;

    if (earlier != NULL)
        text = joined(key, earlier, text);
    failed = text == NULL || PyErr_Occurred() || PyDict_SetItem(environ, key, text) < 0;
    Py_XDECREF(text);
    return failed ? -1 : 0;
}

static int add_field(PyObject *environ, const wasi_http_types_tuple2_field_name_field_value_t *field) {
    PyObject *key = key_of(field->f0.ptr, field->f0.len);
    int failed;

    if (key == NULL)
        return PyErr_Occurred() ? -1 : 0;
    failed = add(environ, key, field->f1.ptr, field->f1.len);
    Py_DECREF(key);
    return failed;
}

static int add_fields(struct request *request, PyObject *environ) {
    wasi_http_types_own_fields_t fields =
        wasi_http_types_method_incoming_request_headers(wasi_http_types_borrow_incoming_request(request->incoming));
    wasi_http_types_list_tuple2_field_name_field_value_t entries;
    int failed = 0;

    abi_enter();
    wasi_http_types_method_fields_entries(wasi_http_types_borrow_fields(fields), &entries);
    wasi_http_types_fields_drop_own(fields);
    for (size_t i = 0; i < entries.len && !failed; i++)
        failed = add_field(environ, &entries.ptr[i]);
    abi_leave();
    return failed;
}

/* The headers of a synthetic request are pairs of bytes. */
static int add_rehearsed(PyObject *headers, PyObject *environ) {
    int failed = 0;

    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(headers) && !failed; i++) {
        wasi_http_types_tuple2_field_name_field_value_t field;
        char *name, *value;
        Py_ssize_t name_length, value_length;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(headers, i), "y#y#", &name, &name_length, &value, &value_length))
            return -1;
        field.f0 = (wasi_http_types_field_name_t){(uint8_t *)name, (size_t)name_length};
        field.f1 = (wasi_http_types_field_value_t){(uint8_t *)value, (size_t)value_length};
        failed = add_field(environ, &field);
    }
    return failed;
}

static int add_head(struct request *request, PyObject *environ) {
    PyObject *told, *target;

    if ((told = request_method(request)) == NULL || PyDict_SetItem(environ, method.interned, told) < 0)
        return -1;
    if ((target = request_target(request)) == NULL || PyDict_SetItem(environ, uri.interned, target) < 0 ||
        PyDict_SetItem(environ, raw_uri.interned, target) < 0)
        return -1;
    if ((told = request_scheme(request)) == NULL || PyDict_SetItem(environ, scheme.interned, told) < 0)
        return -1;
    /* Apache's name, which PEP 3333 requires if TLS is in use. */
    if (PyUnicode_CompareWithASCIIString(told, "https") == 0)
        return PyDict_SetItem(environ, https.interned, on.interned);
    return 0;
}

PyObject *request_fill(struct request *request, PyObject *environ) {
    if (!request_check_open(request))
        return NULL;
    if (!PyDict_Check(environ))
        return PyErr_Format(PyExc_TypeError, "an environ is a dict, not %.100s", Py_TYPE(environ)->tp_name);
    if (add_head(request, environ) < 0)
        return NULL;
    if ((request->rehearsal ? add_rehearsed(request->rehearsed, environ) : add_fields(request, environ)) < 0)
        return NULL;
    Py_RETURN_NONE;
}
