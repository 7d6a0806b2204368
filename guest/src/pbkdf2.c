/* A faster PBKDF2 with HMAC-SHA-256 (RFC 8018, section 5.2), by which Django and others hash passwords.
 *
 * OpenSSL copies three contexts in each iteration; here an iteration is two blocks of SHA-256, half of each known
 * beforehand. OpenSSL handles all other digests. */
/* SHA-256's own functions are deprecated in favour of generic ones, which are slower: they look the digest up. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <string.h>

#include "sha256_block.h"

#define DIGEST SHA256_DIGEST_LENGTH

/* HMAC's key (RFC 2104): the state of SHA-256 after the first block of each of its two passes. */
struct key {
    SHA256_CTX inner, outer;
};

static void begin(SHA256_CTX *pass, const uint8_t *key, uint8_t pad) {
    uint8_t block[SHA256_CBLOCK];

    for (size_t i = 0; i < sizeof block; i++)
        block[i] = key[i] ^ pad;
    SHA256_Init(pass);
    SHA256_Update(pass, block, sizeof block);
    OPENSSL_cleanse(block, sizeof block);
}

static void make_key(struct key *key, const char *password, size_t length) {
    uint8_t padded[SHA256_CBLOCK] = {0};

    if (length > sizeof padded)
        SHA256((const uint8_t *)password, length, padded);
    else
        memcpy(padded, password, length);
    begin(&key->inner, padded, 0x36);
    begin(&key->outer, padded, 0x5c);
    OPENSSL_cleanse(padded, sizeof padded);
}

/* One pass over a digest, in place: the key's block precedes the digest, and padding completes the digest's block. */
static void pass(const SHA256_CTX *start, uint32_t *digest) {
    uint32_t words[SHA256_BLOCK] = {0};

    memcpy(words, digest, DIGEST);
    words[SHA256_STATE] = 0x80000000;
    words[SHA256_BLOCK - 1] = (SHA256_CBLOCK + DIGEST) * 8;
    sha256_block(start->h, words, digest);
}

/* U_1 of a block's iterations. */
static void first(const struct key *key, const uint8_t *salt, size_t length, uint32_t number, uint32_t *digest) {
    SHA256_CTX inner = key->inner;
    uint8_t made[DIGEST];
    uint32_t big = __builtin_bswap32(number);

    SHA256_Update(&inner, salt, length);
    SHA256_Update(&inner, &big, sizeof big);
    SHA256_Final(made, &inner);
    memcpy(digest, made, DIGEST);
    for (int i = 0; i < SHA256_STATE; i++)
        digest[i] = __builtin_bswap32(digest[i]);
    pass(&key->outer, digest);
}

/* One block of the derived key: the sum of its iterations. */
static void derive(const struct key *key, uint32_t *digest, int iterations, uint8_t *out) {
    uint32_t sum[SHA256_STATE];

    memcpy(sum, digest, sizeof sum);
    while (--iterations > 0) {
        pass(&key->inner, digest);
        pass(&key->outer, digest);
        for (int i = 0; i < SHA256_STATE; i++)
            sum[i] ^= digest[i];
    }
    for (int i = 0; i < SHA256_STATE; i++)
        sum[i] = __builtin_bswap32(sum[i]);
    memcpy(out, sum, sizeof sum);
    OPENSSL_cleanse(sum, sizeof sum);
}

/* Wraps OpenSSL's function (the linker's --wrap, guest/build.py). */
int __real_PKCS5_PBKDF2_HMAC(const char *password, int length, const uint8_t *salt, int salt_length, int iterations,
                             const EVP_MD *digest, int size, uint8_t *out);
int __wrap_PKCS5_PBKDF2_HMAC(const char *password, int length, const uint8_t *salt, int salt_length, int iterations,
                             const EVP_MD *digest, int size, uint8_t *out);

int __wrap_PKCS5_PBKDF2_HMAC(const char *password, int length, const uint8_t *salt, int salt_length, int iterations,
                             const EVP_MD *digest, int size, uint8_t *out) {
    uint32_t state[SHA256_STATE];
    uint8_t block[DIGEST];
    struct key key;

    if (length < 0 || salt_length < 0 || iterations < 1 || size < 1 || EVP_MD_get_type(digest) != NID_sha256)
        return __real_PKCS5_PBKDF2_HMAC(password, length, salt, salt_length, iterations, digest, size, out);
    make_key(&key, password, (size_t)length);
    for (int made = 0; made < size; made += DIGEST) {
        first(&key, salt, (size_t)salt_length, (uint32_t)(made / DIGEST) + 1, state);
        derive(&key, state, iterations, block);
        memcpy(out + made, block, (size_t)(size - made < DIGEST ? size - made : DIGEST));
    }
    OPENSSL_cleanse(&key, sizeof key);
    OPENSSL_cleanse(state, sizeof state);
    OPENSSL_cleanse(block, sizeof block);
    return 1;
}
