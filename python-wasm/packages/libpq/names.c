/* Names and addresses for libpq (netdb.h) by wasgi's `socket`. */
#include "calls.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "netdb.h"

/* What the last name failed by, with the option that would let it be asked for. */
static char told[1024];

void guest_freeaddrinfo(struct addrinfo *first) {
    while (first != NULL) {
        struct addrinfo *next = first->ai_next;
        free(first);
        first = next;
    }
}

/* One of Python's results, with its address behind it; NULL with an exception. */
static struct addrinfo *entry_of(PyObject *found) {
    struct {
        struct addrinfo info;
        struct sockaddr_storage address;
    } *made = calloc(1, sizeof *made);
    PyObject *name, *place;

    if (made == NULL)
        return (struct addrinfo *)PyErr_NoMemory();
    made->info.ai_addr = (struct sockaddr *)&made->address;
    if (PyArg_ParseTuple(found, "iiiOO", &made->info.ai_family, &made->info.ai_socktype, &made->info.ai_protocol, &name,
                         &place))
        made->info.ai_addrlen = calls_address(place, &made->address);
    if (made->info.ai_addrlen != 0)
        return &made->info;
    free(made);
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_OSError, "an address of neither version");
    return NULL;
}

static int list_of(PyObject *found, struct addrinfo **first) {
    struct addrinfo **last = first;

    *first = NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(found); i++) {
        *last = entry_of(PyList_GET_ITEM(found, i));
        if (*last == NULL) {
            guest_freeaddrinfo(*first);
            *first = NULL;
            return -1;
        }
        last = &(*last)->ai_next;
    }
    return 0;
}

static PyObject *ask(const char *host, const char *service, const struct addrinfo *hint) {
    PyObject *module = PyImport_ImportModule("_socket"), *found = NULL;

    if (module != NULL)
        found = PyObject_CallMethod(module, "getaddrinfo", "zziiii", host, service, hint->ai_family, hint->ai_socktype,
                                    hint->ai_protocol, hint->ai_flags);
    Py_XDECREF(module);
    return found;
}

int guest_getaddrinfo(const char *host, const char *service, const struct addrinfo *hint, struct addrinfo **found) {
    static const struct addrinfo any;
    struct call call = calls_begin();
    PyObject *list = ask(host, service, hint != NULL ? hint : &any);
    int code = 0;

    if (list == NULL || list_of(list, found) < 0) {
        PyObject *raised = PyErr_GetRaisedException();
        code = calls_failed(raised, told, sizeof told);
        Py_DECREF(raised);
    }
    Py_XDECREF(list);
    (void)calls_end(call, NULL);
    return code;
}

const char *guest_gai_strerror(int code) {
    return code != EAI_MEMORY && told[0] != '\0' ? told : "Name has no address";
}

/* As numbers, which is all that libpq asks for. */
int guest_getnameinfo(const struct sockaddr *address, socklen_t Py_UNUSED(length), char *host, socklen_t host_size,
                      char *service, socklen_t service_size, int Py_UNUSED(flags)) {
    const struct sockaddr_in *four = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
    bool is_six = address->sa_family == AF_INET6;
    const void *packed = is_six ? (const void *)&six->sin6_addr : (const void *)&four->sin_addr;

    if (!is_six && address->sa_family != AF_INET)
        return EAI_FAMILY;
    if (host != NULL && inet_ntop(address->sa_family, packed, host, host_size) == NULL)
        return EAI_OVERFLOW;
    if (service != NULL)
        snprintf(service, service_size, "%u", ntohs(is_six ? six->sin6_port : four->sin_port));
    return 0;
}
