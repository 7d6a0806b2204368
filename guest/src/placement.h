/* Where what requests write to lies: side by side.
 *
 * Every page that a request writes to is restored before the next one, so it should find few. What it writes to is the
 * interpreter's, the libraries' and the application's, made at any time of an import: adapted code, counters, caches,
 * dictionaries. The builder boots twice. The first boot says which of its allocations a rehearsed request writes to; the
 * second does the same steps again and gets blocks for those that lie one behind the other. Where it does something
 * else, what it gets is a block like any other. */
#ifndef WASGI_PLACEMENT_H
#define WASGI_PLACEMENT_H

/* From now on allocations are counted. Called before Python starts. */
void placement_begin(void);

/* Ends it. Blocks stay what they are: they can be freed at any time, as pymalloc passes on to malloc what it does not
 * know. */
void placement_end(void);

#endif
