#include "standard.h"

#include <unistd.h>

#include "app.h"
#include "host.h"

/* wasi:io: what one blocking-write-and-flush takes. */
#define WRITE_MAX 4096

/* Whether there is nothing but the streams of WASI 0.2. */
static bool sealed;

static struct {
    bool closed;
    bool opened;
    wasi_io_streams_own_output_stream_t output;
} streams[STDERR_FILENO + 1];

void standard_seal(bool directories) { sealed = !directories; }

/* WASI's descriptors are signed here, and -1 is nobody's. */
static bool is_open(__wasi_fd_t fd) { return fd >= STDIN_FILENO && fd <= STDERR_FILENO && !streams[fd].closed; }

/* Nobody has anything to say to a request but its client. */
__wasi_errno_t standard_read(__wasi_fd_t fd, const __wasi_iovec_t *vecs, __wasi_size_t count, __wasi_size_t *done) {
    if (!sealed)
        return host_fd_read(fd, vecs, count, done);
    if (fd != STDIN_FILENO || !is_open(fd))
        return __WASI_ERRNO_BADF;
    *done = 0;
    return __WASI_ERRNO_SUCCESS;
}

static wasi_io_streams_borrow_output_stream_t output(__wasi_fd_t fd) {
    if (!streams[fd].opened) {
        streams[fd].output = fd == STDOUT_FILENO ? wasi_cli_stdout_get_stdout() : wasi_cli_stderr_get_stderr();
        streams[fd].opened = true;
    }
    return wasi_io_streams_borrow_output_stream(streams[fd].output);
}

/* Waits until it is out: what comes next may be the end of the instance. */
static bool write_all(__wasi_fd_t fd, uint8_t *data, size_t length) {
    while (length > 0) {
        app_list_u8_t part = {.ptr = data, .len = length < WRITE_MAX ? length : WRITE_MAX};
        wasi_io_streams_stream_error_t error;
        if (!wasi_io_streams_method_output_stream_blocking_write_and_flush(output(fd), &part, &error)) {
            wasi_io_streams_stream_error_free(&error);
            return false;
        }
        data += part.len;
        length -= part.len;
    }
    return true;
}

__wasi_errno_t standard_write(__wasi_fd_t fd, const __wasi_ciovec_t *vecs, __wasi_size_t count, __wasi_size_t *done) {
    if (!sealed)
        return host_fd_write(fd, vecs, count, done);
    if (fd == STDIN_FILENO || !is_open(fd))
        return __WASI_ERRNO_BADF;
    *done = 0;
    for (__wasi_size_t i = 0; i < count; i++) {
        /* The bindings have no const; nobody writes there. */
        if (!write_all(fd, (uint8_t *)vecs[i].buf, vecs[i].buf_len))
            return __WASI_ERRNO_IO;
        *done += vecs[i].buf_len;
    }
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t standard_close(__wasi_fd_t fd) {
    if (!sealed)
        return host_fd_close(fd);
    if (!is_open(fd))
        return __WASI_ERRNO_BADF;
    if (streams[fd].opened)
        wasi_io_streams_output_stream_drop_own(streams[fd].output);
    streams[fd].opened = false;
    streams[fd].closed = true;
    return __WASI_ERRNO_SUCCESS;
}

/* Neither a file nor a terminal. */
__wasi_errno_t standard_filestat(__wasi_fd_t fd, __wasi_filestat_t *stat) {
    if (!sealed)
        return host_fd_filestat_get(fd, stat);
    if (!is_open(fd))
        return __WASI_ERRNO_BADF;
    *stat = (__wasi_filestat_t){.ino = fd + 1, .filetype = __WASI_FILETYPE_UNKNOWN, .nlink = 1};
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t standard_fdstat(__wasi_fd_t fd, __wasi_fdstat_t *stat) {
    if (!sealed)
        return host_fd_fdstat_get(fd, stat);
    if (!is_open(fd))
        return __WASI_ERRNO_BADF;
    *stat = (__wasi_fdstat_t){
        .fs_filetype = __WASI_FILETYPE_UNKNOWN,
        .fs_rights_base = fd == STDIN_FILENO ? __WASI_RIGHTS_FD_READ : __WASI_RIGHTS_FD_WRITE,
    };
    return __WASI_ERRNO_SUCCESS;
}

/* wasi:http/proxy has no way to end but to trap. */
_Noreturn void WASI(proc_exit)(int32_t code) {
    if (!sealed)
        host_proc_exit((uint32_t)code);
    __builtin_trap();
}
