#include "unpack.h"

#include <string.h>

/* The API for contexts in our own memory is in this part of the header; the library is linked statically and pinned. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

/* The decoder's state is static: only one file is unpacked at a time, and its remains, which the snapshot would
 * include, can be wiped in one place. */
static _Alignas(16) uint8_t workspace[176 * 1024];
/* The digested dictionary; it is in the snapshot, so that no request has to digest it. */
static _Alignas(16) uint8_t digested[32 * 1024];
static const ZSTD_DDict *shared;

bool unpack_open(const uint8_t *dictionary, size_t length) {
    shared = ZSTD_initStaticDDict(digested, sizeof digested, dictionary, length, ZSTD_dlm_byRef, ZSTD_dct_auto);
    return shared != NULL;
}

bool unpack(const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len) {
    ZSTD_DCtx *context = ZSTD_initStaticDCtx(workspace, sizeof workspace);

    return context != NULL && ZSTD_decompress_usingDDict(context, out, out_len, in, in_len, shared) == out_len;
}

void unpack_wipe(void) { memset(workspace, 0, sizeof workspace); }
