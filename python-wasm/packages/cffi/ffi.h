/* The guest's part of libffi (guest/ffi/ffi.h), with what cffi wants beyond ctypes. */
#ifndef WASGI_CFFI_FFI_H
#define WASGI_CFFI_FFI_H

#include <errno.h>
#include <pthread.h>

/* cffi keeps a callback's Python function in it. */
#define ffi_closure wasgi_ffi_closure
#include_next <ffi.h>
#undef ffi_closure

typedef struct {
    ffi_cif *cif;
    void *user_data;
} ffi_closure;

#define dlopen wasgi_dlopen
#define dlsym wasgi_dlsym
#define dlerror wasgi_dlerror
#define dlclose wasgi_dlclose

/* Variable arguments lie in memory, where a compiled call does not put them. */
static inline ffi_status ffi_prep_cif_var(ffi_cif *cif, ffi_abi abi, unsigned fixed, unsigned count, ffi_type *result,
                                          ffi_type **arguments) {
    (void)cif, (void)abi, (void)fixed, (void)count, (void)result, (void)arguments;
    return FFI_BAD_TYPEDEF;
}

/* Callbacks that are made at run time would be code that is. Those that are compiled (`extern "Python"`) need none. */
static inline ffi_status ffi_prep_closure_loc(ffi_closure *closure, ffi_cif *cif,
                                              void (*function)(ffi_cif *, void *, void **, void *), void *data,
                                              void *code) {
    (void)closure, (void)cif, (void)function, (void)data, (void)code;
    return FFI_BAD_ABI;
}

/* CPython has keys without destructors here, and the one thread of a sandbox does not end. */
#define pthread_key_create(key, destructor) pthread_key_create(key, NULL)

/* WASI has none, which a file that is given as a `FILE *` would need. */
static inline int dup(int descriptor) {
    (void)descriptor;
    errno = ENOTSUP;
    return -1;
}

#endif
