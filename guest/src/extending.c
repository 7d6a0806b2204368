#include "extending.h"

#include <stdlib.h>
#include <string.h>

int extending_definition(PyObject *of_init, int (*exec)(PyObject *module)) {
    PyModuleDef *definition = (PyModuleDef *)of_init;
    size_t count = 0, executed = 0;
    PyModuleDef_Slot *slots;

    while (definition->m_slots[count].slot != 0)
        count++;
    slots = calloc(count + 2, sizeof *slots);
    if (slots == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        slots[i] = definition->m_slots[i];
        if (slots[i].slot == Py_mod_exec)
            executed = i + 1;
    }
    for (size_t i = count; i > executed; i--)
        slots[i] = slots[i - 1];
    slots[executed] = (PyModuleDef_Slot){Py_mod_exec, (void *)exec};
    definition->m_slots = slots;
    return 0;
}

int extending_constants(PyObject *module, const struct constant *constants, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (PyModule_Add(module, constants[i].name, PyLong_FromLongLong(constants[i].value)) < 0)
            return -1;
    }
    return 0;
}

static PyObject *arguments(int err, const char *why) {
    PyObject *text = PyUnicode_FromFormat("%s: %s", strerror(err), why);
    return text != NULL ? Py_BuildValue("(iN)", err, text) : NULL;
}

PyObject *extending_refuse_as(PyObject *type, int err, const char *why) {
    PyObject *of_error = arguments(err, why);

    if (of_error != NULL)
        PyErr_SetObject(type, of_error);
    Py_XDECREF(of_error);
    return NULL;
}

PyObject *extending_refuse(int err, const char *why) { return extending_refuse_as(PyExc_OSError, err, why); }

/* `self` is what the error is made of, see extending_refusals(). */
PyObject *extending_refused(PyObject *self, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs)) {
    PyErr_SetObject(PyExc_OSError, self);
    return NULL;
}

PyObject *extending_refused_path(PyObject *self, PyObject *args, PyObject *kwargs) {
    PyObject *path, *of_error;

    if (PyTuple_GET_SIZE(args) == 0)
        return extending_refused(self, args, kwargs);
    path = PyTuple_GetSlice(args, 0, 1);
    of_error = path != NULL ? PySequence_Concat(self, path) : NULL;
    if (of_error != NULL)
        PyErr_SetObject(PyExc_OSError, of_error);
    Py_XDECREF(path);
    Py_XDECREF(of_error);
    return NULL;
}

static int add_refusal(PyObject *module, PyObject *name, struct refusal *refusal) {
    PyObject *of_error = arguments(refusal->err, refusal->why), *function = NULL;

    if (of_error != NULL)
        function = PyCFunction_NewEx(&refusal->method, of_error, name);
    Py_XDECREF(of_error);
    return PyModule_Add(module, refusal->method.ml_name, function);
}

int extending_refusals(PyObject *module, struct refusal *refusals, size_t count) {
    PyObject *name = PyModule_GetNameObject(module);
    int failed = name == NULL;

    for (size_t i = 0; !failed && i < count; i++)
        failed = add_refusal(module, name, &refusals[i]) < 0;
    Py_XDECREF(name);
    return failed ? -1 : 0;
}

PyObject *extending_record(PyObject *module, const char *name, PyStructSequence_Desc *desc) {
    PyTypeObject *type = PyStructSequence_NewType(desc);

    if (type == NULL || PyModule_AddObjectRef(module, name, (PyObject *)type) < 0)
        Py_CLEAR(type);
    return (PyObject *)type;
}

int extending_method(PyTypeObject *type, PyMethodDef *method) {
    PyObject *descriptor = PyDescr_NewMethod(type, method);
    PyObject *names = descriptor != NULL ? PyType_GetDict(type) : NULL;
    int failed = names == NULL || PyDict_SetItemString(names, method->ml_name, descriptor) < 0;

    if (!failed)
        PyType_Modified(type);
    Py_XDECREF(descriptor);
    Py_XDECREF(names);
    return failed ? -1 : 0;
}
