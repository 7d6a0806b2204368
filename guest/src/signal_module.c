#include "signal_module.h"

#include <errno.h>
#include <stdint.h>
#include <time.h>

#include "extending.h"

/* Linux's numbers (signal(7)). 32 and 33 are its threads'. */
#define FIRST 1
#define LAST 64
#define OF_THREADS_FIRST 32
#define OF_THREADS_LAST 33

#define TIMER_FIRST 0
#define TIMER_LAST 2

enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

static const struct constant constants[] = {
    {"ITIMER_REAL", 0}, {"ITIMER_VIRTUAL", 1}, {"ITIMER_PROF", 2},    {"SIGCLD", 17},        {"SIGRTMIN", 34},
    {"SIGRTMAX", LAST}, CONSTANT(SIG_BLOCK),   CONSTANT(SIG_UNBLOCK), CONSTANT(SIG_SETMASK),
};

static PyStructSequence_Field info_fields[] = {
    {"si_signo", "signal number"},
    {"si_code", "signal code"},
    {"si_errno", "errno"},
    {"si_pid", "process that sent it"},
    {"si_uid", "its user"},
    {"si_status", "exit value or signal"},
    {"si_band", "band event for SIGPOLL"},
    {0},
};
static PyStructSequence_Desc info_desc = {"signal.struct_siginfo", "What is known of a signal.", info_fields, 7};

/* Blocked ones, a bit for each. */
static uint64_t blocked;

/* A set of the numbers whose bits are there. */
static PyObject *set_of(uint64_t bits) {
    PyObject *set = PySet_New(NULL);

    for (int number = FIRST; set != NULL && number <= LAST; number++) {
        PyObject *item = bits >> (number - 1) & 1 ? PyLong_FromLong(number) : NULL;
        if (item != NULL && PySet_Add(set, item) < 0)
            Py_CLEAR(set);
        Py_XDECREF(item);
        if (PyErr_Occurred())
            Py_CLEAR(set);
    }
    return set;
}

