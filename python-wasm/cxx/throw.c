// What C++ calls to throw. Nothing catches, so it ends the request, and the log has where.

#include <stdlib.h>

void *__cxa_allocate_exception(size_t size)
{
    abort();
}

_Noreturn void __cxa_throw(void *thrown, void *type, void (*destroy)(void *))
{
    abort();
}

_Noreturn void __cxa_rethrow(void)
{
    abort();
}

void __cxa_free_exception(void *thrown)
{
}

void *__cxa_begin_catch(void *thrown)
{
    return thrown;
}

void __cxa_end_catch(void)
{
}
