/* _wasgi_net: connections to others by wasi:sockets, for components that are built with a network. C has their handles and
 * bytes; `wasgi_guest.network` decides who connects to whom, and makes sockets of them.
 *
 * Nothing here waits: what would block gives None, and _wasgi_outgoing.wait() waits for it. Errors are OSError with the number
 * that Linux gives. Addresses are tuples: packed bytes, port, flow information, scope. */
#ifndef WASGI_NET_H
#define WASGI_NET_H

#include <Python.h>
#include <stdbool.h>

#include "app.h"

PyMODINIT_FUNC PyInit__wasgi_net(void);

/* From now on there is a host to ask. `network`: the component imports wasi:sockets. */
void net_seal(bool network);

/* Whether there are sockets to be had. Without them nothing here may call the host. */
bool net_is_open(void);

/* What tells that a thing of this module has something to read, or room to write: 1, or 0 where nothing will ever come, or
 * -1 with an exception. */
int net_subscribe(PyObject *thing, bool writes, wasi_io_poll_own_pollable_t *pollable);

/* net_address.c. Sets an OSError for a code, or Unresolved, or RequestEnded where that is why; gives NULL. */
PyObject *net_fail(wasi_sockets_network_error_code_t code);
int net_address_init(PyObject *module);
/* The same for a stream that failed. */
PyObject *net_fail_stream(wasi_io_streams_stream_error_t *error);
/* False with an exception for what is no address of ours. */
bool net_address_from(PyObject *tuple, wasi_sockets_network_ip_socket_address_t *address);
PyObject *net_address_to(const wasi_sockets_network_ip_socket_address_t *address);
PyObject *net_packed(const wasi_sockets_network_ip_address_t *address);

/* Each type of what can be waited for, in a file of its own. */
extern PyTypeObject net_tcp_type, net_udp_type, net_lookup_type;
int net_tcp_subscribe(PyObject *thing, bool writes, wasi_io_poll_own_pollable_t *pollable);
int net_udp_subscribe(PyObject *thing, bool writes, wasi_io_poll_own_pollable_t *pollable);
int net_lookup_subscribe(PyObject *thing, wasi_io_poll_own_pollable_t *pollable);

#endif
