/* The part of libffi (sourceware.org/libffi) that CPython's _ctypes needs and WebAssembly allows; src/ffi.c.
 *
 * Structures, arrays and pointers work, because values have their C layout. A call needs its signature compiled in:
 * the ones here take integers and pointers, which suffices for _ctypes' calls of its own functions. Callbacks would
 * need code generated at run time, which WebAssembly does not have. */
#ifndef WASGI_FFI_H
#define WASGI_FFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct _ffi_type {
    size_t size;
    unsigned short alignment, type;
    struct _ffi_type **elements;
} ffi_type;

enum {
    FFI_TYPE_VOID, FFI_TYPE_INT, FFI_TYPE_FLOAT, FFI_TYPE_DOUBLE, FFI_TYPE_LONGDOUBLE, FFI_TYPE_UINT8, FFI_TYPE_SINT8,
    FFI_TYPE_UINT16, FFI_TYPE_SINT16, FFI_TYPE_UINT32, FFI_TYPE_SINT32, FFI_TYPE_UINT64, FFI_TYPE_SINT64, FFI_TYPE_STRUCT,
    FFI_TYPE_POINTER,
};

extern ffi_type ffi_type_void, ffi_type_float, ffi_type_double, ffi_type_longdouble, ffi_type_pointer, ffi_type_uint8,
    ffi_type_sint8, ffi_type_uint16, ffi_type_sint16, ffi_type_uint32, ffi_type_sint32, ffi_type_uint64, ffi_type_sint64;

#define ffi_type_uchar ffi_type_uint8
#define ffi_type_schar ffi_type_sint8
#define ffi_type_ushort ffi_type_uint16
#define ffi_type_sshort ffi_type_sint16
#define ffi_type_uint ffi_type_uint32
#define ffi_type_sint ffi_type_sint32
#define ffi_type_ulong ffi_type_uint32
#define ffi_type_slong ffi_type_sint32

typedef enum { FFI_OK, FFI_BAD_TYPEDEF, FFI_BAD_ABI } ffi_status;
typedef enum { FFI_DEFAULT_ABI = 1 } ffi_abi;
typedef uint32_t ffi_arg;

typedef struct {
    unsigned count;
    ffi_type *result, **arguments;
} ffi_cif;

typedef struct {
    ffi_cif *cif;
} ffi_closure;

/* FFI_BAD_TYPEDEF for a signature that cannot be called. */
ffi_status ffi_prep_cif(ffi_cif *cif, ffi_abi abi, unsigned count, ffi_type *result, ffi_type **arguments);
void ffi_call(ffi_cif *cif, void (*function)(void), void *result, void **values);

/* Always refused: the first returns memory only so that the second can report why. */
void *ffi_closure_alloc(size_t size, void **code);
void ffi_closure_free(void *closure);
ffi_status ffi_prep_closure(ffi_closure *closure, ffi_cif *cif, void (*function)(ffi_cif *, void *, void **, void *),
                            void *data);

/* dlopen(3) and its siblings; guest/build.py makes _ctypes call these. Only the program itself can be opened, and it
 * exports nothing. */
void *wasgi_dlopen(const char *file, int mode);
void *wasgi_dlsym(void *handle, const char *name);
char *wasgi_dlerror(void);
int wasgi_dlclose(void *handle);

#endif
