/* `_thread.lock` and `_thread.RLock`. CPython's own would wait for ever: no other thread can release them meanwhile. */
#include <stddef.h>
#include <structmember.h>

#include "threads.h"

struct lock {
    PyObject_HEAD
    PyObject *weak_references;
    bool held;
};

struct rlock {
    PyObject_HEAD
    PyObject *weak_references;
    uint64_t owner; /* 0: none */
    unsigned long count;
};

static PyTypeObject *lock_type;

int threads_parse_wait(PyObject *args, PyObject *kwargs, double *seconds) {
    static char *names[] = {"blocking", "timeout", NULL};
    PyObject *timeout = NULL;
    int blocking = 1;

    *seconds = -1;
    if (PyTuple_GET_SIZE(args) == 0 && kwargs == NULL)
        return 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|pO:acquire", names, &blocking, &timeout))
        return -1;
    if (timeout != NULL)
        *seconds = PyFloat_AsDouble(timeout);
    if (PyErr_Occurred())
        return -1;
    if (*seconds != *seconds)
        PyErr_SetString(PyExc_ValueError, "Invalid value NaN (not a number)");
    else if (!blocking && *seconds != -1)
        PyErr_SetString(PyExc_ValueError, "can't specify a timeout for a non-blocking call");
    else if (*seconds < 0 && *seconds != -1)
        PyErr_SetString(PyExc_ValueError, "timeout value must be a non-negative number");
    else if (*seconds > (double)PY_TIMEOUT_MAX * 1e-6)
        PyErr_SetString(PyExc_OverflowError, "timeout value is too large");
    else if (!blocking)
        *seconds = 0;
    return PyErr_Occurred() ? -1 : 0;
}

static void forget(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);

    PyObject_ClearWeakRefs(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* A new reference to True or False; NULL with an exception. */
static PyObject *lock_take(struct lock *self, double seconds) {
    while (self->held) {
        int done = seconds == 0 ? 0 : threads_wait((PyObject *)self, seconds);
        if (done <= 0)
            return done < 0 ? NULL : Py_NewRef(Py_False);
    }
    self->held = true;
    Py_RETURN_TRUE;
}

static PyObject *lock_acquire(struct lock *self, PyObject *args, PyObject *kwargs) {
    double seconds;

    return threads_parse_wait(args, kwargs, &seconds) < 0 ? NULL : lock_take(self, seconds);
}

static PyObject *lock_enter(struct lock *self, PyObject *Py_UNUSED(none)) { return lock_take(self, -1); }

static PyObject *lock_release(struct lock *self, PyObject *Py_UNUSED(args)) {
    if (!self->held) {
        PyErr_SetString(PyExc_RuntimeError, "release unlocked lock");
        return NULL;
    }
    self->held = false;
    Py_RETURN_NONE;
}

static PyObject *lock_locked(struct lock *self, PyObject *Py_UNUSED(none)) { return PyBool_FromLong(self->held); }

static PyObject *lock_reinit(struct lock *self, PyObject *Py_UNUSED(none)) {
    self->held = false;
    Py_RETURN_NONE;
}

static PyObject *lock_repr(struct lock *self) {
    return PyUnicode_FromFormat("<%s _thread.lock object at %p>", self->held ? "locked" : "unlocked", self);
}

#define ANYHOW(function) (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS
#define PLAIN(function) (PyCFunction)(void (*)(void))(function)

static PyMethodDef lock_methods[] = {
    {"acquire", ANYHOW(lock_acquire), PyDoc_STR("acquire(blocking=True, timeout=-1): whether it was locked")},
    {"acquire_lock", ANYHOW(lock_acquire), PyDoc_STR("An obsolete synonym of acquire().")},
    {"release", PLAIN(lock_release), METH_NOARGS, PyDoc_STR("Unlocks the lock, which any thread may do.")},
    {"release_lock", PLAIN(lock_release), METH_NOARGS, PyDoc_STR("An obsolete synonym of release().")},
    {"locked", PLAIN(lock_locked), METH_NOARGS, PyDoc_STR("Whether the lock is locked.")},
    {"locked_lock", PLAIN(lock_locked), METH_NOARGS, PyDoc_STR("An obsolete synonym of locked().")},
    {"_at_fork_reinit", PLAIN(lock_reinit), METH_NOARGS, NULL},
    {"__enter__", PLAIN(lock_enter), METH_NOARGS, NULL},
    {"__exit__", PLAIN(lock_release), METH_VARARGS, NULL},
    {0},
};

static PyMemberDef lock_members[] = {
    {"__weaklistoffset__", Py_T_PYSSIZET, offsetof(struct lock, weak_references), Py_READONLY, NULL},
    {0},
};

/* threading.Lock is this type itself, so calling it must create a lock. */
static PyObject *lock_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    if (PyTuple_GET_SIZE(args) > 0 || (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0))
        return PyErr_Format(PyExc_TypeError, "lock expected 0 arguments");
    return type->tp_alloc(type, 0);
}

static PyType_Slot lock_slots[] = {
    {Py_tp_doc, PyDoc_STR("A lock, which any thread may unlock.")},
    {Py_tp_dealloc, forget},
    {Py_tp_repr, lock_repr},
    {Py_tp_methods, lock_methods},
    {Py_tp_members, lock_members},
    {Py_tp_new, lock_new},
    {0},
};

static PyType_Spec lock_spec = {
    .name = "_thread.lock",
    .basicsize = sizeof(struct lock),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = lock_slots,
};

static bool is_own(struct rlock *self) { return self->count > 0 && self->owner == threads_ident(); }

