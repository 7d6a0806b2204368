#include "os_processes.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "extending.h"

/* As sched_setscheduler(2) has them. */
#define SCHED_FIFO 1
#define SCHED_RR 2
#define SCHED_IDLE 5
#define PRIORITY_MOST 99

/* What wait() tells of a process: its exit code in the second byte, or a signal in the first (waitpid(2)). */
#define SIGNAL_OF(status) ((status) & 0x7f)
#define CODE_OF(status) ((status) >> 8 & 0xff)
#define STOPPED 0x7f
#define CONTINUED 0xffff
#define DUMPED 0x80

static PyStructSequence_Field param_fields[] = {{"sched_priority", "the scheduling priority"}, {0}};
static PyStructSequence_Desc param_desc = {"posix.sched_param", "A scheduling parameter.", param_fields, 1};

static PyStructSequence_Field waited_fields[] = {
    {"si_pid", NULL}, {"si_uid", NULL}, {"si_signo", NULL}, {"si_status", NULL}, {"si_code", NULL}, {0},
};
static PyStructSequence_Desc waited_desc = {"posix.waitid_result", "What waitid() tells.", waited_fields, 5};

static bool exited(int status) { return SIGNAL_OF(status) == 0; }
static bool stopped(int status) { return (status & 0xff) == STOPPED; }
static bool signalled(int status) { return !exited(status) && !stopped(status) && status != CONTINUED; }

/* W*(): functions of a status. */
static PyObject *of_status(PyObject *args, PyObject *kwargs, const char *format, int *status) {
    static char *names[] = {"status", NULL};
    return PyArg_ParseTupleAndKeywords(args, kwargs, format, names, status) ? Py_None : NULL;
}

#define ABOUT_STATUS(name, make, value)                                                                                \
    static PyObject *os_##name(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs) {                        \
        int status;                                                                                                    \
        return of_status(args, kwargs, "i:" #name, &status) != NULL ? make(value) : NULL;                              \
    }

ABOUT_STATUS(WCOREDUMP, PyBool_FromLong, (status & DUMPED) != 0)
ABOUT_STATUS(WIFCONTINUED, PyBool_FromLong, status == CONTINUED)
ABOUT_STATUS(WIFEXITED, PyBool_FromLong, exited(status))
ABOUT_STATUS(WIFSIGNALED, PyBool_FromLong, signalled(status))
ABOUT_STATUS(WIFSTOPPED, PyBool_FromLong, stopped(status))
ABOUT_STATUS(WEXITSTATUS, PyLong_FromLong, CODE_OF(status))
ABOUT_STATUS(WSTOPSIG, PyLong_FromLong, CODE_OF(status))
ABOUT_STATUS(WTERMSIG, PyLong_FromLong, SIGNAL_OF(status))

static PyObject *code_of(int status) {
    if (exited(status))
        return PyLong_FromLong(CODE_OF(status));
    if (signalled(status))
        return PyLong_FromLong(-SIGNAL_OF(status));
    return PyErr_Format(PyExc_ValueError, "invalid wait status: %i", status);
}

ABOUT_STATUS(waitstatus_to_exitcode, code_of, status)

/* True for 0, which is the caller, and its number. False with ESRCH. */
static bool is_own(long process) {
    if (process == 0 || process == getpid())
        return true;
    extending_refuse(ESRCH, NO_PROCESSES);
    return false;
}

/* sched_*(pid, ...), getpriority(which, who): the number of the process is the argument of that position. */
static bool concerns_us(PyObject *args, Py_ssize_t position, Py_ssize_t count, const char *name) {
    long process;

    if (PyTuple_GET_SIZE(args) != count) {
        PyErr_Format(PyExc_TypeError, "%s expected %zd arguments, got %zd", name, count, PyTuple_GET_SIZE(args));
        return false;
    }
    process = PyLong_AsLong(PyTuple_GET_ITEM(args, position));
    return !(process == -1 && PyErr_Occurred()) && is_own(process);
}

static PyObject *os_sched_getaffinity(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *set = NULL, *first;

    if (!concerns_us(args, 0, 1, "sched_getaffinity"))
        return NULL;
    first = PyLong_FromLong(0);
    set = first != NULL ? PySet_New(NULL) : NULL;
    if (set != NULL && PySet_Add(set, first) < 0)
        Py_CLEAR(set);
    Py_XDECREF(first);
    return set;
}

static PyObject *os_sched_getscheduler(PyObject *Py_UNUSED(module), PyObject *args) {
    return concerns_us(args, 0, 1, "sched_getscheduler") ? PyLong_FromLong(0) : NULL;
}

static PyObject *os_sched_rr_get_interval(PyObject *Py_UNUSED(module), PyObject *args) {
    return concerns_us(args, 0, 1, "sched_rr_get_interval") ? PyFloat_FromDouble(0) : NULL;
}

/* sched_param(1): no sequence, as records take otherwise. */
static PyObject *param_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"sched_priority", NULL};
    PyObject *priority, *param;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:sched_param", names, &priority))
        return NULL;
    param = PyStructSequence_New(type);
    if (param != NULL)
        PyStructSequence_SET_ITEM(param, 0, Py_NewRef(priority));
    return param;
}

static PyObject *param_reduce(PyObject *param, PyObject *Py_UNUSED(none)) {
    return Py_BuildValue("(O(O))", Py_TYPE(param), PyStructSequence_GET_ITEM(param, 0));
}

static PyMethodDef of_param = {"__reduce__", param_reduce, METH_NOARGS, NULL};

