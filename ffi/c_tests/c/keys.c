/* Keys shared by several policies, keys of several issuers, and keys that an issuer has withdrawn: keys DIRECTORY */

#include "support.h"

static size_t passed_over;

static void note(void *context, size_t index, certbound_text kid, uint32_t reason)
{
    (void) index;
    (void) kid;
    CHECK(context == &passed_over && reason != CERTBOUND_OK);
    passed_over++;
}

/* Keys in memory of exactly their size. Free them with `free`. */
static void *new_keys(const char *jwks, size_t len, uint32_t tables)
{
    const certbound_keys *keys = NULL;
    size_t size = 0, usable = 0, count = 0;
    void *memory;

    CHECK_STATUS(CERTBOUND_OK, certbound_keys_size(jwks, len, tables, &size));
    CHECK((memory = malloc(size)) != NULL);
    CHECK_STATUS(CERTBOUND_OK,
                 certbound_keys_init(memory, size, jwks, len, tables, note, &passed_over, &keys));
    CHECK((const void *) keys == memory);
    CHECK_STATUS(CERTBOUND_OK, certbound_jwks_count(jwks, len, NULL, NULL, &usable));
    CHECK_STATUS(CERTBOUND_OK, certbound_keys_count(keys, &count));
    CHECK(count == usable);
    return memory;
}

/* A verifier that refers to keys, in memory of exactly its size. Free it with `free`. */
static void *new_verifier_with(const certbound_policy *policy, const certbound_keys *keys)
{
    const certbound_verifier *verifier = NULL;
    size_t size = 0;
    void *memory;

    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_size_with_keys(policy, &size));
    CHECK((memory = malloc(size)) != NULL);
    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_init_with_keys(memory, size, policy, keys, &verifier));
    CHECK((const void *) verifier == memory);
    return memory;
}

/* A verifier that trusts two issuers, in memory of exactly its size. Free it with `free`. */
static void *new_verifier_of_two(const certbound_keys *keys, const certbound_keys *other_keys)
{
    certbound_issuer issuers[2] = {{{"https://as2.example", 19}, NULL}, {{"https://as.example", 18}, NULL}};
    certbound_policy policy = usual_policy();
    const certbound_verifier *verifier = NULL;
    size_t size = 0;
    void *memory;

    policy.issuer.len = 0;
    issuers[0].keys = other_keys;
    issuers[1].keys = keys;
    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_size_with_issuers(&policy, issuers, 2, &size));
    CHECK((memory = malloc(size)) != NULL);
    CHECK_STATUS(CERTBOUND_OK,
                 certbound_verifier_init_with_issuers(memory, size, &policy, issuers, 2, &verifier));
    CHECK((const void *) verifier == memory);
    return memory;
}

/* Tokens of one issuer are accepted only by its own keys, whatever the other issuer's keys are. */
static void trust_two_issuers(const file *token, const uint8_t *sha256, const certbound_keys *keys,
                              const certbound_keys *other_keys, const certbound_keys *withdrawn)
{
    void *both = new_verifier_of_two(keys, other_keys), *swapped = new_verifier_of_two(other_keys, keys);
    void *one = new_verifier_of_two(keys, withdrawn), *none = new_verifier_of_two(withdrawn, withdrawn);
    const size_t scratch_len = certbound_scratch_len(token->len);
    char *scratch = malloc(scratch_len);
    certbound_accepted accepted;

    CHECK(scratch != NULL);
    CHECK_STATUS(CERTBOUND_OK,
                 certbound_verify(both, token->data, token->len, sha256, NOW, scratch, scratch_len, &accepted));
    CHECK_STATUS(CERTBOUND_ISSUER_MISMATCH,
                 certbound_verify(swapped, token->data, token->len, sha256, NOW, scratch, scratch_len, &accepted));
    CHECK_STATUS(CERTBOUND_OK,
                 certbound_verify(one, token->data, token->len, sha256, NOW, scratch, scratch_len, &accepted));
    CHECK_STATUS(CERTBOUND_KEYS_WITHDRAWN,
                 certbound_verify(none, token->data, token->len, sha256, NOW, scratch, scratch_len, &accepted));
    CHECK_STATUS(CERTBOUND_CERTIFICATE_MISSING,
                 certbound_verify(both, token->data, token->len, NULL, NOW, scratch, scratch_len, &accepted));
    free(scratch);
    free(none);
    free(one);
    free(swapped);
    free(both);
}

