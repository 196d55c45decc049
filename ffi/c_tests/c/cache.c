/* The cache of accepted tokens, and what it must not hold: cache DIRECTORY */

#include "support.h"

static certbound_cache *cache;
static file token;
static uint8_t own[CERTBOUND_SHA256_LEN], other[CERTBOUND_SHA256_LEN];
/* The claims of a cached token are read from here. Exactly the size that the token needs. */
static char *scratch;
static size_t scratch_len;

static certbound_status ask(const certbound_verifier *verifier, const uint8_t *sha256, uint64_t now,
                            certbound_accepted *accepted)
{
    return certbound_verify_cached(verifier, cache, token.data, token.len, sha256, now, scratch, scratch_len, accepted);
}

static void check_count(uint64_t hits, uint64_t misses)
{
    certbound_cache_statistics statistics;

    CHECK_STATUS(CERTBOUND_OK, certbound_cache_count(cache, &statistics));
    CHECK(statistics.capacity == 8);
    CHECK(statistics.hits == hits && statistics.misses == misses);
}

/* A verifier for the issuer's keys, in which one key has another `kid`, as if it had been withdrawn. */
static certbound_verifier *verifier_without(const certbound_policy *policy, const char *directory, const char *kid)
{
    file jwks = read_file(directory, "jwks.json");
    char member[64];
    const certbound_verifier *verifier = NULL;
    size_t size = 0, at, member_len;
    void *memory;

    member_len = (size_t) snprintf(member, sizeof member, "\"kid\":\"%s\"", kid);
    for (at = 0; memcmp(jwks.data + at, member, member_len) != 0; at++) {
        CHECK(at + member_len < jwks.len);
    }
    jwks.data[at + member_len - 2] = '_';
    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_size_for(policy, jwks.data, jwks.len, &size));
    CHECK((memory = malloc(size)) != NULL);
    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_init(memory, size, policy, jwks.data, jwks.len, &verifier));
    free(jwks.data);
    return memory;
}

int main(int argc, char **argv)
{
    const certbound_policy policy = usual_policy();
    certbound_policy other_policy = usual_policy();
    certbound_verifier *verifier, *withdrawn, *stranger;
    certbound_accepted accepted;
    certbound_claim claim;
    const size_t size = certbound_cache_size(8);
    void *memory = malloc(size);
    file der, other_der;
    char character;

    CHECK(argc == 2 && memory != NULL);
    token = read_file(argv[1], "ES256.jwt");
    der = read_file(argv[1], "a.der");
    other_der = read_file(argv[1], "c.der");
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_der((uint8_t *) der.data, der.len, own));
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_der((uint8_t *) other_der.data, other_der.len, other));
    scratch_len = certbound_scratch_len(token.len);
    CHECK((scratch = malloc(scratch_len)) != NULL);
    verifier = new_verifier(&policy, argv[1]);
    withdrawn = verifier_without(&policy, argv[1], "ES256");
    other_policy.issuer.data = "https://AS.example";
    stranger = new_verifier(&other_policy, argv[1]);

    CHECK(certbound_cache_size(0) > 0 && certbound_cache_size(8) > certbound_cache_size(7));
    CHECK(certbound_cache_size(SIZE_MAX) == 0 && certbound_cache_size(SIZE_MAX / 2) == 0);
    CHECK_STATUS(CERTBOUND_OK, certbound_cache_init(memory, size, &cache));
    check_count(0, 0);

    /* Rejected tokens are not cached. */
    CHECK_STATUS(CERTBOUND_CERTIFICATE_MISMATCH, ask(verifier, other, NOW, &accepted));
    CHECK_STATUS(CERTBOUND_CERTIFICATE_MISSING, ask(verifier, NULL, NOW, &accepted));
    check_count(0, 2);

    CHECK_STATUS(CERTBOUND_OK, ask(verifier, own, NOW, &accepted));
    CHECK_STATUS(CERTBOUND_OK, ask(verifier, own, NOW, &accepted));
    check_count(1, 3);
    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claim(&accepted, TEXT("sub"), &claim));
    CHECK(claim.text.len == 8 && memcmp(claim.text.data, "server-a", 8) == 0);

    /* A cached token is rejected for another certificate, and expires, like any other. */
    CHECK_STATUS(CERTBOUND_CERTIFICATE_MISMATCH, ask(verifier, other, NOW, &accepted));
    CHECK_STATUS(CERTBOUND_CERTIFICATE_MISSING, ask(verifier, NULL, NOW, &accepted));
    CHECK_STATUS(CERTBOUND_TOKEN_EXPIRED, ask(verifier, own, UINT64_MAX, &accepted));
    check_count(4, 3);

    /* A token with a changed character is another token, and a forged one. */
    character = token.data[token.len - 5];
    token.data[token.len - 5] = character == 'A' ? 'B' : 'A';
    CHECK_STATUS(CERTBOUND_SIGNATURE_INVALID, ask(verifier, own, NOW, &accepted));
    token.data[token.len - 5] = character;
    check_count(4, 4);

    /* With other keys, or another policy, the token is rejected at once. Afterwards the cache is empty. */
    CHECK_STATUS(CERTBOUND_KEY_UNKNOWN, ask(withdrawn, own, NOW, &accepted));
    check_count(0, 1);
    CHECK_STATUS(CERTBOUND_ISSUER_MISMATCH, ask(stranger, own, NOW, &accepted));
    check_count(0, 1);
    CHECK_STATUS(CERTBOUND_OK, ask(verifier, own, NOW, &accepted));
    check_count(0, 1);
    CHECK_STATUS(CERTBOUND_OK, ask(verifier, own, NOW, &accepted));
    check_count(1, 1);

    free(stranger);
    free(withdrawn);
    free(verifier);
    free(scratch);
    free(other_der.data);
    free(der.data);
    free(token.data);
    free(memory);
    puts("cache: passed");
    return 0;
}
