#include "time_module.h"

#include <errno.h>
#include <stdbool.h>

#include "extending.h"
#include "zone.h"

#define NO_SETTING "a sandbox cannot set clocks"

static int set_zone(PyObject *module) {
    const struct zone_rule *rule = zone_now();
    const struct zone_kind *summer = rule->has_summer ? &rule->summer : &rule->standard;

    if (PyModule_AddIntConstant(module, "timezone", -rule->standard.offset) < 0 ||
        PyModule_AddIntConstant(module, "altzone", -summer->offset) < 0 ||
        PyModule_AddIntConstant(module, "daylight", rule->has_summer) < 0)
        return -1;
    return PyModule_Add(module, "tzname", Py_BuildValue("(ss)", rule->standard.name, summer->name));
}

static PyObject *time_tzset(PyObject *module, PyObject *Py_UNUSED(none)) {
    if (set_zone(module) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* CPython's own, which does not know the thread's clock. */
static PyObject *get_clock_info;

static PyObject *time_get_clock_info(PyObject *Py_UNUSED(module), PyObject *name) {
    bool is_thread = PyUnicode_Check(name) && PyUnicode_EqualToUTF8(name, "thread_time");
    return is_thread ? PyObject_CallFunction(get_clock_info, "s", "process_time")
                     : PyObject_CallOneArg(get_clock_info, name);
}

static PyMethodDef methods[] = {
    {"get_clock_info", time_get_clock_info, METH_O,
     PyDoc_STR("get_clock_info($module, name, /)\n--\n\nWhat is known of a clock, by its function's name.")},
    {"tzset", time_tzset, METH_NOARGS, PyDoc_STR("Makes the zone in os.environ['TZ'] the local one.")},
    {0},
};

static struct refusal refusals[] = {
    REFUSAL("clock_settime", EPERM, NO_SETTING),
    REFUSAL("clock_settime_ns", EPERM, NO_SETTING),
    REFUSAL("pthread_getcpuclockid", ENOSYS, "a sandbox has one thread; use time.process_time()"),
};

/* Under another name. 0, or -1 with an exception. */
static int alias(PyObject *module, const char *name, const char *of) {
    return PyModule_Add(module, name, PyObject_GetAttrString(module, of));
}

/* A Py_mod_exec slot of time, after its own. Of the clocks that WASI has, these are nearest to what they are on Linux; there is
 * one thread, and its time is the process's. */
static int extend(PyObject *module) {
    static const char *const aliases[][2] = {
        {"CLOCK_BOOTTIME", "CLOCK_MONOTONIC"},
        {"CLOCK_MONOTONIC_RAW", "CLOCK_MONOTONIC"},
        {"CLOCK_PROCESS_CPUTIME_ID", "CLOCK_MONOTONIC"},
        {"CLOCK_THREAD_CPUTIME_ID", "CLOCK_MONOTONIC"},
        {"CLOCK_TAI", "CLOCK_REALTIME"},
        {"thread_time", "process_time"},
        {"thread_time_ns", "process_time_ns"},
    };

    for (size_t i = 0; i < Py_ARRAY_LENGTH(aliases); i++) {
        if (alias(module, aliases[i][0], aliases[i][1]) < 0)
            return -1;
    }
    Py_XSETREF(get_clock_info, PyObject_GetAttrString(module, "get_clock_info"));
    if (get_clock_info == NULL || PyModule_AddFunctions(module, methods) < 0)
        return -1;
    return extending_refusals(module, refusals, Py_ARRAY_LENGTH(refusals));
}

PyMODINIT_FUNC PyInit_time(void);

int time_module_extend(void) { return extending_definition(PyInit_time(), extend); }
