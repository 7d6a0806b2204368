/* Where the host puts what our wasi:http calls return.
 *
 * The canonical ABI asks the guest for memory (cabi_realloc) for every string and list in a result: two blocks for
 * each header. Between abi_enter() and abi_leave() they come from one small area, in one run of pages, and are all
 * gone at abi_leave(); the generated app_*_free() functions must not be used on them. Outside, cabi_realloc is
 * realloc: the preview 1 adapter, where there is one, takes the memory that it keeps from there. */
#ifndef WASGI_ABI_H
#define WASGI_ABI_H

#include <Python.h>

/* The most that one call may read straight into a bytes object. */
#define ABI_BYTES_MAX 65536

/* Called once, before the snapshot: keeps memory back for when there is none. 0, or -1. */
int abi_reserve(void);
/* The same for an instance that goes on after it was used up; without memory for it, nothing happens. */
void abi_reserve_again(void);

void abi_enter(void);
/* Like abi_enter(), but the first block, a list<u8> of at most ABI_BYTES_MAX, becomes a bytes object. */
void abi_enter_bytes(void);
/* The bytes object made since abi_enter_bytes(): a new reference; an empty one when the host asked for no memory;
 * NULL with MemoryError when there was none (what the host wrote is then lost). */
PyObject *abi_take_bytes(void);
void abi_leave(void);

#endif
