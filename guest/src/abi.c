#include "abi.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE 32768
/* If a host grants directories, the preview 1 adapter allocates its 64 KiB at its first call, which may be the one
 * that logs a MemoryError. */
#define RESERVE_SIZE (80 * 1024)

/* Blocks that do not fit into the arena. */
struct spill {
    struct spill *next;
    _Alignas(16) uint8_t bytes[];
};

/* Receives the host's bytes when there is no memory for a bytes object: the call cannot fail any more, and a trap
 * would deny the application its MemoryError. Costs nothing until it is written to. */
static uint8_t overflow[ABI_BYTES_MAX];

static void *reserve;

/* In one struct, because each request writes to both: they dirty fewer pages. */
static struct {
    struct {
        bool active, wants_bytes;
        size_t used;
        struct spill *spills;
        PyObject *bytes;
        bool failed;
    } scope;
    _Alignas(16) uint8_t arena[ARENA_SIZE];
} call;

int abi_reserve(void) {
    reserve = malloc(RESERVE_SIZE);
    return reserve != NULL ? 0 : -1;
}

void abi_reserve_again(void) {
    if (reserve == NULL)
        (void)abi_reserve();
}

/* realloc(), from the reserve if need be. cabi_realloc cannot report a failure: without the reserve, a trap would end
 * a request that could still be answered. */
static void *alloc_or_abort(void *block, size_t size) {
    void *moved = realloc(block, size);

    if (moved == NULL && reserve != NULL) {
        free(reserve);
        reserve = NULL;
        moved = realloc(block, size);
    }
    if (moved == NULL)
        abort();
    return moved;
}

static void *spill_alloc(size_t size) {
    struct spill *spill = alloc_or_abort(NULL, sizeof *spill + size);

    spill->next = call.scope.spills;
    call.scope.spills = spill;
    return spill->bytes;
}

static void *arena_alloc(size_t align, size_t size) {
    size_t start = (call.scope.used + align - 1) & ~(align - 1);

    if (start > ARENA_SIZE || size > ARENA_SIZE - start)
        return spill_alloc(size);
    call.scope.used = start + size;
    return call.arena + start;
}

static void *bytes_alloc(size_t size) {
    call.scope.wants_bytes = false;
    if (size > ABI_BYTES_MAX)
        abort();
    call.scope.bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    if (call.scope.bytes != NULL)
        return PyBytes_AS_STRING(call.scope.bytes);
    PyErr_Clear();
    call.scope.failed = true;
    return overflow;
}

__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *block, size_t old_size, size_t align,
                                                                size_t new_size) {
    void *moved;

    if (new_size == 0)
        return (void *)align;
    /* malloc's alignment is the largest that the canonical ABI needs. */
    if (!call.scope.active)
        return alloc_or_abort(old_size > 0 ? block : NULL, new_size);
    if (call.scope.wants_bytes)
        return bytes_alloc(new_size);
    moved = arena_alloc(align, new_size);
    if (old_size > 0)
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
    return moved;
}

void abi_enter(void) { call.scope.active = true; }

void abi_enter_bytes(void) {
    call.scope.active = true;
    call.scope.wants_bytes = true;
}

PyObject *abi_take_bytes(void) {
    PyObject *bytes = call.scope.bytes;

    call.scope.bytes = NULL;
    if (call.scope.failed)
        return PyErr_NoMemory();
    return bytes != NULL ? bytes : PyBytes_FromStringAndSize(NULL, 0);
}

void abi_leave(void) {
    while (call.scope.spills != NULL) {
        struct spill *spill = call.scope.spills;
        call.scope.spills = spill->next;
        free(spill);
    }
    Py_CLEAR(call.scope.bytes);
    memset(&call.scope, 0, sizeof call.scope);
}
