#include "fcntl_names.h"

#include <fcntl.h>

#include "extending.h"
#include "posix_locks.h"

static const struct constant constants[] = {
    CONSTANT(LOCK_SH), CONSTANT(LOCK_EX), CONSTANT(LOCK_NB), CONSTANT(LOCK_UN), CONSTANT(F_RDLCK), CONSTANT(F_WRLCK),
    CONSTANT(F_UNLCK), CONSTANT(F_GETLK), CONSTANT(F_SETLK), CONSTANT(F_SETLKW), CONSTANT(F_GETFD), CONSTANT(F_SETFD),
    CONSTANT(F_GETFL), CONSTANT(F_SETFL), CONSTANT(FD_CLOEXEC), {"F_GETLK64", F_GETLK}, {"F_SETLK64", F_SETLK},
    {"F_SETLKW64", F_SETLKW},
    /* Linux's, which fcntl() here answers with EINVAL. */
    {"DN_ACCESS", 1}, {"DN_ATTRIB", 32}, {"DN_CREATE", 4}, {"DN_DELETE", 8}, {"DN_MODIFY", 2},
    {"DN_MULTISHOT", 2147483648}, {"DN_RENAME", 16}, {"FASYNC", 8192}, {"FICLONE", 1074041865},
    {"FICLONERANGE", 1075876877}, {"F_ADD_SEALS", 1033}, {"F_DUPFD", 0}, {"F_DUPFD_CLOEXEC", 1030}, {"F_EXLCK", 4},
    {"F_GETLEASE", 1025}, {"F_GETOWN", 9}, {"F_GETOWN_EX", 16}, {"F_GETPIPE_SZ", 1032}, {"F_GETSIG", 11},
    {"F_GET_FILE_RW_HINT", 1037}, {"F_GET_RW_HINT", 1035}, {"F_GET_SEALS", 1034}, {"F_NOTIFY", 1026},
    {"F_OFD_GETLK", 36}, {"F_OFD_SETLK", 37}, {"F_OFD_SETLKW", 38}, {"F_OWNER_PGRP", 2}, {"F_OWNER_PID", 1},
    {"F_OWNER_TID", 0}, {"F_SEAL_FUTURE_WRITE", 16}, {"F_SEAL_GROW", 4}, {"F_SEAL_SEAL", 1}, {"F_SEAL_SHRINK", 2},
    {"F_SEAL_WRITE", 8}, {"F_SETLEASE", 1024}, {"F_SETOWN", 8}, {"F_SETOWN_EX", 15}, {"F_SETPIPE_SZ", 1031},
    {"F_SETSIG", 10}, {"F_SET_FILE_RW_HINT", 1038}, {"F_SET_RW_HINT", 1036}, {"F_SHLCK", 8}, {"LOCK_MAND", 32},
    {"LOCK_READ", 64}, {"LOCK_RW", 192}, {"LOCK_WRITE", 128}, {"RWH_WRITE_LIFE_EXTREME", 5},
    {"RWH_WRITE_LIFE_LONG", 4}, {"RWH_WRITE_LIFE_MEDIUM", 3}, {"RWH_WRITE_LIFE_NONE", 1},
    {"RWH_WRITE_LIFE_NOT_SET", 0}, {"RWH_WRITE_LIFE_SHORT", 2},
};

int fcntl_names_add(PyObject *module) {
    return extending_constants(module, constants, Py_ARRAY_LENGTH(constants));
}
