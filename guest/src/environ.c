/* Environment variables.
 *
 * libc reads them once, and the snapshot would then hold the builder's, so libc sees those that every guest has.
 * The gateway reads the host's connection settings and grants at the start of each request, by environ_read(). */
#include "environ.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "app.h"
#include "host.h"
#include "locks.h"
#include "users.h"

/* The user's variables: programs rely on them. */
static const char own[] = "HOME=" USER_HOME "\0LOGNAME=" USER_NAME "\0USER=" USER_NAME;
enum { OWN_COUNT = 3 };

__wasi_errno_t WASI(environ_sizes_get)(__wasi_size_t *count, __wasi_size_t *size) {
    *count = OWN_COUNT;
    *size = sizeof own;
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(environ_get)(uint8_t **variables, uint8_t *bytes) {
    memcpy(bytes, own, sizeof own);
    for (int i = 0; i < OWN_COUNT; i++) {
        variables[i] = bytes;
        bytes += strlen((char *)bytes) + 1;
    }
    return __WASI_ERRNO_SUCCESS;
}

/* Connection settings, which wasi:http does not carry: the hosts' names for them, and their keys in the environ. No
 * client can set these by headers. In C and not in Python, because every request pays for it. */
static struct {
    const char *name, *key;
    PyObject *interned;
} channel[] = {
    {"WASGI_REMOTE_ADDR", "REMOTE_ADDR", NULL},
    /* RFC 3875 section 4.1.9: the address replaces a name that the server did not look up. */
    {"WASGI_REMOTE_ADDR", "REMOTE_HOST", NULL},
    {"WASGI_REMOTE_PORT", "REMOTE_PORT", NULL},
    {"WASGI_SERVER_PROTOCOL", "SERVER_PROTOCOL", NULL},
    {"WASGI_SCRIPT_NAME", "SCRIPT_NAME", NULL},
};
enum { CHANNEL_COUNT = sizeof channel / sizeof *channel };

/* True once the host has sent a request: some hosts reuse instances. */
static bool used;
static PyObject *run_once;

int environ_init(void) {
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        channel[i].interned = PyUnicode_InternFromString(channel[i].key);
        if (channel[i].interned == NULL)
            return -1;
    }
    run_once = PyUnicode_InternFromString("wsgi.run_once");
    return run_once != NULL ? 0 : -1;
}

static bool is_named(const app_string_t *name, const char *text) {
    return name->len == strlen(text) && memcmp(name->ptr, text, name->len) == 0;
}

/* 1 if the variable is a connection setting, 0 if not, -1 with an exception. An empty value is ignored. */
static int tell(PyObject *told, const app_tuple2_string_string_t *variable) {
    int found = 0;

    for (int i = 0; i < CHANNEL_COUNT; i++) {
        PyObject *value;
        int failed;
        if (!is_named(&variable->f0, channel[i].name))
            continue;
        found = 1;
        if (variable->f1.len == 0)
            break;
        /* A native string: each byte is one latin-1 character (PEP 3333, "Unicode Issues"). */
        value = PyUnicode_DecodeLatin1((char *)variable->f1.ptr, (Py_ssize_t)variable->f1.len, NULL);
        failed = value == NULL || PyDict_SetItem(told, channel[i].interned, value) < 0;
        Py_XDECREF(value);
        if (failed)
            return -1;
    }
    return found;
}

static int grant(PyObject **granted, const app_tuple2_string_string_t *variable) {
    PyObject *pair;
    int failed;

    if (locks_hear(variable->f0.ptr, variable->f0.len, variable->f1.ptr, variable->f1.len))
        return 0;
    if (*granted == Py_None && (*granted = PyList_New(0)) == NULL)
        return -1;
    pair = Py_BuildValue("(s#s#)", variable->f0.ptr, (Py_ssize_t)variable->f0.len, variable->f1.ptr,
                         (Py_ssize_t)variable->f1.len);
    failed = pair == NULL || PyList_Append(*granted, pair) < 0;
    Py_XDECREF(pair);
    return failed ? -1 : 0;
}

