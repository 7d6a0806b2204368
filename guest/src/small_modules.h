/* Linux's names that `errno`, `_locale` and `_thread` lack for WASI, and additions to `_socket` and `select`. */
#ifndef WASGI_SMALL_MODULES_H
#define WASGI_SMALL_MODULES_H

/* Before Python starts. 0, or -1 without memory. */
int small_modules_extend(void);

#endif
