#include "vfs_held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "standard.h"
#include "vfs.h"
#include "vfs_pretend.h"

#define NO_FD ((__wasi_fd_t) - 1)

static struct held {
    char *path; /* from the root, without a slash in front; NULL: the slot is free */
    __wasi_fd_t host_fd;
    bool is_directory, has_failed;
    __wasi_rights_t base, inheriting;
    uint32_t flags;
    __wasi_filesize_t position;
} held[HELD_MAX];
static bool sealed;

bool held_is_wanted(void) { return !sealed; }

static struct held *find(__wasi_fd_t fd) {
    struct held *file = held_has(fd) ? &held[duplicates_target(fd) - HELD_FIRST_FD] : NULL;

    return file != NULL && file->path != NULL ? file : NULL;
}

static struct held *free_slot(void) {
    for (size_t i = 0; i < HELD_MAX; i++) {
        if (held[i].path == NULL)
            return &held[i];
    }
    return NULL;
}

/* The path from the root, which the caller frees; NULL without memory for it. */
static char *path_of(__wasi_fd_t dir, const struct place *place) {
    struct held *parent = find(dir);
    const char *base = parent != NULL ? parent->path : "", *path = place->path;
    __wasi_size_t length = place->length;
    size_t base_len = strlen(base);
    char *joined;

    if (parent == NULL) {
        path = place->target.buffer;
        length = place->target.whole;
    }
    joined = malloc(base_len + length + 2);
    if (joined == NULL)
        return NULL;
    memcpy(joined, base, base_len);
    if (base_len > 0)
        joined[base_len++] = '/';
    memcpy(joined + base_len, path, length);
    joined[base_len + length] = '\0';
    return joined;
}

static bool is_there(const struct place *place, const struct held_way *way) {
    __wasi_filestat_t stat;

    return host_path_filestat_get(place->host_fd, way->lookup, place->path, place->length, &stat) ==
           __WASI_ERRNO_SUCCESS;
}

/* Opens an empty, unlinked file of /tmp in place of one that would be created or truncated. */
static __wasi_errno_t open_nameless(const struct held_way *way, __wasi_fd_t *opened) {
    static const char name[] = ".wasgi";
    struct vfs_node node = {0};
    __wasi_errno_t err = tmp_create(&tmp_root, name, sizeof name - 1, false, &node.tmp);

    if (err != __WASI_ERRNO_SUCCESS)
        return err;
    err = vfs_open(node, way->base, (__wasi_fdflags_t)way->flags, opened);
    tmp_remove(node.tmp);
    return err;
}

/* Opens for reading instead of writing: vfs_pretend.c handles the writes. */
static struct held_way pretended(const struct held_way *way) {
    struct held_way reading = *way;

    if (way->base & __WASI_RIGHTS_FD_WRITE)
        reading.base = (way->base & ~__WASI_RIGHTS_FD_WRITE) | __WASI_RIGHTS_FD_READ;
    reading.oflags &= ~(uint32_t)(__WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL | __WASI_OFLAGS_TRUNC);
    return reading;
}

static __wasi_errno_t open_at_host(struct held *file, const struct place *place, const struct held_way *way) {
    __wasi_fdstat_t stat;
    __wasi_errno_t err = host_path_open(place->host_fd, way->lookup, place->path, place->length, way->oflags, way->base,
                                        way->inheriting, way->flags, &file->host_fd);

    if (err == __WASI_ERRNO_SUCCESS && host_fd_fdstat_get(file->host_fd, &stat) == __WASI_ERRNO_SUCCESS)
        file->is_directory = stat.fs_filetype == __WASI_FILETYPE_DIRECTORY;
    return mounts_open_error(err);
}

__wasi_errno_t held_open(__wasi_fd_t dir, const struct place *place, const struct held_way *way, __wasi_fd_t *opened) {
    struct held *file = free_slot();
    struct held_way reading = pretended(way);
    bool there = is_there(place, way), pretends = pretend_is_on();
    __wasi_errno_t err;

    if (file == NULL)
        return __WASI_ERRNO_MFILE;
    if (there && pretends && (way->oflags & __WASI_OFLAGS_CREAT) && (way->oflags & __WASI_OFLAGS_EXCL))
        return __WASI_ERRNO_EXIST;
    if ((way->oflags & (there ? __WASI_OFLAGS_TRUNC : __WASI_OFLAGS_CREAT)) && pretend_change())
        return open_nameless(way, opened);
    *file = (struct held){.base = way->base, .inheriting = way->inheriting, .flags = way->flags};
    err = open_at_host(file, place, pretends ? &reading : way);
    if (err != __WASI_ERRNO_SUCCESS)
        return err;
    file->path = path_of(dir, place);
    if (file->path == NULL) {
        host_fd_close(file->host_fd);
        return __WASI_ERRNO_NOMEM;
    }
    *opened = HELD_FIRST_FD + (__wasi_fd_t)(file - held);
    return __WASI_ERRNO_SUCCESS;
}

