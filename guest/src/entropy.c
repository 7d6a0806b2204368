#include "entropy.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "abi.h"
#include "app.h"
#include "host.h"
#include "sqlite_abi.h"
#include "watch.h"

/* On Linux, process ids are below 2^22. */
#define PID_BITS 22

static bool sealed;

static void ask(uint8_t *buffer, size_t length) {
    app_list_u8_t bytes;

    abi_enter();
    wasi_random_random_get_random_bytes(length, &bytes);
    memcpy(buffer, bytes.ptr, bytes.len < length ? bytes.len : length);
    abi_leave();
}

/* The builder has preview 1 only; wit/app.wit explains why requests do not use it. */
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

/* Replaces wasi-libc's, which returns the same number everywhere. A number of its own for each instance makes names and
 * tokens differ, and makes code that detects a fork renew its state. */
pid_t getpid(void) {
    static uint32_t pid;

    if (!sealed)
        return 1;
    while (pid <= 1 && entropy_draw(&pid, sizeof pid) == __WASI_ERRNO_SUCCESS)
        pid &= (1u << PID_BITS) - 1;
    return (pid_t)pid;
}

/* An xRandomness. SQLite's own reads /dev/urandom, and falls back to the time without it. */
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
