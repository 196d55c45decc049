/* Every way to misuse the functions: each returns a status and leaves the outputs unchanged: misuse DIRECTORY
 *
 * More than 400 lines: it is one list, with a part for each function of the header. */

#include "support.h"

static certbound_policy policy;
static certbound_verifier *verifier;
static file jwks, token, der, metadata, response;
static uint8_t sha256[CERTBOUND_SHA256_LEN];
static certbound_accepted accepted;
static char scratch[CERTBOUND_SCRATCH_LEN], accepted_scratch[CERTBOUND_SCRATCH_LEN];

/* Longer than any object. */
#define TOO_LONG (SIZE_MAX / 2 + 1)

static const certbound_text names[] = {{"sub", 3}}, unnamed[] = {{NULL, 3}}, not_utf8[] = {{"\xff", 1}};

static void ignore_element(void *context, certbound_claim element)
{
    (void) context;
    (void) element;
}

static void pass_null(void)
{
    const certbound_verifier *made;
    const certbound_keys *keys;
    const certbound_issuer nameless = {{NULL, 0}, NULL};
    certbound_accepted output;
    certbound_claim claim;
    certbound_text text;
    uint8_t thumbprint[CERTBOUND_SHA256_LEN];
    char x5t_s256[CERTBOUND_X5T_S256_LEN + 1], json[CERTBOUND_CONFIRMATION_LEN + 1];
    const uint64_t word = 0;
    uint64_t expires_at;
    size_t size;
    uint32_t algorithm;
    bool has_scope;
    void *memory = malloc(1 << 16);

    memset(&made, FILLING, sizeof made);
    memset(&keys, FILLING, sizeof keys);
    memset(&output, FILLING, sizeof output);
    memset(&claim, FILLING, sizeof claim);
    memset(&text, FILLING, sizeof text);
    memset(thumbprint, FILLING, sizeof thumbprint);
    memset(x5t_s256, FILLING, sizeof x5t_s256);
    memset(json, FILLING, sizeof json);
    memset(&expires_at, FILLING, sizeof expires_at);
    memset(&size, FILLING, sizeof size);
    memset(&algorithm, FILLING, sizeof algorithm);
    memset(&has_scope, FILLING, sizeof has_scope);

#define CHECK_NULL(call) CHECK_STATUS(CERTBOUND_NULL_ARGUMENT, call)
    CHECK_NULL(certbound_verifier_size(NULL, 1, &size));
    CHECK_NULL(certbound_verifier_size(&policy, 1, NULL));
    CHECK_NULL(certbound_verifier_init(NULL, 1 << 16, &policy, jwks.data, jwks.len, &made));
    CHECK_NULL(certbound_verifier_init(memory, 1 << 16, NULL, jwks.data, jwks.len, &made));
    CHECK_NULL(certbound_verifier_init(memory, 1 << 16, &policy, NULL, jwks.len, &made));
    CHECK_NULL(certbound_verifier_init(memory, 1 << 16, &policy, jwks.data, jwks.len, NULL));
    CHECK_NULL(certbound_verify(NULL, token.data, token.len, sha256, NOW, scratch, sizeof scratch, &output));
    CHECK_NULL(certbound_verify(verifier, NULL, 1, sha256, NOW, scratch, sizeof scratch, &output));
    CHECK_NULL(certbound_verify(verifier, token.data, token.len, sha256, NOW, NULL, 1, &output));
    CHECK_NULL(certbound_verify(verifier, token.data, token.len, sha256, NOW, scratch, sizeof scratch, NULL));
    CHECK_NULL(certbound_verify_der(NULL, token.data, token.len, NULL, 0, NOW, scratch, sizeof scratch, &output));
    CHECK_NULL(certbound_verify_der(verifier, NULL, 1, NULL, 0, NOW, scratch, sizeof scratch, &output));
    CHECK_NULL(certbound_verify_der(verifier, token.data, token.len, NULL, 1, NOW, scratch, sizeof scratch, &output));
    CHECK_NULL(certbound_verify_der(verifier, token.data, token.len, NULL, 0, NOW, NULL, 1, &output));
    CHECK_NULL(certbound_verify_der(verifier, token.data, token.len, NULL, 0, NOW, scratch, sizeof scratch, NULL));
    CHECK_NULL(certbound_accepted_claim(NULL, TEXT("sub"), &claim));
    CHECK_NULL(certbound_accepted_claim(&accepted, NULL, 3, &claim));
    CHECK_NULL(certbound_accepted_claim(&accepted, TEXT("sub"), NULL));
    CHECK_NULL(certbound_accepted_claim_at(NULL, names, 1, &claim));
    CHECK_NULL(certbound_accepted_claim_at(&accepted, NULL, 1, &claim));
    CHECK_NULL(certbound_accepted_claim_at(&accepted, unnamed, 1, &claim));
    CHECK_NULL(certbound_accepted_claim_at(&accepted, names, 1, NULL));
    CHECK_NULL(certbound_accepted_elements_at(NULL, names, 1, ignore_element, NULL));
    CHECK_NULL(certbound_accepted_elements_at(&accepted, NULL, 1, ignore_element, NULL));
    CHECK_NULL(certbound_accepted_elements_at(&accepted, unnamed, 1, ignore_element, NULL));
    CHECK_NULL(certbound_accepted_elements_at(&accepted, names, 1, NULL, NULL));
    CHECK_NULL(certbound_accepted_claims(NULL, &text));
    CHECK_NULL(certbound_accepted_claims(&accepted, NULL));
    CHECK_NULL(certbound_accepted_has_scope(NULL, TEXT("read"), &has_scope));
    CHECK_NULL(certbound_accepted_has_scope(&accepted, NULL, 4, &has_scope));
    CHECK_NULL(certbound_accepted_has_scope(&accepted, TEXT("read"), NULL));
    CHECK_NULL(certbound_accepted_expires_at(NULL, &expires_at));
    CHECK_NULL(certbound_accepted_expires_at(&accepted, NULL));
    CHECK_NULL(certbound_accepted_thumbprint(NULL, thumbprint));
    CHECK_NULL(certbound_accepted_thumbprint(&accepted, NULL));
    CHECK_NULL(certbound_algorithm_from_name(NULL, 5, &algorithm));
    CHECK_NULL(certbound_algorithm_from_name(TEXT("ES256"), NULL));
    CHECK_NULL(certbound_client_authenticate(NULL, 1, (uint8_t *) der.data, der.len, CERTBOUND_CHAIN_VALIDATED,
                                             scratch, sizeof scratch, &text));
    CHECK_NULL(certbound_client_authenticate(metadata.data, metadata.len, NULL, 1, CERTBOUND_CHAIN_VALIDATED, scratch,
                                             sizeof scratch, &text));
    CHECK_NULL(certbound_client_authenticate(metadata.data, metadata.len, (uint8_t *) der.data, der.len,
                                             CERTBOUND_CHAIN_VALIDATED, NULL, 1, &text));
    CHECK_NULL(certbound_client_authenticate(metadata.data, metadata.len, (uint8_t *) der.data, der.len,
                                             CERTBOUND_CHAIN_VALIDATED, scratch, sizeof scratch, NULL));
    CHECK_NULL(certbound_introspection_verify(NULL, 1, 0, sha256, scratch, sizeof scratch, &output));
    CHECK_NULL(certbound_introspection_verify(response.data, response.len, 0, sha256, NULL, 1, &output));
    CHECK_NULL(certbound_introspection_verify(response.data, response.len, 0, sha256, scratch, sizeof scratch, NULL));
    CHECK_NULL(certbound_introspection_verify_against(NULL, response.data, response.len, sha256, NOW, scratch,
                                                      sizeof scratch, &output));
    CHECK_NULL(certbound_introspection_verify_against(&policy, NULL, 1, sha256, NOW, scratch, sizeof scratch, &output));
    CHECK_NULL(certbound_introspection_verify_against(&policy, response.data, response.len, sha256, NOW, NULL, 1,
                                                      &output));
    CHECK_NULL(certbound_introspection_verify_against(&policy, response.data, response.len, sha256, NOW, scratch,
                                                      sizeof scratch, NULL));
    CHECK_NULL(certbound_keys_size(NULL, 1, 0, &size));
    CHECK_NULL(certbound_keys_size(jwks.data, jwks.len, 0, NULL));
    CHECK_NULL(certbound_keys_init(NULL, 1 << 16, jwks.data, jwks.len, 0, NULL, NULL, &keys));
    CHECK_NULL(certbound_keys_init(memory, 1 << 16, NULL, 1, 0, NULL, NULL, &keys));
    CHECK_NULL(certbound_keys_init(memory, 1 << 16, jwks.data, jwks.len, 0, NULL, NULL, NULL));
    CHECK_NULL(certbound_keys_init_with_tables(NULL, 1 << 16, jwks.data, jwks.len, CERTBOUND_TABLES_SMALL, &word, 1, &keys));
    CHECK_NULL(certbound_keys_init_with_tables(memory, 1 << 16, NULL, 1, CERTBOUND_TABLES_SMALL, &word, 1, &keys));
    CHECK_NULL(certbound_keys_init_with_tables(memory, 1 << 16, jwks.data, jwks.len, CERTBOUND_TABLES_SMALL, NULL, 1, &keys));
    CHECK_NULL(certbound_keys_init_with_tables(memory, 1 << 16, jwks.data, jwks.len, CERTBOUND_TABLES_SMALL, &word, 1, NULL));
    CHECK_NULL(certbound_keys_count(NULL, &size));
    CHECK_NULL(certbound_verifier_size_with_keys(NULL, &size));
    CHECK_NULL(certbound_verifier_size_with_keys(&policy, NULL));
    CHECK_NULL(certbound_verifier_init_with_keys(memory, 1 << 16, &policy, NULL, &made));
    CHECK_NULL(certbound_verifier_size_with_issuers(NULL, &nameless, 1, &size));
    CHECK_NULL(certbound_verifier_size_with_issuers(&policy, NULL, 1, &size));
    CHECK_NULL(certbound_verifier_size_with_issuers(&policy, &nameless, 1, &size));
    CHECK_NULL(certbound_verifier_size_with_issuers(&policy, NULL, 0, NULL));
    CHECK_NULL(certbound_verifier_init_with_issuers(NULL, 1 << 16, &policy, NULL, 0, &made));
    CHECK_NULL(certbound_verifier_init_with_issuers(memory, 1 << 16, NULL, NULL, 0, &made));
    CHECK_NULL(certbound_verifier_init_with_issuers(memory, 1 << 16, &policy, NULL, 1, &made));
    CHECK_NULL(certbound_verifier_init_with_issuers(memory, 1 << 16, &policy, &nameless, 1, &made));
    CHECK_NULL(certbound_verifier_init_with_issuers(memory, 1 << 16, &policy, NULL, 0, NULL));
    CHECK_NULL(certbound_jwks_count(NULL, 1, NULL, NULL, &size));
    CHECK_NULL(certbound_jwks_count(jwks.data, jwks.len, NULL, NULL, NULL));
    CHECK_NULL(certbound_thumbprint_from_der(NULL, 1, thumbprint));
    CHECK_NULL(certbound_thumbprint_from_der((uint8_t *) der.data, der.len, NULL));
    CHECK_NULL(certbound_thumbprint_from_hex(NULL, 64, thumbprint));
    CHECK_NULL(certbound_thumbprint_from_hex(TEXT("00"), NULL));
    CHECK_NULL(certbound_thumbprint_from_x5t_s256(NULL, 43, thumbprint));
    CHECK_NULL(certbound_thumbprint_from_x5t_s256(TEXT("AA"), NULL));
    CHECK_NULL(certbound_thumbprint_from_forwarded(CERTBOUND_FORWARDED_PEM, NULL, 1, scratch, sizeof scratch, thumbprint));
    CHECK_NULL(certbound_thumbprint_from_forwarded(CERTBOUND_FORWARDED_PEM, TEXT("a"), NULL, 1, thumbprint));
    CHECK_NULL(certbound_thumbprint_from_forwarded(CERTBOUND_FORWARDED_PEM, TEXT("a"), scratch, sizeof scratch, NULL));
    CHECK_NULL(certbound_forwarded_from_name(NULL, 3, &algorithm));
    CHECK_NULL(certbound_forwarded_from_name(TEXT("pem"), NULL));
    CHECK_NULL(certbound_thumbprint_x5t_s256(NULL, x5t_s256));
    CHECK_NULL(certbound_thumbprint_x5t_s256(sha256, NULL));
    CHECK_NULL(certbound_confirmation_json(NULL, json));
    CHECK_NULL(certbound_confirmation_json(sha256, NULL));
    CHECK_NULL(certbound_thumbprint_compare(NULL, sha256));
    CHECK_NULL(certbound_thumbprint_compare(sha256, NULL));

    CHECK(is_filled(&keys, sizeof keys));
    CHECK(is_filled(&made, sizeof made) && is_filled(&output, sizeof output) && is_filled(&claim, sizeof claim));
    CHECK(is_filled(&text, sizeof text) && is_filled(thumbprint, sizeof thumbprint));
    CHECK(is_filled(x5t_s256, sizeof x5t_s256) && is_filled(json, sizeof json));
    CHECK(is_filled(&expires_at, sizeof expires_at) && is_filled(&size, sizeof size));
    CHECK(is_filled(&algorithm, sizeof algorithm) && is_filled(&has_scope, sizeof has_scope));
    free(memory);
}

