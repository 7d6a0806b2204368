#include "calls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "guest_sockets.h"

/* Why the last connection failed, where there is more to say than errno has. */
static char reason[1024];
static int reason_number;

static int number_of(PyObject *raised) {
    PyObject *number = PyObject_GetAttrString(raised, "errno");
    long value = number != NULL && PyLong_Check(number) ? PyLong_AsLong(number) : 0;

    Py_XDECREF(number);
    PyErr_Clear();
    return value != 0 ? (int)value : EIO;
}

int calls_failed(PyObject *raised, char *why, size_t size) {
    bool is_told = PyObject_IsInstance(raised, PyExc_OSError) == 1;
    /* Of what is no error of the system's, such as the request's end, Python hears by itself when it goes on. */
    int number = is_told ? number_of(raised) : ECONNABORTED;
    PyObject *text = is_told ? PyObject_GetAttrString(raised, "strerror") : NULL;
    const char *words = text != NULL && PyUnicode_Check(text) ? PyUnicode_AsUTF8(text) : NULL;

    snprintf(why, size, "%s", words != NULL ? words : "");
    Py_XDECREF(text);
    PyErr_Clear();
    return number;
}

int calls_remember(PyObject *raised) {
    reason_number = calls_failed(raised, reason, sizeof reason);
    return reason_number;
}

struct call calls_begin(void) {
    PyGILState_STATE gil = PyGILState_Ensure();

    return (struct call){gil, PyErr_GetRaisedException()};
}

Py_ssize_t calls_end(struct call call, PyObject *result) {
    Py_ssize_t value = result != NULL && PyLong_Check(result) ? PyLong_AsSsize_t(result) : 0;
    PyObject *raised = PyErr_GetRaisedException();
    int number = raised != NULL ? calls_remember(raised) : 0;

    Py_XDECREF(result);
    Py_XDECREF(raised);
    PyErr_SetRaisedException(call.pending);
    PyGILState_Release(call.gil);
    if (number == 0)
        return value;
    errno = number;
    return -1;
}

/* libpq's own (port.h), which it prints errors of sockets by. */
char *pg_strerror_r(int number, char *into, size_t size) {
    snprintf(into, size, "%s", number == reason_number && reason[0] != '\0' ? reason : strerror(number));
    return into;
}

char *pg_strerror(int number) {
    static char text[sizeof reason];
    return pg_strerror_r(number, text, sizeof text);
}

PyObject *calls_place(const struct sockaddr *address) {
    const struct sockaddr_in *four = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
    char text[INET6_ADDRSTRLEN] = "";

    switch (address->sa_family) {
    case AF_INET:
        inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
        return Py_BuildValue("(sH)", text, ntohs(four->sin_port));
    case AF_INET6:
        inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
        return Py_BuildValue("(sHII)", text, ntohs(six->sin6_port), six->sin6_flowinfo, six->sin6_scope_id);
    default:
        return PyUnicode_DecodeFSDefault(((const struct sockaddr_un *)address)->sun_path);
    }
}

socklen_t calls_address(PyObject *place, struct sockaddr_storage *address) {
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    unsigned int flow = 0, scope = 0;
    unsigned short port;
    const char *text;

    memset(address, 0, sizeof *address);
    if (!PyTuple_Check(place) || !PyArg_ParseTuple(place, "sH|II", &text, &port, &flow, &scope))
        return 0;
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        return sizeof *four;
    }
    if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1)
        return 0;
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    six->sin6_flowinfo = flow;
    six->sin6_scope_id = scope;
    return sizeof *six;
}
