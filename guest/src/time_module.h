/* Parts of `time` that are missing for WASI: tzset(), and the clocks that have other names on Linux. */
#ifndef WASGI_TIME_MODULE_H
#define WASGI_TIME_MODULE_H

/* Before Python starts. 0, or -1 without memory. */
int time_module_extend(void);

#endif
