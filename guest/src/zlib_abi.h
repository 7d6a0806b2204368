/* What we use of zlib, which python-wasm links but whose header it does not hand on.
 *
 * The layout is zlib's ABI, unchanged since 1995; inflateInit_() compares the struct's size and the major version
 * with its own and refuses to work when they differ. */
#ifndef WASGI_ZLIB_ABI_H
#define WASGI_ZLIB_ABI_H

#include <stdint.h>

typedef struct {
    const uint8_t *next_in;
    unsigned avail_in;
    unsigned long total_in;
    uint8_t *next_out;
    unsigned avail_out;
    unsigned long total_out;
    const char *msg;
    void *state;
    void *(*zalloc)(void *opaque, unsigned items, unsigned size);
    void (*zfree)(void *opaque, void *block);
    void *opaque;
    int data_type;
    unsigned long adler, reserved;
} z_stream;

#define ZLIB_VERSION "1"
#define Z_OK 0
#define Z_STREAM_END 1
#define Z_FINISH 4

int inflateInit_(z_stream *stream, const char *version, int stream_size);
int inflate(z_stream *stream, int flush);
int inflateEnd(z_stream *stream);

#endif
