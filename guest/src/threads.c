#define Py_BUILD_CORE 1 /* for _PyThreadStateImpl: asyncio keeps its running loop there */
#include "threads.h"

#include "extending.h"
#include "internal/pycore_tstate.h"

/* What a thread sees as its own, and which of PyThreadState's fields hold it while its code runs. There is one
 * PyThreadState: pending calls, the profiler and callbacks from C find it in whichever thread. */
struct identity {
    PyObject_HEAD
    uint64_t ident;
    uint64_t id; /* CPython's caches go by it */
    PyObject *dict;
    PyObject *context;
    PyObject *local_key;
    PyObject *local_sentinel;
    PyObject *running_loop;
    PyObject *first_iteration;
    PyObject *finalizer;
    int origin_depth;
};

#define MAIN 1

static struct identity main_identity, *current = &main_identity;
static uint64_t last = MAIN;
/* Threads that are set aside; a list. */
static PyObject *waiting;
/* How many threads have begun and not ended. */
static int depth;
static bool sealed;
static PyObject *sleep_plainly;
/* For each SimpleQueue, as a module that is imported anew has one of its own: its get() and its Empty. */
static PyObject *plain_queues;

uint64_t threads_ident(void) { return current == &main_identity ? MAIN : current->ident; }

void threads_seal(void) { sealed = true; }

int threads_wait(PyObject *thing, double seconds) {
    PyObject *result = NULL, *threads = PyImport_ImportModule("wasgi_guest.threads");
    int done;

    if (threads != NULL)
        result = PyObject_CallMethod(threads, "wait_for", "Od", thing, seconds);
    done = result != NULL ? PyObject_IsTrue(result) : -1;
    Py_XDECREF(threads);
    Py_XDECREF(result);
    return done;
}

static void leave(PyThreadState *state) {
    *current = (struct identity){
        .ob_base = current->ob_base,
        .ident = current->ident,
        .id = state->id,
        .dict = state->dict,
        .context = state->context,
        .local_key = state->threading_local_key,
        .local_sentinel = state->threading_local_sentinel,
        .running_loop = ((_PyThreadStateImpl *)state)->asyncio_running_loop,
        .first_iteration = state->async_gen_firstiter,
        .finalizer = state->async_gen_finalizer,
        .origin_depth = state->coroutine_origin_tracking_depth,
    };
}

static void enter(PyThreadState *state, struct identity *identity) {
    current = identity;
    state->id = identity->id;
    state->dict = identity->dict;
    state->context = identity->context;
    state->context_ver++;
    state->threading_local_key = identity->local_key;
    state->threading_local_sentinel = identity->local_sentinel;
    ((_PyThreadStateImpl *)state)->asyncio_running_loop = identity->running_loop;
    state->async_gen_firstiter = identity->first_iteration;
    state->async_gen_finalizer = identity->finalizer;
    state->coroutine_origin_tracking_depth = identity->origin_depth;
}

/* A thread knows nothing of the exceptions that are handled by the code below it. */
static PyObject *call(struct identity *identity, PyObject *function) {
    PyThreadState *state = PyThreadState_Get();
    _PyErr_StackItem handled = {0}, *outside = state->exc_info;
    struct identity *before = current;
    PyObject *result;

    leave(state);
    enter(state, identity);
    state->exc_info = &handled;
    depth++;
    result = PyObject_CallNoArgs(function);
    depth--;
    state->exc_info = outside;
    leave(state);
    enter(state, before);
    return result;
}

static PyObject *identity_call(struct identity *self, PyObject *function) { return call(self, function); }

static PyObject *identity_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs)) {
    struct identity *self = (struct identity *)type->tp_alloc(type, 0);

    if (self != NULL) {
        self->ident = ++last;
        /* Beyond those that CPython hands out. */
        self->id = ((uint64_t)1 << 32) + last;
    }
    return (PyObject *)self;
}

