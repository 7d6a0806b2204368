#include "small_modules.h"

#include <errno.h>
#include <unistd.h>

#include "extending.h"

/* Nobody here raises these. They are Linux's, moved behind WASI's, which has other numbers for those that it has. */
#define BEHIND(number) (1000 + (number))

static const struct constant errors[] = {
    {"EADV", BEHIND(68)},         {"EBADE", BEHIND(52)},
    {"EBADFD", BEHIND(77)},       {"EBADR", BEHIND(53)},
    {"EBADRQC", BEHIND(56)},      {"EBADSLT", BEHIND(57)},
    {"EBFONT", BEHIND(59)},       {"ECHRNG", BEHIND(44)},
    {"ECOMM", BEHIND(70)},        {"EDOTDOT", BEHIND(73)},
    {"EHOSTDOWN", BEHIND(112)},   {"EISNAM", BEHIND(120)},
    {"EKEYEXPIRED", BEHIND(127)}, {"EKEYREJECTED", BEHIND(129)},
    {"EKEYREVOKED", BEHIND(128)}, {"EL2HLT", BEHIND(51)},
    {"EL2NSYNC", BEHIND(45)},     {"EL3HLT", BEHIND(46)},
    {"EL3RST", BEHIND(47)},       {"ELIBACC", BEHIND(79)},
    {"ELIBBAD", BEHIND(80)},      {"ELIBEXEC", BEHIND(83)},
    {"ELIBMAX", BEHIND(82)},      {"ELIBSCN", BEHIND(81)},
    {"ELNRNG", BEHIND(48)},       {"EMEDIUMTYPE", BEHIND(124)},
    {"ENAVAIL", BEHIND(119)},     {"ENOANO", BEHIND(55)},
    {"ENOCSI", BEHIND(50)},       {"ENODATA", BEHIND(61)},
    {"ENOKEY", BEHIND(126)},      {"ENOMEDIUM", BEHIND(123)},
    {"ENONET", BEHIND(64)},       {"ENOPKG", BEHIND(65)},
    {"ENOSR", BEHIND(63)},        {"ENOSTR", BEHIND(60)},
    {"ENOTBLK", BEHIND(15)},      {"ENOTNAM", BEHIND(118)},
    {"ENOTUNIQ", BEHIND(76)},     {"EPFNOSUPPORT", BEHIND(96)},
    {"EREMCHG", BEHIND(78)},      {"EREMOTE", BEHIND(66)},
    {"EREMOTEIO", BEHIND(121)},   {"ERESTART", BEHIND(85)},
    {"ERFKILL", BEHIND(132)},     {"ESOCKTNOSUPPORT", BEHIND(94)},
    {"ESRMNT", BEHIND(69)},       {"ESTRPIPE", BEHIND(86)},
    {"ETIME", BEHIND(62)},        {"ETOOMANYREFS", BEHIND(109)},
    {"EUCLEAN", BEHIND(117)},     {"EUNATCH", BEHIND(49)},
    {"EUSERS", BEHIND(87)},       {"EXFULL", BEHIND(54)},
};

static int name_error(PyObject *names, const struct constant *error) {
    PyObject *number = PyLong_FromLongLong(error->value), *name = PyUnicode_FromString(error->name);
    int failed = number == NULL || name == NULL || PyDict_SetItem(names, number, name) < 0;

    Py_XDECREF(number);
    Py_XDECREF(name);
    return failed ? -1 : 0;
}

static int extend_errno(PyObject *module) {
    PyObject *names = PyObject_GetAttrString(module, "errorcode");
    int failed = names == NULL || PyModule_AddIntConstant(module, "EDEADLOCK", EDEADLK) < 0 ||
                 extending_constants(module, errors, Py_ARRAY_LENGTH(errors)) < 0;

    for (size_t i = 0; !failed && i < Py_ARRAY_LENGTH(errors); i++)
        failed = name_error(names, &errors[i]) < 0;
    Py_XDECREF(names);
    return failed ? -1 : 0;
}

