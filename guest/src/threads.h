/* Threads on the guest's only stack: `wasgi_guest.threads` schedules them; this has the parts that Python cannot do. */
#ifndef WASGI_THREADS_H
#define WASGI_THREADS_H

#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

/* Extends `_thread`, `_queue` and `time`, and adds the modules below. Called before Python starts. */
int threads_extend(void);

/* The ident of the running thread. */
uint64_t threads_ident(void);

/* Lets other threads run until `thing` (a lock, a SimpleQueue, a thread's handle) is ready, for at most `seconds`;
 * below zero: without a limit. 1 if it is ready, 0 after a timeout, -1 with an exception. */
int threads_wait(PyObject *thing, double seconds);

/* Parses the arguments of a lock's acquire(). `seconds` is -1 for no limit and 0 for no wait. -1 with an exception. */
int threads_parse_wait(PyObject *args, PyObject *kwargs, double *seconds);

/* Puts `_thread`'s lock and RLock in place. */
int thread_locks_add(PyObject *module);

/* Puts `_thread`'s handles of threads in place. */
int thread_handles_add(PyObject *module);

/* _wasgi_threads: the C functions for `wasgi_guest.threads`. */
PyMODINIT_FUNC PyInit__wasgi_threads(void);

/* CPython's modules for subinterpreters. */
PyMODINIT_FUNC PyInit__interpreters(void);
PyMODINIT_FUNC PyInit__interpqueues(void);

/* Called just before the snapshot: requests follow. */
void threads_seal(void);

#endif
