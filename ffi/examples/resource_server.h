/* What the example servers share: a verifier from a file, and one request over a connection of any TLS library.
 *
 * The response is 200 with the token's claims, or a challenge (RFC 6750). The reason for a rejection goes to standard error,
 * never to the client.
 */

#ifndef RESOURCE_SERVER_H
#define RESOURCE_SERVER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <certbound.h>

/* The longest head of a request, with a NUL. */
#define REQUEST_LEN (32 * 1024)

/* A connection after its handshake. */
typedef struct {
    void *connection;
    /* Reads at most len bytes, and returns their number; 0 or less at the end. */
    int (*read)(void *connection, char *data, size_t len);
    /* Writes all bytes, and returns the number of them, or 0 or less. */
    int (*write)(void *connection, const char *data, size_t len);
} stream;

static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(2);
}

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

/* Reads the keys of an issuer. The memory of the verifier is never freed. */
static const certbound_verifier *make_verifier(const char *jwks_path, const char *issuer, const char *audience)
{
    const size_t room = 256 * 1024 + 1;
    char *jwks = allocate(room);
    FILE *file = fopen(jwks_path, "rb");
    size_t jwks_len = file != NULL ? fread(jwks, 1, room, file) : 0, keys = 0, size = 0;
    certbound_text audiences[] = {{audience, strlen(audience)}};
    const certbound_verifier *verifier = NULL;
    certbound_policy policy;
    certbound_status status;

    if (certbound_abi() != CERTBOUND_ABI) {
        give_up("libcertbound", "does not match its header");
    }
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
    /* The verifier has copied the policy and the JWKS. */
    if (file != NULL) {
        fclose(file);
    }
    free(jwks);
    return verifier;
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

/* Responds with the claims of an accepted token, or with a challenge that contains only what RFC 6750 section 3.1 defines. */
static void answer(const stream *client, certbound_status status, const certbound_accepted *accepted)
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
    if (client->write(client->connection, head, (size_t) len) > 0 && body.len > 0) {
        client->write(client->connection, body.data, body.len);
    }
}

/* Reads a request, and answers it. sha256 is the thumbprint of the certificate whose private key the client has proven to
 * hold, or null if it sent none. */
static void serve_request(const stream *client, const certbound_verifier *verifier, const uint8_t *sha256)
{
    /* The accepted token refers to the scratch memory, which is freed after the response is sent. */
    char *request = allocate(REQUEST_LEN), *scratch = allocate(CERTBOUND_SCRATCH_LEN);
    certbound_accepted accepted;
    certbound_status status;
    const char *token;
    size_t len = 0, token_len;
    int read;

    while (len < REQUEST_LEN - 1
           && (read = client->read(client->connection, request + len, REQUEST_LEN - 1 - len)) > 0) {
        len += (size_t) read;
        request[len] = '\0';
        if (strstr(request, "\r\n\r\n") != NULL) {
            /* A NUL would hide the headers after it. */
            status = strlen(request) == len ? find_token(request, &token, &token_len) : CERTBOUND_AUTHORIZATION_AMBIGUOUS;
            if (status == CERTBOUND_OK) {
                status = certbound_verify(verifier, token, token_len, sha256, (uint64_t) time(NULL), scratch,
                                          CERTBOUND_SCRATCH_LEN, &accepted);
            }
            answer(client, status, &accepted);
            break;
        }
    }
    free(scratch);
    free(request);
}

#endif
