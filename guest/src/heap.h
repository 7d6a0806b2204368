/* Prepares the heap for requests. */
#ifndef WASGI_HEAP_H
#define WASGI_HEAP_H

/* Fills the holes between live blocks for good, so that later allocations lie together. A request that allocated from
 * scattered holes would dirty a page for each, and every dirty page must be restored before the next request. Holes
 * stay only if memory is short. */
void heap_fill(void);

#endif
