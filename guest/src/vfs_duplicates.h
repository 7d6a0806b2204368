/* Further numbers of open files, as dup() and dup2() of POSIX give them and WASI cannot.
 *
 * All numbers of a file share its position. It is closed when none is left. */
#ifndef WASGI_VFS_DUPLICATES_H
#define WASGI_VFS_DUPLICATES_H

#include <Python.h>
#include <stdbool.h>
#include <wasi/api.h>

#define DUPLICATES_FIRST_FD 0x30000
#define DUPLICATES_MAX 256

/* The descriptor that a number stands for: most stand for themselves. One that is not open if it stands for none. */
__wasi_fd_t duplicates_target(__wasi_fd_t fd);

/* Whether a number is a duplicate or has one, so that it must not move. */
bool duplicates_know(__wasi_fd_t fd);

/* Closes a number, and what it stands for if no other number does. */
__wasi_errno_t duplicates_close(__wasi_fd_t fd);

/* os.dup(fd), os.dup2(fd, fd2, inheritable=True) */
PyObject *duplicates_dup(PyObject *module, PyObject *descriptor);
PyObject *duplicates_dup2(PyObject *module, PyObject *args, PyObject *kwargs);

#endif
