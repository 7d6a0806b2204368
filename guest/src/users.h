/* The modules `pwd` and `grp`: one user and one group, the same for every application. */
#ifndef WASGI_USERS_H
#define WASGI_USERS_H

#include <Python.h>

#define USER_NAME "wasgi"
/* The only directory that is writable without a grant. */
#define USER_HOME "/tmp"

PyMODINIT_FUNC PyInit_pwd(void);
PyMODINIT_FUNC PyInit_grp(void);

#endif
