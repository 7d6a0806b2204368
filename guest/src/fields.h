/* Header fields on their way to the host. */
#ifndef WASGI_FIELDS_H
#define WASGI_FIELDS_H

#include <Python.h>

#include "app.h"

/* Turns a list of (name, value) pairs of bytes into a new handle, in one call. 0, or -1 with TypeError for any other
 * argument, or ValueError that names the field refused by the host. */
int fields_from_list(PyObject *list, wasi_http_types_own_fields_t *fields);

/* The fields of a plain-text response. Never fails. */
wasi_http_types_own_fields_t fields_plain_text(void);

#endif
