#include "os_module.h"

#include <Python.h>
#include <errno.h>
#include <fcntl.h>
#include <wasi/libc-find-relpath.h>

#include "extending.h"
#include "os_identity.h"
#include "os_names.h"
#include "os_processes.h"
#include "os_transfer.h"
#include "vfs_duplicates.h"
#include "vfs_status.h"
#include "vfs_tmp.h"

/* What a path or a descriptor names, as os.chmod() and its like take it. */
struct target {
    PyObject *bytes; /* of the path; NULL for a descriptor */
    int fd;          /* the descriptor, or the directory that the path is below */
    const char *path;
    bool follow;
};

static PyObject *fail(int err, PyObject *name) {
    errno = err;
    return name != NULL ? PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, name) : PyErr_SetFromErrno(PyExc_OSError);
}

/* libc knows the working directory. */
static int below_root(struct target *target, PyObject *name) {
    static char *relative;
    static size_t room;
    const char *prefix;

    target->fd = __wasilibc_find_relpath_alloc(target->path, &prefix, &relative, &room, 1);
    target->path = relative;
    return target->fd < 0 ? (fail(errno, name), -1) : 0;
}

/* -1 with an exception. `dir_fd` is None or a descriptor. */
static int find(PyObject *name, PyObject *dir_fd, bool follow, struct target *target) {
    *target = (struct target){.follow = follow};
    if (PyIndex_Check(name)) {
        target->fd = PyLong_AsInt(name);
        return target->fd == -1 && PyErr_Occurred() ? -1 : 0;
    }
    if (!PyUnicode_FSConverter(name, &target->bytes))
        return -1;
    target->path = PyBytes_AS_STRING(target->bytes);
    if (dir_fd == Py_None || target->path[0] == '/')
        return below_root(target, name);
    target->fd = PyLong_AsInt(dir_fd);
    return target->fd == -1 && PyErr_Occurred() ? -1 : 0;
}

static PyObject *finish(struct target *target, int err, PyObject *name) {
    Py_CLEAR(target->bytes);
    if (err != 0)
        return fail(err, name);
    Py_RETURN_NONE;
}

static int change_mode(const struct target *target, int mode) {
    if (target->bytes == NULL)
        return vfs_fd_chmod((__wasi_fd_t)target->fd, (uint32_t)mode);
    return vfs_path_chmod((__wasi_fd_t)target->fd, target->path, target->follow, (uint32_t)mode);
}

static PyObject *os_chmod(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs) {
    static char *names[] = {"path", "mode", "dir_fd", "follow_symlinks", NULL};
    PyObject *name, *dir_fd = Py_None;
    struct target target;
    int mode, follow = 1;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "Oi|$Op:chmod", names, &name, &mode, &dir_fd, &follow))
        return NULL;
    if (PySys_Audit("os.chmod", "OiO", name, mode, dir_fd) < 0)
        return NULL;
    if (find(name, dir_fd, follow, &target) < 0)
        return finish(&target, 0, name), NULL;
    return finish(&target, change_mode(&target, mode), name);
}

static PyObject *os_fchmod(PyObject *Py_UNUSED(module), PyObject *args) {
    int fd, mode, err;

    if (!PyArg_ParseTuple(args, "ii:fchmod", &fd, &mode))
        return NULL;
    err = vfs_fd_chmod((__wasi_fd_t)fd, (uint32_t)mode);
    if (err != 0)
        return fail(err, NULL);
    Py_RETURN_NONE;
}

/* Nobody but the one user is there to give a file to. */
static int change_owner(const struct target *target, long user, long group) {
    struct vfs_status status;
    int err = target->bytes == NULL ? vfs_fd_status((__wasi_fd_t)target->fd, &status)
                                    : vfs_path_status((__wasi_fd_t)target->fd, target->path, target->follow, &status);

    if (err != 0)
        return err;
    if (status.is_read_only)
        return EROFS;
    return (user == -1 || user == VFS_USER) && (group == -1 || group == VFS_USER) ? 0 : EPERM;
}

static PyObject *os_chown(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs) {
    static char *names[] = {"path", "uid", "gid", "dir_fd", "follow_symlinks", NULL};
    PyObject *name, *dir_fd = Py_None;
    struct target target;
    long user, group;
    int follow = 1;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "Oll|$Op:chown", names, &name, &user, &group, &dir_fd, &follow))
        return NULL;
    if (find(name, dir_fd, follow, &target) < 0)
        return finish(&target, 0, name), NULL;
    return finish(&target, change_owner(&target, user, group), name);
}

static PyObject *os_lchown(PyObject *module, PyObject *args) {
    PyObject *kwargs = Py_BuildValue("{s:O}", "follow_symlinks", Py_False);
    PyObject *result = kwargs != NULL ? os_chown(module, args, kwargs) : NULL;

    Py_XDECREF(kwargs);
    return result;
}

static PyObject *os_umask(PyObject *Py_UNUSED(module), PyObject *mask) {
    int old = (int)tmp_umask, value = PyLong_AsInt(mask);

    if (value == -1 && PyErr_Occurred())
        return NULL;
    tmp_umask = (uint32_t)value & 0777;
    return PyLong_FromLong(old);
}

