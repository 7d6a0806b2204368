/* The functions of `os` that CPython leaves out for WASI and every Unix has.
 *
 * They are in `posix` before `os` looks there, so that os.__all__, os.supports_dir_fd and the like know them. What cannot work
 * raises OSError. os_names.c, os_processes.c and os_transfer.c have the rest. */
#ifndef WASGI_OS_MODULE_H
#define WASGI_OS_MODULE_H

/* Before Python starts. 0, or -1 without memory. */
int os_module_extend(void);

#endif