static PyObject *rlock_take(struct rlock *self, double seconds) {
    while (self->count > 0 && !is_own(self)) {
        int done = seconds == 0 ? 0 : threads_wait((PyObject *)self, seconds);
        if (done <= 0)
            return done < 0 ? NULL : Py_NewRef(Py_False);
    }
    self->owner = threads_ident();
    self->count++;
    Py_RETURN_TRUE;
}

static PyObject *rlock_acquire(struct rlock *self, PyObject *args, PyObject *kwargs) {
    double seconds;

    return threads_parse_wait(args, kwargs, &seconds) < 0 ? NULL : rlock_take(self, seconds);
}

static PyObject *rlock_enter(struct rlock *self, PyObject *Py_UNUSED(none)) { return rlock_take(self, -1); }

static PyObject *rlock_release(struct rlock *self, PyObject *Py_UNUSED(args)) {
    if (!is_own(self)) {
        PyErr_SetString(PyExc_RuntimeError, "cannot release un-acquired lock");
        return NULL;
    }
    if (--self->count == 0)
        self->owner = 0;
    Py_RETURN_NONE;
}

static PyObject *rlock_locked(struct rlock *self, PyObject *Py_UNUSED(none)) {
    return PyBool_FromLong(self->count > 0);
}

static PyObject *rlock_is_owned(struct rlock *self, PyObject *Py_UNUSED(none)) { return PyBool_FromLong(is_own(self)); }

static PyObject *rlock_recursion_count(struct rlock *self, PyObject *Py_UNUSED(none)) {
    return PyLong_FromUnsignedLong(is_own(self) ? self->count : 0);
}

/* For threading.Condition, which releases all levels and takes them again after its wait. */
static PyObject *rlock_release_save(struct rlock *self, PyObject *Py_UNUSED(none)) {
    PyObject *saved;

    if (self->count == 0) {
        PyErr_SetString(PyExc_RuntimeError, "cannot release un-acquired lock");
        return NULL;
    }
    saved = Py_BuildValue("kK", self->count, (unsigned long long)self->owner);
    if (saved != NULL)
        self->count = self->owner = 0;
    return saved;
}

static PyObject *rlock_acquire_restore(struct rlock *self, PyObject *args) {
    unsigned long long owner;
    unsigned long count;
    PyObject *taken;

    if (!PyArg_ParseTuple(args, "(kK):_acquire_restore", &count, &owner))
        return NULL;
    taken = rlock_take(self, -1);
    if (taken == NULL)
        return NULL;
    Py_DECREF(taken);
    self->count = count;
    self->owner = owner;
    Py_RETURN_NONE;
}

static PyObject *rlock_reinit(struct rlock *self, PyObject *Py_UNUSED(none)) {
    self->count = self->owner = 0;
    Py_RETURN_NONE;
}

static PyObject *rlock_repr(struct rlock *self) {
    return PyUnicode_FromFormat("<%s %s object owner=%llu count=%lu at %p>", self->count > 0 ? "locked" : "unlocked",
                                Py_TYPE(self)->tp_name, (unsigned long long)self->owner, self->count, self);
}

static PyMethodDef rlock_methods[] = {
    {"acquire", ANYHOW(rlock_acquire), PyDoc_STR("acquire(blocking=True, timeout=-1): whether it was locked")},
    {"release", PLAIN(rlock_release), METH_NOARGS, PyDoc_STR("Undoes one acquire() of this thread's.")},
    {"locked", PLAIN(rlock_locked), METH_NOARGS, PyDoc_STR("Whether any thread has locked it.")},
    {"_is_owned", PLAIN(rlock_is_owned), METH_NOARGS, NULL},
    {"_recursion_count", PLAIN(rlock_recursion_count), METH_NOARGS, NULL},
    {"_release_save", PLAIN(rlock_release_save), METH_NOARGS, NULL},
    {"_acquire_restore", PLAIN(rlock_acquire_restore), METH_VARARGS, NULL},
    {"_at_fork_reinit", PLAIN(rlock_reinit), METH_NOARGS, NULL},
    {"__enter__", PLAIN(rlock_enter), METH_NOARGS, NULL},
    {"__exit__", PLAIN(rlock_release), METH_VARARGS, NULL},
    {0},
};

static PyMemberDef rlock_members[] = {
    {"__weaklistoffset__", Py_T_PYSSIZET, offsetof(struct rlock, weak_references), Py_READONLY, NULL},
    {0},
};

static PyType_Slot rlock_slots[] = {
    {Py_tp_doc, PyDoc_STR("A lock that its own thread may lock again.")},
    {Py_tp_dealloc, forget},
    {Py_tp_repr, rlock_repr},
    {Py_tp_methods, rlock_methods},
    {Py_tp_members, rlock_members},
    {Py_tp_new, PyType_GenericNew},
    {0},
};

static PyType_Spec rlock_spec = {
    .name = "_thread.RLock",
    .basicsize = sizeof(struct rlock),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = rlock_slots,
};

static PyObject *allocate(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    return lock_type->tp_alloc(lock_type, 0);
}

static PyMethodDef functions[] = {
    {"allocate_lock", allocate, METH_NOARGS, PyDoc_STR("Makes a lock.")},
    {"allocate", allocate, METH_NOARGS, PyDoc_STR("An obsolete synonym of allocate_lock().")},
    {0},
};

int thread_locks_add(PyObject *module) {
    PyObject *rlock = PyType_FromModuleAndSpec(module, &rlock_spec, NULL);
    int failed;

    lock_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &lock_spec, NULL);
    failed = rlock == NULL || lock_type == NULL || PyModule_AddType(module, lock_type) < 0 ||
             PyModule_AddObjectRef(module, "LockType", (PyObject *)lock_type) < 0 ||
             PyModule_AddType(module, (PyTypeObject *)rlock) < 0 || PyModule_AddFunctions(module, functions) < 0;
    Py_XDECREF(rlock);
    return failed ? -1 : 0;
}
