/*
 * The verdict in C, by the bare-metal library as docs/c.md builds it: the page of settings has the tables of pinned keys or none, a
 * JWK Set, a certificate and a token, each after its length in eight bytes, little-endian. The tables remain in flash. It includes
 * certbound.h, and must not know the library's inside.
 */
#include <stddef.h>
#include <stdint.h>

#include "board.h"
#include "certbound.h"
#include "main.h"

/* The verifier of a policy and one or two keys, a key whose tables are in flash, and the scratch for tokens of 1 KiB. */
static uint64_t memory[1024];
static uint64_t keys_memory[256];
static char scratch[2048];

typedef struct {
    const char *data;
    size_t len;
} piece;

static piece
next(const uint8_t **page)
{
    const uint8_t *at = *page;
    size_t len = at[0] | (size_t) at[1] << 8 | (size_t) at[2] << 16 | (size_t) at[3] << 24;
    piece found = { (const char *) at + 8, len };

    *page = at + 8 + len;
    return found;
}

static void
report(const char *what, certbound_status status)
{
    board_write(what);
    board_write(": ");
    board_write(certbound_status_name(status));
    board_write("\n");
}

/* Initialises the verifier, with tables that are prepared nowhere, or with those in flash. */
static certbound_status
load(const certbound_policy *policy, piece tables, piece jwks, const certbound_verifier **verifier)
{
    const certbound_keys *keys;
    certbound_status status;

    if (tables.len == 0) {
        return certbound_verifier_init(memory, sizeof memory, policy, jwks.data, jwks.len, verifier);
    }
    status = certbound_keys_init_with_tables(keys_memory, sizeof keys_memory, jwks.data, jwks.len, CERTBOUND_TABLES_SMALL,
                                             (const uint64_t *) (const void *) tables.data, tables.len / 8, &keys);
    if (status != CERTBOUND_OK) {
        return status;
    }
    return certbound_verifier_init_with_keys(memory, sizeof memory, policy, keys, verifier);
}

static void
judge(void)
{
    static const char issuer[] = "https://as.example", audience[] = "https://api.example";
    static certbound_text audiences[1];
    static certbound_policy policy;
    static const uint8_t thief[CERTBOUND_SHA256_LEN];
    const certbound_verifier *verifier;
    const uint8_t *page = board_page;
    piece tables = next(&page), jwks = next(&page), certificate = next(&page), token = next(&page);
    uint8_t sha256[CERTBOUND_SHA256_LEN];
    certbound_accepted accepted;
    certbound_status status;

    audiences[0].data = audience;
    audiences[0].len = sizeof audience - 1;
    policy.size = sizeof policy;
    policy.issuer.data = issuer;
    policy.issuer.len = sizeof issuer - 1;
    policy.audiences = audiences;
    policy.audiences_len = 1;
    policy.tables = CERTBOUND_TABLES_NONE;

    status = load(&policy, tables, jwks, &verifier);
    report("keys", status);
    if (status != CERTBOUND_OK) {
        return;
    }
    status = certbound_thumbprint_from_der((const uint8_t *) certificate.data, certificate.len, sha256);
    if (status == CERTBOUND_OK) {
        status = certbound_verify(verifier, token.data, token.len, sha256, 1900000000, scratch, sizeof scratch, &accepted);
    }
    report("its certificate", status);
    status = certbound_verify(verifier, token.data, token.len, thief, 1900000000, scratch, sizeof scratch, &accepted);
    report("another certificate", status);
    status = certbound_verify(verifier, token.data, token.len, NULL, 1900000000, scratch, sizeof scratch, &accepted);
    report("no certificate", status);
    status = certbound_verify(verifier, token.data, token.len - 4, sha256, 1900000000, scratch, sizeof scratch, &accepted);
    report("a shorter token", status);
}

void
run(void)
{
    judge();
    board_write("end\n");
}
