/* uname(): wasi-libc's node name "(none)" cannot be resolved; "localhost" is every machine's own (RFC 6761, 6.3). */
#include <string.h>
#include <sys/utsname.h>

int __real_uname(struct utsname *name);
int __wrap_uname(struct utsname *name);

int __wrap_uname(struct utsname *name) {
    int result = __real_uname(name);

    strcpy(name->nodename, "localhost");
    return result;
}
