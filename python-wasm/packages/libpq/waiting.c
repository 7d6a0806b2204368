/* poll() for libpq and the drivers over it, by Python's `select`. */
#include "calls.h"

#include <sys/select.h>

#include "guest_sockets.h"

static PyObject *poller_of(const struct pollfd *polled, nfds_t count) {
    PyObject *module = PyImport_ImportModule("select"), *poller, *done;

    poller = module != NULL ? PyObject_CallMethod(module, "poll", NULL) : NULL;
    Py_XDECREF(module);
    for (nfds_t i = 0; poller != NULL && i < count; i++) {
        done = PyObject_CallMethod(poller, "register", "ii", polled[i].fd, (int)polled[i].events);
        if (done == NULL)
            Py_CLEAR(poller);
        Py_XDECREF(done);
    }
    return poller;
}

/* Writes down what is ready; gives how many. */
static PyObject *tell(struct pollfd *polled, nfds_t count, PyObject *found) {
    long ready = 0;

    for (nfds_t i = 0; i < count; i++) {
        polled[i].revents = 0;
        for (Py_ssize_t j = 0; j < PyList_GET_SIZE(found); j++) {
            int descriptor, events;
            if (!PyArg_ParseTuple(PyList_GET_ITEM(found, j), "ii", &descriptor, &events))
                return NULL;
            if (descriptor == polled[i].fd)
                polled[i].revents |= (short)events;
        }
        ready += polled[i].revents != 0;
    }
    return PyLong_FromLong(ready);
}

int guest_poll(struct pollfd *polled, nfds_t count, int milliseconds) {
    struct call call = calls_begin();
    PyObject *poller = poller_of(polled, count), *found = NULL, *ready = NULL;

    if (poller != NULL)
        found = PyObject_CallMethod(poller, "poll", "i", milliseconds);
    if (found != NULL)
        ready = tell(polled, count, found);
    Py_XDECREF(found);
    Py_XDECREF(poller);
    return (int)calls_end(call, ready);
}

/* Waits until one of `reads` has something. Nobody who is compiled with it asks for more. */
int guest_select(int most, fd_set *reads, fd_set *writes, fd_set *others, struct timeval *limit) {
    struct pollfd polled[FD_SETSIZE];
    nfds_t count = reads->__nfds;
    int ready;

    (void)most, (void)writes, (void)others;
    for (nfds_t i = 0; i < count; i++)
        polled[i] = (struct pollfd){.fd = reads->__fds[i], .events = POLLIN};
    ready = guest_poll(polled, count, limit != NULL ? (int)(limit->tv_sec * 1000 + limit->tv_usec / 1000) : -1);
    FD_ZERO(reads);
    for (nfds_t i = 0; ready > 0 && i < count; i++)
        if (polled[i].revents != 0)
            FD_SET(polled[i].fd, reads);
    return ready;
}
