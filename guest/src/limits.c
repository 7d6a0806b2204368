#include "limits.h"

#include <math.h>
#include <string.h>

#include "abi.h"
#include "app.h"

#define MEMORY "wasgi:memory="
#define DIRECTORIES "wasgi:directories="
#define READ_ONLY "wasgi:read-only=/"
#define READ_ONLY_SIZE 2048
#define ORIGIN "wasgi:http="
#define DEVELOPING "wasgi:developing="
#define CONNECTION "wasgi:net="
#define PATIENCE "wasgi:net-timeout="
#define MILLISECONDS 1000.0

static bool sealed;

/* Each path with a NUL behind it: a name of a file has none. */
static struct {
    bool asked;
    size_t length;
    char paths[READ_ONLY_SIZE];
} read_only;

static bool begins(const app_string_t *word, const char *start) {
    size_t length = strlen(start);
    return word->len >= length && memcmp(word->ptr, start, length) == 0;
}

static bool number(const app_string_t *word, const char *start, uint64_t *value) {
    if (!begins(word, start))
        return false;
    *value = 0;
    for (size_t i = strlen(start); i < word->len; i++)
        *value = *value * 10 + (uint64_t)(word->ptr[i] - '0');
    return true;
}

static void add_path(const app_string_t *word) {
    size_t start = strlen(READ_ONLY), length = word->len - start;

    if (length + 1 > READ_ONLY_SIZE - read_only.length)
        return;
    memcpy(read_only.paths + read_only.length, word->ptr + start, length);
    read_only.length += length;
    read_only.paths[read_only.length++] = '\0';
}

/* False where there is no such number. */
static bool ask(const char *start, uint64_t *value) {
    app_list_string_t words;
    bool found = false;

    if (!sealed)
        return false;
    abi_enter();
    wasi_cli_environment_get_arguments(&words);
    for (size_t i = 0; i < words.len; i++) {
        found = number(&words.ptr[i], start, value) || found;
        if (!read_only.asked && begins(&words.ptr[i], READ_ONLY))
            add_path(&words.ptr[i]);
    }
    read_only.asked = true;
    abi_leave();
    return found;
}

uint64_t limits_memory(void) {
    uint64_t bytes;
    return ask(MEMORY, &bytes) ? bytes : (uint64_t)1 << 32;
}

bool limits_directories(uint64_t *left) { return ask(DIRECTORIES, left); }

bool limits_is_read_only(const char *path, size_t length) {
    uint64_t ignored;

    if (!read_only.asked)
        ask(READ_ONLY, &ignored);
    for (size_t at = 0; at < read_only.length; at += strlen(read_only.paths + at) + 1) {
        if (strlen(read_only.paths + at) == length && memcmp(read_only.paths + at, path, length) == 0)
            return true;
    }
    return false;
}

static int add_rest(PyObject *list, const app_string_t *word, size_t start) {
    PyObject *rest = PyUnicode_FromStringAndSize((char *)word->ptr + start, (Py_ssize_t)(word->len - start));
    int failed = rest == NULL || PyList_Append(list, rest) < 0;

    Py_XDECREF(rest);
    return failed ? -1 : 0;
}

/* What stands behind `start`. A host that says how much memory there is would say of these, too. */
static PyObject *named(const char *start) {
    PyObject *list = PyList_New(0);
    app_list_string_t words;
    bool says = false, failed = list == NULL;

    abi_enter();
    if (!failed)
        wasi_cli_environment_get_arguments(&words);
    for (size_t i = 0; !failed && i < words.len; i++) {
        says = says || begins(&words.ptr[i], MEMORY);
        failed = begins(&words.ptr[i], start) && add_rest(list, &words.ptr[i], strlen(start)) < 0;
    }
    abi_leave();
    if (failed || says)
        return failed ? (Py_XDECREF(list), NULL) : list;
    Py_DECREF(list);
    Py_RETURN_NONE;
}

PyObject *limits_developing(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    uint64_t ignored;

    if (!ask(DEVELOPING, &ignored))
        Py_RETURN_NONE;
    /* Where somebody develops, the host's clock begins with the request. */
    return Py_BuildValue("dKK", (double)wasi_clocks_monotonic_clock_now() / 1e9,
                         (unsigned long long)__builtin_wasm_memory_size(0) * 65536,
                         (unsigned long long)limits_memory());
}

PyObject *limits_origins(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused)) { return named(ORIGIN); }

PyObject *limits_connections(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused)) { return named(CONNECTION); }

PyObject *limits_patience(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused)) {
    uint64_t milliseconds;
    return PyFloat_FromDouble(ask(PATIENCE, &milliseconds) ? (double)milliseconds / MILLISECONDS : INFINITY);
}

void limits_seal(void) {
    memset(&read_only, 0, sizeof read_only);
    sealed = true;
}
