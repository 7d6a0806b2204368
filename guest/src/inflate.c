#include "inflate.h"

#include <string.h>

#include "zlib_abi.h"

/* zlib's state lives here and not on the heap: one file is inflated at a time, and what a freed block would leave
 * behind in the snapshot can be wiped in one place. */
static struct {
    size_t used;
    _Alignas(16) uint8_t bytes[16 * 1024];
} workspace;

static void *workspace_alloc(void *opaque, unsigned items, unsigned size) {
    size_t wanted = ((size_t)items * size + 15) & ~(size_t)15;

    (void)opaque;
    if (wanted > sizeof workspace.bytes - workspace.used)
        return NULL;
    workspace.used += wanted;
    return workspace.bytes + workspace.used - wanted;
}

static void workspace_free(void *opaque, void *block) {
    (void)opaque;
    (void)block;
}

void inflate_wipe(void) { memset(&workspace, 0, sizeof workspace); }

bool inflate_all(const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len) {
    z_stream stream = {
        .next_in = in,
        .avail_in = (unsigned)in_len,
        .next_out = out,
        .avail_out = (unsigned)out_len,
        .zalloc = workspace_alloc,
        .zfree = workspace_free,
    };
    bool done;

    workspace.used = 0;
    if (inflateInit_(&stream, ZLIB_VERSION, (int)sizeof stream) != Z_OK)
        return false;
    /* Z_FINISH promises that all fits in one call: zlib then needs no window. */
    done = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_out == 0;
    inflateEnd(&stream);
    return done;
}
