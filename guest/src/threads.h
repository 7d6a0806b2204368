/* Threads on the one stack that there is: `wasgi_guest.threads` decides which of them runs, and when; here is what it
 * cannot do in Python. */
#ifndef WASGI_THREADS_H
#define WASGI_THREADS_H

#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

/* Extends `_thread`, `_queue` and `time`, and adds the modules below. Called before Python starts. */
int threads_extend(void);

/* Of the thread whose code runs. */
uint64_t threads_ident(void);

/* Lets other threads run until `thing` (a lock, a SimpleQueue, a thread's handle) need not be waited for any more, for
 * at most `seconds`; below zero: without end. 1 when that is so, 0 when the time is over, -1 with an exception. */
int threads_wait(PyObject *thing, double seconds);

/* The arguments of a lock's acquire(). `seconds` is -1 without end and 0 for not at all. -1 with an exception. */
int threads_parse_wait(PyObject *args, PyObject *kwargs, double *seconds);

/* Puts `_thread`'s lock and RLock in place. */
int thread_locks_add(PyObject *module);

/* Puts `_thread`'s handles of threads in place. */
int thread_handles_add(PyObject *module);

/* _wasgi_threads: what `wasgi_guest.threads` works with. */
PyMODINIT_FUNC PyInit__wasgi_threads(void);

/* What CPython has beside threads. */
PyMODINIT_FUNC PyInit__interpreters(void);
PyMODINIT_FUNC PyInit__interpqueues(void);

/* From now on there are requests. */
void threads_seal(void);

#endif