static void identity_dealloc(struct identity *self) {
    PyTypeObject *type = Py_TYPE(self);

    /* threading.local hears of it by the sentinel's end. */
    Py_CLEAR(self->local_sentinel);
    Py_CLEAR(self->local_key);
    Py_CLEAR(self->dict);
    Py_CLEAR(self->context);
    Py_CLEAR(self->running_loop);
    Py_CLEAR(self->first_iteration);
    Py_CLEAR(self->finalizer);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *identity_ident(struct identity *self, void *Py_UNUSED(closure)) {
    return PyLong_FromUnsignedLongLong(self->ident);
}

#define PLAIN(function) (PyCFunction)(void (*)(void))(function)

static PyMethodDef identity_methods[] = {
    {"call", PLAIN(identity_call), METH_O, PyDoc_STR("call(function): calls it as that thread")},
    {0},
};

static PyGetSetDef identity_fields[] = {{"ident", (getter)identity_ident, NULL, NULL, NULL}, {0}};

static PyType_Slot identity_slots[] = {
    {Py_tp_dealloc, identity_dealloc},
    {Py_tp_methods, identity_methods},
    {Py_tp_getset, identity_fields},
    {Py_tp_new, identity_new},
    {0},
};

static PyType_Spec identity_spec = {
    .name = "_wasgi_threads.Identity",
    .basicsize = sizeof(struct identity),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = identity_slots,
};

static PyObject *call_as_main(PyObject *Py_UNUSED(module), PyObject *function) {
    return current == &main_identity ? PyObject_CallNoArgs(function) : call(&main_identity, function);
}

static PyObject *is_sealed(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) { return PyBool_FromLong(sealed); }

static PyObject *get_ident(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    return PyLong_FromUnsignedLongLong(threads_ident());
}

static PyObject *get_main_ident(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
    return PyLong_FromLong(MAIN);
}

/* time.sleep(): while one sleeps, another thread may run. */
static PyObject *sleep_among(PyObject *Py_UNUSED(module), PyObject *seconds) {
    PyObject *threads, *result;

    if (depth == 0 && (waiting == NULL || PyList_GET_SIZE(waiting) == 0))
        return PyObject_CallOneArg(sleep_plainly, seconds);
    threads = PyImport_ImportModule("wasgi_guest.threads");
    result = threads != NULL ? PyObject_CallMethod(threads, "sleep", "O", seconds) : NULL;
    Py_XDECREF(threads);
    return result;
}

static int parse_get(PyObject *args, PyObject *kwargs, double *seconds) {
    static char *names[] = {"block", "timeout", NULL};
    PyObject *timeout = Py_None;
    int block = 1;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|pO:get", names, &block, &timeout))
        return -1;
    *seconds = !block ? 0 : timeout == Py_None ? -1 : PyFloat_AsDouble(timeout);
    if (!PyErr_Occurred() && block && timeout != Py_None && *seconds < 0)
        PyErr_SetString(PyExc_ValueError, "'timeout' must be a non-negative number");
    return PyErr_Occurred() ? -1 : 0;
}

/* Borrowed. */
static PyObject *plain_of(PyTypeObject *type) {
    PyObject *plain = NULL;

    for (; type != NULL && plain == NULL; type = type->tp_base)
        plain = PyDict_GetItem(plain_queues, (PyObject *)type);
    return plain;
}

/* SimpleQueue.get() */
static PyObject *queue_get(PyObject *self, PyObject *args, PyObject *kwargs) {
    PyObject *plain = plain_of(Py_TYPE(self));
    double seconds;

    if (parse_get(args, kwargs, &seconds) < 0)
        return NULL;
    for (;;) {
        PyObject *item = PyObject_CallFunctionObjArgs(PyTuple_GET_ITEM(plain, 0), self, Py_False, NULL), *empty;
        int done;
        if (item != NULL || seconds == 0 || !PyErr_ExceptionMatches(PyTuple_GET_ITEM(plain, 1)))
            return item;
        empty = PyErr_GetRaisedException();
        done = threads_wait(self, seconds);
        if (done == 0)
            PyErr_SetRaisedException(Py_NewRef(empty));
        Py_DECREF(empty);
        if (done <= 0)
            return NULL;
    }
}

static PyMethodDef queue_get_definition = {"get", PLAIN(queue_get), METH_VARARGS | METH_KEYWORDS,
                                           PyDoc_STR("get(block=True, timeout=None): removes and gives an item")};

static int keep_plain(PyObject *module, PyObject *type) {
    PyObject *get = PyObject_GetAttrString(type, "get"), *empty = PyObject_GetAttrString(module, "Empty");
    PyObject *plain = get != NULL && empty != NULL ? PyTuple_Pack(2, get, empty) : NULL;
    int failed = plain == NULL || (plain_queues == NULL && (plain_queues = PyDict_New()) == NULL) ||
                 PyDict_SetItem(plain_queues, type, plain) < 0;

    Py_XDECREF(get);
    Py_XDECREF(empty);
    Py_XDECREF(plain);
    return failed ? -1 : 0;
}

static int extend_queue(PyObject *module) {
    PyObject *type = PyObject_GetAttrString(module, "SimpleQueue");
    int failed = type == NULL || keep_plain(module, type) < 0 ||
                 extending_method((PyTypeObject *)type, &queue_get_definition) < 0;

    Py_XDECREF(type);
    return failed ? -1 : 0;
}

static PyMethodDef time_functions[] = {
    {"sleep", sleep_among, METH_O, PyDoc_STR("sleep(seconds): waits, while other threads may run")},
    {0},
};

static int extend_time(PyObject *module) {
    sleep_plainly = PyObject_GetAttrString(module, "sleep");
    return sleep_plainly == NULL ? -1 : PyModule_AddFunctions(module, time_functions);
}

static PyMethodDef thread_functions[] = {
    {"get_ident", get_ident, METH_NOARGS, PyDoc_STR("The identity of the thread whose code runs.")},
    {"_get_main_thread_ident", get_main_ident, METH_NOARGS, NULL},
    {0},
};

static int extend_thread(PyObject *module) {
    if (thread_locks_add(module) < 0 || thread_handles_add(module) < 0)
        return -1;
    return PyModule_AddFunctions(module, thread_functions);
}

PyMODINIT_FUNC PyInit__thread(void);
PyMODINIT_FUNC PyInit__queue(void);
PyMODINIT_FUNC PyInit_time(void);

int threads_extend(void) {
    if (extending_definition(PyInit__thread(), extend_thread) < 0 ||
        extending_definition(PyInit__queue(), extend_queue) < 0 ||
        PyImport_AppendInittab("_wasgi_threads", PyInit__wasgi_threads) < 0 ||
        PyImport_AppendInittab("_interpreters", PyInit__interpreters) < 0 ||
        PyImport_AppendInittab("_interpqueues", PyInit__interpqueues) < 0)
        return -1;
    return extending_definition(PyInit_time(), extend_time);
}

static PyObject *sleep_alone(PyObject *Py_UNUSED(module), PyObject *seconds) {
    return PyObject_CallOneArg(sleep_plainly, seconds);
}

static PyMethodDef methods[] = {
    {"call_as_main", call_as_main, METH_O, PyDoc_STR("call_as_main(function): calls it as the main thread")},
    {"is_sealed", is_sealed, METH_NOARGS, PyDoc_STR("is_sealed(): whether the snapshot has been taken")},
    {"sleep", sleep_alone, METH_O, PyDoc_STR("sleep(seconds): while which nothing else runs")},
    {0},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "_wasgi_threads", .m_doc = PyDoc_STR("Threads on the one stack that there is."),
    .m_size = -1, /* one interpreter, one module */
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__wasgi_threads(void) {
    PyObject *self = PyModule_Create(&definition), *type;

    if (self == NULL)
        return NULL;
    waiting = PyList_New(0);
    type = PyType_FromModuleAndSpec(self, &identity_spec, NULL);
    if (waiting == NULL || type == NULL || PyModule_AddObjectRef(self, "waiting", waiting) < 0 ||
        PyModule_AddObjectRef(self, "Identity", type) < 0)
        Py_CLEAR(self);
    Py_XDECREF(type);
    return self;
}
