/* Adds names to modules of CPython's that its configure leaves out of them for WASI and that every Linux has.
 *
 * What cannot work raises OSError, which careful programs catch, and says that it is the sandbox. */
#ifndef WASGI_EXTENDING_H
#define WASGI_EXTENDING_H

#include <Python.h>

/* Why something cannot work, as it ends the message of an OSError. */
#define NO_PROCESSES "a sandbox has no processes"
#define NO_SIGNALS "no signal reaches a sandbox"
#define NO_DEVICES "a sandbox has no devices"

struct constant {
    const char *name;
    long long value;
};

/* A function that always raises OSError. */
struct refusal {
    PyMethodDef method;
    int err;
    const char *why;
};

#define ANYHOW(function) (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS
#define REFUSAL(name, err, why) {{(name), ANYHOW(extending_refused), NULL}, (err), (why)}
#define PATH_REFUSAL(name, err, why) {{(name), ANYHOW(extending_refused_path), NULL}, (err), (why)}
#define CONSTANT(name) {#name, name}

/* Lets `exec` complete each module that is made of the definition, after CPython's own steps. Called before Python
 * starts. 0, or -1 without memory. */
int extending_definition(PyObject *definition, int (*exec)(PyObject *module));

/* Each 0, or -1 with an exception. The tables must live as long as the interpreter. */
int extending_constants(PyObject *module, const struct constant *constants, size_t count);
int extending_refusals(PyObject *module, struct refusal *refusals, size_t count);

/* Adds a type of named tuples. A new reference to it, or NULL with an exception. */
PyObject *extending_record(PyObject *module, const char *name, PyStructSequence_Desc *desc);

/* Adds a method to a type of C's. 0, or -1 with an exception; the definition must live as long as the interpreter. */
int extending_method(PyTypeObject *type, PyMethodDef *method);

/* Raises OSError, or the other type, with strerror(err), a colon, and why. Gives NULL. */
PyObject *extending_refuse(int err, const char *why);
PyObject *extending_refuse_as(PyObject *type, int err, const char *why);

/* Of type PyCFunctionWithKeywords, for tables of refusals. The error of the second names the first argument. */
PyObject *extending_refused(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *extending_refused_path(PyObject *self, PyObject *args, PyObject *kwargs);

#endif
