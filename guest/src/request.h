/* _wasgi.Request: one request and its response, as Python sees them.
 *
 * The object owns the host's handles from request_new() to request_end(). Python may keep it for longer; every use
 * then raises ValueError. Streams are dropped before their bodies, and bodies before their request, as wasi:io
 * demands. */
#ifndef WASGI_REQUEST_H
#define WASGI_REQUEST_H

#include <Python.h>
#include <stdbool.h>

#include "app.h"

/* "There is no such handle (any more)." The component model never hands out a negative one. */
#define NO_HANDLE (-1)

struct request {
    PyObject_HEAD
    bool rehearsal; /* synthetic: there is neither a client nor a host */
    bool open;    /* false after finish(), abort() and the end of the handler */
    bool read_end; /* the request body is at its end */
    bool read_lost; /* bytes of the request body were lost: it must not look complete */
    wasi_http_types_own_response_outparam_t outparam; /* until start() */
    wasi_http_types_own_incoming_request_t incoming;
    wasi_http_types_own_incoming_body_t body_in; /* both from the first read() on */
    wasi_http_types_own_input_stream_t stream_in;
    wasi_http_types_own_outgoing_body_t body_out;   /* from start() on */
    wasi_http_types_own_output_stream_t stream_out; /* from the first write() on */
    /* Attributes fetched from the host so far; NULL before. */
    PyObject *method, *scheme, *authority, *target;
    PyObject *rehearsed; /* the headers of a synthetic request; else NULL */
};

extern PyTypeObject request_type;

/* Interns constants that every request needs. 0, or -1 with an exception. */
int request_init(void);

/* Takes both handles over on success; else NULL with an exception, and the handles stay the caller's. */
struct request *request_new(wasi_http_types_own_incoming_request_t incoming,
                            wasi_http_types_own_response_outparam_t outparam);

/* _wasgi.rehearsal(): a synthetic request for a run before the snapshot. */
PyObject *request_rehearsal(PyObject *module, PyObject *args);

/* Drops every handle; an unfinished response is cut off. If no response was started, answers with a plain 500 of this
 * text. May be called repeatedly. */
void request_end_with(struct request *request, const char *text);
static inline void request_end(struct request *request) { request_end_with(request, "Internal Server Error\n"); }

/* False, with ValueError set, when the request is over. */
bool request_check_open(struct request *request);

/* request_head.c: attributes that are fetched from the host once. The functions return borrowed references. */
extern PyGetSetDef request_getset[];
int request_head_init(void);
PyObject *request_method(struct request *request);
PyObject *request_scheme(struct request *request);
PyObject *request_target(struct request *request);

/* request_environ.c */
int request_environ_init(void);
PyObject *request_fill(struct request *request, PyObject *environ);

/* request_body.c */
PyObject *request_read(struct request *request, PyObject *limit);
void request_drop_body(struct request *request);

/* response.c */
PyObject *request_start(struct request *request, PyObject *const *args, Py_ssize_t nargs);
PyObject *request_write(struct request *request, PyObject *data);
PyObject *request_finish(struct request *request, PyObject *unused);
void request_drop_response(struct request *request);
/* Answers without Python. Takes the handle over. */
void response_plain(wasi_http_types_own_response_outparam_t outparam, uint16_t status, const char *text);

/* streams.c: sets `exception` with the host's message for a failed stream, and drops the error. */
void stream_error_raise(PyObject *exception, const char *what, wasi_io_streams_stream_error_t *error);

#endif
