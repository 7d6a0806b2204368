/* The heap as requests find it. */
#ifndef WASGI_HEAP_H
#define WASGI_HEAP_H

#include <Python.h>

/* Fills the holes between what is alive, for good: what is allocated from now on lies together. A request that took a
 * block here and a block there would write to a page for each, and every page that it writes has to be restored before
 * the next request. Only where memory is short does a hole stay. */
void heap_fill(void);

/* The same for Python: _wasgi.fill_heap(). */
PyObject *heap_fill_now(PyObject *module, PyObject *none);

/* _wasgi.gather(on): while on, objects of all sizes lie one behind the other, and not in pools by their size. They can be
 * freed at any time: pymalloc passes on to malloc what it does not know. */
PyObject *heap_gather(PyObject *module, PyObject *gathers);

#endif