/* Null with length 0 is an empty input, which is processed like any other. */
static void pass_nothing(void)
{
    certbound_accepted output;
    certbound_text client_id;
    size_t usable = 99;
    uint32_t algorithm = 99;
    uint8_t thumbprint[CERTBOUND_SHA256_LEN];

    memset(&output, FILLING, sizeof output);
    memset(&client_id, FILLING, sizeof client_id);
    memset(thumbprint, FILLING, sizeof thumbprint);
    CHECK_STATUS(CERTBOUND_TOKEN_MISSING,
                 certbound_verify(verifier, NULL, 0, sha256, NOW, scratch, sizeof scratch, &output));
    CHECK_STATUS(CERTBOUND_TOKEN_MISSING,
                 certbound_verify_der(verifier, NULL, 0, NULL, 0, NOW, scratch, sizeof scratch, &output));
    CHECK_STATUS(CERTBOUND_SCRATCH_TOO_SMALL,
                 certbound_verify(verifier, token.data, token.len, sha256, NOW, NULL, 0, &output));
    CHECK_STATUS(CERTBOUND_JSON_UNEXPECTED_END,
                 certbound_introspection_verify(NULL, 0, 0, sha256, scratch, sizeof scratch, &output));
    CHECK_STATUS(CERTBOUND_JSON_UNEXPECTED_END,
                 certbound_client_authenticate(NULL, 0, NULL, 0, 0, scratch, sizeof scratch, &client_id));
    CHECK_STATUS(CERTBOUND_DER_MALFORMED,
                 certbound_client_authenticate(metadata.data, metadata.len, NULL, 0, CERTBOUND_CHAIN_VALIDATED,
                                               scratch, sizeof scratch, &client_id));
    CHECK_STATUS(CERTBOUND_JSON_UNEXPECTED_END, certbound_jwks_count(NULL, 0, NULL, NULL, &usable));
    CHECK_STATUS(CERTBOUND_ALGORITHM_UNSUPPORTED, certbound_algorithm_from_name(NULL, 0, &algorithm));
    CHECK_STATUS(CERTBOUND_VALUE_UNKNOWN, certbound_forwarded_from_name(NULL, 0, &algorithm));
    CHECK_STATUS(CERTBOUND_FORWARDED_MISSING,
                 certbound_thumbprint_from_forwarded(CERTBOUND_FORWARDED_XFCC, NULL, 0, NULL, 0, thumbprint));
    CHECK_STATUS(CERTBOUND_SCRATCH_TOO_SMALL,
                 certbound_thumbprint_from_forwarded(CERTBOUND_FORWARDED_BASE64, TEXT("Zm9v"), NULL, 0, thumbprint));
    CHECK(is_filled(&output, sizeof output) && is_filled(&client_id, sizeof client_id));
    CHECK(usable == 99 && algorithm == 99 && is_filled(thumbprint, sizeof thumbprint));
}

