/* Writes the counts of an instrumented program to its stdout when it ends (LLVM's raw profile format).
 *
 * LLVM's own runtime writes files; minicov's copy of it leaves allocation and output to whoever links it. */
#include <stdio.h>
#include <stdlib.h>

#include "InstrProfiling.h"
#include "InstrProfilingInternal.h"

/* What clang makes each instrumented object ask for, so that a runtime is linked. */
int __llvm_profile_runtime;

void *minicov_alloc_zeroed(size_t size, size_t align) {
    (void)align; /* malloc's is enough for the runtime's tables of pointers and counts */
    return calloc(1, size);
}

void minicov_dealloc(void *block, size_t size, size_t align) {
    (void)size;
    (void)align;
    free(block);
}

/* 0, or 1 when not all could be written. A part without data stands for zeros. */
static uint32_t put(ProfDataWriter *writer, ProfDataIOVec *parts, uint32_t count) {
    FILE *out = writer->WriterCtx;

    for (uint32_t i = 0; i < count; i++) {
        size_t size = parts[i].ElmSize * parts[i].NumElm;
        if (parts[i].Data != NULL && fwrite(parts[i].Data, 1, size, out) != size)
            return 1;
        for (; parts[i].Data == NULL && size > 0; size--)
            if (fputc(0, out) == EOF)
                return 1;
    }
    return 0;
}

__attribute__((destructor)) static void write_counts(void) {
    ProfDataWriter writer = {put, stdout};

    if (lprofWriteData(&writer, lprofGetVPDataReader(), 0) != 0 || fflush(stdout) != 0) {
        fputs("the profile could not be written\n", stderr);
        _Exit(1);
    }
}
