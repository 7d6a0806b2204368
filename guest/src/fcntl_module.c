#include "fcntl_module.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "fcntl_names.h"
#include "locks.h"
#include "posix_locks.h"

/* Between two tries for a lock, in nanoseconds: others get it soon after its holder lets go, and the host has rest. */
#define PAUSE_FIRST 1000000
#define PAUSE_MOST 50000000

struct wish {
    int fd;
    enum lock lock;
    bool whole; /* as flock() has it */
    uint64_t start, length;
};

static PyObject *failed(int err) {
    PyObject *arguments;

    if (err != ENOLCK) {
        errno = err;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    arguments = Py_BuildValue("(is)", err, locks_refusal());
    if (arguments != NULL)
        PyErr_SetObject(PyExc_OSError, arguments);
    Py_XDECREF(arguments);
    return NULL;
}

/* A converter for PyArg_ParseTuple(). */
static int descriptor(PyObject *object, void *fd) {
    *(int *)fd = PyObject_AsFileDescriptor(object);
    return *(int *)fd >= 0;
}

static int try(const struct wish *wish) {
    return wish->whole ? locks_whole(wish->fd, wish->lock)
                       : locks_range(wish->fd, wish->lock, wish->start, wish->length);
}

/* False when the host lets nobody sleep any more: the request's time is over. */
static bool pause_for(int64_t duration) {
    struct timespec pause = {.tv_nsec = duration};
    __wasi_timestamp_t before = 0, after = 0;

    clock_now(__WASI_CLOCKID_MONOTONIC, &before);
    nanosleep(&pause, NULL);
    clock_now(__WASI_CLOCKID_MONOTONIC, &after);
    return after - before >= (__wasi_timestamp_t)duration / 2;
}

static PyObject *take(const struct wish *wish, bool wait) {
    int64_t pause = PAUSE_FIRST;
    int err = try(wish);

    while ((err == EAGAIN || err == EBUSY) && wait) {
        if (!pause_for(pause))
            return failed(ETIMEDOUT);
        pause = pause * 2 < PAUSE_MOST ? pause * 2 : PAUSE_MOST;
        err = try(wish);
    }
    if (err == 0)
        Py_RETURN_NONE;
    return failed(err == EBUSY ? EAGAIN : err);
}

/* From where the file's range begins to an absolute place; -1 with an errno. */
static int64_t absolute(int fd, int64_t start, int whence) {
    int64_t base = 0;
    struct stat stat;

    if (whence == SEEK_CUR)
        base = lseek(fd, 0, SEEK_CUR);
    else if (whence == SEEK_END)
        base = fstat(fd, &stat) == 0 ? stat.st_size : -1;
    else if (whence != SEEK_SET)
        errno = EINVAL, base = -1;
    if (base < 0)
        return -1;
    if (__builtin_add_overflow(base, start, &start) || start < 0) {
        errno = EINVAL;
        return -1;
    }
    return start;
}

/* A range that ends before it begins is the one in front (fcntl(2)). */
static bool set_range(struct wish *wish, int64_t start, int64_t length, int whence) {
    start = absolute(wish->fd, start, whence);
    if (start < 0)
        return false;
    if (length < 0) {
        start += length;
        length = -length;
    }
    wish->start = (uint64_t)start;
    wish->length = (uint64_t)length;
    errno = EINVAL;
    return start >= 0;
}

/* -1 for what is neither to share, to exclude nor to unlock. */
static int kind_of(int operation) {
    if (operation & LOCK_UN)
        return LOCK_NONE;
    if (operation & LOCK_SH)
        return LOCK_READ;
    return operation & LOCK_EX ? LOCK_WRITE : -1;
}

static PyObject *fcntl_flock(PyObject *Py_UNUSED(module), PyObject *args) {
    struct wish wish = {.whole = true};
    int operation, kind;

    if (!PyArg_ParseTuple(args, "O&i:flock", descriptor, &wish.fd, &operation))
        return NULL;
    if (PySys_Audit("fcntl.flock", "ii", wish.fd, operation) < 0)
        return NULL;
    kind = kind_of(operation);
    if (kind < 0)
        return failed(EINVAL);
    wish.lock = (enum lock)kind;
    return take(&wish, !(operation & LOCK_NB));
}

static PyObject *fcntl_lockf(PyObject *Py_UNUSED(module), PyObject *args) {
    struct wish wish = {.whole = false};
    long long length = 0, start = 0;
    int operation, kind, whence = SEEK_SET;

    if (!PyArg_ParseTuple(args, "O&i|LLi:lockf", descriptor, &wish.fd, &operation, &length, &start, &whence))
        return NULL;
    if (PySys_Audit("fcntl.lockf", "iiLLi", wish.fd, operation, length, start, whence) < 0)
        return NULL;
    kind = kind_of(operation);
    if (kind < 0) {
        PyErr_SetString(PyExc_ValueError, "unrecognized lockf argument");
        return NULL;
    }
    wish.lock = (enum lock)kind;
    if (!set_range(&wish, start, length, whence))
        return failed(errno);
    return take(&wish, !(operation & LOCK_NB));
}

/* Of a structure what there is of it; the rest is as it was. `*length`: what a caller gets back of it. */
static bool read_buffer(PyObject *argument, void *structure, size_t size, Py_ssize_t *length) {
    Py_buffer bytes;

    if (PyObject_GetBuffer(argument, &bytes, PyBUF_SIMPLE) < 0)
        return false;
    *length = bytes.len < (Py_ssize_t)size ? bytes.len : (Py_ssize_t)size;
    memcpy(structure, bytes.buf, (size_t)*length);
    PyBuffer_Release(&bytes);
    return true;
}

/* Gives the struct flock, with what stands in the way; F_UNLCK when nothing does. */
static PyObject *test(struct wish *wish, struct flock *lock, Py_ssize_t length) {
    int err;

    wish->lock = lock->l_type == F_RDLCK ? LOCK_TEST_READ : LOCK_TEST_WRITE;
    err = try(wish);
    if (err != 0 && err != EAGAIN && err != EBUSY)
        return failed(err);
    lock->l_type = err == 0 ? F_UNLCK : err == EBUSY ? F_WRLCK : F_RDLCK;
    lock->l_pid = err == 0 ? lock->l_pid : -1;
    return PyBytes_FromStringAndSize((char *)lock, length);
}

/* F_SETLK, F_SETLKW and F_GETLK with the bytes of a struct flock. */
static PyObject *lock_by_struct(int fd, int command, PyObject *argument) {
    struct wish wish = {.fd = fd};
    struct flock lock = {0};
    Py_ssize_t length;
    PyObject *taken;

    if (!read_buffer(argument, &lock, sizeof lock, &length))
        return NULL;
    if (lock.l_type < F_RDLCK || lock.l_type > F_UNLCK)
        return failed(EINVAL);
    if (!set_range(&wish, lock.l_start, lock.l_len, lock.l_whence))
        return failed(errno);
    if (command == F_GETLK)
        return test(&wish, &lock, length);
    wish.lock = lock.l_type == F_UNLCK ? LOCK_NONE : lock.l_type == F_RDLCK ? LOCK_READ : LOCK_WRITE;
    taken = take(&wish, command == F_SETLKW);
    if (taken == NULL)
        return NULL;
    Py_DECREF(taken);
    return PyBytes_FromStringAndSize((char *)&lock, length);
}

/* Nothing else that takes a structure is known here. */
static PyObject *other_by_struct(int fd) { return failed(fcntl(fd, F_GETFL) < 0 ? errno : EINVAL); }

static PyObject *fcntl_fcntl(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *argument = NULL;
    int fd, command, result;
    long value = 0;

    if (!PyArg_ParseTuple(args, "O&i|O:fcntl", descriptor, &fd, &command, &argument))
        return NULL;
    if (PySys_Audit("fcntl.fcntl", "iiO", fd, command, argument != NULL ? argument : Py_None) < 0)
        return NULL;
    if (command == F_SETLK || command == F_SETLKW || command == F_GETLK)
        return argument != NULL ? lock_by_struct(fd, command, argument) : failed(EINVAL);
    if (argument != NULL && PyObject_CheckBuffer(argument))
        return other_by_struct(fd);
    if (argument != NULL && (value = PyLong_AsLong(argument)) == -1 && PyErr_Occurred())
        return NULL;
    result = fcntl(fd, command, (int)value);
    return result < 0 ? failed(errno) : PyLong_FromLong(result);
}

static PyObject *fcntl_ioctl(PyObject *Py_UNUSED(module), PyObject *args) {
    int fd;
    PyObject *request, *argument, *mutate;

    argument = mutate = NULL;
    if (!PyArg_ParseTuple(args, "O&O|OO:ioctl", descriptor, &fd, &request, &argument, &mutate))
        return NULL;
    /* There are no devices. */
    return failed(ENOTTY);
}

static PyMethodDef methods[] = {
    {"fcntl", fcntl_fcntl, METH_VARARGS,
     PyDoc_STR(
         "fcntl(fd, cmd, arg=0): F_GETFD, F_SETFD, F_GETFL, F_SETFL with a number; F_SETLK, F_SETLKW and F_GETLK with "
         "the bytes of a struct flock, 'hhxxxxqqixxxx'")},
    {"flock", fcntl_flock, METH_VARARGS,
     PyDoc_STR("flock(fd, operation): LOCK_SH, LOCK_EX or LOCK_UN, with LOCK_NB if it is not to wait")},
    {"ioctl", fcntl_ioctl, METH_VARARGS, PyDoc_STR("ioctl(fd, request, ...): OSError, as a sandbox has no devices")},
    {"lockf", fcntl_lockf, METH_VARARGS,
     PyDoc_STR("lockf(fd, cmd, len=0, start=0, whence=0): cmd is as flock()'s operation; a length of 0 is to the end")},
    {0},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "fcntl",    .m_doc = PyDoc_STR("Locks on files, and the flags of descriptors."),
    .m_size = 0,           .m_methods = methods,
};

PyMODINIT_FUNC PyInit_fcntl(void) {
    PyObject *self = PyModule_Create(&module);

    if (self != NULL && fcntl_names_add(self) < 0)
        Py_CLEAR(self);
    return self;
}