static void pass_impossible_lengths(void)
{
    static const size_t lengths[] = {TOO_LONG, SIZE_MAX};
    certbound_accepted output;
    certbound_text client_id;
    uint8_t thumbprint[CERTBOUND_SHA256_LEN];
    size_t i, size;

    memset(&output, FILLING, sizeof output);
    memset(&client_id, FILLING, sizeof client_id);
    memset(thumbprint, FILLING, sizeof thumbprint);
    memset(&size, FILLING, sizeof size);
#define CHECK_LENGTH(call) CHECK_STATUS(CERTBOUND_LENGTH_OUT_OF_RANGE, call)
    for (i = 0; i < 2; i++) {
        const size_t len = lengths[i];
        CHECK_LENGTH(certbound_verify(verifier, token.data, len, sha256, NOW, scratch, sizeof scratch, &output));
        CHECK_LENGTH(certbound_verify(verifier, token.data, token.len, sha256, NOW, scratch, len, &output));
        CHECK_LENGTH(certbound_verify_der(verifier, token.data, token.len, (uint8_t *) der.data, len, NOW, scratch,
                                          sizeof scratch, &output));
        CHECK_LENGTH(certbound_introspection_verify(response.data, len, 0, sha256, scratch, sizeof scratch, &output));
        CHECK_LENGTH(certbound_client_authenticate(metadata.data, len, NULL, 0, 0, scratch, 64, &client_id));
        CHECK_LENGTH(certbound_jwks_count(jwks.data, len, NULL, NULL, &size));
        CHECK_LENGTH(certbound_verifier_size(&policy, len, &size));
        CHECK_LENGTH(certbound_thumbprint_from_forwarded(CERTBOUND_FORWARDED_PEM, der.data, len, scratch, 8, thumbprint));
        CHECK_LENGTH(certbound_thumbprint_from_forwarded(CERTBOUND_FORWARDED_PEM, der.data, 8, scratch, len, thumbprint));
    }
    CHECK(is_filled(&output, sizeof output) && is_filled(&client_id, sizeof client_id));
    CHECK(is_filled(&size, sizeof size) && is_filled(thumbprint, sizeof thumbprint));
    /* The length functions accept any length. */
    CHECK(certbound_forwarded_scratch_len(SIZE_MAX) >= 131072);
    CHECK(certbound_scratch_len(SIZE_MAX) >= CERTBOUND_SCRATCH_LEN);
    CHECK(certbound_introspection_scratch_len(SIZE_MAX) >= 262144);
    CHECK(certbound_client_metadata_scratch_len(SIZE_MAX) >= 262144);
}

