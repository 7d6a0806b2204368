/* What OpenSSL must not take out of a snapshot: its random numbers, and the keys of TLS session tickets. */
#ifndef WASGI_OPENSSL_H
#define WASGI_OPENSSL_H

/* Called once, before Python starts: OpenSSL asks the host for each random number from then on. */
void openssl_init(void);

/* Called once, just before the snapshot. */
void openssl_seal(void);

#endif
