#include "users.h"

#include <string.h>

#include "vfs_status.h"

static PyStructSequence_Field user_fields[] = {
    {"pw_name", "user name"},  {"pw_passwd", "password"},    {"pw_uid", "user id"},         {"pw_gid", "group id"},
    {"pw_gecos", "real name"}, {"pw_dir", "home directory"}, {"pw_shell", "shell program"}, {0},
};
static PyStructSequence_Desc user_desc = {"pwd.struct_passwd", "The one user.", user_fields, 7};

static PyStructSequence_Field group_fields[] = {
    {"gr_name", "group name"}, {"gr_passwd", "password"}, {"gr_gid", "group id"}, {"gr_mem", "group members"}, {0},
};
static PyStructSequence_Desc group_desc = {"grp.struct_group", "The one group.", group_fields, 4};

static PyObject *entry(PyObject *module, const char *type_name, PyObject *values) {
    PyObject *type = PyObject_GetAttrString(module, type_name);
    PyObject *result = type != NULL && values != NULL ? PyObject_CallOneArg(type, values) : NULL;

    Py_XDECREF(type);
    Py_XDECREF(values);
    return result;
}

static PyObject *user(PyObject *module) {
    return entry(module, "struct_passwd",
                 Py_BuildValue("(ssiisss)", USER_NAME, "x", VFS_USER, VFS_USER, "", USER_HOME, "/sbin/nologin"));
}

static PyObject *group(PyObject *module) {
    return entry(module, "struct_group", Py_BuildValue("(ssi[])", USER_NAME, "x", VFS_USER));
}

/* `what` is the function's name, for the message that CPython has, too. */
static PyObject *by_id(PyObject *module, PyObject *id, const char *what, PyObject *(*make)(PyObject *)) {
    PyObject *index = PyNumber_Index(id);
    long value;

    if (index == NULL)
        return NULL;
    value = PyLong_AsLong(index);
    Py_DECREF(index);
    if (PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_OverflowError))
            return NULL;
        PyErr_Clear();
    }
    return value == VFS_USER ? make(module) : PyErr_Format(PyExc_KeyError, "%s(): id not found: %S", what, id);
}

static PyObject *by_name(PyObject *module, PyObject *name, const char *what, PyObject *(*make)(PyObject *)) {
    if (!PyUnicode_Check(name))
        return PyErr_Format(PyExc_TypeError, "%s() argument must be str, not %.50s", what, Py_TYPE(name)->tp_name);
    if (PyUnicode_FindChar(name, 0, 0, PyUnicode_GET_LENGTH(name), 1) >= 0)
        return PyErr_Format(PyExc_ValueError, "embedded null character");
    if (!PyUnicode_EqualToUTF8(name, USER_NAME))
        return PyErr_Format(PyExc_KeyError, "%s(): name not found: %R", what, name);
    return make(module);
}

static PyObject *in_list(PyObject *only) {
    PyObject *list = only != NULL ? PyList_New(1) : NULL;

    if (list == NULL) {
        Py_XDECREF(only);
        return NULL;
    }
    PyList_SET_ITEM(list, 0, only);
    return list;
}

static PyObject *getpwuid(PyObject *module, PyObject *id) { return by_id(module, id, "getpwuid", user); }
static PyObject *getpwnam(PyObject *module, PyObject *name) { return by_name(module, name, "getpwnam", user); }
static PyObject *getpwall(PyObject *module, PyObject *Py_UNUSED(none)) { return in_list(user(module)); }
static PyObject *getgrgid(PyObject *module, PyObject *id) { return by_id(module, id, "getgrgid", group); }
static PyObject *getgrnam(PyObject *module, PyObject *name) { return by_name(module, name, "getgrnam", group); }
static PyObject *getgrall(PyObject *module, PyObject *Py_UNUSED(none)) { return in_list(group(module)); }

static PyMethodDef user_methods[] = {
    {"getpwuid", getpwuid, METH_O, PyDoc_STR("The user of that id; KeyError where it is another.")},
    {"getpwnam", getpwnam, METH_O, PyDoc_STR("The user of that name; KeyError where it is another.")},
    {"getpwall", getpwall, METH_NOARGS, PyDoc_STR("All users.")},
    {0},
};

static PyMethodDef group_methods[] = {
    {"getgrgid", getgrgid, METH_O, PyDoc_STR("The group of that id; KeyError where it is another.")},
    {"getgrnam", getgrnam, METH_O, PyDoc_STR("The group of that name; KeyError where it is another.")},
    {"getgrall", getgrall, METH_NOARGS, PyDoc_STR("All groups.")},
    {0},
};

static PyObject *make(struct PyModuleDef *definition, const char *name, PyStructSequence_Desc *desc) {
    PyObject *module = PyModule_Create(definition);
    PyTypeObject *type = module != NULL ? PyStructSequence_NewType(desc) : NULL;

    if (type == NULL || PyModule_AddObjectRef(module, name, (PyObject *)type) < 0)
        Py_CLEAR(module);
    Py_XDECREF(type);
    return module;
}

static struct PyModuleDef user_module = {PyModuleDef_HEAD_INIT, .m_name = "pwd", .m_size = -1,
                                         .m_methods = user_methods};
static struct PyModuleDef group_module = {PyModuleDef_HEAD_INIT, .m_name = "grp", .m_size = -1,
                                          .m_methods = group_methods};

PyMODINIT_FUNC PyInit_pwd(void) { return make(&user_module, "struct_passwd", &user_desc); }
PyMODINIT_FUNC PyInit_grp(void) { return make(&group_module, "struct_group", &group_desc); }