static void pass_what_was_not_initialised(void)
{
    static const unsigned char bytes[] = {0, 0xff, 0xa5};
    size_t i, size = 0;

    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_size(&policy, 1, &size));
    for (i = 0; i < sizeof bytes; i++) {
        certbound_verifier *garbage = malloc(size);
        certbound_accepted no_verdict, output;
        certbound_claim claim;
        certbound_text json;
        uint8_t thumbprint[CERTBOUND_SHA256_LEN];
        uint64_t expires_at = 99;
        bool has_scope = false;

        CHECK(garbage != NULL);
        memset(garbage, bytes[i], size);
        memset(&no_verdict, bytes[i], sizeof no_verdict);
        memset(&output, FILLING, sizeof output);
        memset(&claim, FILLING, sizeof claim);
        memset(&json, FILLING, sizeof json);
        memset(thumbprint, FILLING, sizeof thumbprint);
#define CHECK_INITIALISED(call) CHECK_STATUS(CERTBOUND_NOT_INITIALISED, call)
        CHECK_INITIALISED(
            certbound_verify(garbage, token.data, token.len, sha256, NOW, scratch, sizeof scratch, &output));
        CHECK_INITIALISED(
            certbound_verify_der(garbage, token.data, token.len, NULL, 0, NOW, scratch, sizeof scratch, &output));
        CHECK_INITIALISED(certbound_accepted_claim(&no_verdict, TEXT("sub"), &claim));
        CHECK_INITIALISED(certbound_accepted_claim_at(&no_verdict, names, 1, &claim));
        CHECK_INITIALISED(certbound_accepted_elements_at(&no_verdict, names, 1, ignore_element, NULL));
        CHECK_INITIALISED(certbound_accepted_claims(&no_verdict, &json));
        CHECK_INITIALISED(certbound_accepted_has_scope(&no_verdict, TEXT("read"), &has_scope));
        CHECK_INITIALISED(certbound_accepted_expires_at(&no_verdict, &expires_at));
        CHECK_INITIALISED(certbound_accepted_thumbprint(&no_verdict, thumbprint));
        CHECK(is_filled(&output, sizeof output) && is_filled(&claim, sizeof claim) && is_filled(&json, sizeof json));
        CHECK(is_filled(thumbprint, sizeof thumbprint) && expires_at == 99 && !has_scope);
        free(garbage);
    }
}

