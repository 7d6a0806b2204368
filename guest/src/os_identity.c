#include "os_identity.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "users.h"
#include "vfs_status.h"

static PyObject *fail(int err) {
    errno = err;
    return PyErr_SetFromErrno(PyExc_OSError);
}

static PyObject *user_id(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) { return PyLong_FromLong(VFS_USER); }

static PyObject *user_ids(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    return Py_BuildValue("(iii)", VFS_USER, VFS_USER, VFS_USER);
}

static PyObject *groups(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(arguments)) {
    return Py_BuildValue("[i]", VFS_USER);
}

static PyObject *login(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    return PyUnicode_FromString(USER_NAME);
}

/* That of a process whose parent is outside of what it can see. */
static PyObject *parent(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) { return PyLong_FromLong(0); }

static PyObject *own_group(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) { return PyLong_FromLong(getpid()); }

/* getpgid(pid) and getsid(pid). */
static PyObject *group_of(PyObject *Py_UNUSED(module), PyObject *process) {
    long pid = PyLong_AsLong(process);

    if (pid == -1 && PyErr_Occurred())
        return NULL;
    return pid == 0 || pid == getpid() ? PyLong_FromLong(getpid()) : fail(ESRCH);
}

/* Where the one process has a handler of its own for a signal, that is called. What would end it is refused. */
static PyObject *signal_self(int number) {
    PyObject *signals = PyImport_ImportModule("_signal"), *result = NULL;
    PyObject *handler = signals != NULL ? PyObject_CallMethod(signals, "getsignal", "i", number) : NULL;

    if (handler != NULL)
        result = PyCallable_Check(handler) ? PyObject_CallMethod(signals, "raise_signal", "i", number) : fail(EPERM);
    Py_XDECREF(signals);
    Py_XDECREF(handler);
    return result;
}

/* To look whether a process is alive, or to signal oneself. */
static PyObject *os_kill(PyObject *Py_UNUSED(module), PyObject *args) {
    long pid;
    int number;

    if (!PyArg_ParseTuple(args, "li:kill", &pid, &number))
        return NULL;
    if (pid != 0 && pid != getpid())
        return fail(ESRCH);
    if (number != 0)
        return signal_self(number);
    Py_RETURN_NONE;
}

/* 0, EPERM for another user, or -1 with an exception. -1 stands for what it is already. */
static int check_id(PyObject *id) {
    long long value = PyLong_AsLongLong(id);

    if (PyErr_Occurred())
        return -1;
    if (value < -1 || value > UINT32_MAX) {
        PyErr_Format(PyExc_OverflowError, "an id of %lld is out of range", value);
        return -1;
    }
    return value == -1 || value == VFS_USER ? 0 : EPERM;
}

/* setuid() and the like: what it is already, and nothing else. */
static PyObject *become(PyObject *Py_UNUSED(module), PyObject *args) {
    int all = 0;

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        int err = check_id(PyTuple_GET_ITEM(args, i));
        if (err < 0)
            return NULL;
        all = err != 0 ? err : all;
    }
    if (all != 0)
        return fail(all);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"getuid", user_id, METH_NOARGS, NULL},
    {"geteuid", user_id, METH_NOARGS, NULL},
    {"getgid", user_id, METH_NOARGS, NULL},
    {"getegid", user_id, METH_NOARGS, NULL},
    {"getresuid", user_ids, METH_NOARGS, NULL},
    {"getresgid", user_ids, METH_NOARGS, NULL},
    {"getgroups", groups, METH_NOARGS, NULL},
    {"getgrouplist", groups, METH_VARARGS, NULL},
    {"getlogin", login, METH_NOARGS, NULL},
    {"getppid", parent, METH_NOARGS, NULL},
    {"getpgrp", own_group, METH_NOARGS, NULL},
    {"getpgid", group_of, METH_O, NULL},
    {"getsid", group_of, METH_O, NULL},
    {"kill", os_kill, METH_VARARGS,
     PyDoc_STR("Signal 0 asks whether a process is there; others call its own handler, if it has one.")},
    {"killpg", os_kill, METH_VARARGS, PyDoc_STR("As kill: the one process is the one of its group.")},
    {"setuid", become, METH_VARARGS, NULL},
    {"seteuid", become, METH_VARARGS, NULL},
    {"setreuid", become, METH_VARARGS, NULL},
    {"setgid", become, METH_VARARGS, NULL},
    {"setegid", become, METH_VARARGS, NULL},
    {"setregid", become, METH_VARARGS, NULL},
    {"setresuid", become, METH_VARARGS, NULL},
    {"setresgid", become, METH_VARARGS, NULL},
    {0},
};

int os_identity_add(PyObject *posix) { return PyModule_AddFunctions(posix, methods); }
