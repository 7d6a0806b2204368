#include "ended.h"

#include <string.h>

#include "environ.h"

#define VARIABLE "WASGI_ENDED"
#define TOKEN "wasgi.ended"

static PyObject *type;
/* The reason of the end; empty while the request goes on. */
static char reason[16];
/* A pending call raises the exception. */
static bool due;
/* A profile function checks `due` before each call. */
static bool armed;
/* The number of our exceptions that are alive. */
static int alive;
static bool settled;

PyObject *ended_set(PyObject *Py_UNUSED(module), PyObject *exception) {
    if (!PyExceptionClass_Check(exception))
        return PyErr_Format(PyExc_TypeError, "an exception's class is wanted, not %R", exception);
    Py_XSETREF(type, Py_NewRef(exception));
    Py_RETURN_NONE;
}

bool ended_is_known(void) { return reason[0] != '\0'; }

/* Only our host has the variable. Without a class, there is no exception to raise. */
static bool ask(void) { return ended_is_known() || (type != NULL && environ_ask(VARIABLE, reason, sizeof reason)); }

static void arm(void);

/* If the last exception is freed before the gateway has seen it, the application has ignored it: raise it again. */
static void let_go(PyObject *Py_UNUSED(token)) {
    alive--;
    if (alive == 0 && !settled)
        arm();
}

/* The exception holds a capsule, whose destructor reports that the exception is freed. */
static PyObject *exception(void) {
    PyObject *error = PyObject_CallFunction(type, "s", reason), *token;

    if (error == NULL)
        return NULL;
    token = PyCapsule_New(&alive, TOKEN, let_go);
    if (token == NULL) {
        Py_DECREF(error);
        return NULL;
    }
    alive++;
    if (PyObject_SetAttrString(error, "_token", token) < 0)
        Py_CLEAR(error);
    Py_DECREF(token);
    return error;
}

static void disarm(void) {
    due = false;
    if (armed)
        PyEval_SetProfile(NULL, NULL);
    armed = false;
}

static void raise(void) {
    PyObject *error;

    disarm();
    error = exception();
    /* Without the memory for it, MemoryError is set. */
    if (error != NULL)
        PyErr_SetObject(type, error);
    Py_XDECREF(error);
}

/* A pending call: Python runs it between two instructions, at a loop's back-edge, a function's start, or after a
 * call. */
static int raise_between(void *Py_UNUSED(unused)) {
    if (!due)
        return 0;
    raise();
    return -1;
}

/* A profile function: it also raises before each call, because a C function runs to its end before pending calls. */
static int raise_before(PyObject *Py_UNUSED(self), PyFrameObject *Py_UNUSED(frame), int event,
                        PyObject *Py_UNUSED(function)) {
    return event == PyTrace_CALL || event == PyTrace_C_CALL ? raise_between(NULL) : 0;
}

static void schedule(void) {
    if (!due)
        due = Py_AddPendingCall(raise_between, NULL) == 0;
}

static void arm(void) {
    PyObject *raised = PyErr_GetRaisedException();

    schedule();
    armed = true;
    PyEval_SetProfile(raise_before, NULL);
    PyErr_SetRaisedException(raised);
}

void ended_look(void) {
    if (ask())
        schedule();
}

bool ended_raise(bool may_ask) {
    if (settled || !(may_ask ? ask() : ended_is_known()))
        return false;
    raise();
    return true;
}

void ended_settle(void) {
    if (!ended_is_known())
        return;
    settled = true;
    disarm();
}

bool ended_is_raised(void) { return type != NULL && PyErr_Occurred() && PyErr_ExceptionMatches(type); }

void ended_leave(void) {
    if (!ended_is_known())
        return;
    ended_settle();
    PyGC_Collect();
}
