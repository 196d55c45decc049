/* A resource server on loopback that accepts certificate-bound tokens over mutual TLS with OpenSSL:
 *
 *   mtls_server PORT SERVER.pem SERVER.key CLIENT_CA.pem JWKS ISSUER AUDIENCE
 *
 * With PORT 0 it chooses a free port. It prints the port. Each connection carries one request, and has its own thread.
 * resource_server.h reads the request, and judges the token.
 *
 *   cc -Wall -o mtls_server mtls_server.c $(pkg-config --cflags --libs certbound openssl) -pthread
 */

#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "resource_server.h"

/* Shared by all threads: a verifier is not modified after its initialisation. */
static const certbound_verifier *verifier;
static SSL_CTX *context;

static int tls_read(void *ssl, char *data, size_t len)
{
    return SSL_read(ssl, data, (int) len);
}

static int tls_write(void *ssl, const char *data, size_t len)
{
    return SSL_write(ssl, data, (int) len);
}

/* The thumbprint of the client's certificate, or null if it has none. OpenSSL also knows the certificate in a resumed session. */
static const uint8_t *thumbprint(SSL *ssl, uint8_t sha256[CERTBOUND_SHA256_LEN])
{
    X509 *certificate = SSL_get1_peer_certificate(ssl);
    unsigned char *der = NULL;
    int der_len = certificate != NULL ? i2d_X509(certificate, &der) : 0;
    certbound_status status = certbound_thumbprint_from_der(der, der_len > 0 ? (size_t) der_len : 0, sha256);

    /* Without a readable certificate, no bound token is accepted. */
    if (certificate != NULL && status != CERTBOUND_OK) {
        fprintf(stderr, "the client's certificate: %s: %s\n", certbound_status_name(status), certbound_status_found(status));
    }
    OPENSSL_free(der);
    X509_free(certificate);
    return status == CERTBOUND_OK ? sha256 : NULL;
}

static void *serve(void *argument)
{
    SSL *ssl = argument;
    stream client = {ssl, tls_read, tls_write};
    uint8_t sha256[CERTBOUND_SHA256_LEN];

    if (SSL_accept(ssl) == 1) {
        serve_request(&client, verifier, thumbprint(ssl, sha256));
        SSL_shutdown(ssl);
    }
    ERR_clear_error();
    close(SSL_get_fd(ssl));
    SSL_free(ssl);
    return NULL;
}

static void make_context(const char *certificate, const char *key, const char *client_ca)
{
    context = SSL_CTX_new(TLS_server_method());
    if (context == NULL || SSL_CTX_use_certificate_chain_file(context, certificate) != 1
        || SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1
        || SSL_CTX_load_verify_locations(context, client_ca, NULL) != 1) {
        ERR_print_errors_fp(stderr);
        give_up("TLS", "a certificate, its key, or the certificate authority of the clients is unusable");
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    /* OpenSSL resumes sessions with client certificates only if they have a context. */
    SSL_CTX_set_session_id_context(context, (const unsigned char *) "mtls_server", 11);
    /* A client without a certificate may connect, and receives a challenge. A client with another authority's certificate
     * may not. */
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_len = sizeof address;
    const struct timeval patience = {.tv_sec = 10};
    int listener = socket(AF_INET, SOCK_STREAM, 0), connection, yes = 1;

    if (argc != 8) {
        give_up("usage", "mtls_server PORT SERVER.pem SERVER.key CLIENT_CA.pem JWKS ISSUER AUDIENCE");
    }
    signal(SIGPIPE, SIG_IGN);
    make_context(argv[2], argv[3], argv[4]);
    verifier = make_verifier(argv[5], argv[6], argv[7]);
    address.sin_port = htons((uint16_t) atoi(argv[1]));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *) &address, sizeof address) != 0 || listen(listener, 64) != 0
        || getsockname(listener, (struct sockaddr *) &address, &address_len) != 0) {
        give_up("127.0.0.1", "cannot listen");
    }
    printf("listening on 127.0.0.1:%u\n", (unsigned) ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        SSL *ssl;
        pthread_t thread;

        if ((connection = accept(listener, NULL, NULL)) < 0) {
            if (errno == EINTR || errno == ECONNABORTED) {
                continue;
            }
            give_up("accept", strerror(errno));
        }
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        ssl = SSL_new(context);
        if (ssl == NULL || SSL_set_fd(ssl, connection) != 1 || pthread_create(&thread, NULL, serve, ssl) != 0) {
            SSL_free(ssl);
            close(connection);
            continue;
        }
        pthread_detach(thread);
    }
}
