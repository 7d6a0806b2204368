/* What cryptography's bindings for pyOpenSSL name and the guest's OpenSSL leaves out: DTLS, and addresses of sockets
 * (openssl/bio.h, openssl/ssl.h), which nothing else of it needs. They fail as without memory. */
void *BIO_ADDR_new(void);
void BIO_ADDR_free(void *address);
int DTLSv1_listen(void *ssl, void *client);

void *BIO_ADDR_new(void) { return 0; }

void BIO_ADDR_free(void *address) { (void)address; }

int DTLSv1_listen(void *ssl, void *client) {
    (void)ssl, (void)client;
    return -1;
}
