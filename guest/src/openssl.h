/* Keeps OpenSSL's random state and the keys of TLS session tickets out of the snapshot. */
#ifndef WASGI_OPENSSL_H
#define WASGI_OPENSSL_H

/* Called once, before Python starts: from then on, OpenSSL draws each random number from the host. */
void openssl_init(void);

/* Called once, just before the snapshot. */
void openssl_seal(void);

#endif