/* Memory that is too small, in steps of one byte, and of exactly that size, so that writes beyond its end are detected. */
static void pass_too_little_memory(void)
{
    const size_t needed = certbound_scratch_len(token.len);
    size_t len, size = 0;

    for (len = 0; len < needed; len += len < 64 ? 1 : 97) {
        void *memory = malloc(len + (len == 0));
        certbound_accepted output;
        certbound_status status;

        CHECK(memory != NULL);
        memset(&output, FILLING, sizeof output);
        status = certbound_verify(verifier, token.data, token.len, sha256, NOW, memory, len, &output);
        CHECK(status == CERTBOUND_OK || status == CERTBOUND_SCRATCH_TOO_SMALL);
        CHECK(status == CERTBOUND_OK || is_filled(&output, sizeof output));
        free(memory);
    }
    /* Without tables there are fewer lengths to try; the rest of the layout is the same. */
    policy.tables = CERTBOUND_TABLES_NONE;
    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_size_for(&policy, jwks.data, jwks.len, &size));
    for (len = 0; len < size; len += len < 400 ? 1 : 61) {
        void *memory = malloc(len + (len == 0));
        const certbound_verifier *made;
        certbound_status status;

        CHECK(memory != NULL);
        memset(&made, FILLING, sizeof made);
        status = certbound_verifier_init(memory, len, &policy, jwks.data, jwks.len, &made);
        CHECK(status == CERTBOUND_OUTPUT_TOO_SMALL || status == CERTBOUND_KEY_SET_FULL);
        CHECK(is_filled(&made, sizeof made));
        free(memory);
    }
    policy.tables = CERTBOUND_TABLES_DEFAULT;
}

static void pass_misaligned_memory(void)
{
    char memory[512];
    char *odd = memory + ((uintptr_t) memory % 2 == 0);
    size_t size = 99;
    const certbound_verifier *made = NULL;
    certbound_policy with_odd_audiences = policy;

    memset(memory, FILLING, sizeof memory);
    with_odd_audiences.audiences = (const certbound_text *) (const void *) odd;
#define CHECK_ALIGNED(call) CHECK_STATUS(CERTBOUND_MISALIGNED_ARGUMENT, call)
    CHECK_ALIGNED(certbound_verifier_size((const certbound_policy *) (void *) odd, 1, &size));
    CHECK_ALIGNED(certbound_verifier_size(&with_odd_audiences, 1, &size));
    CHECK_ALIGNED(certbound_verifier_size(&policy, 1, (size_t *) (void *) odd));
    CHECK_ALIGNED(certbound_verifier_init(odd, 256, &policy, jwks.data, jwks.len, &made));
    CHECK_ALIGNED(certbound_verifier_init(odd + 3, 256, &policy, jwks.data, jwks.len, &made));
    CHECK_ALIGNED(certbound_verify((const certbound_verifier *) (void *) odd, token.data, token.len, sha256, NOW,
                                   scratch, sizeof scratch, (certbound_accepted *) (void *) (memory + 256)));
    CHECK_ALIGNED(certbound_verify(verifier, token.data, token.len, sha256, NOW, scratch, sizeof scratch,
                                   (certbound_accepted *) (void *) odd));
    CHECK_ALIGNED(certbound_accepted_claims((const certbound_accepted *) (void *) odd,
                                            (certbound_text *) (void *) (memory + 256)));
    CHECK_ALIGNED(certbound_accepted_claims(&accepted, (certbound_text *) (void *) odd));
    CHECK_ALIGNED(certbound_accepted_claim(&accepted, TEXT("sub"), (certbound_claim *) (void *) odd));
    CHECK_ALIGNED(certbound_accepted_claim_at(&accepted, names, 1, (certbound_claim *) (void *) odd));
    CHECK_ALIGNED(certbound_accepted_elements_at(&accepted, (const certbound_text *) (void *) odd, 1, ignore_element,
                                                 NULL));
    CHECK_ALIGNED(certbound_accepted_expires_at(&accepted, (uint64_t *) (void *) odd));
    CHECK_ALIGNED(certbound_algorithm_from_name(TEXT("ES256"), (uint32_t *) (void *) odd));
    CHECK_ALIGNED(certbound_forwarded_from_name(TEXT("pem"), (uint32_t *) (void *) odd));
    CHECK_ALIGNED(certbound_jwks_count(jwks.data, jwks.len, NULL, NULL, (size_t *) (void *) odd));
    CHECK(is_filled(memory, sizeof memory) && size == 99 && made == NULL);
    /* Bytes and texts need no alignment. */
    memcpy(odd, sha256, sizeof sha256);
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_compare((uint8_t *) odd, sha256));
    memcpy(odd, token.data, 256);
    CHECK_STATUS(CERTBOUND_TOKEN_NOT_COMPACT,
                 certbound_verify(verifier, odd, 8, sha256, NOW, scratch + 1, sizeof scratch - 1, &accepted));
}

