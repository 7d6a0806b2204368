/* The builder's way in: it hands over the file image, boots CPython and the application, and takes the snapshot. */
#include <Python.h>
#include <stdlib.h>
#include <unistd.h>

#include "abi.h"
#include "clock.h"
#include "entropy.h"
#include "environ.h"
#include "fcntl_module.h"
#include "heap.h"
#include "immortal.h"
#include "limits.h"
#include "net.h"
#include "openssl.h"
#include "os_module.h"
#include "outgoing.h"
#include "placement.h"
#include "report.h"
#include "signal_module.h"
#include "small_modules.h"
#include "sqlite_files.h"
#include "standard.h"
#include "threads.h"
#include "time_module.h"
#include "users.h"
#include "vfs.h"
#include "wasgi_module.h"

static struct {
    uint8_t *bytes;
    uint32_t length;
} image;

/* The image stays where it is put for as long as the instance lives. */
__attribute__((export_name("wasgi_alloc"))) void *wasgi_alloc(uint32_t length) {
    image.bytes = malloc(length);
    image.length = image.bytes != NULL ? length : 0;
    return image.bytes;
}

/* sys.path, in this order: `import wasgi` finds ours, whatever is installed. Not yet in it: /app, or a json.py of the
 * application would be the json of the gateway, too (wasgi_guest/boot.py puts it in front). */
#define SERIES "python" Py_STRINGIFY(PY_MAJOR_VERSION) "." Py_STRINGIFY(PY_MINOR_VERSION)
static const wchar_t *const search_paths[] = {L"/lib/" SERIES, L"/wasgi", L"/wasgi/lib/" SERIES "/site-packages"};

/* As in a virtual environment: packages are below the prefix, and the application is not, which is how Flask, for one, tells
 * what is installed. */
static PyStatus set_paths(PyConfig *config) {
    PyStatus status = PyStatus_Ok();
    const struct {
        wchar_t **field;
        const wchar_t *value;
    } strings[] = {
        {&config->program_name, L"python3"}, {&config->executable, L""},
        {&config->base_executable, L""},     {&config->prefix, L"/wasgi"},
        {&config->base_prefix, L"/"},        {&config->exec_prefix, L"/wasgi"},
        {&config->base_exec_prefix, L"/"},   {&config->stdlib_dir, search_paths[0]},
    };

    for (size_t i = 0; i < Py_ARRAY_LENGTH(strings) && !PyStatus_Exception(status); i++)
        status = PyConfig_SetString(config, strings[i].field, strings[i].value);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(search_paths) && !PyStatus_Exception(status); i++)
        status = PyWideStringList_Append(&config->module_search_paths, search_paths[i]);
    config->module_search_paths_set = 1;
    return status;
}

/* Isolated: the builder's environment and files must not reach into the snapshot. */
static PyStatus start_python(void) {
    PyPreConfig preconfig;
    PyConfig config;
    PyStatus status;

    PyPreConfig_InitIsolatedConfig(&preconfig);
    preconfig.utf8_mode = 1; /* there is no locale that could say anything else */
    status = Py_PreInitialize(&preconfig);
    if (PyStatus_Exception(status))
        return status;
    PyConfig_InitIsolatedConfig(&config);
    config.install_signal_handlers = 0;
    config.write_bytecode = 0;
    config.site_import = 1; /* the .pth files of site-packages */
    config.user_site_directory = 0;
    config.pathconfig_warnings = 0;
    status = set_paths(&config);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return status;
}

/* The traceback as text, a new reference; NULL without an exception set when it cannot be had. */
static PyObject *format_exception(PyObject *exception) {
    PyObject *lines = NULL, *empty = NULL, *text = NULL, *traceback = PyImport_ImportModule("traceback");

    if (traceback != NULL)
        lines = PyObject_CallMethod(traceback, "format_exception", "O", exception);
    if (lines != NULL)
        empty = PyUnicode_FromStringAndSize("", 0);
    if (empty != NULL)
        text = PyUnicode_Join(empty, lines);
    PyErr_Clear();
    Py_XDECREF(traceback);
    Py_XDECREF(lines);
    Py_XDECREF(empty);
    return text;
}

