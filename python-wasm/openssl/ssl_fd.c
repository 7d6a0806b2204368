/* The one function of OpenSSL's that CPython calls and that OpenSSL leaves out together with sockets (`no-sock`). On WASI a
 * socket is a descriptor like any other, so the BIO for descriptors reads and writes it. */
#include <openssl/bio.h>
#include <openssl/ssl.h>

/* As SSL_set_fd(3): 1, or 0 where there is no memory. The descriptor stays its owner's to close. */
int SSL_set_fd(SSL *ssl, int fd) {
    BIO *bio = BIO_new_fd(fd, BIO_NOCLOSE);

    if (bio == NULL)
        return 0;
    SSL_set_bio(ssl, bio, bio);
    return 1;
}