static void pass_overlapping_memory(void)
{
    size_t size = 0, offset;
    const certbound_verifier *made = NULL;
    char *memory, *both = malloc(2 * sizeof scratch);
    certbound_policy in_memory = policy;
    certbound_text client_id;
    certbound_accepted output;

    CHECK(both != NULL);
    memset(both, FILLING, 2 * sizeof scratch);
    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_size_for(&policy, jwks.data, jwks.len, &size));
    CHECK((memory = malloc(size)) != NULL);
    memset(memory, FILLING, size);
#define CHECK_APART(call) CHECK_STATUS(CERTBOUND_OVERLAPPING_ARGUMENTS, call)
    /* The scratch memory overlaps each of the other arguments in turn. */
    CHECK_APART(certbound_verify(verifier, both, 2, sha256, NOW, both, 1, &accepted));
    CHECK_APART(certbound_verify(verifier, both, 2, sha256, NOW, both + 1, sizeof scratch, &accepted));
    CHECK_APART(certbound_verify(verifier, token.data, token.len, (uint8_t *) both + 31, NOW, both, 32, &accepted));
    CHECK_APART(certbound_verify_der(verifier, token.data, token.len, (uint8_t *) der.data, der.len, NOW,
                                     der.data + der.len - 1, 1, &accepted));
    CHECK_APART(certbound_verify(verifier, token.data, token.len, sha256, NOW, (char *) &accepted + 127, 1, &accepted));
    CHECK_APART(certbound_introspection_verify(both, 8, 0, sha256, both + 7, 8, &accepted));
    CHECK_APART(certbound_client_authenticate(both, 8, (uint8_t *) der.data, der.len, 0, both + 7, 8, &client_id));
    /* The scratch memory, or an output, overlaps that of the accepted token. */
    CHECK_APART(certbound_introspection_confirm(verifier, &accepted, TEXT("{\"active\": true}"), sha256, NOW,
                                                accepted_scratch, sizeof accepted_scratch, &output));
    CHECK_APART(certbound_introspection_confirm(verifier, &accepted, TEXT("{\"active\": true}"), sha256, NOW,
                                                accepted_scratch + sizeof accepted_scratch - 1, 1, &output));
    CHECK_APART(certbound_accepted_has_scope(&accepted, TEXT("read"), (bool *) accepted_scratch));
    CHECK_STATUS(CERTBOUND_OK, certbound_introspection_confirm(verifier, &accepted, TEXT("{\"active\": true}"), sha256,
                                                               NOW, scratch, sizeof scratch, &output));
    /* The scratch memory is in the verifier, up to its last table. */
    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_init(memory, size, &policy, jwks.data, jwks.len, &made));
    for (offset = 0; offset < size; offset += 173) {
        CHECK_APART(certbound_verify(made, token.data, token.len, sha256, NOW, memory + offset, 1, &accepted));
    }
    CHECK_APART(certbound_verify(made, token.data, token.len, sha256, NOW, memory + size - 1, 1, &accepted));
    /* A verifier overlaps its policy, texts or JWK Set. */
    in_memory.issuer.data = memory;
    CHECK_APART(certbound_verifier_init(memory, size, &in_memory, jwks.data, jwks.len, &made));
    in_memory = policy;
    memcpy(memory + size - 64, policy.audiences, 2 * sizeof *policy.audiences);
    in_memory.audiences = (const certbound_text *) (void *) (memory + size - 64);
    CHECK_APART(certbound_verifier_init(memory, size, &in_memory, jwks.data, jwks.len, &made));
    CHECK_APART(certbound_verifier_init(memory, size, &policy, memory + size - 1, 1, &made));
    CHECK_APART(certbound_verifier_init(memory, size, &policy, jwks.data, jwks.len, (const certbound_verifier **) (void *) memory));
    /* Outputs overlap inputs. */
    CHECK_APART(certbound_thumbprint_x5t_s256((uint8_t *) both, both + 31));
    CHECK_APART(certbound_confirmation_json((uint8_t *) both + 58, both));
    CHECK_APART(certbound_thumbprint_from_der((uint8_t *) both, 32, (uint8_t *) both + 31));
    CHECK_APART(certbound_thumbprint_from_hex(both, 64, (uint8_t *) both));
    CHECK_APART(certbound_thumbprint_from_forwarded(CERTBOUND_FORWARDED_PEM, both, 8, both + 7, 8, (uint8_t *) both + 64));
    CHECK_APART(certbound_thumbprint_from_forwarded(CERTBOUND_FORWARDED_PEM, both, 8, both + 64, 8, (uint8_t *) both + 7));
    CHECK_APART(certbound_thumbprint_from_forwarded(CERTBOUND_FORWARDED_PEM, both, 8, both + 64, 8, (uint8_t *) both + 71));
    CHECK_APART(certbound_accepted_claims(&accepted, (certbound_text *) (void *) &accepted));
    CHECK(is_filled(both, 2 * sizeof scratch));
    /* Inputs may overlap. */
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_compare(sha256, sha256));
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_compare((uint8_t *) both, (uint8_t *) both + 1));
    free(memory);
    free(both);
}

