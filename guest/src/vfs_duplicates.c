#include "vfs_duplicates.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "host.h"
#include "vfs.h"

#define NONE ((__wasi_fd_t) - 1)

/* Twice what dup() may take: closing a number may take an entry for each duplicate. */
#define ENTRIES (2 * DUPLICATES_MAX)

/* What a number stands for, if not for itself: NONE after its close, while its descriptor has other numbers. */
struct number {
    __wasi_fd_t fd, target;
    bool used;
};

/* The table comes with the first duplicate: where there is none, statics that each request writes stay close together. */
static struct {
    uint32_t count;
    struct number numbers[ENTRIES];
} *table;

static struct number *number_of(__wasi_fd_t fd) {
    for (uint32_t i = 0; table != NULL && i < ENTRIES; i++) {
        if (table->numbers[i].used && table->numbers[i].fd == fd)
            return &table->numbers[i];
    }
    return NULL;
}

static bool is_target(__wasi_fd_t fd) {
    for (uint32_t i = 0; table != NULL && fd != NONE && i < ENTRIES; i++) {
        if (table->numbers[i].used && table->numbers[i].target == fd)
            return true;
    }
    return false;
}

/* NULL if there are too many or no memory, which cannot be on close. */
static struct number *add(uint32_t most) {
    if (table == NULL && (table = calloc(1, sizeof *table)) == NULL)
        return NULL;
    for (uint32_t i = 0; table->count < most && i < ENTRIES; i++) {
        if (!table->numbers[i].used) {
            table->numbers[i] = (struct number){.fd = DUPLICATES_FIRST_FD + i, .target = NONE, .used = true};
            table->count++;
            return &table->numbers[i];
        }
    }
    return NULL;
}

static void forget(struct number *number) {
    number->used = false;
    if (--table->count == 0) {
        free(table);
        table = NULL;
    }
}

__wasi_fd_t duplicates_target(__wasi_fd_t fd) {
    const struct number *number = number_of(fd);
    return number != NULL ? number->target : fd;
}

bool duplicates_know(__wasi_fd_t fd) { return number_of(fd) != NULL || is_target(fd); }

/* Closes a descriptor whose last number is gone. While its own number stands for another one, it stays open, because
 * the number would be given to the next file. */
static __wasi_errno_t settle(__wasi_fd_t fd) {
    struct number *number = number_of(fd);

    if (number == NULL || number->target != NONE || is_target(fd))
        return __WASI_ERRNO_SUCCESS;
    forget(number);
    return vfs_close_fd(fd);
}

__wasi_errno_t duplicates_close(__wasi_fd_t fd) {
    struct number *number = number_of(fd);
    __wasi_fd_t target = number != NULL ? number->target : fd;

    if (number == NULL && !is_target(fd))
        return vfs_close_fd(fd);
    if (target == NONE || (number == NULL && (number = add(ENTRIES)) == NULL))
        return __WASI_ERRNO_BADF;
    number->fd = fd;
    number->target = NONE;
    if (fd >= DUPLICATES_FIRST_FD)
        forget(number);
    else if (fd != target)
        (void)settle(fd);
    return settle(target);
}

static bool is_open(__wasi_fd_t target) {
    __wasi_fdstat_t stat;
    return target != NONE && __wasi_fd_fdstat_get(target, &stat) == __WASI_ERRNO_SUCCESS;
}

static __wasi_errno_t duplicate(__wasi_fd_t fd, __wasi_fd_t *other) {
    __wasi_fd_t target = duplicates_target(fd);
    struct number *number;

    if (!is_open(fd))
        return __WASI_ERRNO_BADF;
    if ((number = add(DUPLICATES_MAX)) == NULL)
        return __WASI_ERRNO_MFILE;
    number->target = target;
    *other = number->fd;
    return __WASI_ERRNO_SUCCESS;
}

static __wasi_errno_t duplicate_as(__wasi_fd_t fd, __wasi_fd_t other) {
    __wasi_fd_t target = duplicates_target(fd), former = duplicates_target(other);
    struct number *number = number_of(other);

    /* Numbers of open files, and those of the standard streams: others are the host's to give. */
    if (!is_open(fd) || (other > STDERR_FILENO && !is_open(other)))
        return __WASI_ERRNO_BADF;
    if (target == former)
        return __WASI_ERRNO_SUCCESS;
    if (number == NULL && (number = add(DUPLICATES_MAX)) == NULL)
        return __WASI_ERRNO_MFILE;
    *number = (struct number){.fd = other, .target = target, .used = true};
    if (target == other)
        forget(number);
    return former != NONE ? settle(former) : __WASI_ERRNO_SUCCESS;
}

PyObject *duplicates_dup(PyObject *Py_UNUSED(module), PyObject *descriptor) {
    int fd = PyLong_AsInt(descriptor);
    __wasi_fd_t other;

    if (fd == -1 && PyErr_Occurred())
        return NULL;
    errno = duplicate((__wasi_fd_t)fd, &other);
    return errno == 0 ? PyLong_FromUnsignedLong(other) : PyErr_SetFromErrno(PyExc_OSError);
}

PyObject *duplicates_dup2(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs) {
    static char *names[] = {"fd", "fd2", "inheritable", NULL};
    int fd, other, inheritable = 1;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "ii|p:dup2", names, &fd, &other, &inheritable))
        return NULL;
    errno = duplicate_as((__wasi_fd_t)fd, (__wasi_fd_t)other);
    return errno == 0 ? PyLong_FromLong(other) : PyErr_SetFromErrno(PyExc_OSError);
}
