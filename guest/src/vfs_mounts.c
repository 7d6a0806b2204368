#include "vfs_mounts.h"

#include <string.h>

#include "host.h"
#include "vfs.h"

#define MOUNTS_MAX 16
#define NAMES_SIZE 2048

static struct {
    bool listed, used;
    uint32_t count, names_used;
    struct {
        __wasi_fd_t host_fd;
        uint32_t name, length;
    } at[MOUNTS_MAX];
    char names[NAMES_SIZE];
} mounts;

/* Writes `path` without '.', '..', empty parts and outer slashes, so that it can be compared with mounts. This keeps
 * its meaning, because the image has no symbolic links. Returns the length, or -1 if it does not fit. */
static int normalise(const char *path, __wasi_size_t length, char *out, uint32_t room) {
    uint32_t used = 0;

    for (__wasi_size_t start = 0, end; start < length; start = end + 1) {
        const char *slash = memchr(path + start, '/', length - start);
        end = slash != NULL ? (__wasi_size_t)(slash - path) : length;
        __wasi_size_t part = end - start;
        if (part == 0 || (part == 1 && path[start] == '.'))
            continue;
        if (part == 2 && memcmp(path + start, "..", 2) == 0) {
            while (used > 0 && out[--used] != '/')
                ;
            continue;
        }
        if (used + part + 1 > room)
            return -1;
        if (used > 0)
            out[used++] = '/';
        memcpy(out + used, path + start, part);
        used += part;
    }
    return (int)used;
}

/* Ignores a mount on '/': it would hide the image with the standard library. */
static void add(__wasi_fd_t host_fd, __wasi_size_t name_len) {
    char name[MOUNT_PATH_MAX];
    int length;

    if (name_len > sizeof name || mounts.count == MOUNTS_MAX)
        return;
    if (host_fd_prestat_dir_name(host_fd, (uint8_t *)name, name_len) != __WASI_ERRNO_SUCCESS)
        return;
    length = normalise(name, name_len, mounts.names + mounts.names_used, NAMES_SIZE - mounts.names_used);
    if (length <= 0)
        return;
    mounts.at[mounts.count].host_fd = host_fd;
    mounts.at[mounts.count].name = mounts.names_used;
    mounts.at[mounts.count].length = (uint32_t)length;
    mounts.names_used += (uint32_t)length;
    mounts.count++;
}

static void list(void) {
    __wasi_prestat_t prestat;

    mounts.listed = true;
    for (__wasi_fd_t fd = VFS_ROOT_FD; host_fd_prestat_get(fd, &prestat) == __WASI_ERRNO_SUCCESS; fd++) {
        if (prestat.tag == __WASI_PREOPENTYPE_DIR)
            add(fd, prestat.u.dir.pr_name_len);
    }
}

static bool below(const char *path, uint32_t length, const char *name, uint32_t name_len) {
    return length >= name_len && memcmp(path, name, name_len) == 0 && (length == name_len || path[name_len] == '/');
}

bool mounts_find(const char *path, __wasi_size_t length, struct mount_target *target) {
    uint32_t best = 0;
    int normal;

    if (!mounts.listed)
        list();
    if (mounts.count == 0)
        return false;
    normal = normalise(path, length, target->buffer, sizeof target->buffer);
    for (uint32_t i = 0; i < mounts.count && normal > 0; i++) {
        if (mounts.at[i].length <= best ||
            !below(target->buffer, (uint32_t)normal, mounts.names + mounts.at[i].name, mounts.at[i].length))
            continue;
        best = mounts.at[i].length;
        target->host_fd = mounts.at[i].host_fd;
    }
    if (best == 0)
        return false;
    if (!mounts.used)
        mounts.used = true;
    target->whole = (__wasi_size_t)normal;
    target->path = (uint32_t)normal == best ? "." : target->buffer + best + 1;
    target->length = (uint32_t)normal == best ? 1 : (uint32_t)normal - best - 1;
    return true;
}

bool mounts_path(uint32_t index, const char **path, size_t *length) {
    if (!mounts.listed)
        list();
    if (index >= mounts.count)
        return false;
    *path = mounts.names + mounts.at[index].name;
    *length = mounts.at[index].length;
    return true;
}

uint32_t mounts_index(__wasi_fd_t host_fd) {
    uint32_t index = mounts.count;

    while (index > 0 && mounts.at[index - 1].host_fd != host_fd)
        index--;
    return index;
}

void mounts_seal(bool expected) {
    memset(&mounts, 0, sizeof mounts);
    mounts.listed = !expected;
}

PyObject *mounts_is_granted(PyObject *Py_UNUSED(module), PyObject *path) {
    bool used = mounts.used, found;
    struct mount_target target;
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(path, &length);

    if (text == NULL)
        return NULL;
    found = mounts_find(text, (__wasi_size_t)length, &target);
    mounts.used = used;
    return PyBool_FromLong(found);
}

PyObject *mounts_were_used(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    return PyBool_FromLong(mounts.used);
}
