#include "placement.h"

#include <Python.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* An allocation that the second boot places, by its number. */
struct place {
    uint32_t number, size;
    void *block;
};

/* The first boot's record: allocations in their order, and in between frees, as blocks of FREED bytes. */
struct event {
    void *block;
    uint32_t size;
};
#define FREED UINT32_MAX

static struct {
    struct place *next, *end;
    uint32_t count;
} places;

static struct {
    struct event *events;
    uint32_t count, capacity;
    bool wanted;
} events;

static PyMemAllocatorEx object, memory;

/* Returns an array for `count` places; the builder writes numbers and sizes, in ascending order. */
__attribute__((export_name("wasgi_places"))) struct place *wasgi_places(uint32_t count) {
    places.next = calloc(count, sizeof *places.next);
    places.end = places.next != NULL ? places.next + count : NULL;
    return places.next;
}

__attribute__((export_name("wasgi_watch_memory"))) void wasgi_watch_memory(void) { events.wanted = true; }

__attribute__((export_name("wasgi_memory_events"))) const void *wasgi_memory_events(void) { return &events; }

static void tell(void *block, size_t size) {
    if (!events.wanted || block == NULL)
        return;
    if (events.count == events.capacity) {
        uint32_t capacity = events.capacity > 0 ? events.capacity * 2 : 1 << 16;
        struct event *grown = realloc(events.events, capacity * sizeof *grown);
        /* Without memory, recording stops, and later allocations get no place. */
        events.wanted = grown != NULL;
        if (grown == NULL)
            return;
        events.events = grown;
        events.capacity = capacity;
    }
    events.events[events.count++] = (struct event){block, (uint32_t)size};
}

/* The block reserved for this allocation, or NULL. */
static void *take_place(size_t size) {
    uint32_t number = places.count++;
    struct place *place = places.next;

    if (place == places.end || place->number != number)
        return NULL;
    places.next++;
    return place->size == size ? place->block : NULL;
}

static void *place_malloc(void *context, size_t size) {
    PyMemAllocatorEx *allocator = context;
    void *block = take_place(size);

    if (block == NULL)
        block = allocator->malloc(allocator->ctx, size);
    tell(block, size);
    return block;
}

static void *place_calloc(void *context, size_t count, size_t size) {
    PyMemAllocatorEx *allocator = context;
    void *block = take_place(count * size);

    if (block != NULL)
        memset(block, 0, count * size);
    else
        block = allocator->calloc(allocator->ctx, count, size);
    tell(block, count * size);
    return block;
}

static void *place_realloc(void *context, void *old, size_t size) {
    PyMemAllocatorEx *allocator = context;
    void *place = take_place(size), *block = allocator->realloc(allocator->ctx, old, size);

    if (block != NULL && place != NULL) {
        memcpy(place, block, size);
        allocator->free(allocator->ctx, block);
        block = place;
    }
    if (block != NULL)
        tell(old, FREED);
    tell(block, size);
    return block;
}

static void place_free(void *context, void *block) {
    PyMemAllocatorEx *allocator = context;

    tell(block, FREED);
    allocator->free(allocator->ctx, block);
}

static void wrap(PyMemAllocatorDomain domain, PyMemAllocatorEx *allocator) {
    PyMemAllocatorEx placing = {allocator, place_malloc, place_calloc, place_realloc, place_free};

    PyMem_GetAllocator(domain, allocator);
    PyMem_SetAllocator(domain, &placing);
}

void placement_begin(void) {
    /* Before all other allocations, so that the blocks lie together. */
    for (struct place *place = places.next; place != places.end; place++)
        place->block = malloc(place->size);
    wrap(PYMEM_DOMAIN_OBJ, &object);
    wrap(PYMEM_DOMAIN_MEM, &memory);
}

void placement_end(void) {
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &object);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &memory);
    events.wanted = false;
}
