/* libpq's sockets (guest_sockets.h) by those of wasgi's `socket`. */
#include "calls.h"

#include <errno.h>
#include <string.h>

#include "guest_sockets.h"

#undef close

/* Descriptors of sockets begin behind those of files (guest/python/wasgi_guest/socket_ends.py). */
#define FIRST (1 << 30)

/* By descriptor, sockets that are open. */
static PyObject *sockets;

/* A borrowed reference, or NULL with an exception. */
static PyObject *socket_of(int descriptor) {
    PyObject *number = PyLong_FromLong(descriptor), *found = NULL;

    if (number != NULL && sockets != NULL)
        found = PyDict_GetItemWithError(sockets, number);
    Py_XDECREF(number);
    if (found != NULL || PyErr_Occurred())
        return found;
    errno = EBADF;
    return PyErr_SetFromErrno(PyExc_OSError);
}

/* Keeps a new socket; gives its descriptor. Takes the reference. */
static PyObject *keep(PyObject *made) {
    PyObject *number;

    if (made == NULL || (sockets == NULL && (sockets = PyDict_New()) == NULL))
        return NULL;
    number = PyObject_CallMethod(made, "fileno", NULL);
    if (number != NULL && PyDict_SetItem(sockets, number, made) < 0)
        Py_CLEAR(number);
    Py_DECREF(made);
    return number;
}

int guest_socket(int family, int kind, int protocol) {
    struct call call = calls_begin();
    PyObject *module = PyImport_ImportModule("_socket"), *made = NULL;

    if (module != NULL)
        made = PyObject_CallMethod(module, "socket", "iii", family, kind, protocol);
    Py_XDECREF(module);
    return (int)calls_end(call, keep(made));
}

int guest_connect(int descriptor, const struct sockaddr *address, socklen_t Py_UNUSED(length)) {
    struct call call = calls_begin();
    PyObject *socket = socket_of(descriptor), *place = calls_place(address), *done = NULL;

    if (socket != NULL && place != NULL)
        done = PyObject_CallMethod(socket, "connect", "(O)", place);
    Py_XDECREF(place);
    return (int)calls_end(call, done);
}

ssize_t guest_send(int descriptor, const void *data, size_t length, int flags) {
    struct call call = calls_begin();
    PyObject *socket = socket_of(descriptor), *sent = NULL, *view;

    view = socket != NULL ? PyMemoryView_FromMemory((char *)data, (Py_ssize_t)length, PyBUF_READ) : NULL;
    if (view != NULL)
        sent = PyObject_CallMethod(socket, "send", "Oi", view, flags);
    Py_XDECREF(view);
    return calls_end(call, sent);
}

/* What has come, in the place of C; gives how much. Takes the reference. */
static PyObject *take(PyObject *came, void *data, size_t length) {
    PyObject *count;

    if (came == NULL)
        return NULL;
    count = PyLong_FromSsize_t(PyBytes_GET_SIZE(came));
    memcpy(data, PyBytes_AS_STRING(came), Py_MIN((size_t)PyBytes_GET_SIZE(came), length));
    Py_DECREF(came);
    return count;
}

ssize_t guest_recv(int descriptor, void *data, size_t length, int flags) {
    struct call call = calls_begin();
    PyObject *socket = socket_of(descriptor), *came = NULL;

    if (socket != NULL)
        came = PyObject_CallMethod(socket, "recv", "ni", (Py_ssize_t)length, flags);
    return calls_end(call, take(came, data, length));
}

int guest_close(int descriptor) {
    struct call call;
    PyObject *socket, *done = NULL;

    if (descriptor < FIRST)
        return close(descriptor);
    call = calls_begin();
    socket = Py_XNewRef(socket_of(descriptor));
    if (socket != NULL) {
        PyObject *number = PyLong_FromLong(descriptor);
        if (number != NULL && PyDict_DelItem(sockets, number) == 0)
            done = PyObject_CallMethod(socket, "close", NULL);
        Py_XDECREF(number);
    }
    Py_XDECREF(socket);
    return (int)calls_end(call, done);
}

/* The exception that a connection failed by says more than its number does: it is kept for the message. Gives SO_ERROR. */
static PyObject *error_of(PyObject *socket, int level, int option) {
    PyObject *end = PyObject_GetAttrString(socket, "_end");
    PyObject *failure = end != NULL ? PyObject_GetAttrString(end, "_failure") : NULL;
    PyObject *number;

    PyErr_Clear();
    number = PyObject_CallMethod(socket, "getsockopt", "ii", level, option);
    if (failure != NULL && failure != Py_None && number != NULL && PyObject_IsTrue(number))
        calls_remember(failure);
    Py_XDECREF(failure);
    Py_XDECREF(end);
    return number;
}

int guest_getsockopt(int descriptor, int level, int option, void *value, socklen_t *length) {
    struct call call = calls_begin();
    PyObject *socket = socket_of(descriptor);
    Py_ssize_t found;

    found = calls_end(call, socket != NULL ? error_of(socket, level, option) : NULL);
    if (found < 0)
        return -1;
    *(int *)value = (int)found;
    *length = sizeof(int);
    return 0;
}

int guest_setsockopt(int descriptor, int level, int option, const void *value, socklen_t Py_UNUSED(length)) {
    struct call call = calls_begin();
    PyObject *socket = socket_of(descriptor), *done = NULL;

    if (socket != NULL)
        done = PyObject_CallMethod(socket, "setsockopt", "iii", level, option, *(const int *)value);
    return (int)calls_end(call, done);
}

int guest_getsockname(int descriptor, struct sockaddr *address, socklen_t *length) {
    struct call call = calls_begin();
    PyObject *socket = socket_of(descriptor), *place = NULL;
    struct sockaddr_storage found;

    if (socket != NULL)
        place = PyObject_CallMethod(socket, "getsockname", NULL);
    if (place != NULL) {
        socklen_t size = calls_address(place, &found);
        memcpy(address, &found, Py_MIN(size, *length));
        *length = size;
    }
    return (int)calls_end(call, place);
}

static bool set_blocking(int descriptor, bool blocks) {
    struct call call = calls_begin();
    PyObject *socket = socket_of(descriptor), *done = NULL;

    if (socket != NULL)
        done = PyObject_CallMethod(socket, "setblocking", "O", blocks ? Py_True : Py_False);
    return calls_end(call, done) == 0;
}

bool pg_set_noblock(int descriptor) { return set_blocking(descriptor, false); }

bool pg_set_block(int descriptor) { return set_blocking(descriptor, true); }

/* Who is at the other end of a Unix socket: there are none. */
int getpeereid(int Py_UNUSED(descriptor), uid_t *Py_UNUSED(user), gid_t *Py_UNUSED(group)) {
    errno = ENOSYS;
    return -1;
}
