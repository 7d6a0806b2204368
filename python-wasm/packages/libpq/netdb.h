/* Names and addresses, which WASI's headers lack: names.c has them of wasgi's `socket`. */
#ifndef WASGI_NETDB_H
#define WASGI_NETDB_H

#include <netinet/in.h>
#include <sys/socket.h>

#define AI_PASSIVE 1
#define AI_NUMERICHOST 4
#define NI_NUMERICHOST 1
#define NI_NUMERICSERV 2
#define NI_NAMEREQD 8
#define NI_MAXHOST 1025
#define NI_MAXSERV 32
#define EAI_NONAME (-2)
#define EAI_AGAIN (-3)
#define EAI_FAIL (-4)
#define EAI_FAMILY (-6)
#define EAI_MEMORY (-10)
#define EAI_SYSTEM (-11)
#define EAI_OVERFLOW (-12)

struct addrinfo {
    int ai_flags, ai_family, ai_socktype, ai_protocol;
    socklen_t ai_addrlen;
    struct sockaddr *ai_addr;
    char *ai_canonname;
    struct addrinfo *ai_next;
};

int guest_getaddrinfo(const char *host, const char *service, const struct addrinfo *hint, struct addrinfo **found);
void guest_freeaddrinfo(struct addrinfo *first);
const char *guest_gai_strerror(int code);
int guest_getnameinfo(const struct sockaddr *address, socklen_t length, char *host, socklen_t host_size, char *service,
                      socklen_t service_size, int flags);

#define getaddrinfo guest_getaddrinfo
#define freeaddrinfo guest_freeaddrinfo
#define gai_strerror guest_gai_strerror
#define getnameinfo guest_getnameinfo

#endif
