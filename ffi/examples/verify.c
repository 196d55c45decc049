/* Verifies one token: verify JWKS ISSUER AUDIENCE CERTIFICATE.der TOKEN
 *
 * Prints the claims, or the reason for a rejection to standard error. Exits with 0 if the token is accepted, 1 if it is
 * rejected, and 2 if an input is unusable.
 *
 *   cc -Wall -o verify verify.c $(pkg-config --cflags --libs certbound)
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <certbound.h>

/* Reads a file. A file that fills `room` is longer than certbound accepts. */
static size_t read_file(const char *path, char *data, size_t room)
{
    FILE *file = fopen(path, "rb");
    size_t len = file != NULL ? fread(data, 1, room, file) : 0;

    if (file == NULL || ferror(file) || len == room) {
        fprintf(stderr, "%s: cannot be read, or is too long\n", path);
        exit(2);
    }
    fclose(file);
    return len;
}

static int reject(certbound_status status, int code)
{
    fprintf(stderr, "%s: %s; expected %s; %s\n", certbound_status_name(status), certbound_status_found(status),
            certbound_status_wanted(status), certbound_status_remedy(status));
    return code;
}

int main(int argc, char **argv)
{
    static char jwks[256 * 1024 + 1], token[16 * 1024 + 3], certificate[64 * 1024 + 1], scratch[CERTBOUND_SCRATCH_LEN];
    size_t jwks_len, token_len, certificate_len, keys, size;
    const certbound_verifier *verifier;
    certbound_policy policy;
    certbound_text audience, claims;
    certbound_accepted accepted;
    certbound_status status;
    void *memory = NULL;

    if (argc != 6) {
        fprintf(stderr, "usage: verify JWKS ISSUER AUDIENCE CERTIFICATE.der TOKEN\n");
        return 2;
    }
    jwks_len = read_file(argv[1], jwks, sizeof jwks);
    certificate_len = read_file(argv[4], certificate, sizeof certificate);
    token_len = read_file(argv[5], token, sizeof token);
    while (token_len > 0 && (token[token_len - 1] == '\n' || token[token_len - 1] == '\r')) {
        token_len--;
    }

    /* Once: the policy of this server, and its verifier. Members of a policy that are zero are strict. */
    memset(&policy, 0, sizeof policy);
    policy.size = sizeof policy;
    policy.issuer = (certbound_text) {argv[2], strlen(argv[2])};
    audience = (certbound_text) {argv[3], strlen(argv[3])};
    policy.audiences = &audience;
    policy.audiences_len = 1;
    if ((status = certbound_jwks_count(jwks, jwks_len, NULL, NULL, &keys)) != CERTBOUND_OK
        || (status = certbound_verifier_size(&policy, keys, &size)) != CERTBOUND_OK
        || (status = certbound_verifier_init(memory = malloc(size), size, &policy, jwks, jwks_len, &verifier)) != CERTBOUND_OK) {
        free(memory);
        return reject(status, 2);
    }

    /* For each request. A TLS terminator must take the certificate from the connection, never from a header. */
    status = certbound_verify_der(verifier, token, token_len, (const uint8_t *) certificate, certificate_len,
                                  (uint64_t) time(NULL), scratch, sizeof scratch, &accepted);
    if (status == CERTBOUND_OK && (status = certbound_accepted_claims(&accepted, &claims)) == CERTBOUND_OK) {
        printf("%.*s\n", (int) claims.len, claims.data);
    }
    free(memory);
    return status == CERTBOUND_OK ? 0 : reject(status, 1);
}
