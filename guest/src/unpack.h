/* Unpacks whole files of the image: frames of Zstandard (RFC 8878) that share the image's dictionary. */
#ifndef WASGI_UNPACK_H
#define WASGI_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The dictionary for all files; it must stay where it is. It may be empty. False when it is damaged. */
bool unpack_open(const uint8_t *dictionary, size_t length);

/* Fills `out` exactly; false when the frame is damaged or of another length. Touches no heap. */
bool unpack(const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len);

/* Wipes the last call's remains. */
void unpack_wipe(void);

#endif
