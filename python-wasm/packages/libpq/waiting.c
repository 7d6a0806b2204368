/* poll() for libpq and the drivers over it, by Python's `select`. */
#include "calls.h"


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
    PyGILState_STATE gil = PyGILState_Ensure();
    PyObject *poller = poller_of(polled, count), *found = NULL, *ready = NULL;

    if (poller != NULL)
        found = PyObject_CallMethod(poller, "poll", "i", milliseconds);
    if (found != NULL)
        ready = tell(polled, count, found);
    Py_XDECREF(found);
    Py_XDECREF(poller);
    return (int)calls_end(gil, ready);
}
