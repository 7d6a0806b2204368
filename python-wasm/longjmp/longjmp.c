/* What the compiler calls in place of setjmp and longjmp. A jump is a flag, __THREW__: the joining
   (host/src/wasm/join/unwind.rs) has each function return at once that finds it set behind a call. */

#define VISIBLE __attribute__((visibility("default")))

__asm__(".globaltype __stack_pointer, i32\n");

struct buffer {
    void *frame;
    unsigned label;
};

/* The buffer that is jumped to, or 0, and the value that setjmp is to return. */
VISIBLE unsigned __THREW__;
VISIBLE int __threwValue;

static int value_of_call;

void setTempRet0(int value) { value_of_call = value; }

int getTempRet0(void) { return value_of_call; }

void __wasm_setjmp(struct buffer *buffer, unsigned label, void *frame)
{
    buffer->frame = frame;
    buffer->label = label;
}

/* Which setjmp of this frame the jump is to; 0 if it is to another frame's. */
unsigned __wasm_setjmp_test(struct buffer *buffer, void *frame)
{
    return buffer->frame == frame ? buffer->label : 0;
}

VISIBLE void emscripten_longjmp(unsigned buffer, int value)
{
    __THREW__ = buffer;
    __threwValue = value ? value : 1;
}
