#include <string.h>

#include "abi.h"
#include "request.h"

void stream_error_raise(PyObject *exception, const char *what, wasi_io_streams_stream_error_t *error) {
    wasi_io_error_own_error_t cause = error->val.last_operation_failed;
    app_string_t text;
    const uint8_t *end;

    if (error->tag == WASI_IO_STREAMS_STREAM_ERROR_CLOSED) {
        PyErr_SetString(exception, what);
        return;
    }
    abi_enter();
    wasi_io_error_method_error_to_debug_string(wasi_io_error_borrow_error(cause), &text);
    /* Some hosts append their own backtrace to the first line. */
    end = memchr(text.ptr, '\n', text.len);
    PyErr_Format(exception, "%s: %.*s", what, (int)(end ? end - text.ptr : (ptrdiff_t)text.len), text.ptr);
    abi_leave();
    wasi_io_error_error_drop_own(cause);
}
