/* WASI's calls that read, write, grow and seek in an open file: of the image (never written), of /tmp, or the host's. */
#include "vfs_mute.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "standard.h"
#include "vfs.h"
#include "vfs_duplicates.h"
#include "vfs_held.h"
#include "vfs_pretend.h"

static size_t read_image(const struct vfs_file *file, uint64_t offset, uint8_t *out, size_t length) {
    uint64_t size = file->node.image->size;

    if (offset >= size)
        return 0;
    if (length > size - offset)
        length = (size_t)(size - offset);
    memcpy(out, file->data + offset, length);
    return length;
}

static __wasi_errno_t read_at(const struct vfs_file *file, uint64_t offset, const __wasi_iovec_t *vecs,
                              __wasi_size_t count, __wasi_size_t *done) {
    *done = 0;
    if (vfs_is_directory(file->node))
        return __WASI_ERRNO_ISDIR;
    if (!file->readable)
        return __WASI_ERRNO_BADF;
    for (__wasi_size_t i = 0; i < count; i++) {
        size_t part = file->node.tmp != NULL ? tmp_read(file->node.tmp, offset, vecs[i].buf, vecs[i].buf_len)
                                             : read_image(file, offset, vecs[i].buf, vecs[i].buf_len);
        offset += part;
        *done += part;
        if (part < vecs[i].buf_len)
            break;
    }
    return __WASI_ERRNO_SUCCESS;
}

