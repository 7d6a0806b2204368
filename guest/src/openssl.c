#include "openssl.h"

/* RAND_METHOD is deprecated in favour of providers, but those would keep a state of their own in the snapshot. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <Python.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <string.h>
#include <wasi/api.h>

#include "entropy.h"

#define KEY_NAME 16
#define KEY 32

/* True while a context is created: it draws only the keys that are replaced below, so these are no secrets. */
static bool making_context;
static bool sealed;

/* The keys of session tickets (RFC 5077, section 4), drawn when the first ticket is sealed. */
static struct {
    unsigned char name[KEY_NAME], cipher[KEY], mac[KEY];
    bool drawn;
} ticket_keys;

static int draw(unsigned char *buffer, int length) {
    if (making_context)
        return entropy_draw(buffer, (size_t)length) == __WASI_ERRNO_SUCCESS;
    return __wasi_random_get(buffer, (__wasi_size_t)length) == __WASI_ERRNO_SUCCESS;
}

/* The host has enough entropy: added seeds are ignored. */
static int seed(const void *Py_UNUSED(buffer), int Py_UNUSED(length)) { return 1; }

static int add(const void *buffer, int length, double Py_UNUSED(entropy)) { return seed(buffer, length); }

static int status(void) { return 1; }

static const RAND_METHOD method = {.seed = seed, .bytes = draw, .add = add, .pseudorand = draw, .status = status};

static int draw_ticket_keys(void) {
    ticket_keys.drawn = ticket_keys.drawn ||
                        (RAND_bytes(ticket_keys.name, KEY_NAME) > 0 && RAND_priv_bytes(ticket_keys.cipher, KEY) > 0 &&
                         RAND_priv_bytes(ticket_keys.mac, KEY) > 0);
    return ticket_keys.drawn;
}

/* A callback of SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 1 goes on, 0 means an unknown ticket, -1 a failure. */
static int ticket_key(SSL *Py_UNUSED(ssl), unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                      EVP_MAC_CTX *mac, int seals) {
    OSSL_PARAM mac_how[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, ticket_keys.mac, KEY),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0),
        OSSL_PARAM_construct_end(),
    };

    if (!draw_ticket_keys())
        return -1;
    if (!seals && memcmp(name, ticket_keys.name, KEY_NAME) != 0)
        return 0;
    memcpy(name, ticket_keys.name, KEY_NAME);
    if (seals && RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) <= 0)
        return -1;
    if (!EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, ticket_keys.cipher, iv, seals))
        return -1;
    return EVP_MAC_CTX_set_params(mac, mac_how) ? 1 : -1;
}

/* Wraps SSL_CTX_new() (the linker's --wrap, guest/build.py). A new context draws keys for session tickets: those of a
 * context created at import would be the same in each instance, and in the component. */
SSL_CTX *__real_SSL_CTX_new(const SSL_METHOD *kind);
SSL_CTX *__wrap_SSL_CTX_new(const SSL_METHOD *kind);

SSL_CTX *__wrap_SSL_CTX_new(const SSL_METHOD *kind) {
    SSL_CTX *context;

    making_context = true;
    context = __real_SSL_CTX_new(kind);
    making_context = false;
    if (context != NULL && !sealed)
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticket_key);
    return context;
}

void openssl_init(void) { RAND_set_rand_method(&method); }

void openssl_seal(void) {
    OPENSSL_cleanse(&ticket_keys, sizeof ticket_keys);
    sealed = true;
}
