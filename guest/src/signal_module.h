/* Functions that `signal` lacks for WASI. Handlers can be set; only raise_signal() ever calls them. */
#ifndef WASGI_SIGNAL_MODULE_H
#define WASGI_SIGNAL_MODULE_H

/* Before Python starts. 0, or -1 without memory. */
int signal_module_extend(void);

#endif