/* A write cut short by a lack of memory counts as done as far as it went; the next one then gets NOSPC. */
static __wasi_errno_t write_at(const struct vfs_file *file, uint64_t offset, const __wasi_ciovec_t *vecs,
                               __wasi_size_t count, __wasi_size_t *done) {
    __wasi_errno_t err = __WASI_ERRNO_SUCCESS;

    *done = 0;
    if (!file->writable)
        return __WASI_ERRNO_BADF;
    for (__wasi_size_t i = 0; i < count && err == __WASI_ERRNO_SUCCESS; i++) {
        size_t part;
        err = tmp_write(file->node.tmp, offset + *done, vecs[i].buf, vecs[i].buf_len, &part);
        *done += part;
    }
    if (*done == 0)
        return err;
    tmp_set_times(file->node.tmp, 0, 0, __WASI_FSTFLAGS_MTIM_NOW);
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(fd_pread)(__wasi_fd_t fd, const __wasi_iovec_t *vecs, __wasi_size_t count, __wasi_filesize_t offset,
                              __wasi_size_t *done) {
    struct vfs_file *file = vfs_file(fd);

    if (file == NULL)
        return host_fd_pread(vfs_host_fd(fd), vecs, count, offset, done);
    return read_at(file, offset, vecs, count, done);
}

__wasi_errno_t WASI(fd_read)(__wasi_fd_t fd, const __wasi_iovec_t *vecs, __wasi_size_t count, __wasi_size_t *done) {
    struct vfs_file *file = vfs_file(fd);
    __wasi_errno_t err;

    if (file == NULL)
        return standard_read(vfs_host_fd(fd), vecs, count, done);
    err = read_at(file, file->position, vecs, count, done);
    file->position += *done;
    return err;
}

__wasi_errno_t WASI(fd_pwrite)(__wasi_fd_t fd, const __wasi_ciovec_t *vecs, __wasi_size_t count,
                               __wasi_filesize_t offset, __wasi_size_t *done) {
    struct vfs_file *file = vfs_file(fd);

    if (file == NULL && held_has(fd) && pretend_change())
        return pretend_write(vfs_host_fd(fd), vecs, count, false, done);
    if (file == NULL)
        return host_fd_pwrite(vfs_host_fd(fd), vecs, count, offset, done);
    return write_at(file, offset, vecs, count, done);
}

static bool muted;

PyObject *vfs_mute(PyObject *Py_UNUSED(module), PyObject *is_muted) {
    muted = is_muted == Py_True;
    Py_RETURN_NONE;
}

static __wasi_errno_t drop(const __wasi_ciovec_t *vecs, __wasi_size_t count, __wasi_size_t *done) {
    *done = 0;
    for (__wasi_size_t i = 0; i < count; i++)
        *done += vecs[i].buf_len;
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(fd_write)(__wasi_fd_t fd, const __wasi_ciovec_t *vecs, __wasi_size_t count, __wasi_size_t *done) {
    struct vfs_file *file = vfs_file(fd);
    __wasi_errno_t err;

    if (file == NULL && muted && duplicates_target(fd) <= STDERR_FILENO)
        return drop(vecs, count, done);
    if (file == NULL && held_has(fd) && pretend_change())
        return pretend_write(vfs_host_fd(fd), vecs, count, true, done);
    if (file == NULL)
        return standard_write(vfs_host_fd(fd), vecs, count, done);
    if (file->writable && (file->flags & __WASI_FDFLAGS_APPEND))
        file->position = file->node.tmp->size;
    err = write_at(file, file->position, vecs, count, done);
    file->position += *done;
    return err;
}

__wasi_errno_t WASI(fd_allocate)(__wasi_fd_t fd, __wasi_filesize_t offset, __wasi_filesize_t length) {
    struct vfs_file *file = vfs_file(fd);

    if (file == NULL && held_has(fd) && pretend_change())
        return __WASI_ERRNO_SUCCESS;
    if (file == NULL)
        return host_fd_allocate(vfs_host_fd(fd), offset, length);
    return file->writable ? tmp_reserve(file->node.tmp, offset, length) : __WASI_ERRNO_BADF;
}

__wasi_errno_t WASI(fd_filestat_set_size)(__wasi_fd_t fd, __wasi_filesize_t size) {
    struct vfs_file *file = vfs_file(fd);
    __wasi_errno_t err;

    if (file == NULL && held_has(fd) && pretend_change())
        return __WASI_ERRNO_SUCCESS;
    if (file == NULL)
        return host_fd_filestat_set_size(vfs_host_fd(fd), size);
    if (!file->writable)
        return __WASI_ERRNO_INVAL;
    err = tmp_resize(file->node.tmp, size);
    if (err == __WASI_ERRNO_SUCCESS)
        tmp_set_times(file->node.tmp, 0, 0, __WASI_FSTFLAGS_MTIM_NOW);
    return err;
}

/* What is closed already is no pipe. */
static __wasi_errno_t not_seekable(__wasi_fd_t host_fd) {
    __wasi_filestat_t stat;
    __wasi_errno_t err = standard_filestat(host_fd, &stat);

    return err == __WASI_ERRNO_BADF ? err : __WASI_ERRNO_SPIPE;
}

__wasi_errno_t WASI(fd_seek)(__wasi_fd_t fd, __wasi_filedelta_t delta, uint32_t whence, __wasi_filesize_t *position) {
    struct vfs_file *file = vfs_file(fd);
    int64_t target;

    if (file == NULL) {
        __wasi_errno_t err = host_fd_seek(vfs_host_fd(fd), delta, whence, position);
        return err != __WASI_ERRNO_SPIPE ? err : not_seekable(vfs_host_fd(fd));
    }
    if (whence == __WASI_WHENCE_SET)
        target = 0;
    else if (whence == __WASI_WHENCE_CUR)
        target = (int64_t)file->position;
    else if (whence == __WASI_WHENCE_END)
        target = (int64_t)(file->node.tmp != NULL ? file->node.tmp->size : file->node.image->size);
    else
        return __WASI_ERRNO_INVAL;
    if (__builtin_add_overflow(target, delta, &target))
        return __WASI_ERRNO_OVERFLOW;
    if (target < 0)
        return __WASI_ERRNO_INVAL;
    *position = file->position = (uint64_t)target;
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t WASI(fd_tell)(__wasi_fd_t fd, __wasi_filesize_t *position) {
    struct vfs_file *file = vfs_file(fd);

    if (file == NULL)
        return host_fd_tell(vfs_host_fd(fd), position);
    *position = file->position;
    return __WASI_ERRNO_SUCCESS;
}
