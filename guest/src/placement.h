/* Places objects that requests write to side by side.
 *
 * Every page that a request dirties is restored before the next one, so there should be few. Requests write to objects
 * of the interpreter, the libraries and the application that are allocated all through the import: specialized code,
 * counters, caches, dictionaries. The builder boots twice. The first boot records its allocations, and the write trace
 * shows which of them a synthetic request writes to; the second boot repeats the same steps and gets adjacent blocks
 * for those. If it takes other steps, an allocation gets an ordinary block. */
#ifndef WASGI_PLACEMENT_H
#define WASGI_PLACEMENT_H

/* Starts counting allocations. Called before Python starts. */
void placement_begin(void);

/* Stops counting. Placed blocks can be freed at any time: pymalloc passes unknown blocks on to malloc. */
void placement_end(void);

#endif