/* Logs one line, and only once, because the OSError has only an errno. */
static void log_failure(struct held *file, __wasi_errno_t err) {
    char line[MOUNT_PATH_MAX + 160];
    const char *why = err == __WASI_ERRNO_NOENT ? "it is not there" : strerror((int)err);
    __wasi_ciovec_t vec = {.buf = (uint8_t *)line};
    __wasi_size_t done;
    int length;

    if (file->has_failed)
        return;
    file->has_failed = true;
    length = snprintf(line, sizeof line,
                      "wasgi: /%.1000s, open since the import, cannot be opened again: %s (--dir grants it)\n",
                      file->path, why);
    vec.buf_len = length < (int)sizeof line ? (__wasi_size_t)length : sizeof line - 1;
    (void)standard_write(STDERR_FILENO, &vec, 1, &done);
}

static __wasi_errno_t open_again(struct held *file, __wasi_rights_t base) {
    uint32_t oflags = file->is_directory ? __WASI_OFLAGS_DIRECTORY : 0;
    struct mount_target target;
    __wasi_filesize_t position;
    __wasi_errno_t err;

    if (!mounts_find(file->path, (__wasi_size_t)strlen(file->path), &target))
        return __WASI_ERRNO_NOENT;
    err = host_path_open(target.host_fd, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, target.path, target.length, oflags, base,
                         file->inheriting, file->flags, &file->host_fd);
    if (err != __WASI_ERRNO_SUCCESS || file->is_directory || file->position == 0)
        return mounts_open_error(err);
    return host_fd_seek(file->host_fd, (__wasi_filedelta_t)file->position, __WASI_WHENCE_SET, &position);
}

__wasi_fd_t held_host_fd(__wasi_fd_t fd) {
    struct held *file = find(fd);
    __wasi_errno_t err;

    if (file == NULL)
        return NO_FD;
    if (file->host_fd != NO_FD)
        return file->host_fd;
    err = open_again(file, file->base);
    /* If this grant is read-only, reading still works; SQLite falls back in the same way. */
    if (err != __WASI_ERRNO_SUCCESS && err != __WASI_ERRNO_NOENT && (file->base & __WASI_RIGHTS_FD_READ))
        err = open_again(file, file->base & ~__WASI_RIGHTS_FD_WRITE);
    if (err == __WASI_ERRNO_SUCCESS)
        return file->host_fd;
    file->host_fd = NO_FD;
    log_failure(file, err);
    return NO_FD;
}

__wasi_errno_t held_close(__wasi_fd_t fd) {
    struct held *file = find(fd);
    __wasi_fd_t host_fd;

    if (file == NULL)
        return __WASI_ERRNO_BADF;
    host_fd = file->host_fd;
    vfs_release(file->path, strlen(file->path));
    *file = (struct held){0};
    return host_fd != NO_FD ? host_fd_close(host_fd) : __WASI_ERRNO_SUCCESS;
}

void held_seal(void) {
    sealed = true;
    for (struct held *file = held; file < held + HELD_MAX; file++) {
        __wasi_fdstat_t stat;
        if (file->path == NULL)
            continue;
        if (host_fd_fdstat_get(file->host_fd, &stat) == __WASI_ERRNO_SUCCESS)
            file->flags = stat.fs_flags;
        if (file->is_directory || host_fd_tell(file->host_fd, &file->position) != __WASI_ERRNO_SUCCESS)
            file->position = 0;
        host_fd_close(file->host_fd);
        file->host_fd = NO_FD;
    }
}

PyObject *held_list(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    PyObject *list = PyList_New(0);

    for (int i = 0; list != NULL && i < HELD_MAX; i++) {
        PyObject *pair;
        if (held[i].path == NULL)
            continue;
        pair = Py_BuildValue("(iN)", HELD_FIRST_FD + i, PyUnicode_FromFormat("/%s", held[i].path));
        if (pair == NULL || PyList_Append(list, pair) < 0)
            Py_CLEAR(list);
        Py_XDECREF(pair);
    }
    return list;
}