static void pass_a_wrong_policy(void)
{
    static const char not_utf8[] = "\xc3\x28";
    const certbound_text bad[] = {{not_utf8, 2}}, nowhere[] = {{NULL, 1}};
    certbound_text many[CERTBOUND_POLICY_TEXTS + 1];
    char *long_text = malloc(CERTBOUND_POLICY_TEXT_LEN + 1);
    size_t i, size = 99, *shorter;
    uint32_t bit;
    certbound_policy changed;

    CHECK(long_text != NULL);
    memset(long_text, 'a', CERTBOUND_POLICY_TEXT_LEN + 1);
    for (i = 0; i <= CERTBOUND_POLICY_TEXTS; i++) {
        many[i] = policy.audiences[0];
    }
#define CHECK_POLICY(expected, member, value) \
    do { \
        changed = policy; \
        changed.member = (value); \
        CHECK_STATUS(expected, certbound_verifier_size(&changed, 1, &size)); \
        CHECK((expected) == CERTBOUND_OK || size == 99); \
        size = 99; \
    } while (0)
    CHECK_POLICY(CERTBOUND_POLICY_SIZE_UNKNOWN, size, 0);
    CHECK_POLICY(CERTBOUND_POLICY_SIZE_UNKNOWN, size, sizeof policy - 1);
    CHECK_POLICY(CERTBOUND_POLICY_SIZE_UNKNOWN, size, sizeof policy + 8);
    CHECK_POLICY(CERTBOUND_VALUE_UNKNOWN, binding, 2);
    CHECK_POLICY(CERTBOUND_VALUE_UNKNOWN, binding, UINT32_MAX);
    CHECK_POLICY(CERTBOUND_VALUE_UNKNOWN, token_type, 3);
    CHECK_POLICY(CERTBOUND_VALUE_UNKNOWN, tables, 5);
    for (bit = 1; bit != 0; bit <<= 1) {
        CHECK_POLICY((bit & 0x3ff) != 0 ? CERTBOUND_OK : CERTBOUND_VALUE_UNKNOWN, algorithms, bit);
    }
    CHECK_POLICY(CERTBOUND_NULL_ARGUMENT, issuer.data, NULL);
    CHECK_POLICY(CERTBOUND_NULL_ARGUMENT, audiences, NULL);
    CHECK_POLICY(CERTBOUND_NULL_ARGUMENT, required_scopes, NULL);
    CHECK_POLICY(CERTBOUND_POLICY_TOO_LARGE, issuer.len, CERTBOUND_POLICY_TEXT_LEN + 1);
    CHECK_POLICY(CERTBOUND_POLICY_TOO_LARGE, issuer.len, SIZE_MAX);
    CHECK_POLICY(CERTBOUND_POLICY_TOO_LARGE, audiences_len, CERTBOUND_POLICY_TEXTS + 1);
    CHECK_POLICY(CERTBOUND_POLICY_TOO_LARGE, required_scopes_len, SIZE_MAX);

    changed = policy;
    changed.audiences_len = 1;
    changed.audiences = bad;
    CHECK_STATUS(CERTBOUND_TEXT_NOT_UTF8, certbound_verifier_size(&changed, 1, &size));
    changed.audiences = nowhere;
    CHECK_STATUS(CERTBOUND_NULL_ARGUMENT, certbound_verifier_size(&changed, 1, &size));
    CHECK(size == 99);
    changed.issuer.data = long_text;
    changed.issuer.len = CERTBOUND_POLICY_TEXT_LEN;
    changed.audiences = changed.required_scopes = many;
    changed.audiences_len = changed.required_scopes_len = CERTBOUND_POLICY_TEXTS;
    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_size(&changed, 1, &size));

    /* A policy of an older header is shorter: nothing beyond its end may be read. */
    CHECK((shorter = malloc(sizeof *shorter)) != NULL);
    *shorter = sizeof *shorter;
    CHECK_STATUS(CERTBOUND_POLICY_SIZE_UNKNOWN, certbound_verifier_size((certbound_policy *) shorter, 1, &size));
    free(shorter);
    free(long_text);
}

