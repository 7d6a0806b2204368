/* A request that is over before its application is: its deadline has passed, or its client is gone.
 *
 * The host ends every wait early then, and every stream; asked for its variables, it says why. The application gets
 * wasgi.RequestEnded: where it waited, and again
 *
 *   - at each further wait, and wherever it reads the request or writes to the answer;
 *   - at its next call, when it has let go of the exception without passing it on.
 *
 * As long as the exception is on its way, nothing else raises it: what rolls back, and what tells of it, has files and
 * the log at its disposal. */
#ifndef WASGI_ENDED_H
#define WASGI_ENDED_H

#include <Python.h>
#include <stdbool.h>

/* A wait came to its end too early: asks the host whether the request is over, and if so sees to it that the exception
 * is raised as soon as Python goes on. Needs no thread state. */
void ended_look(void);

/* Whether it is known that the request is over. */
bool ended_is_known(void);

/* A stream failed, or is to be used: true with the exception set when the request is over. `ask`: the host, too. */
bool ended_raise(bool ask);

/* Where the request has ended: releases what hangs together in a circle, as sqlite3's connections do with what they have
 * prepared, and with it locks and unfinished transactions. */
void ended_leave(void);

/* The gateway has what the application raised. Where that is because the request has ended, only waits raise from now
 * on. */
void ended_settle(void);

/* _wasgi.set_ended(type): what is raised; called with one word for the reason. */
PyObject *ended_set(PyObject *module, PyObject *type);

/* Whether the exception that is set is ours. */
bool ended_is_raised(void);

#endif
