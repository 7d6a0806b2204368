/* Inflates whole files of the image. */
#ifndef WASGI_INFLATE_H
#define WASGI_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fills `out` exactly; false when the stream is damaged or of another length. Touches no heap. */
bool inflate_all(const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len);

/* Wipes what the last call left behind. */
void inflate_wipe(void);

#endif
