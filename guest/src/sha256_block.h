/* One block of SHA-256 (FIPS 180-4, section 6.2.2), inlined into its caller: the compiler precomputes the words that a
 * caller knows, such as padding. */
#ifndef WASGI_SHA256_BLOCK_H
#define WASGI_SHA256_BLOCK_H

#include <stdint.h>
#include <string.h>

#define SHA256_STATE 8
#define SHA256_BLOCK 16

/* Section 4.2.2. */
static const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t sha256_turned(uint32_t word, uint32_t bits) { return __builtin_rotateright32(word, bits); }

/* Computes the message schedule's next word in place of the one 16 words before. */
static inline void sha256_schedule(uint32_t *words, int round) {
    uint32_t near = words[(round + 1) % SHA256_BLOCK], far = words[(round + 14) % SHA256_BLOCK];

    words[round % SHA256_BLOCK] += (sha256_turned(near, 7) ^ sha256_turned(near, 18) ^ near >> 3) +
                                   words[(round + 9) % SHA256_BLOCK] +
                                   (sha256_turned(far, 17) ^ sha256_turned(far, 19) ^ far >> 10);
}

/* Names as in the standard; instead of the eight variables' values, their names move on. */
static inline void sha256_round(uint32_t *state, uint32_t word, int round) {
    uint32_t *at[SHA256_STATE], choice, majority;

    for (int i = 0; i < SHA256_STATE; i++)
        at[i] = &state[(unsigned)(i - round) % SHA256_STATE];
    choice = *at[6] ^ (*at[4] & (*at[5] ^ *at[6]));
    majority = *at[1] ^ ((*at[0] ^ *at[1]) & (*at[1] ^ *at[2]));
    *at[7] += (sha256_turned(*at[4], 6) ^ sha256_turned(*at[4], 11) ^ sha256_turned(*at[4], 25)) + choice +
              sha256_constants[round] + word;
    *at[3] += *at[7];
    *at[7] += (sha256_turned(*at[0], 2) ^ sha256_turned(*at[0], 13) ^ sha256_turned(*at[0], 22)) + majority;
}

/* Hashes a block from the state `start` into `out`; overwrites the words. */
static inline void sha256_block(const uint32_t *start, uint32_t *words, uint32_t *out) {
    uint32_t state[SHA256_STATE];

    memcpy(state, start, sizeof state);
#pragma clang loop unroll(full)
    for (int round = 0; round < 64; round++) {
        if (round >= SHA256_BLOCK)
            sha256_schedule(words, round);
        sha256_round(state, words[round % SHA256_BLOCK], round);
    }
    for (int i = 0; i < SHA256_STATE; i++)
        out[i] = start[i] + state[i];
}

#endif