static int add_param(PyObject *posix) {
    PyTypeObject *type = (PyTypeObject *)extending_record(posix, "sched_param", &param_desc);
    int failed;

    if (type == NULL)
        return -1;
    type->tp_new = param_new;
    failed = extending_method(type, &of_param) < 0;
    Py_DECREF(type);
    return failed ? -1 : 0;
}

static PyObject *os_sched_getparam(PyObject *module, PyObject *args) {
    PyObject *type, *result;

    if (!concerns_us(args, 0, 1, "sched_getparam"))
        return NULL;
    type = PyObject_GetAttrString(module, "sched_param");
    result = type != NULL ? PyObject_CallFunction(type, "i", 0) : NULL;
    Py_XDECREF(type);
    return result;
}

static PyObject *os_getpriority(PyObject *Py_UNUSED(module), PyObject *args) {
    return concerns_us(args, 1, 2, "getpriority") ? PyLong_FromLong(0) : NULL;
}

static PyObject *os_setpriority(PyObject *Py_UNUSED(module), PyObject *args) {
    int which, who, priority;

    if (!PyArg_ParseTuple(args, "iii:setpriority", &which, &who, &priority) || !is_own(who))
        return NULL;
    if (priority != 0)
        return extending_refuse(EPERM, "the host alone gives a sandbox its turns");
    Py_RETURN_NONE;
}

/* 0 for policies without priorities, or -1 with an exception. */
static int priority_of(PyObject *policy, int real_time) {
    long number = PyLong_AsLong(policy);

    if (number == -1 && PyErr_Occurred())
        return -1;
    if (number < 0 || number > SCHED_IDLE) {
        extending_refuse(EINVAL, "no such policy");
        return -1;
    }
    return number == SCHED_FIFO || number == SCHED_RR ? real_time : 0;
}

static PyObject *os_priority_max(PyObject *Py_UNUSED(module), PyObject *policy) {
    int priority = priority_of(policy, PRIORITY_MOST);
    return priority >= 0 ? PyLong_FromLong(priority) : NULL;
}

static PyObject *os_priority_min(PyObject *Py_UNUSED(module), PyObject *policy) {
    int priority = priority_of(policy, 1);
    return priority >= 0 ? PyLong_FromLong(priority) : NULL;
}

/* Nobody forks, so nothing is ever called. */
static PyObject *os_register_at_fork(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs) {
    static char *names[] = {"before", "after_in_child", "after_in_parent", NULL};
    PyObject *functions[3] = {NULL, NULL, NULL};

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$OOO:register_at_fork", names, &functions[0], &functions[1],
                                     &functions[2]))
        return NULL;
    for (int i = 0; i < 3; i++) {
        if (functions[i] != NULL && !PyCallable_Check(functions[i]))
            return PyErr_Format(PyExc_TypeError, "'%s' must be callable, not %s", names[i],
                                Py_TYPE(functions[i])->tp_name);
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"WCOREDUMP", ANYHOW(os_WCOREDUMP), NULL},
    {"WEXITSTATUS", ANYHOW(os_WEXITSTATUS), NULL},
    {"WIFCONTINUED", ANYHOW(os_WIFCONTINUED), NULL},
    {"WIFEXITED", ANYHOW(os_WIFEXITED), NULL},
    {"WIFSIGNALED", ANYHOW(os_WIFSIGNALED), NULL},
    {"WIFSTOPPED", ANYHOW(os_WIFSTOPPED), NULL},
    {"WSTOPSIG", ANYHOW(os_WSTOPSIG), NULL},
    {"WTERMSIG", ANYHOW(os_WTERMSIG), NULL},
    {"waitstatus_to_exitcode", ANYHOW(os_waitstatus_to_exitcode), NULL},
    {"getpriority", os_getpriority, METH_VARARGS, NULL},
    {"setpriority", os_setpriority, METH_VARARGS, NULL},
    {"sched_get_priority_max", os_priority_max, METH_O, NULL},
    {"sched_get_priority_min", os_priority_min, METH_O, NULL},
    {"sched_getaffinity", os_sched_getaffinity, METH_VARARGS, PyDoc_STR("The one processor that a sandbox has.")},
    {"sched_getparam", os_sched_getparam, METH_VARARGS, NULL},
    {"sched_getscheduler", os_sched_getscheduler, METH_VARARGS, NULL},
    {"sched_rr_get_interval", os_sched_rr_get_interval, METH_VARARGS, NULL},
    {"register_at_fork", ANYHOW(os_register_at_fork), PyDoc_STR("Accepted; nobody forks.")},
    {0},
};

static struct refusal refusals[] = {
    REFUSAL("sched_setaffinity", EPERM, "the host alone gives a sandbox its turns"),
    REFUSAL("sched_setparam", EPERM, "the host alone gives a sandbox its turns"),
    REFUSAL("sched_setscheduler", EPERM, "the host alone gives a sandbox its turns"),
    REFUSAL("wait", ECHILD, NO_PROCESSES),
    REFUSAL("wait3", ECHILD, NO_PROCESSES),
    REFUSAL("wait4", ECHILD, NO_PROCESSES),
    REFUSAL("waitid", ECHILD, NO_PROCESSES),
    REFUSAL("waitpid", ECHILD, NO_PROCESSES),
};

int os_processes_add(PyObject *posix) {
    PyObject *waited = extending_record(posix, "waitid_result", &waited_desc);
    int failed = add_param(posix) < 0 || waited == NULL || PyModule_AddFunctions(posix, methods) < 0 ||
                 extending_refusals(posix, refusals, Py_ARRAY_LENGTH(refusals)) < 0;

    Py_XDECREF(waited);
    return failed ? -1 : 0;
}
