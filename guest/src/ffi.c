#include "../ffi/ffi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ARGUMENTS 4
#define MESSAGE_SIZE 256

#define TYPE(name, of, number) ffi_type ffi_type_##name = {sizeof(of), _Alignof(of), number, NULL}

ffi_type ffi_type_void = {1, 1, FFI_TYPE_VOID, NULL};
TYPE(float, float, FFI_TYPE_FLOAT);
TYPE(double, double, FFI_TYPE_DOUBLE);
TYPE(longdouble, long double, FFI_TYPE_LONGDOUBLE);
TYPE(pointer, void *, FFI_TYPE_POINTER);
TYPE(uint8, uint8_t, FFI_TYPE_UINT8);
TYPE(sint8, int8_t, FFI_TYPE_SINT8);
TYPE(uint16, uint16_t, FFI_TYPE_UINT16);
TYPE(sint16, int16_t, FFI_TYPE_SINT16);
TYPE(uint32, uint32_t, FFI_TYPE_UINT32);
TYPE(sint32, int32_t, FFI_TYPE_SINT32);
TYPE(uint64, uint64_t, FFI_TYPE_UINT64);
TYPE(sint64, int64_t, FFI_TYPE_SINT64);

static bool is_word(const ffi_type *type) {
    return type->type == FFI_TYPE_POINTER || (type->type >= FFI_TYPE_UINT8 && type->type <= FFI_TYPE_SINT32);
}

ffi_status ffi_prep_cif(ffi_cif *cif, ffi_abi abi, unsigned count, ffi_type *result, ffi_type **arguments) {
    *cif = (ffi_cif){.count = count, .result = result, .arguments = arguments};
    if (abi != FFI_DEFAULT_ABI)
        return FFI_BAD_ABI;
    if (count > MOST_ARGUMENTS || !is_word(result))
        return FFI_BAD_TYPEDEF;
    for (unsigned i = 0; i < count; i++) {
        if (!is_word(arguments[i]))
            return FFI_BAD_TYPEDEF;
    }
    return FFI_OK;
}

/* An argument, widened as in C. */
static uint32_t word(const ffi_type *type, const void *value) {
    switch (type->type) {
    case FFI_TYPE_UINT8:
        return *(const uint8_t *)value;
    case FFI_TYPE_SINT8:
        return (uint32_t)*(const int8_t *)value;
    case FFI_TYPE_UINT16:
        return *(const uint16_t *)value;
    case FFI_TYPE_SINT16:
        return (uint32_t)*(const int16_t *)value;
    default:
        return *(const uint32_t *)value;
    }
}

void ffi_call(ffi_cif *cif, void (*function)(void), void *result, void **values) {
    uint32_t a[MOST_ARGUMENTS] = {0}, given = 0;

    for (unsigned i = 0; i < cif->count; i++)
        a[i] = word(cif->arguments[i], values[i]);
    switch (cif->count) {
    case 0:
        given = ((uint32_t (*)(void))function)();
        break;
    case 1:
        given = ((uint32_t (*)(uint32_t))function)(a[0]);
        break;
    case 2:
        given = ((uint32_t (*)(uint32_t, uint32_t))function)(a[0], a[1]);
        break;
    case 3:
        given = ((uint32_t (*)(uint32_t, uint32_t, uint32_t))function)(a[0], a[1], a[2]);
        break;
    default:
        given = ((uint32_t (*)(uint32_t, uint32_t, uint32_t, uint32_t))function)(a[0], a[1], a[2], a[3]);
    }
    memcpy(result, &given, sizeof given);
}

void *ffi_closure_alloc(size_t size, void **code) {
    void *closure = malloc(size);
    *code = closure;
    return closure;
}

void ffi_closure_free(void *closure) { free(closure); }

ffi_status ffi_prep_closure(ffi_closure *closure, ffi_cif *cif, void (*function)(ffi_cif *, void *, void **, void *),
                            void *data) {
    (void)closure, (void)cif, (void)function, (void)data;
    return FFI_BAD_ABI;
}

static char message[MESSAGE_SIZE];
static bool failed;

static void *fail(const char *what, const char *name, const char *why) {
    snprintf(message, sizeof message, "%s %s: %s", what, name, why);
    failed = true;
    return NULL;
}

void *wasgi_dlopen(const char *file, int mode) {
    (void)mode;
    if (file == NULL)
        return message;
    return fail("cannot load", file, "a sandbox loads no native code, which is made for another machine");
}

void *wasgi_dlsym(void *handle, const char *name) {
    (void)handle;
    return fail("there is no", name, "the interpreter of a sandbox exports no functions");
}

char *wasgi_dlerror(void) {
    char *text = failed ? message : NULL;
    failed = false;
    return text;
}

int wasgi_dlclose(void *handle) {
    (void)handle;
    return 0;
}
