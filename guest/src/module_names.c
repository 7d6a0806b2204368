/* Whole names of packages' native modules.
 *
 * A module that is initialised in one phase gives itself its last name alone, as `_regex`. CPython makes `regex._regex`
 * of that where it loads the module from a file, and not where it is built in: none of its own is in a package. Those of
 * packages are built in here (host/src/wasm/join.rs), and a pickle would look for their functions and classes in a
 * module `_regex`. */
#define Py_BUILD_CORE 1 /* for _Py_ext_module_loader_info */
#include <Python.h>

#include "internal/pycore_importdl.h"

int __real__Py_ext_module_loader_info_init_for_builtin(struct _Py_ext_module_loader_info *info, PyObject *name);

int __wrap__Py_ext_module_loader_info_init_for_builtin(struct _Py_ext_module_loader_info *info, PyObject *name);

int __wrap__Py_ext_module_loader_info_init_for_builtin(struct _Py_ext_module_loader_info *info, PyObject *name) {
    if (__real__Py_ext_module_loader_info_init_for_builtin(info, name) < 0)
        return -1;
    info->newcontext = PyUnicode_AsUTF8(name);
    if (info->newcontext == NULL)
        _Py_ext_module_loader_info_clear(info);
    return info->newcontext != NULL ? 0 : -1;
}