static void pass_unknown_values_and_texts(void)
{
    certbound_text client_id;
    certbound_claim claim;
    certbound_accepted output;
    uint32_t algorithm = 99;
    bool has_scope = false;
    uint8_t thumbprint[CERTBOUND_SHA256_LEN];

    memset(&client_id, FILLING, sizeof client_id);
    memset(&claim, FILLING, sizeof claim);
    memset(&output, FILLING, sizeof output);
    memset(thumbprint, FILLING, sizeof thumbprint);
    CHECK_STATUS(CERTBOUND_VALUE_UNKNOWN,
                 certbound_client_authenticate(metadata.data, metadata.len, (uint8_t *) der.data, der.len, 2, scratch,
                                               sizeof scratch, &client_id));
    CHECK_STATUS(CERTBOUND_VALUE_UNKNOWN,
                 certbound_introspection_verify(response.data, response.len, 2, sha256, scratch, sizeof scratch,
                                                &output));
    CHECK_STATUS(CERTBOUND_VALUE_UNKNOWN, certbound_thumbprint_from_forwarded(0, TEXT("a"), scratch, 8, thumbprint));
    CHECK_STATUS(CERTBOUND_VALUE_UNKNOWN, certbound_thumbprint_from_forwarded(5, TEXT("a"), scratch, 8, thumbprint));
    CHECK_STATUS(CERTBOUND_VALUE_UNKNOWN, certbound_forwarded_from_name(TEXT("PEM"), &algorithm));
    CHECK_STATUS(CERTBOUND_TEXT_NOT_UTF8, certbound_forwarded_from_name(TEXT("\xff"), &algorithm));
    CHECK_STATUS(CERTBOUND_TEXT_NOT_UTF8, certbound_accepted_claim(&accepted, TEXT("\xff"), &claim));
    CHECK_STATUS(CERTBOUND_TEXT_NOT_UTF8, certbound_accepted_claim_at(&accepted, not_utf8, 1, &claim));
    CHECK_STATUS(CERTBOUND_TEXT_NOT_UTF8,
                 certbound_accepted_elements_at(&accepted, not_utf8, 1, ignore_element, NULL));
    CHECK_STATUS(CERTBOUND_TEXT_NOT_UTF8, certbound_accepted_has_scope(&accepted, TEXT("\xff"), &has_scope));
    CHECK_STATUS(CERTBOUND_TEXT_NOT_UTF8, certbound_algorithm_from_name(TEXT("\xff"), &algorithm));
    CHECK_STATUS(CERTBOUND_TEXT_NOT_UTF8, certbound_thumbprint_from_hex(TEXT("\xff"), thumbprint));
    CHECK_STATUS(CERTBOUND_TEXT_NOT_UTF8, certbound_thumbprint_from_x5t_s256(TEXT("\xff"), thumbprint));
    CHECK(is_filled(&client_id, sizeof client_id) && is_filled(&claim, sizeof claim));
    CHECK(is_filled(&output, sizeof output) && is_filled(thumbprint, sizeof thumbprint));
    CHECK(algorithm == 99 && !has_scope);
}

/* An initialisation that rejects its inputs leaves no earlier verifier in the memory. */
static void fail_to_initialise(void)
{
    certbound_verifier *again = NULL;
    const certbound_verifier *made = NULL;
    certbound_accepted output;
    size_t size = 0;

    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_size_for(&policy, jwks.data, jwks.len, &size));
    CHECK((again = malloc(size)) != NULL);
    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_init(again, size, &policy, jwks.data, jwks.len, &made));
    CHECK_STATUS(CERTBOUND_OK, certbound_verify(made, token.data, token.len, sha256, NOW, scratch, sizeof scratch, &output));
    made = NULL;
    CHECK_STATUS(CERTBOUND_JSON_UNEXPECTED_END, certbound_verifier_init(again, size, &policy, jwks.data, 8, &made));
    CHECK(made == NULL);
    CHECK_STATUS(CERTBOUND_NOT_INITIALISED,
                 certbound_verify(again, token.data, token.len, sha256, NOW, scratch, sizeof scratch, &output));
    free(again);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    policy = usual_policy();
    verifier = new_verifier(&policy, argv[1]);
    jwks = read_file(argv[1], "jwks.json");
    token = read_file(argv[1], "ES256.jwt");
    der = read_file(argv[1], "a.der");
    metadata = read_file(argv[1], "client.json");
    response = read_file(argv[1], "introspection.json");
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_der((uint8_t *) der.data, der.len, sha256));
    CHECK_STATUS(CERTBOUND_OK, certbound_verify(verifier, token.data, token.len, sha256, NOW, accepted_scratch,
                                                sizeof accepted_scratch, &accepted));

    pass_null();
    pass_nothing();
    pass_impossible_lengths();
    pass_what_was_not_initialised();
    pass_too_little_memory();
    pass_misaligned_memory();
    pass_overlapping_memory();
    pass_a_wrong_policy();
    pass_unknown_values_and_texts();
    fail_to_initialise();

    free(response.data);
    free(metadata.data);
    free(der.data);
    free(token.data);
    free(jwks.data);
    free(verifier);
    puts("misuse: passed");
    return 0;
}
