/* Functions of `os` that every Unix has and CPython leaves out for WASI.
 *
 * They are added to `posix` before `os` reads it, so that os.__all__, os.supports_dir_fd and the like include them.
 * Functions that cannot work raise OSError. os_names.c, os_processes.c and os_transfer.c have the rest. */
#ifndef WASGI_OS_MODULE_H
#define WASGI_OS_MODULE_H

/* Before Python starts. 0, or -1 without memory. */
int os_module_extend(void);

#endif
