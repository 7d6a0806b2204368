#include "vfs_pretend.h"

#include <string.h>

#include "host.h"

/* Directories that were made and not removed: room for more than SQLite makes at once for several databases. */
#define MADE_MAX 16

static bool sealed, boot_pretends, pretends, changed;
static struct {
    uint64_t keys[MADE_MAX];
    uint32_t count;
} made;

/* Called by the builder before a boot that it discards. */
__attribute__((export_name("wasgi_pretend"))) void wasgi_pretend(void) { boot_pretends = true; }

bool pretend_is_on(void) { return !sealed && (boot_pretends || pretends); }

bool pretend_change(void) {
    if (sealed)
        return false;
    changed = true;
    return pretend_is_on();
}

/* FNV-1a. */
static uint64_t key_of(const struct place *place) {
    uint64_t key = 0xcbf29ce484222325u ^ place->host_fd;

    for (__wasi_size_t i = 0; i < place->length; i++)
        key = (key ^ (uint8_t)place->path[i]) * 0x100000001b3u;
    return key;
}

bool pretend_make_directory(const struct place *place, __wasi_errno_t *err) {
    __wasi_filestat_t stat;

    if (sealed)
        return false;
    *err = __WASI_ERRNO_EXIST;
    if (host_path_filestat_get(place->host_fd, 0, place->path, place->length, &stat) == __WASI_ERRNO_SUCCESS)
        return true;
    *err = __WASI_ERRNO_SUCCESS;
    if (made.count < MADE_MAX)
        made.keys[made.count++] = key_of(place);
    else
        changed = true;
    return pretend_is_on();
}

bool pretend_remove_directory(const struct place *place) {
    uint64_t key = key_of(place);

    if (sealed)
        return false;
    for (uint32_t i = 0; i < made.count; i++) {
        if (made.keys[i] != key)
            continue;
        made.keys[i] = made.keys[--made.count];
        return pretend_is_on();
    }
    return pretend_change();
}

__wasi_errno_t pretend_write(__wasi_fd_t host_fd, const __wasi_ciovec_t *vecs, __wasi_size_t count, bool at_position,
                             __wasi_size_t *done) {
    __wasi_filesize_t position;

    *done = 0;
    for (__wasi_size_t i = 0; i < count; i++)
        *done += vecs[i].buf_len;
    return at_position ? host_fd_seek(host_fd, *done, __WASI_WHENCE_CUR, &position) : __WASI_ERRNO_SUCCESS;
}

void pretend_seal(void) {
    sealed = true;
    memset(&made, 0, sizeof made);
}

PyObject *pretend_set(PyObject *Py_UNUSED(module), PyObject *is_on) {
    pretends = is_on == Py_True;
    Py_RETURN_NONE;
}

PyObject *pretend_changed(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    bool since = changed || made.count > 0;

    changed = false;
    made.count = 0;
    return PyBool_FromLong(since);
}
