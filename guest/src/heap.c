#define Py_BUILD_CORE
#include <Python.h>
#include <internal/pycore_freelist.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_obmalloc.h>
#include <internal/pycore_pystate.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

/* Blocks of up to 512 bytes are pymalloc's, in size classes; larger ones are malloc's. */
#define CLASS_SIZE(index) (((size_t)(index) + 1) << ALIGNMENT_SHIFT)
#define LARGEST_CLASS (NB_SMALL_SIZE_CLASSES - 1)

/* A block from the end of malloc's heap: larger than any hole that matters. */
#define BEYOND_HOLES (512 * 1024)

/* Takes a block for good. Nothing uses its bytes, and zeros take no room in the component. */
static bool take(void *block, size_t size) {
    if (block != NULL)
        memset(block, 0, size);
    return block != NULL;
}

static bool has_room(const struct _obmalloc_state *state, unsigned class) {
    poolp head = state->pools.used[class + class];

    return head != head->nextpool;
}

static void fill_pools_of(const struct _obmalloc_state *state, unsigned class) {
    while (has_room(state, class) && take(PyObject_Malloc(CLASS_SIZE(class)), CLASS_SIZE(class)))
        ;
}

/* Freed pools lie anywhere in their arena; unused ones lie together at its end. */
static bool has_holes(const struct arena_object *arena) { return arena != NULL && arena->freepools != NULL; }

static void fill_pools(void) {
    const struct _obmalloc_state *state = _PyInterpreterState_GET()->obmalloc;

    for (unsigned class = 0; class <= LARGEST_CLASS; class ++)
        fill_pools_of(state, class);
    /* Without a usable arena, the first request would have to allocate one. */
    while ((state->mgmt.usable_arenas == NULL || has_holes(state->mgmt.usable_arenas)) &&
           take(PyObject_Malloc(CLASS_SIZE(LARGEST_CLASS)), CLASS_SIZE(LARGEST_CLASS)))
        fill_pools_of(state, LARGEST_CLASS);
}

static void fill_malloc(void) {
    char *end = malloc(BEYOND_HOLES);

    free(end);
    for (size_t size = end != NULL ? BEYOND_HOLES / 2 : 0; size >= 8; size -= size > 64 ? size / 8 : 8) {
        char *block;
        while ((block = malloc(size)) != NULL && block < end)
            memset(block, 0, size);
        free(block);
    }
}

void heap_fill(void) {
    _PyObject_ClearFreeLists(_Py_object_freelists_GET(), 0);
    fill_pools();
    fill_malloc();
}
