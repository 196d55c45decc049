/* A resource server on loopback that accepts certificate-bound tokens over mutual TLS with mbedTLS, as a small device has it:
 *
 *   mbedtls_server PORT SERVER.pem SERVER.key CLIENT_CA.pem JWKS ISSUER AUDIENCE
 *
 * With PORT 0 it chooses a free port. It prints the port. It serves one connection after the other, each with one request.
 * resource_server.h reads the request, and judges the token.
 *
 * mbedTLS forgets the client's certificate after the handshake if it was built without MBEDTLS_SSL_KEEP_PEER_CERTIFICATE, as
 * small devices have it; mbedtls_ssl_get_peer_cert then returns null. The thumbprint is therefore taken during the handshake.
 *
 *   cc -Wall -o mbedtls_server mbedtls_server.c $(pkg-config --cflags --libs certbound) -lmbedtls -lmbedx509 -lmbedcrypto
 */

#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "resource_server.h"

/* Milliseconds to wait for a client, whose successors wait too. */
#define PATIENCE 10000

/* The certificate of one connection. */
typedef struct {
    uint8_t sha256[CERTBOUND_SHA256_LEN];
    int is_known;
} peer;

static void check(const char *what, int error)
{
    char why[128];

    if (error != 0) {
        mbedtls_strerror(error, why, sizeof why);
        give_up(what, why);
    }
}

/* mbedTLS calls this for each certificate of the client's chain. Depth 0 is the client's own. Whether the client holds the
 * private key is known only after the handshake. */
static int note_certificate(void *argument, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    peer *client = argument;

    /* Does not change the verdict of mbedTLS on the chain. */
    (void) flags;
    if (depth == 0) {
        certbound_status status = certbound_thumbprint_from_der(certificate->raw.p, certificate->raw.len, client->sha256);

        client->is_known = status == CERTBOUND_OK;
        if (status != CERTBOUND_OK) {
            fprintf(stderr, "the client's certificate: %s: %s\n", certbound_status_name(status),
                    certbound_status_found(status));
        }
    }
    return 0;
}

static int tls_read(void *ssl, char *data, size_t len)
{
    return mbedtls_ssl_read(ssl, (unsigned char *) data, len);
}

static int tls_write(void *ssl, const char *data, size_t len)
{
    size_t written = 0;

    while (written < len) {
        int count = mbedtls_ssl_write(ssl, (const unsigned char *) data + written, len - written);

        if (count <= 0) {
            return count;
        }
        written += (size_t) count;
    }
    return (int) len;
}

/* A client without a certificate may connect, and receives a challenge. A client with another authority's certificate may
 * not, nor one whose certificate has expired. */
static int may_connect(mbedtls_ssl_context *ssl, const peer *client)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(ssl);

    return client->is_known ? flags == 0 : flags == MBEDTLS_X509_BADCERT_MISSING;
}

static void serve(mbedtls_ssl_config *config, mbedtls_net_context *connection, const certbound_verifier *verifier)
{
    mbedtls_ssl_context ssl;
    stream client = {&ssl, tls_read, tls_write};
    /* Of this connection alone: nothing remains of the one before. */
    peer peer = {{0}, 0};

    mbedtls_ssl_init(&ssl);
    if (mbedtls_ssl_setup(&ssl, config) == 0) {
        mbedtls_ssl_set_bio(&ssl, connection, mbedtls_net_send, NULL, mbedtls_net_recv_timeout);
        mbedtls_ssl_set_verify(&ssl, note_certificate, &peer);
        if (mbedtls_ssl_handshake(&ssl) == 0 && may_connect(&ssl, &peer)) {
            serve_request(&client, verifier, peer.is_known ? peer.sha256 : NULL);
        }
        mbedtls_ssl_close_notify(&ssl);
    }
    mbedtls_ssl_free(&ssl);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address;
    socklen_t address_len = sizeof address;
    mbedtls_net_context listener, connection;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_x509_crt certificate, client_ca;
    mbedtls_pk_context key;
    mbedtls_ssl_config config;
    const certbound_verifier *verifier;

    if (argc != 8) {
        give_up("usage", "mbedtls_server PORT SERVER.pem SERVER.key CLIENT_CA.pem JWKS ISSUER AUDIENCE");
    }
    signal(SIGPIPE, SIG_IGN);
    mbedtls_net_init(&listener);
    mbedtls_net_init(&connection);
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random);
    mbedtls_x509_crt_init(&certificate);
    mbedtls_x509_crt_init(&client_ca);
    mbedtls_pk_init(&key);
    mbedtls_ssl_config_init(&config);

    check("random numbers", mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0));
    check(argv[2], mbedtls_x509_crt_parse_file(&certificate, argv[2]));
    check(argv[3], mbedtls_pk_parse_keyfile(&key, argv[3], NULL));
    check(argv[4], mbedtls_x509_crt_parse_file(&client_ca, argv[4]));
    check("TLS", mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                             MBEDTLS_SSL_PRESET_DEFAULT));
    check("TLS", mbedtls_ssl_conf_own_cert(&config, &certificate, &key));
    mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3); /* TLS 1.2 */
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
    mbedtls_ssl_conf_ca_chain(&config, &client_ca, NULL);
    mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_OPTIONAL);
    mbedtls_ssl_conf_read_timeout(&config, PATIENCE);
    /* Without a cache of sessions or tickets, no session is resumed: each handshake has a certificate, or none. */
    verifier = make_verifier(argv[5], argv[6], argv[7]);

    check("127.0.0.1", mbedtls_net_bind(&listener, "127.0.0.1", argv[1], MBEDTLS_NET_PROTO_TCP));
    if (getsockname(listener.fd, (struct sockaddr *) &address, &address_len) != 0) {
        give_up("127.0.0.1", "has no port");
    }
    printf("listening on 127.0.0.1:%u\n", (unsigned) ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        if (mbedtls_net_accept(&listener, &connection, NULL, 0, NULL) == 0) {
            serve(&config, &connection, verifier);
            mbedtls_net_free(&connection);
        }
    }
}
