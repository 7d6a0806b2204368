/* Locks that C code takes, such as cffi's `init_once`.
 *
 * CPython without threads waits for one in a loop: who holds it is below on the one stack, and goes on only after the
 * wait. C code cannot be told of an exception here, so the request ends at once, and the log says where. */
#include <Python.h>

PyLockStatus __real_PyThread_acquire_lock_timed(PyThread_type_lock lock, PY_TIMEOUT_T microseconds, int intr_flag);
PyLockStatus __wrap_PyThread_acquire_lock_timed(PyThread_type_lock lock, PY_TIMEOUT_T microseconds, int intr_flag);
int __wrap_PyThread_acquire_lock(PyThread_type_lock lock, int waits);

PyLockStatus __wrap_PyThread_acquire_lock_timed(PyThread_type_lock lock, PY_TIMEOUT_T microseconds, int intr_flag) {
    PyLockStatus status = __real_PyThread_acquire_lock_timed(lock, microseconds < 0 ? 0 : microseconds, intr_flag);

    if (status == PY_LOCK_FAILURE && microseconds < 0)
        Py_FatalError("native code waits for a lock that a thread below it holds: all threads share one stack");
    return status;
}

int __wrap_PyThread_acquire_lock(PyThread_type_lock lock, int waits) {
    return __wrap_PyThread_acquire_lock_timed(lock, waits ? -1 : 0, 0) == PY_LOCK_ACQUIRED;
}
