#include "os_transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "extending.h"
#include "locks.h"

/* Of flock(2), as the module `fcntl` has them. */
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8

#define MAJOR_BITS 12 /* between the two parts of a minor number */

/* The buffers of a call, and libc's view of them. */
struct buffers {
    PyObject *sequence;
    Py_ssize_t count;
    Py_buffer *views;
    struct iovec *vectors;
};

static void release(struct buffers *buffers) {
    for (Py_ssize_t i = 0; i < buffers->count; i++)
        PyBuffer_Release(&buffers->views[i]);
    free(buffers->views);
    free(buffers->vectors);
    Py_XDECREF(buffers->sequence);
}

static int take_each(struct buffers *buffers, int flags) {
    Py_ssize_t size = PySequence_Fast_GET_SIZE(buffers->sequence);

    for (; buffers->count < size; buffers->count++) {
        PyObject *item = PySequence_Fast_GET_ITEM(buffers->sequence, buffers->count);
        Py_buffer *view = &buffers->views[buffers->count];
        if (PyObject_GetBuffer(item, view, flags) < 0)
            return -1;
        buffers->vectors[buffers->count] = (struct iovec){.iov_base = view->buf, .iov_len = (size_t)view->len};
    }
    return 0;
}

/* -1 with an exception; release() is due either way. */
static int take(struct buffers *buffers, PyObject *object, int flags) {
    size_t size;

    *buffers = (struct buffers){.sequence = PySequence_Fast(object, "a sequence of buffers is wanted")};
    if (buffers->sequence == NULL)
        return -1;
    size = (size_t)PySequence_Fast_GET_SIZE(buffers->sequence);
    buffers->views = calloc(size + 1, sizeof *buffers->views);
    buffers->vectors = calloc(size + 1, sizeof *buffers->vectors);
    if (buffers->views == NULL || buffers->vectors == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return take_each(buffers, flags);
}

static PyObject *finish(struct buffers *buffers, ssize_t done) {
    PyObject *result = done >= 0 ? PyLong_FromSsize_t(done) : PyErr_SetFromErrno(PyExc_OSError);

    release(buffers);
    return result;
}

static PyObject *os_readv(PyObject *Py_UNUSED(module), PyObject *args) {
    struct buffers buffers;
    PyObject *object;
    int fd;

    if (!PyArg_ParseTuple(args, "iO:readv", &fd, &object))
        return NULL;
    if (take(&buffers, object, PyBUF_WRITABLE) < 0)
        return release(&buffers), NULL;
    return finish(&buffers, readv(fd, buffers.vectors, (int)buffers.count));
}

static PyObject *os_writev(PyObject *Py_UNUSED(module), PyObject *args) {
    struct buffers buffers;
    PyObject *object;
    int fd;

    if (!PyArg_ParseTuple(args, "iO:writev", &fd, &object))
        return NULL;
    if (take(&buffers, object, PyBUF_SIMPLE) < 0)
        return release(&buffers), NULL;
    return finish(&buffers, writev(fd, buffers.vectors, (int)buffers.count));
}

/* The flags of preadv2(2) ask for speed or for durability; the host decides on both. */
static PyObject *os_preadv(PyObject *Py_UNUSED(module), PyObject *args) {
    struct buffers buffers;
    PyObject *object;
    long long offset;
    int fd, flags = 0;

    if (!PyArg_ParseTuple(args, "iOL|i:preadv", &fd, &object, &offset, &flags))
        return NULL;
    if (take(&buffers, object, PyBUF_WRITABLE) < 0)
        return release(&buffers), NULL;
    return finish(&buffers, preadv(fd, buffers.vectors, (int)buffers.count, offset));
}

static PyObject *os_pwritev(PyObject *Py_UNUSED(module), PyObject *args) {
    struct buffers buffers;
    PyObject *object;
    long long offset;
    int fd, flags = 0;

    if (!PyArg_ParseTuple(args, "iOL|i:pwritev", &fd, &object, &offset, &flags))
        return NULL;
    if (take(&buffers, object, PyBUF_SIMPLE) < 0)
        return release(&buffers), NULL;
    return finish(&buffers, pwritev(fd, buffers.vectors, (int)buffers.count, offset));
}

static PyObject *os_posix_fallocate(PyObject *Py_UNUSED(module), PyObject *args) {
    long long offset, length;
    int fd;

    if (!PyArg_ParseTuple(args, "iLL:posix_fallocate", &fd, &offset, &length))
        return NULL;
    errno = posix_fallocate(fd, offset, length);
    if (errno != 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

/* Whether a range from the file's position on could be locked (lockf(3)). */
static PyObject *test_lock(int fd, long long length) {
    off_t start = lseek(fd, 0, SEEK_CUR);
    int err = start < 0 ? errno : locks_range(fd, LOCK_TEST_WRITE, (uint64_t)start, (uint64_t)length);

    if (err == 0)
        Py_RETURN_NONE;
    errno = err == EBUSY || err == EAGAIN ? EACCES : err;
    return PyErr_SetFromErrno(PyExc_OSError);
}

static PyObject *os_lockf(PyObject *Py_UNUSED(module), PyObject *args) {
    static const int operations[] = {[F_ULOCK] = LOCK_UN, [F_LOCK] = LOCK_EX, [F_TLOCK] = LOCK_EX | LOCK_NB};
    PyObject *locking, *result;
    long long length;
    int fd, command;

    if (!PyArg_ParseTuple(args, "iiL:lockf", &fd, &command, &length))
        return NULL;
    if (command == F_TEST)
        return test_lock(fd, length);
    if (command < F_ULOCK || command > F_TEST)
        return extending_refuse(EINVAL, "no such command of lockf()");
    locking = PyImport_ImportModule("fcntl");
    if (locking == NULL)
        return NULL;
    result = PyObject_CallMethod(locking, "lockf", "iiLii", fd, operations[command], length, 0, SEEK_CUR);
    Py_DECREF(locking);
    return result;
}

/* A converter for PyArg_ParseTuple(). */
static int part(PyObject *object, void *number) {
    unsigned long value = PyLong_AsUnsignedLong(object);

    *(uint32_t *)number = (uint32_t)value;
    return !PyErr_Occurred();
}

/* A device's number: 12 bits of its kind and 20 of its own, cut as Linux cuts them (makedev(3)). */
static PyObject *os_makedev(PyObject *Py_UNUSED(module), PyObject *args) {
    uint32_t major, minor;

    if (!PyArg_ParseTuple(args, "O&O&:makedev", part, &major, part, &minor))
        return NULL;
    return PyLong_FromUnsignedLongLong((major & 0xfffull) << 8 | (major & ~0xfffull) << 32 | (minor & 0xffull) |
                                       (minor & ~0xffull) << MAJOR_BITS);
}

static PyObject *os_major(PyObject *Py_UNUSED(module), PyObject *device) {
    unsigned long long number = PyLong_AsUnsignedLongLong(device);

    if (PyErr_Occurred())
        return NULL;
    return PyLong_FromUnsignedLongLong((number >> 8 & 0xfff) | (number >> 32 & ~0xfffull));
}

static PyObject *os_minor(PyObject *Py_UNUSED(module), PyObject *device) {
    unsigned long long number = PyLong_AsUnsignedLongLong(device);

    if (PyErr_Occurred())
        return NULL;
    return PyLong_FromUnsignedLongLong((number & 0xff) | (number >> MAJOR_BITS & 0xffffff00));
}

static PyObject *os_getrandom(PyObject *module, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"size", "flags", NULL};
    Py_ssize_t size;
    int flags = 0;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "n|i:getrandom", names, &size, &flags))
        return NULL;
    return PyObject_CallMethod(module, "urandom", "n", size);
}

static PyMethodDef methods[] = {
    {"getrandom", ANYHOW(os_getrandom), PyDoc_STR("As urandom.")},
    {"lockf", os_lockf, METH_VARARGS, PyDoc_STR("As fcntl.lockf, by lockf(3)'s commands.")},
    {"major", os_major, METH_O, NULL},
    {"makedev", os_makedev, METH_VARARGS, NULL},
    {"minor", os_minor, METH_O, NULL},
    {"posix_fallocate", os_posix_fallocate, METH_VARARGS, NULL},
    {"preadv", os_preadv, METH_VARARGS, NULL},
    {"pwritev", os_pwritev, METH_VARARGS, NULL},
    {"readv", os_readv, METH_VARARGS, NULL},
    {"writev", os_writev, METH_VARARGS, NULL},
    {0},
};

int os_transfer_add(PyObject *posix) { return PyModule_AddFunctions(posix, methods); }