static PyObject *space_result(PyObject *module, const struct statvfs *space) {
    PyObject *result, *values, *type = PyObject_GetAttrString(module, "statvfs_result");

    if (type == NULL)
        return NULL;
    values = Py_BuildValue("(kkKKKKKKkkk)", space->f_bsize, space->f_frsize, space->f_blocks, space->f_bfree,
                           space->f_bavail, space->f_files, space->f_ffree, space->f_favail, space->f_flag,
                           space->f_namemax, space->f_fsid);
    result = values != NULL ? PyObject_CallOneArg(type, values) : NULL;
    Py_XDECREF(values);
    Py_DECREF(type);
    return result;
}

static PyObject *os_statvfs(PyObject *module, PyObject *name) {
    struct statvfs space;
    struct target target;
    int err;

    if (find(name, Py_None, true, &target) < 0)
        return finish(&target, 0, name), NULL;
    err = target.bytes == NULL ? vfs_fd_space((__wasi_fd_t)target.fd, &space)
                               : vfs_path_space((__wasi_fd_t)target.fd, target.path, &space);
    Py_XDECREF(target.bytes);
    return err != 0 ? fail(err, name) : space_result(module, &space);
}

static PyObject *os_nice(PyObject *Py_UNUSED(module), PyObject *increment) {
    long value = PyLong_AsLong(increment);

    if (value == -1 && PyErr_Occurred())
        return NULL;
    return value == 0 ? PyLong_FromLong(0) : fail(EPERM, NULL);
}

/* All that is written is in the hands of the host already. */
static PyObject *os_sync(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) { Py_RETURN_NONE; }

static PyObject *os_getloadavg(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    PyErr_SetString(PyExc_OSError, "Load averages are unobtainable");
    return NULL;
}

static PyObject *os_ctermid(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    return PyUnicode_FromString("/dev/tty");
}

static PyMethodDef methods[] = {
    {"chmod", ANYHOW(os_chmod), PyDoc_STR("Changes permission bits: in /tmp; in granted directories nothing changes.")},
    {"fchmod", os_fchmod, METH_VARARGS, PyDoc_STR("As chmod, of a descriptor.")},
    {"chown", ANYHOW(os_chown), PyDoc_STR("All belongs to one user; giving it to another is EPERM.")},
    {"fchown", ANYHOW(os_chown), PyDoc_STR("As chown, of a descriptor.")},
    {"lchown", os_lchown, METH_VARARGS, PyDoc_STR("As chown, without following symbolic links.")},
    {"umask", os_umask, METH_O,
     PyDoc_STR("Sets the bits that new files in /tmp do not get, and returns the old ones.")},
    {"statvfs", os_statvfs, METH_O, PyDoc_STR("Space of a file system, as far as the host tells.")},
    {"fstatvfs", os_statvfs, METH_O, PyDoc_STR("As statvfs, of a descriptor.")},
    {"dup", duplicates_dup, METH_O, PyDoc_STR("Another number of an open file, which shares its position.")},
    {"dup2", ANYHOW(duplicates_dup2), PyDoc_STR("Has a number stand for another open file.")},
    {"nice", os_nice, METH_O, NULL},
    {"sync", os_sync, METH_NOARGS, NULL},
    {"getloadavg", os_getloadavg, METH_NOARGS, NULL},
    {"ctermid", os_ctermid, METH_NOARGS, NULL},
    {0},
};

/* By these `os` knows what its functions take. */
static const char *const abilities[] = {"HAVE_FCHMOD", "HAVE_FCHMODAT", "HAVE_FCHOWN", "HAVE_FCHOWNAT",
                                        "HAVE_FSTATVFS"};

static int add_ability(PyObject *list, const char *name) {
    PyObject *text = PyUnicode_FromString(name);
    int failed = text == NULL || PyList_Append(list, text) < 0;

    Py_XDECREF(text);
    return failed ? -1 : 0;
}

/* A Py_mod_exec slot of posix, after its own. */
static int extend(PyObject *module) {
    PyObject *list;
    int failed;

    if (PyModule_AddFunctions(module, methods) < 0 || PyModule_AddIntConstant(module, "ST_RDONLY", ST_RDONLY) < 0 ||
        PyModule_AddIntConstant(module, "ST_NOSUID", ST_NOSUID) < 0 || os_names_add(module) < 0 ||
        os_identity_add(module) < 0 || os_processes_add(module) < 0 || os_transfer_add(module) < 0)
        return -1;
    list = PyObject_GetAttrString(module, "_have_functions");
    failed = list == NULL;
    for (size_t i = 0; !failed && i < Py_ARRAY_LENGTH(abilities); i++)
        failed = add_ability(list, abilities[i]) < 0;
    Py_XDECREF(list);
    return failed ? -1 : 0;
}

PyMODINIT_FUNC PyInit_posix(void);

int os_module_extend(void) { return extending_definition(PyInit_posix(), extend); }
