/* The heap as requests find it. */
#ifndef WASGI_HEAP_H
#define WASGI_HEAP_H

/* Fills the holes between what is alive, for good: what is allocated from now on lies together. A request that took a
 * block here and a block there would write to a page for each, and every page that it writes has to be restored before
 * the next request. Only where memory is short does a hole stay. */
void heap_fill(void);

#endif
