#include "vfs_reopen.h"

#include <errno.h>

#include "vfs.h"

PyObject *vfs_reopen(PyObject *Py_UNUSED(module), PyObject *descriptor) {
    int number = PyObject_AsFileDescriptor(descriptor);
    struct vfs_file *file = number >= 0 ? vfs_file((__wasi_fd_t)number) : NULL;
    __wasi_rights_t rights = 0;
    __wasi_fd_t other;

    if (number < 0)
        return NULL;
    if (file == NULL || file->node.tmp == NULL)
        Py_RETURN_NONE;
    rights |= file->readable ? __WASI_RIGHTS_FD_READ : 0;
    rights |= file->writable ? __WASI_RIGHTS_FD_WRITE : 0;
    errno = vfs_open(file->node, rights, file->flags, &other);
    return errno == 0 ? PyLong_FromUnsignedLong(other) : PyErr_SetFromErrno(PyExc_OSError);
}
