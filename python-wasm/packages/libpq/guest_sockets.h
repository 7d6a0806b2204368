/* Sockets of wasgi's `socket` for libpq, as WASI has none: the compiler includes this in front of each of libpq's sources.
 *
 * Descriptors are those that `socket.fileno()` gives, so that `select` and `selectors` know them. Errors are as elsewhere:
 * -1 with errno. Each function takes the GIL, as libpq is called without it. */
#ifndef WASGI_GUEST_SOCKETS_H
#define WASGI_GUEST_SOCKETS_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int guest_socket(int family, int kind, int protocol);
int guest_connect(int descriptor, const struct sockaddr *address, socklen_t length);
ssize_t guest_send(int descriptor, const void *data, size_t length, int flags);
ssize_t guest_recv(int descriptor, void *data, size_t length, int flags);
int guest_close(int descriptor);
int guest_getsockopt(int descriptor, int level, int option, void *value, socklen_t *length);
int guest_setsockopt(int descriptor, int level, int option, const void *value, socklen_t length);
int guest_getsockname(int descriptor, struct sockaddr *address, socklen_t *length);
int guest_poll(struct pollfd *polled, nfds_t count, int milliseconds);
#undef poll
#define poll guest_poll

/* Of libpq's own (port.h). */
bool pg_set_noblock(int descriptor);
bool pg_set_block(int descriptor);

/* Calls alone: libpq has fields of these names. */
#define socket(family, kind, protocol) guest_socket(family, kind, protocol)
#define connect(descriptor, address, length) guest_connect(descriptor, address, length)
#define send(descriptor, data, length, flags) guest_send(descriptor, data, length, flags)
#define recv(descriptor, data, length, flags) guest_recv(descriptor, data, length, flags)
#define close(descriptor) guest_close(descriptor)
#define getsockopt(descriptor, level, option, value, length) guest_getsockopt(descriptor, level, option, value, length)
#define setsockopt(descriptor, level, option, value, length) guest_setsockopt(descriptor, level, option, value, length)
#define getsockname(descriptor, address, length) guest_getsockname(descriptor, address, length)

/* They are not inherited, as nothing forks. */
#define FD_CLOEXEC 1
#define fcntl(descriptor, command, value) ((void)(descriptor), 0)

/* WASI's has no place for a path; nobody is reached by one, but libpq prints them. */
struct guest_sockaddr_un {
    sa_family_t sun_family;
    char sun_path[108];
};
#define sockaddr_un guest_sockaddr_un

/* Linux's number: WASI has no error of this kind. */
#define EHOSTDOWN 112

/* As on Linux (guest/python/wasgi_guest/socket_numbers.py). */
#define MSG_NOSIGNAL 0x4000
#define SO_ERROR 4
#define SO_KEEPALIVE 9

/* A sandbox has one thread at a time, and no signals. */
#define pthread_mutex_lock(mutex) ((void)(mutex), 0)
#define pthread_mutex_unlock(mutex) ((void)(mutex), 0)
#define pthread_sigmask(how, set, before) ((void)(set), 0)
#define sigemptyset(set) ((void)(set), 0)
#define sigaddset(set, signal) ((void)(set), 0)
#define sigismember(set, signal) ((void)(set), 0)
#define sigpending(set) ((void)(set), 0)
#define sigwait(set, signal) ((void)(set), 0)

#endif
