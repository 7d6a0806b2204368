/* Raises wasgi.RequestEnded in an application whose request ends early: its deadline has passed, or its client is gone.
 *
 * The host then ends every wait and every stream early, and gives the reason in a variable. The exception is raised
 * where the application waited, and again
 *
 *   - at each further wait, and wherever the application reads the request or writes to the response;
 *   - at its next call, if it has dropped the exception without passing it on.
 *
 * While the exception propagates, nothing else raises it, so that rollbacks and logging can use files and the log. */
#ifndef WASGI_ENDED_H
#define WASGI_ENDED_H

#include <Python.h>
#include <stdbool.h>

/* Called after a wait that ended early: checks with the host whether the request is over. If so, the exception is
 * raised as soon as Python continues. Needs no thread state. */
void ended_look(void);

/* Whether the request is known to be over. */
bool ended_is_known(void);

/* Called before a stream is used, or after it failed: true with the exception set if the request is over. `ask`: checks
 * with the host, too. */
bool ended_raise(bool ask);

/* If the request has ended: frees reference cycles, such as those of sqlite3's connections with their statements, and
 * so their locks and open transactions. */
void ended_leave(void);

/* Called when the gateway has caught the application's exception. If the request has ended, only waits raise from now
 * on. */
void ended_settle(void);

/* _wasgi.set_ended(type): the exception's class; its argument is the reason, one word. */
PyObject *ended_set(PyObject *module, PyObject *type);

/* Whether the exception that is set is ours. */
bool ended_is_raised(void);

#endif
