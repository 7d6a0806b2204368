#include "entropy.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "abi.h"
#include "app.h"
#include "host.h"
#include "sqlite_abi.h"
#include "watch.h"

/* As on Linux, where they are below 2^22. */
#define PID_BITS 22

static bool sealed;

static void ask(uint8_t *buffer, size_t length) {
    app_list_u8_t bytes;

    abi_enter();
    wasi_random_random_get_random_bytes(length, &bytes);
    memcpy(buffer, bytes.ptr, bytes.len < length ? bytes.len : length);
    abi_leave();
}

/* The builder knows preview 1 only; wit/app.wit says why it is not asked later. */
__wasi_errno_t entropy_draw(void *buffer, size_t length) {
    if (!sealed)
        return host_random_get(buffer, length);
    ask(buffer, length);
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(random_get)(uint8_t *buffer, __wasi_size_t length) {
    watch_note("wasgi.entropy");
    return entropy_draw(buffer, length);
}

/* Takes the place of wasi-libc's, which is the same number everywhere. Another in each instance: what goes into names
 * and tokens differs, and what looks for a fork renews itself. */
pid_t getpid(void) {
    static uint32_t pid;

    if (!sealed)
        return 1;
    while (pid <= 1 && entropy_draw(&pid, sizeof pid) == __WASI_ERRNO_SUCCESS)
        pid &= (1u << PID_BITS) - 1;
    return (pid_t)pid;
}

/* An xRandomness. SQLite's own would read /dev/urandom, and knows only the time where that does not exist. */
static int randomness(sqlite3_vfs *Py_UNUSED(vfs), int size, char *out) {
    return entropy_draw(out, (size_t)size) == __WASI_ERRNO_SUCCESS ? size : 0;
}

void entropy_init(void) {
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

    if (vfs != NULL)
        vfs->xRandomness = randomness;
}

void entropy_seal(void) {
    sqlite3_randomness(0, NULL);
    sealed = true;
}