static void report_exception(void) {
    PyObject *exception = PyErr_GetRaisedException();
    PyObject *text = format_exception(exception);
    const char *utf8 = text != NULL ? PyUnicode_AsUTF8(text) : NULL;

    report_failure(utf8 != NULL ? utf8 : Py_TYPE(exception)->tp_name);
    PyErr_Clear();
    Py_XDECREF(text);
    Py_DECREF(exception);
}

static int run_gateway(void) {
    PyObject *result = NULL, *boot = PyImport_ImportModule("wasgi_guest.boot");

    if (boot != NULL)
        result = PyObject_CallMethod(boot, "main", NULL);
    if (result == NULL)
        report_exception();
    else if (!report_is_set())
        report_failure("wasgi_guest.boot.main() returned without a report");
    Py_XDECREF(boot);
    Py_XDECREF(result);
    /* No handler is how the gateway says that it failed; why, is in its report. */
    return result != NULL && wasgi_handler() != NULL ? 0 : -1;
}

/* CPython's own, see guest/build.py. */
PyMODINIT_FUNC PyInit__ctypes(void);
/* Of MarkupSafe, in libmarkupsafe.a. */
PyMODINIT_FUNC PyInit_markupsafe_speedups(void);

static int add_modules(void) {
    if (os_module_extend() < 0 || time_module_extend() < 0 || signal_module_extend() < 0 ||
        small_modules_extend() < 0 || threads_extend() < 0)
        return -1;
    if (PyImport_AppendInittab("_wasgi", PyInit__wasgi) < 0 || PyImport_AppendInittab("fcntl", PyInit_fcntl) < 0 ||
        PyImport_AppendInittab("pwd", PyInit_pwd) < 0 || PyImport_AppendInittab("grp", PyInit_grp) < 0 ||
        PyImport_AppendInittab("_ctypes", PyInit__ctypes) < 0 ||
        PyImport_AppendInittab("_wasgi_outgoing", PyInit__wasgi_outgoing) < 0 ||
        PyImport_AppendInittab("_wasgi_net", PyInit__wasgi_net) < 0)
        return -1;
    return PyImport_AppendInittab("markupsafe._speedups", PyInit_markupsafe_speedups);
}

static int boot(void) {
    PyStatus status;

    if (image.bytes == NULL || vfs_mount(image.bytes, image.length) != 0) {
        report_failure("the file image is missing or damaged; rebuild it with a `wasgi` of the same version");
        return -1;
    }
    /* An image that holds files to compile, and nothing else, may have no application. */
    (void)chdir("/app");
    if (abi_reserve() < 0 || add_modules() < 0) {
        report_failure("out of memory");
        return -1;
    }
    sqlite_files_init();
    entropy_init();
    openssl_init();
    placement_begin();
    status = start_python();
    if (PyStatus_Exception(status)) {
        report_failure(status.err_msg != NULL ? status.err_msg : "CPython did not start");
        return -1;
    }
    return run_gateway();
}

__attribute__((export_name("wasgi_boot"))) int wasgi_boot(void) {
    int failed = boot();

    placement_end();
    if (failed)
        return 1;
    make_all_immortal();
    heap_fill();
    return 0;
}

/* The last step before the snapshot: from now on there is a host for requests to ask. `directories`: they may find some
 * that it grants; `network`: they may open connections that it grants. */
__attribute__((export_name("wasgi_seal"))) void wasgi_seal(int directories, int network) {
    clock_seal();
    entropy_seal();
    openssl_seal();
    standard_seal(directories != 0);
    vfs_seal(directories != 0);
    limits_seal();
    outgoing_seal();
    net_seal(network != 0);
    threads_seal();
    environ_open();
}
