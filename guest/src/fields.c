#include "fields.h"

#include <stdbool.h>
#include <stdlib.h>

typedef wasi_http_types_tuple2_field_name_field_value_t entry_t;

/* Enough for nearly every response, and small on the C stack. */
#define INLINE_ENTRIES 32
/* By default, wasmtime traps on fields larger than 128 KiB, counting about 72 extra bytes for each. The application
 * gets an error instead. Clients accept far less. */
#define FIELDS_SIZE_MAX (128 * 1024)
#define FIELD_OVERHEAD 80

static int pair_of_bytes(PyObject *pair, entry_t *entry) {
    PyObject *name, *value;

    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2)
        goto wrong;
    name = PyTuple_GET_ITEM(pair, 0);
    value = PyTuple_GET_ITEM(pair, 1);
    if (!PyBytes_Check(name) || !PyBytes_Check(value))
        goto wrong;
    /* Borrowed: no Python code runs, and no object is freed, before the host has copied them. */
    entry->f0 = (wasi_http_types_field_name_t){(uint8_t *)PyBytes_AS_STRING(name), (size_t)PyBytes_GET_SIZE(name)};
    entry->f1 = (wasi_http_types_field_value_t){(uint8_t *)PyBytes_AS_STRING(value), (size_t)PyBytes_GET_SIZE(value)};
    return 0;
wrong:
    PyErr_Format(PyExc_TypeError, "a header is a tuple (name, value) of two bytes objects, not %R", pair);
    return -1;
}

static void refuse(const entry_t *entry, const char *why) {
    PyObject *name = PyBytes_FromStringAndSize((char *)entry->f0.ptr, (Py_ssize_t)entry->f0.len);

    if (name == NULL)
        return;
    PyErr_Format(PyExc_ValueError, "the host refuses the header %R: %s", name, why);
    Py_DECREF(name);
}

/* A field's name is a WIT string: bytes that are not UTF-8 would trap. No valid name has them. */
static int check_name(const entry_t *entry) {
    for (size_t i = 0; i < entry->f0.len; i++) {
        if (entry->f0.ptr[i] < 0x80)
            continue;
        refuse(entry, "its name is not ASCII");
        return -1;
    }
    return 0;
}

static const char *reason(const wasi_http_types_header_error_t *error) {
    switch (error->tag) {
    case WASI_HTTP_TYPES_HEADER_ERROR_INVALID_SYNTAX:
        return "its name or its value is not valid";
    case WASI_HTTP_TYPES_HEADER_ERROR_FORBIDDEN:
        return "it belongs to the connection, which is the host's";
    default:
        return "the host did not say why";
    }
}

static int check_size(const entry_t *entries, size_t count) {
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        size += entries[i].f0.len + entries[i].f1.len + FIELD_OVERHEAD;
        if (size <= FIELDS_SIZE_MAX)
            continue;
        PyErr_Format(PyExc_ValueError, "the response headers are larger than %d KiB", FIELDS_SIZE_MAX / 1024);
        return -1;
    }
    return 0;
}

static bool from_entries(entry_t *entries, size_t count, wasi_http_types_own_fields_t *fields,
                         wasi_http_types_header_error_t *error) {
    wasi_http_types_list_tuple2_field_name_field_value_t list = {entries, count};

    return wasi_http_types_static_fields_from_list(&list, fields, error);
}

/* from-list does not report which field it refuses, so this tries them one by one. */
static void name_the_refused(entry_t *entries, size_t count) {
    for (size_t i = 0; i < count; i++) {
        wasi_http_types_own_fields_t probe;
        wasi_http_types_header_error_t error;
        if (!from_entries(&entries[i], 1, &probe, &error)) {
            refuse(&entries[i], reason(&error));
            return;
        }
        wasi_http_types_fields_drop_own(probe);
    }
    PyErr_Format(PyExc_ValueError, "the host refuses these %zu headers, but none of them alone: too many?", count);
}

static int send_entries(entry_t *entries, size_t count, wasi_http_types_own_fields_t *fields) {
    wasi_http_types_header_error_t error;

    if (from_entries(entries, count, fields, &error))
        return 0;
    name_the_refused(entries, count);
    return -1;
}

int fields_from_list(PyObject *list, wasi_http_types_own_fields_t *fields) {
    entry_t few[INLINE_ENTRIES], *entries = few;
    Py_ssize_t count;
    int result = -1;

    if (!PyList_Check(list)) {
        PyErr_Format(PyExc_TypeError, "headers are a list, not %.100s", Py_TYPE(list)->tp_name);
        return -1;
    }
    count = PyList_GET_SIZE(list);
    if (count > INLINE_ENTRIES && (entries = PyMem_New(entry_t, count)) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (pair_of_bytes(PyList_GET_ITEM(list, i), &entries[i]) < 0 || check_name(&entries[i]) < 0)
            goto done;
    }
    if (check_size(entries, (size_t)count) == 0)
        result = send_entries(entries, (size_t)count, fields);
done:
    if (entries != few)
        PyMem_Free(entries);
    return result;
}

wasi_http_types_own_fields_t fields_plain_text(void) {
    static const char name[] = "content-type", value[] = "text/plain; charset=utf-8";
    entry_t entry = {{(uint8_t *)name, sizeof name - 1}, {(uint8_t *)value, sizeof value - 1}};
    wasi_http_types_own_fields_t fields;
    wasi_http_types_header_error_t error;

    /* No host refuses this field. */
    if (!from_entries(&entry, 1, &fields, &error))
        abort();
    return fields;
}