int main(int argc, char **argv)
{
    static const char none[] = "{\"keys\": []}", pem[] = "-----BEGIN PUBLIC KEY-----";
    certbound_policy policy = usual_policy(), other_policy = usual_policy();
    uint8_t sha256[CERTBOUND_SHA256_LEN];
    uint32_t tables;
    size_t size = 99;
    file jwks, other_jwks, token, der;

    CHECK(argc == 2);
    jwks = read_file(argv[1], "jwks.json");
    other_jwks = read_file(argv[1], "jwks_4096.json");
    token = read_file(argv[1], "RS256.jwt");
    der = read_file(argv[1], "a.der");
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_der((uint8_t *) der.data, der.len, sha256));
    other_policy.issuer.data = "https://AS.example";

    for (tables = CERTBOUND_TABLES_DEFAULT; tables <= CERTBOUND_TABLES_LARGE; tables++) {
        const size_t scratch_len = certbound_scratch_len(token.len), own_size = certbound_cache_size(8);
        void *keys = new_keys(jwks.data, jwks.len, tables), *withdrawn = new_keys(none, sizeof none - 1, tables);
        void *one = new_verifier_with(&policy, keys), *another = new_verifier_with(&other_policy, keys);
        void *other_keys = new_keys(other_jwks.data, other_jwks.len, tables);
        void *without = new_verifier_with(&policy, withdrawn), *memory = malloc(own_size);
        char *scratch = malloc(scratch_len), *copy = malloc(token.len);
        certbound_cache *cache = NULL;
        certbound_accepted accepted;
        certbound_claim claim;
        int known;

        CHECK(memory != NULL && scratch != NULL && copy != NULL);
        CHECK_STATUS(CERTBOUND_OK, certbound_cache_init(memory, own_size, &cache));
        for (known = 0; known < 2; known++) {
            memcpy(copy, token.data, token.len);
            CHECK_STATUS(CERTBOUND_OK, certbound_verify_cached(one, cache, copy, token.len, sha256, NOW, scratch,
                                                               scratch_len, &accepted));
            /* A host reuses the token's memory. This must not change the claims. */
            memset(copy, 'A', token.len);
            CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claim(&accepted, TEXT("sub"), &claim));
            CHECK(claim.text.len == 8 && memcmp(claim.text.data, "server-a", 8) == 0);
            CHECK_STATUS(CERTBOUND_OK, certbound_accepted_decode(&accepted));
            CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claim(&accepted, TEXT("sub"), &claim));
            CHECK(claim.text.len == 8 && memcmp(claim.text.data, "server-a", 8) == 0);
        }
        CHECK_STATUS(CERTBOUND_ISSUER_MISMATCH,
                     certbound_verify(another, token.data, token.len, sha256, NOW, scratch, scratch_len, &accepted));
        CHECK_STATUS(CERTBOUND_KEYS_WITHDRAWN,
                     certbound_verify_cached(without, cache, token.data, token.len, sha256, NOW, scratch, scratch_len,
                                             &accepted));
        trust_two_issuers(&token, sha256, keys, other_keys, withdrawn);
        free(copy);
        free(scratch);
        free(memory);
        free(without);
        free(another);
        free(one);
        free(other_keys);
        free(withdrawn);
        free(keys);
    }

    CHECK_STATUS(CERTBOUND_VALUE_UNKNOWN, certbound_keys_size(jwks.data, jwks.len, CERTBOUND_TABLES_LARGE + 1, &size));
    CHECK_STATUS(CERTBOUND_KEY_SET_IS_PEM, certbound_keys_size(pem, sizeof pem - 1, 0, &size));
    CHECK(size == 99);
    free(der.data);
    free(token.data);
    free(other_jwks.data);
    free(jwks.data);
    puts("keys: passed");
    return 0;
}
