/* What `signal` lacks for WASI. Handlers can be set, and raise_signal() calls them; nobody else ever sends one. */
#ifndef WASGI_SIGNAL_MODULE_H
#define WASGI_SIGNAL_MODULE_H

/* Before Python starts. 0, or -1 without memory. */
int signal_module_extend(void);

#endif