static PyObject *sort_out(const app_list_tuple2_string_string_t *variables) {
    PyObject *told = PyDict_New(), *granted = Py_NewRef(Py_None), *both = NULL;
    bool failed = told == NULL;

    for (size_t i = 0; !failed && i < variables->len; i++) {
        int found = tell(told, &variables->ptr[i]);
        failed = found < 0 || (found == 0 && grant(&granted, &variables->ptr[i]) < 0);
    }
    if (!failed)
        both = PyTuple_Pack(2, told, granted);
    Py_XDECREF(told);
    Py_XDECREF(granted);
    return both;
}

/* False until the snapshot: the builder's environment is never read. */
static bool may_ask;

/* PEP 3333: wsgi.run_once is true if "the application will only be invoked this one time". */
static int tell_again(PyObject *told) {
    abi_reserve_again();
    return PyDict_SetItem(told, run_once, Py_False);
}

#define TEXT(literal) {(uint8_t *)(literal), sizeof(literal) - 1}

/* Connection settings of synthetic requests, so that real ones find this code prepared. */
static app_tuple2_string_string_t rehearsed[] = {
    {TEXT("WASGI_REMOTE_ADDR"), TEXT("127.0.0.1")},
    {TEXT("WASGI_REMOTE_PORT"), TEXT("50000")},
};
enum { REHEARSED_COUNT = sizeof rehearsed / sizeof *rehearsed };

/* The variables that the builder grants to the import: NAME=VALUE, each followed by a NUL. */
static struct {
    char *text;
    uint32_t length;
} granted_at_import;

__attribute__((export_name("wasgi_variables"))) void *wasgi_variables(uint32_t length) {
    granted_at_import.text = malloc(length);
    granted_at_import.length = granted_at_import.text != NULL ? length : 0;
    return granted_at_import.text;
}

void environ_open(void) {
    may_ask = true;
    /* The snapshot includes freed blocks. */
    if (granted_at_import.text != NULL)
        memset(granted_at_import.text, 0, granted_at_import.length);
    free(granted_at_import.text);
    memset(&granted_at_import, 0, sizeof granted_at_import);
}

static void take(app_list_tuple2_string_string_t *variables, char *text) {
    char *value = strchr(text, '=');

    variables->ptr[variables->len++] = (app_tuple2_string_string_t){
        .f0 = {(uint8_t *)text, (size_t)(value - text)},
        .f1 = {(uint8_t *)value + 1, strlen(value + 1)},
    };
}

/* Returns the same pair for synthetic requests. */
static PyObject *read_before_snapshot(void) {
    const char *end = granted_at_import.text + granted_at_import.length;
    app_list_tuple2_string_string_t variables = {NULL, REHEARSED_COUNT};
    PyObject *both;

    for (const char *at = granted_at_import.text; at < end; at += strlen(at) + 1)
        variables.len++;
    variables.ptr = PyMem_RawMalloc(variables.len * sizeof *variables.ptr);
    if (variables.ptr == NULL)
        return PyErr_NoMemory();
    memcpy(variables.ptr, rehearsed, sizeof rehearsed);
    variables.len = REHEARSED_COUNT;
    for (char *at = granted_at_import.text; at < end; at += strlen(at) + 1)
        take(&variables, at);
    both = sort_out(&variables);
    PyMem_RawFree(variables.ptr);
    return both;
}

PyObject *environ_read(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused)) {
    app_list_tuple2_string_string_t variables;
    PyObject *both;

    if (!may_ask)
        return read_before_snapshot();
    locks_forget();
    abi_enter();
    wasi_cli_environment_get_environment(&variables);
    both = sort_out(&variables);
    abi_leave();
    if (both != NULL && used && tell_again(PyTuple_GET_ITEM(both, 0)) < 0)
        Py_CLEAR(both);
    used = true;
    return both;
}

bool environ_ask(const char *name, char *value, size_t size) {
    app_list_tuple2_string_string_t variables;
    bool found = false;

    if (!may_ask)
        return false;
    abi_enter();
    wasi_cli_environment_get_environment(&variables);
    for (size_t i = 0; i < variables.len; i++) {
        const app_string_t *text = &variables.ptr[i].f1;
        if (!is_named(&variables.ptr[i].f0, name) || text->len == 0)
            continue;
        found = true;
        PyOS_snprintf(value, size, "%.*s", (int)text->len, text->ptr);
    }
    abi_leave();
    return found;
}