/* On Linux the main thread's number is the process's. */
static PyObject *native_id(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) { return PyLong_FromLong(getpid()); }

static PyMethodDef of_thread[] = {{"get_native_id", native_id, METH_NOARGS, NULL}, {0}};

/* Lets go of a lock, whoever has it. The library hands this method to os.register_at_fork(). */
static PyObject *reinit(PyObject *lock, PyObject *Py_UNUSED(none)) {
    PyObject *released;

    while ((released = PyObject_CallMethod(lock, "release", NULL)) != NULL)
        Py_DECREF(released);
    if (!PyErr_ExceptionMatches(PyExc_RuntimeError))
        return NULL;
    PyErr_Clear();
    Py_RETURN_NONE;
}

static PyMethodDef of_locks = {"_at_fork_reinit", reinit, METH_NOARGS, NULL};

static int extend_type(PyObject *module, const char *name, PyMethodDef *method) {
    PyObject *type = PyObject_GetAttrString(module, name);
    int failed = type == NULL || extending_method((PyTypeObject *)type, method) < 0;

    Py_XDECREF(type);
    return failed ? -1 : 0;
}

static int extend_thread(PyObject *module) {
    if (extend_type(module, "LockType", &of_locks) < 0 || extend_type(module, "RLock", &of_locks) < 0)
        return -1;
    return PyModule_AddFunctions(module, of_thread);
}

/* What gettext(3) gives where there is no catalogue. The module `gettext` reads catalogues by itself. */
static PyObject *translate(PyObject *Py_UNUSED(module), PyObject *text) { return Py_NewRef(text); }

static PyObject *translate_in(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *domain, *text, *category = NULL;
    return PyArg_ParseTuple(args, "OU|O:dgettext", &domain, &text, &category) ? Py_NewRef(text) : NULL;
}

static PyObject *domain(PyObject *Py_UNUSED(module), PyObject *name) {
    return name != Py_None ? Py_NewRef(name) : PyUnicode_FromString("messages");
}

static PyObject *bind(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *name, *value;
    return PyArg_ParseTuple(args, "UO:bindtextdomain", &name, &value) ? Py_NewRef(value) : NULL;
}

static PyMethodDef of_locale[] = {
    {"gettext", translate, METH_O, NULL},
    {"dgettext", translate_in, METH_VARARGS, NULL},
    {"dcgettext", translate_in, METH_VARARGS, NULL},
    {"textdomain", domain, METH_O, NULL},
    {"bindtextdomain", bind, METH_VARARGS, NULL},
    {"bind_textdomain_codeset", bind, METH_VARARGS, NULL},
    {0},
};

static int extend_locale(PyObject *module) { return PyModule_AddFunctions(module, of_locale); }

/* Written in Python, as nobody pays for it who does not import the module. */
static int extend_by(PyObject *module, const char *name) {
    PyObject *completing = PyImport_ImportModule(name), *result = NULL;

    if (completing != NULL)
        result = PyObject_CallMethod(completing, "complete", "O", module);
    Py_XDECREF(completing);
    Py_XDECREF(result);
    return result != NULL ? 0 : -1;
}

static int extend_socket(PyObject *module) { return extend_by(module, "wasgi_guest.sockets"); }
static int extend_select(PyObject *module) { return extend_by(module, "wasgi_guest.polling"); }

PyMODINIT_FUNC PyInit_errno(void);
PyMODINIT_FUNC PyInit__locale(void);
PyMODINIT_FUNC PyInit__thread(void);
PyMODINIT_FUNC PyInit__socket(void);
PyMODINIT_FUNC PyInit_select(void);

int small_modules_extend(void) {
    if (extending_definition(PyInit_errno(), extend_errno) < 0 ||
        extending_definition(PyInit__locale(), extend_locale) < 0 ||
        extending_definition(PyInit__thread(), extend_thread) < 0 ||
        extending_definition(PyInit__socket(), extend_socket) < 0)
        return -1;
    return extending_definition(PyInit_select(), extend_select);
}
