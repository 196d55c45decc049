/* A resource server on loopback that accepts certificate-bound tokens over mutual TLS with OpenSSL:
 *
 *   mtls_server PORT SERVER.pem SERVER.key CLIENT_CA.pem JWKS ISSUER AUDIENCE
 *
 * With PORT 0 it chooses a free port. It prints the port. Each connection carries one request, and has its own thread. The
 * response is 200 with the token's claims, or a challenge (RFC 6750). The reason for a rejection goes to standard error,
 * never to the client.
 *
 *   cc -Wall -o mtls_server mtls_server.c $(pkg-config --cflags --libs certbound openssl) -pthread
 */

#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <certbound.h>

/* Shared by all threads: a verifier is not modified after its initialisation. */
static const certbound_verifier *verifier;
static SSL_CTX *context;

/* Allocates memory, or ends the server: it cannot run without it. */
static void *allocate(size_t size)
{
    void *memory = malloc(size);

    if (memory == NULL) {
        perror("malloc");
        abort();
    }
    return memory;
}

static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    ERR_print_errors_fp(stderr);
    exit(2);
}

/* Finds the bearer token of a request (RFC 6750 section 2.1). Requests with two Authorization headers are rejected, because
 * servers disagree on which one counts. A request with another scheme has no token. */
static certbound_status find_token(char *request, const char **token, size_t *token_len)
{
    char *line = strstr(request, "\r\n"), *end;
    size_t headers = 0;

    *token = NULL;
    *token_len = 0;
    for (; line != NULL && (end = strstr(line + 2, "\r\n")) != NULL && end != line + 2; line = end) {
        const char *value = line + 2;
        const size_t name_len = sizeof "Authorization:" - 1;

        if (strncasecmp(value, "Authorization:", name_len) != 0) {
            continue;
        }
        if (++headers > 1) {
            return CERTBOUND_AUTHORIZATION_AMBIGUOUS;
        }
        value += name_len;
        value += strspn(value, " \t");
        if (strncasecmp(value, "Bearer ", 7) == 0) {
            value += 7;
            value += strspn(value, " ");
            *token = value;
            /* The rest of the line, so that a token followed by other text is rejected. */
            *token_len = (size_t) (end - value);
            while (*token_len > 0 && strchr(" \t", value[*token_len - 1]) != NULL) {
                --*token_len;
            }
        }
    }
    return CERTBOUND_OK;
}

/* Verifies the token of a request for the client's certificate. */
static certbound_status judge(SSL *ssl, char *request, void *scratch, certbound_accepted *accepted)
{
    X509 *certificate = SSL_get1_peer_certificate(ssl);
    unsigned char *der = NULL;
    int der_len = certificate != NULL ? i2d_X509(certificate, &der) : 0;
    const char *token;
    size_t token_len;
    certbound_status status = find_token(request, &token, &token_len);

    /* If there is no certificate, or it could not be encoded, the length is 0, and no bound token is accepted. */
    if (der_len < 0) {
        der_len = 0;
    }
    if (status == CERTBOUND_OK) {
        status = certbound_verify_der(verifier, token, token_len, der, (size_t) der_len, (uint64_t) time(NULL), scratch,
                                      CERTBOUND_SCRATCH_LEN, accepted);
    }
    OPENSSL_free(der);
    X509_free(certificate);
    return status;
}

/* Responds with the claims of an accepted token, or with a challenge that contains only what RFC 6750 section 3.1 defines. */
static void answer(SSL *ssl, certbound_status status, const certbound_accepted *accepted)
{
    certbound_text body = {"", 0};
    char challenge[96] = "", head[512];
    const char *error;
    unsigned code;
    int len;

    if (status == CERTBOUND_OK) {
        status = certbound_accepted_claims(accepted, &body);
    }
    code = certbound_status_http_status(status);
    error = certbound_status_bearer_error(status);
    if (status != CERTBOUND_OK) {
        fprintf(stderr, "%s: %s; expected %s; %s\n", certbound_status_name(status), certbound_status_found(status),
                certbound_status_wanted(status), certbound_status_remedy(status));
        if (code != 500) {
            snprintf(challenge, sizeof challenge, "WWW-Authenticate: Bearer realm=\"example\"%s%s%s\r\n",
                     error != NULL ? ", error=\"" : "", error != NULL ? error : "", error != NULL ? "\"" : "");
        }
    }
    len = snprintf(head, sizeof head, "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\n%s\r\n", code, code == 200 ? "OK" : "Rejected", body.len, challenge);
    if (SSL_write(ssl, head, len) > 0 && body.len > 0) {
        SSL_write(ssl, body.data, (int) body.len);
    }
}

static void *serve(void *argument)
{
    SSL *ssl = argument;
    /* Threads do not share scratch memory. The accepted token refers to it, so it is freed after the response is sent. */
    char *request = allocate(32 * 1024), *scratch = allocate(CERTBOUND_SCRATCH_LEN);
    certbound_accepted accepted;
    size_t len = 0;
    int read;

    if (SSL_accept(ssl) == 1) {
        while (len < 32 * 1024 - 1 && (read = SSL_read(ssl, request + len, (int) (32 * 1024 - 1 - len))) > 0) {
            len += (size_t) read;
            request[len] = '\0';
            if (strstr(request, "\r\n\r\n") != NULL) {
                /* A NUL would hide the headers after it. */
                certbound_status status = strlen(request) == len ? judge(ssl, request, scratch, &accepted)
                                                                 : CERTBOUND_AUTHORIZATION_AMBIGUOUS;
                answer(ssl, status, &accepted);
                SSL_shutdown(ssl);
                break;
            }
        }
    }
    ERR_clear_error();
    close(SSL_get_fd(ssl));
    SSL_free(ssl);
    free(scratch);
    free(request);
    return NULL;
}

static void make_verifier(const char *jwks_path, const char *issuer, const char *audience)
{
    const size_t room = 256 * 1024 + 1;
    char *jwks = allocate(room);
    FILE *file = fopen(jwks_path, "rb");
    size_t jwks_len = file != NULL ? fread(jwks, 1, room, file) : 0, keys = 0, size = 0;
    certbound_text audiences[] = {{audience, strlen(audience)}};
    certbound_policy policy;
    certbound_status status;

    memset(&policy, 0, sizeof policy);
    policy.size = sizeof policy;
    policy.issuer = (certbound_text) {issuer, strlen(issuer)};
    policy.audiences = audiences;
    policy.audiences_len = 1;
    if ((status = certbound_jwks_count(jwks, jwks_len, NULL, NULL, &keys)) != CERTBOUND_OK
        || (status = certbound_verifier_size(&policy, keys, &size)) != CERTBOUND_OK
        || (status = certbound_verifier_init(allocate(size), size, &policy, jwks, jwks_len, &verifier)) != CERTBOUND_OK) {
        give_up(jwks_path, certbound_status_found(status));
    }
    /* The verifier has copied the policy and the JWKS. Its memory is never freed. */
    if (file != NULL) {
        fclose(file);
    }
    free(jwks);
}

static void make_context(const char *certificate, const char *key, const char *client_ca)
{
    context = SSL_CTX_new(TLS_server_method());
    if (context == NULL || SSL_CTX_use_certificate_chain_file(context, certificate) != 1
        || SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1
        || SSL_CTX_load_verify_locations(context, client_ca, NULL) != 1) {
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
    if (certbound_abi() != CERTBOUND_ABI) {
        give_up("libcertbound", "does not match its header");
    }
    signal(SIGPIPE, SIG_IGN);
    make_context(argv[2], argv[3], argv[4]);
    make_verifier(argv[5], argv[6], argv[7]);
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
