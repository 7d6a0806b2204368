/* Makes the snapshot's objects immortal. Counting a reference dirties a page of the snapshot, which must be restored
 * before the next request. Objects that are alive at the snapshot are alive at the start of every request, so their
 * counts have no use: immortal objects have none, and reading them dirties no page. Objects that a request creates are
 * counted and freed as usual. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "immortal.h"

/* Objects whose references this has yet to follow. */
struct pending {
    PyObject **objects;
    size_t count;
    size_t capacity;
};

static void push(struct pending *pending, PyObject *object) {
    if (pending->count == pending->capacity) {
        size_t capacity = pending->capacity ? pending->capacity * 2 : 4096;
        PyObject **objects = realloc(pending->objects, capacity * sizeof *objects);
        if (objects == NULL)
            return;
        pending->objects = objects;
        pending->capacity = capacity;
    }
    pending->objects[pending->count++] = object;
}

/* A visitproc. An immortal object was visited already, or is one of CPython's own, which refer to no mortal ones. */
static int visit(PyObject *object, void *pending) {
    if (object != NULL && !_Py_IsImmortal(object)) {
        object->ob_refcnt = _Py_IMMORTAL_REFCNT;
        push(pending, object);
    }
    return 0;
}

/* Code objects hold most of a module, but have no traverse function, because they cannot be in cycles. */
static void follow_code(PyCodeObject *code, struct pending *pending) {
    PyObject *parts[] = {code->co_consts,          code->co_names,    code->co_exceptiontable,
                         code->co_localsplusnames, code->co_filename, code->co_name,
                         code->co_localspluskinds, code->co_qualname, code->co_linetable};

    for (size_t i = 0; i < Py_ARRAY_LENGTH(parts); i++)
        visit(parts[i], pending);
}

static void follow(PyObject *object, struct pending *pending) {
    if (PyCode_Check(object))
        follow_code((PyCodeObject *)object, pending);
    else if (PyObject_IS_GC(object) && Py_TYPE(object)->tp_traverse != NULL)
        Py_TYPE(object)->tp_traverse(object, visit, pending);
}

/* A gcvisitobjects_t. Also visits immortal objects, which may refer to mortal ones. */
static int begin_with(PyObject *object, void *pending) {
    object->ob_refcnt = _Py_IMMORTAL_REFCNT;
    push(pending, object);
    return 1;
}

void make_all_immortal(void) {
    struct pending pending = {0};

    PyUnstable_GC_VisitObjects(begin_with, &pending);
    while (pending.count > 0)
        follow(pending.objects[--pending.count], &pending);
    /* Otherwise the snapshot would hold the list's bytes in every instance. */
    if (pending.objects != NULL)
        memset(pending.objects, 0, pending.capacity * sizeof *pending.objects);
    free(pending.objects);
}