/* -1 with an exception. */
static int bits_of(PyObject *numbers, uint64_t *bits) {
    PyObject *item, *each = PyObject_GetIter(numbers);

    *bits = 0;
    while (each != NULL && (item = PyIter_Next(each)) != NULL) {
        int overflow;
        long number = PyLong_AsLongAndOverflow(item, &overflow);
        Py_DECREF(item);
        if (!PyErr_Occurred() && (number < FIRST || number > LAST))
            PyErr_Format(PyExc_ValueError, "signal number %ld out of range [1; 64]", number);
        if (PyErr_Occurred())
            break;
        *bits |= (uint64_t)1 << (number - 1);
    }
    Py_XDECREF(each);
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *signal_pthread_sigmask(PyObject *Py_UNUSED(module), PyObject *args) {
    uint64_t before = blocked, bits;
    PyObject *numbers;
    int how;

    if (!PyArg_ParseTuple(args, "iO:pthread_sigmask", &how, &numbers) || bits_of(numbers, &bits) < 0)
        return NULL;
    if (how < SIG_BLOCK || how > SIG_SETMASK)
        return extending_refuse(EINVAL, "no such way to change a mask");
    blocked = how == SIG_SETMASK ? bits : how == SIG_BLOCK ? blocked | bits : blocked & ~bits;
    return set_of(before);
}

static PyObject *signal_sigpending(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) { return set_of(0); }

static PyObject *signal_valid_signals(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    return set_of(~((uint64_t)1 << (OF_THREADS_FIRST - 1) | (uint64_t)1 << (OF_THREADS_LAST - 1)));
}

static PyObject *signal_alarm(PyObject *Py_UNUSED(module), PyObject *seconds) {
    long value = PyLong_AsLong(seconds);

    if (value == -1 && PyErr_Occurred())
        return NULL;
    return value == 0 ? PyLong_FromLong(0) : extending_refuse(ENOSYS, NO_SIGNALS);
}

static PyObject *refuse_timer(PyObject *module, int err, const char *why) {
    PyObject *error = PyObject_GetAttrString(module, "ItimerError");

    if (error != NULL)
        extending_refuse_as(error, err, why);
    Py_XDECREF(error);
    return NULL;
}

static PyObject *no_timer(PyObject *module, long which) {
    if (which < TIMER_FIRST || which > TIMER_LAST)
        return refuse_timer(module, EINVAL, "there is no such timer");
    return Py_BuildValue("(dd)", 0.0, 0.0);
}

static PyObject *signal_getitimer(PyObject *module, PyObject *which) {
    long number = PyLong_AsLong(which);
    return number == -1 && PyErr_Occurred() ? NULL : no_timer(module, number);
}

static PyObject *signal_setitimer(PyObject *module, PyObject *args) {
    double seconds, interval = 0;
    int which;

    if (!PyArg_ParseTuple(args, "id|d:setitimer", &which, &seconds, &interval))
        return NULL;
    return seconds == 0 ? no_timer(module, which) : refuse_timer(module, ENOSYS, NO_SIGNALS);
}

static PyObject *signal_siginterrupt(PyObject *Py_UNUSED(module), PyObject *args) {
    int number, flag;

    if (!PyArg_ParseTuple(args, "ii:siginterrupt", &number, &flag))
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *signal_pthread_kill(PyObject *module, PyObject *args) {
    unsigned long thread;
    int number;

    if (!PyArg_ParseTuple(args, "ki:pthread_kill", &thread, &number))
        return NULL;
    if (thread != PyThread_get_thread_ident())
        return extending_refuse(ESRCH, "a sandbox has one thread");
    if (number == 0)
        Py_RETURN_NONE;
    return PyObject_CallMethod(module, "raise_signal", "i", number);
}

/* Nothing comes in that time. */
static PyObject *signal_sigtimedwait(PyObject *Py_UNUSED(module), PyObject *args) {
    struct timespec rest;
    PyObject *numbers;
    double seconds;

    if (!PyArg_ParseTuple(args, "Od:sigtimedwait", &numbers, &seconds))
        return NULL;
    if (seconds < 0) {
        PyErr_SetString(PyExc_ValueError, "timeout must be non-negative");
        return NULL;
    }
    rest.tv_sec = (time_t)seconds;
    rest.tv_nsec = (long)((seconds - (double)rest.tv_sec) * 1e9);
    nanosleep(&rest, NULL);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"alarm", signal_alarm, METH_O, PyDoc_STR("0 ends an alarm, and there is none; others are refused.")},
    {"getitimer", signal_getitimer, METH_O, NULL},
    {"pthread_kill", signal_pthread_kill, METH_VARARGS, PyDoc_STR("As raise_signal, for the one thread.")},
    {"pthread_sigmask", signal_pthread_sigmask, METH_VARARGS, NULL},
    {"setitimer", signal_setitimer, METH_VARARGS, PyDoc_STR("0 ends a timer, and there is none; others are refused.")},
    {"siginterrupt", signal_siginterrupt, METH_VARARGS, NULL},
    {"sigpending", signal_sigpending, METH_NOARGS, NULL},
    {"sigtimedwait", signal_sigtimedwait, METH_VARARGS, NULL},
    {"valid_signals", signal_valid_signals, METH_NOARGS, NULL},
    {0},
};

static struct refusal refusals[] = {
    REFUSAL("pause", ENOSYS, NO_SIGNALS),
    REFUSAL("pidfd_send_signal", ENOSYS, NO_PROCESSES),
    REFUSAL("sigwait", ENOSYS, NO_SIGNALS),
    REFUSAL("sigwaitinfo", ENOSYS, NO_SIGNALS),
};

/* A Py_mod_exec slot of _signal, after its own. */
static int extend(PyObject *module) {
    PyObject *info = extending_record(module, "struct_siginfo", &info_desc);

    Py_XDECREF(info);
    if (info == NULL || PyModule_AddFunctions(module, methods) < 0 ||
        extending_constants(module, constants, Py_ARRAY_LENGTH(constants)) < 0 ||
        extending_refusals(module, refusals, Py_ARRAY_LENGTH(refusals)) < 0)
        return -1;
    return PyModule_Add(module, "ItimerError", PyErr_NewException("signal.itimer_error", PyExc_OSError, NULL));
}

PyMODINIT_FUNC PyInit__signal(void);

int signal_module_extend(void) { return extending_definition(PyInit__signal(), extend); }
