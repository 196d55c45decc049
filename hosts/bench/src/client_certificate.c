/*
 * A client certificate for wrk, which has no option for one. When preloaded, it sets the certificate and key in the file
 * $CERTBOUND_CLIENT_PEM in every TLS context that the program creates.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <openssl/ssl.h>

typedef SSL_CTX *(*ssl_ctx_new_t)(const SSL_METHOD *method);

SSL_CTX *
SSL_CTX_new(const SSL_METHOD *method)
{
    SSL_CTX        *ctx;
    const char     *pem = getenv("CERTBOUND_CLIENT_PEM");
    ssl_ctx_new_t   original = (ssl_ctx_new_t) dlsym(RTLD_NEXT, "SSL_CTX_new");

    ctx = original ? original(method) : NULL;
    if (ctx == NULL) {
        return NULL;
    }

    /* A run without the certificate would measure handshakes that fail. */
    if (pem == NULL || SSL_CTX_use_certificate_chain_file(ctx, pem) != 1
        || SSL_CTX_use_PrivateKey_file(ctx, pem, SSL_FILETYPE_PEM) != 1)
    {
        fprintf(stderr, "no client certificate in CERTBOUND_CLIENT_PEM=%s\n", pem ? pem : "");
        exit(2);
    }

    return ctx;
}
