/* The modules `pwd` and `grp`: the one user and the one group that there are, the same for every application. */
#ifndef WASGI_USERS_H
#define WASGI_USERS_H

#include <Python.h>

#define USER_NAME "wasgi"
/* Nothing else can be written to without a grant. */
#define USER_HOME "/tmp"

PyMODINIT_FUNC PyInit_pwd(void);
PyMODINIT_FUNC PyInit_grp(void);

#endif
