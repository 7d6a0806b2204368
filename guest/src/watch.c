#define Py_BUILD_CORE 1 /* for _PyRuntime: CPython takes audit hooks, but gives none back */
#include "watch.h"

#include <stdbool.h>
#include <string.h>

#include "internal/pycore_runtime.h"

static PyObject *listener;
/* The listener runs: its own events are ignored. */
static bool telling;
static _Py_AuditHookEntry *hook;

static const char *const audited[] = {"open", "socket.", "sqlite3.connect"};

/* Calls the listener; -1 with an exception set if it raised one. */
static int tell(const char *event, PyObject *arguments) {
    PyObject *result;

    telling = true;
    result = PyObject_CallFunction(listener, "sO", event, arguments);
    telling = false;
    Py_XDECREF(result);
    return result != NULL ? 0 : -1;
}

/* Most opens are of modules: there are hundreds, and each call of the listener would scatter frame objects over the
 * heap. */
static bool is_import(const char *event, PyObject *arguments) {
    PyObject *path =
        strcmp(event, "open") == 0 && PyTuple_GET_SIZE(arguments) > 0 ? PyTuple_GET_ITEM(arguments, 0) : NULL;
    const char *text = path != NULL && PyUnicode_Check(path) ? PyUnicode_AsUTF8(path) : NULL;
    const char *ending = text != NULL ? strrchr(text, '.') : NULL;

    PyErr_Clear();
    return ending != NULL && (strcmp(ending, ".py") == 0 || strcmp(ending, ".pyc") == 0);
}

/* A Py_AuditHookFunction. */
static int audit(const char *event, PyObject *arguments, void *Py_UNUSED(data)) {
    if (listener == NULL || telling || is_import(event, arguments))
        return 0;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(audited); i++) {
        if (strncmp(event, audited[i], strlen(audited[i])) == 0)
            return tell(event, arguments);
    }
    return 0;
}

void watch_note(const char *event) {
    PyGILState_STATE state;
    PyObject *exception;

    if (listener == NULL || telling)
        return;
    /* The caller of a system call may have released the interpreter, and may have an exception set. */
    state = PyGILState_Ensure();
    exception = PyErr_GetRaisedException();
    if (tell(event, Py_None) < 0)
        PyErr_WriteUnraisable(listener);
    PyErr_SetRaisedException(exception);
    PyGILState_Release(state);
}

/* If the hook stayed, every audited call of every request would build arguments for it. */
static void remove_hook(void) {
    if (hook != NULL && _PyRuntime.audit_hooks.head == hook) {
        _PyRuntime.audit_hooks.head = hook->next;
        PyMem_RawFree(hook);
    }
    hook = NULL;
}

static int add_hook(void) {
    if (hook != NULL)
        return 0;
    if (PySys_AddAuditHook(audit, NULL) < 0)
        return -1;
    hook = _PyRuntime.audit_hooks.head;
    return 0;
}

PyObject *watch_set(PyObject *Py_UNUSED(module), PyObject *callable) {
    if (callable == Py_None) {
        Py_CLEAR(listener);
        remove_hook();
    } else {
        if (add_hook() < 0)
            return NULL;
        Py_XSETREF(listener, Py_NewRef(callable));
    }
    Py_RETURN_NONE;
}
