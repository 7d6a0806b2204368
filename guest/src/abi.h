/* Memory for the results of our wasi:http calls.
 *
 * The canonical ABI allocates every string and list of a result in the guest (cabi_realloc): two blocks for each
 * header. Between abi_enter() and abi_leave(), they come from one small arena, in one run of pages, and abi_leave()
 * releases them all; the generated app_*_free() functions must not be used on them. Outside, cabi_realloc is realloc:
 * a preview 1 adapter, if any, allocates its own state there. */
#ifndef WASGI_ABI_H
#define WASGI_ABI_H

#include <Python.h>

/* The most bytes that one call may read straight into a bytes object. */
#define ABI_BYTES_MAX 65536

/* Called once, before the snapshot: sets up the reserve for the end of memory. 0, or -1. */
int abi_reserve(void);
/* Re-arms a used reserve in an instance that goes on; without memory for it, does nothing. */
void abi_reserve_again(void);

void abi_enter(void);
/* Like abi_enter(), but the first block, a list<u8> of at most ABI_BYTES_MAX, becomes a bytes object. */
void abi_enter_bytes(void);
/* The bytes object made since abi_enter_bytes(): a new reference; an empty one if the host requested no memory; NULL
 * with MemoryError if there was none (the host's bytes are then lost). */
PyObject *abi_take_bytes(void);
void abi_leave(void);

#endif
