/* In place of wasi-libc's, which wants WebAssembly's exceptions. recipe/longjmp.py has the rest. */
#pragma once

/* The frame that called setjmp, and which of its calls it was. */
typedef struct {
    void *frame;
    unsigned label;
} jmp_buf[1];
typedef jmp_buf sigjmp_buf;

#ifdef __cplusplus
extern "C" {
#endif

int setjmp(jmp_buf) __attribute__((__returns_twice__));
_Noreturn void longjmp(jmp_buf, int);

#ifdef __cplusplus
}
#endif

#define setjmp setjmp
#define _setjmp setjmp
#define sigsetjmp(buffer, mask) setjmp(buffer)
#define _longjmp longjmp
#define siglongjmp longjmp
