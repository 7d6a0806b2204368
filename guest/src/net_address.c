/* Addresses and errors of wasi:sockets, as Python has them. */
#define _GNU_SOURCE /* memmem() */
#include <errno.h>
#include <string.h>

#include "abi.h"
#include "ended.h"
#include "net.h"

#define FOUR 4
#define SIX 16

/* In the order of wasi:sockets' error-code. Those of names are told otherwise. */
static const int numbers[] = {
    EIO,      EACCES, EOPNOTSUPP,    EINVAL,     ENOMEM,       ETIMEDOUT,    EALREADY,   EINVAL,       EAGAIN,
    ENOTCONN, EMFILE, EADDRNOTAVAIL, EADDRINUSE, EHOSTUNREACH, ECONNREFUSED, ECONNRESET, ECONNABORTED, EMSGSIZE,
};
_Static_assert(sizeof numbers / sizeof *numbers == WASI_SOCKETS_NETWORK_ERROR_CODE_NAME_UNRESOLVABLE,
               "a number for each code that is not of names");

static PyObject *unresolved;

int net_address_init(PyObject *module) {
    unresolved = PyErr_NewExceptionWithDoc(
        "_wasgi_net.Unresolved", "A name has no address: 0 for none, 1 for none now, 2 for a failure", NULL, NULL);
    return unresolved != NULL ? PyModule_AddObjectRef(module, "Unresolved", unresolved) : -1;
}

static PyObject *fail(int number) {
    errno = number;
    return PyErr_SetFromErrno(PyExc_OSError);
}

PyObject *net_fail(wasi_sockets_network_error_code_t code) {
    PyObject *which;

    if (ended_raise(true))
        return NULL;
    if (code < sizeof numbers / sizeof *numbers)
        return fail(numbers[code]);
    which = PyLong_FromLong(code - WASI_SOCKETS_NETWORK_ERROR_CODE_NAME_UNRESOLVABLE);
    if (which != NULL)
        PyErr_SetObject(unresolved, which);
    Py_XDECREF(which);
    return NULL;
}

static bool says(const app_string_t *text, const char *words) {
    return memmem(text->ptr, text->len, words, strlen(words)) != NULL;
}

/* The host tells no code of what ends a stream, but words: wasmtime's are those of the code, or the system's. */
static int number_of(const app_string_t *text) {
    if (says(text, "imed out") || says(text, "Timeout"))
        return ETIMEDOUT;
    if (says(text, "unreachable") || says(text, "Unreachable"))
        return EHOSTUNREACH;
    if (says(text, "limit"))
        return EDQUOT;
    return ECONNRESET;
}

PyObject *net_fail_stream(wasi_io_streams_stream_error_t *error) {
    wasi_io_error_own_error_t cause = error->val.last_operation_failed;
    app_string_t text;
    int number;

    if (error->tag == WASI_IO_STREAMS_STREAM_ERROR_CLOSED)
        return ended_raise(true) ? NULL : fail(EPIPE);
    abi_enter();
    wasi_io_error_method_error_to_debug_string(wasi_io_error_borrow_error(cause), &text);
    number = number_of(&text);
    abi_leave();
    wasi_io_error_error_drop_own(cause);
    return ended_raise(true) ? NULL : fail(number);
}

static uint16_t segment(const uint8_t *bytes) { return (uint16_t)(bytes[0] << 8 | bytes[1]); }

bool net_address_from(PyObject *tuple, wasi_sockets_network_ip_socket_address_t *address) {
    unsigned int flow, scope;
    unsigned short port;
    const uint8_t *bytes;
    Py_ssize_t length;

    if (!PyArg_ParseTuple(tuple, "y#HII", (const char **)&bytes, &length, &port, &flow, &scope))
        return false;
    if (length == FOUR) {
        *address = (wasi_sockets_network_ip_socket_address_t){.tag = WASI_SOCKETS_NETWORK_IP_SOCKET_ADDRESS_IPV4};
        address->val.ipv4.port = port;
        memcpy(&address->val.ipv4.address, bytes, FOUR);
    } else if (length == SIX) {
        uint16_t segments[SIX / 2];
        for (size_t i = 0; i < SIX / 2; i++)
            segments[i] = segment(bytes + 2 * i);
        *address = (wasi_sockets_network_ip_socket_address_t){.tag = WASI_SOCKETS_NETWORK_IP_SOCKET_ADDRESS_IPV6};
        address->val.ipv6.port = port;
        address->val.ipv6.flow_info = flow;
        address->val.ipv6.scope_id = scope;
        memcpy(&address->val.ipv6.address, segments, SIX);
    } else {
        PyErr_SetString(PyExc_ValueError, "an address has 4 or 16 bytes");
        return false;
    }
    return true;
}

PyObject *net_packed(const wasi_sockets_network_ip_address_t *address) {
    uint16_t segments[SIX / 2];
    uint8_t bytes[SIX];

    if (address->tag == WASI_SOCKETS_NETWORK_IP_ADDRESS_IPV4)
        return PyBytes_FromStringAndSize((const char *)&address->val.ipv4, FOUR);
    memcpy(segments, &address->val.ipv6, SIX);
    for (size_t i = 0; i < SIX / 2; i++) {
        bytes[2 * i] = (uint8_t)(segments[i] >> 8);
        bytes[2 * i + 1] = (uint8_t)segments[i];
    }
    return PyBytes_FromStringAndSize((const char *)bytes, SIX);
}

PyObject *net_address_to(const wasi_sockets_network_ip_socket_address_t *address) {
    wasi_sockets_network_ip_address_t of = {.tag = address->tag};

    if (address->tag == WASI_SOCKETS_NETWORK_IP_SOCKET_ADDRESS_IPV4) {
        of.val.ipv4 = address->val.ipv4.address;
        return Py_BuildValue("(NHII)", net_packed(&of), address->val.ipv4.port, 0, 0);
    }
    of.val.ipv6 = address->val.ipv6.address;
    return Py_BuildValue("(NHII)", net_packed(&of), address->val.ipv6.port, address->val.ipv6.flow_info,
                         address->val.ipv6.scope_id);
}
