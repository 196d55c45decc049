/* Every function of the header, with real tokens and certificates: entries DIRECTORY */

#include "support.h"

static const char *const algorithms[] = {"ES256", "ES384", "ES512", "EdDSA", "RS256",
                                         "RS384", "RS512", "PS256", "PS384", "PS512"};
#define ALGORITHMS (sizeof algorithms / sizeof *algorithms)

static void verify_with_each_algorithm(const char *directory)
{
    const certbound_policy policy = usual_policy();
    certbound_verifier *verifier = new_verifier(&policy, directory);
    file der = read_file(directory, "a.der"), other_der = read_file(directory, "c.der");
    uint8_t sha256[CERTBOUND_SHA256_LEN], other[CERTBOUND_SHA256_LEN];
    size_t i;

    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_der((uint8_t *) der.data, der.len, sha256));
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_der((uint8_t *) other_der.data, other_der.len, other));
    for (i = 0; i < ALGORITHMS; i++) {
        char name[32];
        file token;
        void *scratch;
        size_t scratch_len;
        certbound_accepted accepted;

        snprintf(name, sizeof name, "%s.jwt", algorithms[i]);
        token = read_file(directory, name);
        scratch_len = certbound_scratch_len(token.len);
        CHECK(scratch_len <= CERTBOUND_SCRATCH_LEN);
        CHECK((scratch = malloc(scratch_len)) != NULL);
        CHECK_STATUS(CERTBOUND_OK,
                     certbound_verify(verifier, token.data, token.len, sha256, NOW, scratch, scratch_len, &accepted));
        CHECK_STATUS(CERTBOUND_OK,
                     certbound_verify_der(verifier, token.data, token.len, (uint8_t *) der.data, der.len, NOW, scratch,
                                          scratch_len, &accepted));

        memset(&accepted, FILLING, sizeof accepted);
        CHECK_STATUS(CERTBOUND_CERTIFICATE_MISMATCH,
                     certbound_verify(verifier, token.data, token.len, other, NOW, scratch, scratch_len, &accepted));
        CHECK_STATUS(CERTBOUND_CERTIFICATE_MISMATCH,
                     certbound_verify_der(verifier, token.data, token.len, (uint8_t *) other_der.data, other_der.len,
                                          NOW, scratch, scratch_len, &accepted));
        CHECK_STATUS(CERTBOUND_CERTIFICATE_MISSING,
                     certbound_verify(verifier, token.data, token.len, NULL, NOW, scratch, scratch_len, &accepted));
        CHECK_STATUS(CERTBOUND_CERTIFICATE_MISSING,
                     certbound_verify_der(verifier, token.data, token.len, NULL, 0, NOW, scratch, scratch_len,
                                          &accepted));
        CHECK_STATUS(CERTBOUND_TOKEN_EXPIRED,
                     certbound_verify(verifier, token.data, token.len, sha256, UINT64_MAX, scratch, scratch_len,
                                      &accepted));
        token.data[token.len - 5] = token.data[token.len - 5] == 'A' ? 'B' : 'A';
        CHECK_STATUS(CERTBOUND_SIGNATURE_INVALID,
                     certbound_verify(verifier, token.data, token.len, sha256, NOW, scratch, scratch_len, &accepted));
        CHECK(is_filled(&accepted, sizeof accepted));
        free(scratch);
        free(token.data);
    }
    free(other_der.data);
    free(der.data);
    free(verifier);
}

static void count_element(void *context, certbound_claim element)
{
    size_t *count = context;

    CHECK(element.kind == CERTBOUND_CLAIM_NUMBER && element.text.len == 1 && *element.text.data == "12"[*count]);
    ++*count;
}

static void read_the_claims(const char *directory)
{
    static const certbound_text bound_to[] = {{"cnf", 3}, {"x5t#S256", 8}}, list[] = {{"a_list", 6}};
    const certbound_policy policy = usual_policy();
    certbound_verifier *verifier = new_verifier(&policy, directory);
    file token = read_file(directory, "ES256.jwt"), der = read_file(directory, "a.der");
    char scratch[CERTBOUND_SCRATCH_LEN];
    uint8_t sha256[CERTBOUND_SHA256_LEN], bound[CERTBOUND_SHA256_LEN];
    certbound_accepted first, accepted;
    certbound_claim claim;
    certbound_text json;
    uint64_t expires_at = 0;
    bool has_scope = false;
    size_t count = 0;

    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_der((uint8_t *) der.data, der.len, sha256));
    CHECK_STATUS(CERTBOUND_OK,
                 certbound_verify(verifier, token.data, token.len, sha256, NOW, scratch, sizeof scratch, &first));
    /* The verifier may be freed, and the structure moved; the scratch memory must remain. */
    free(verifier);
    accepted = first;
    memset(&first, 0, sizeof first);

    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claim(&accepted, TEXT("sub"), &claim));
    CHECK(claim.kind == CERTBOUND_CLAIM_STRING);
    CHECK(claim.text.len == 8 && memcmp(claim.text.data, "server-a", 8) == 0);
    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claim(&accepted, TEXT("exp"), &claim));
    CHECK(claim.kind == CERTBOUND_CLAIM_NUMBER && claim.text.len == 10);
    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claim(&accepted, TEXT("cnf"), &claim));
    CHECK(claim.kind == CERTBOUND_CLAIM_OBJECT && claim.text.data[0] == '{');
    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claim(&accepted, TEXT("a_list"), &claim));
    CHECK(claim.kind == CERTBOUND_CLAIM_ARRAY && claim.text.len == 5 && memcmp(claim.text.data, "[1,2]", 5) == 0);
    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claim(&accepted, TEXT("a_flag"), &claim));
    CHECK(claim.kind == CERTBOUND_CLAIM_BOOLEAN && claim.text.len == 4 && memcmp(claim.text.data, "true", 4) == 0);
    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claim(&accepted, TEXT("nothing"), &claim));
    CHECK(claim.kind == CERTBOUND_CLAIM_NULL);
    /* Strings are unescaped, and may contain a NUL. */
    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claim(&accepted, TEXT("escaped"), &claim));
    CHECK(claim.kind == CERTBOUND_CLAIM_STRING && claim.text.len == 3 && memcmp(claim.text.data, "a\0b", 3) == 0);

    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claim_at(&accepted, bound_to, 2, &claim));
    CHECK(claim.kind == CERTBOUND_CLAIM_STRING && claim.text.len == CERTBOUND_X5T_S256_LEN);
    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_elements_at(&accepted, list, 1, count_element, &count));
    CHECK(count == 2);
    CHECK_STATUS(CERTBOUND_CLAIM_MISSING,
                 certbound_accepted_elements_at(&accepted, bound_to, 2, count_element, &count));
    CHECK(count == 2);

    memset(&claim, FILLING, sizeof claim);
    CHECK_STATUS(CERTBOUND_CLAIM_MISSING, certbound_accepted_claim_at(&accepted, bound_to + 1, 1, &claim));
    CHECK_STATUS(CERTBOUND_CLAIM_MISSING, certbound_accepted_claim(&accepted, TEXT("absent"), &claim));
    CHECK_STATUS(CERTBOUND_CLAIM_MISSING, certbound_accepted_claim(&accepted, NULL, 0, &claim));
    CHECK(is_filled(&claim, sizeof claim));

    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claims(&accepted, &json));
    CHECK(json.data[0] == '{' && json.data[json.len - 1] == '}');
    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_has_scope(&accepted, TEXT("write"), &has_scope));
    CHECK(has_scope);
    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_has_scope(&accepted, TEXT("writ"), &has_scope));
    CHECK(!has_scope);
    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_expires_at(&accepted, &expires_at));
    CHECK(expires_at == 4102444800u);
    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_thumbprint(&accepted, bound));
    CHECK(memcmp(bound, sha256, sizeof bound) == 0);
    free(der.data);
    free(token.data);
}

static void apply_each_member_of_the_policy(const char *directory)
{
    file token = read_file(directory, "ES256.jwt"), unbound = read_file(directory, "unbound.jwt");
    file expired = read_file(directory, "just_expired.jwt"), untyped = read_file(directory, "untyped.jwt");
    file der = read_file(directory, "a.der");
    size_t i;
    static const certbound_text missing_scopes[] = {{"read", 4}, {"delete", 6}};
    const struct {
        uint32_t member, value;
        const file *token;
        uint32_t before, after;
    } rules[] = {
        {0, CERTBOUND_BINDING_IF_PRESENT, &unbound, CERTBOUND_CONFIRMATION_MISSING, CERTBOUND_OK},
        {1, CERTBOUND_TOKEN_TYPE_ANY, &untyped, CERTBOUND_TYPE_MISSING, CERTBOUND_OK},
        {1, CERTBOUND_TOKEN_TYPE_JWT, &untyped, CERTBOUND_TYPE_MISSING, CERTBOUND_OK},
        {2, CERTBOUND_ALGORITHM_ES256 | CERTBOUND_ALGORITHM_PS256, &token, CERTBOUND_OK, CERTBOUND_OK},
        {2, CERTBOUND_ALGORITHM_PS256, &token, CERTBOUND_OK, CERTBOUND_ALGORITHM_NOT_ALLOWED},
        {3, 101, &expired, CERTBOUND_TOKEN_EXPIRED, CERTBOUND_OK},
        {4, 2, &token, CERTBOUND_OK, CERTBOUND_INSUFFICIENT_SCOPE},
        {5, 1, &token, CERTBOUND_OK, CERTBOUND_AUDIENCE_MISMATCH},
        {6, 17, &token, CERTBOUND_OK, CERTBOUND_ISSUER_MISMATCH},
    };

    for (i = 0; i < sizeof rules / sizeof *rules; i++) {
        int changed;
        for (changed = 0; changed < 2; changed++) {
            certbound_policy policy = usual_policy();
            certbound_verifier *verifier;
            char scratch[CERTBOUND_SCRATCH_LEN];
            certbound_accepted accepted;

            if (changed) {
                switch (rules[i].member) {
                case 0: policy.binding = rules[i].value; break;
                case 1: policy.token_type = rules[i].value; break;
                case 2: policy.algorithms = rules[i].value; break;
                case 3: policy.leeway_seconds = rules[i].value; break;
                case 4: policy.required_scopes = missing_scopes; policy.required_scopes_len = rules[i].value; break;
                case 5: policy.audiences_len = rules[i].value; break;
                default: policy.issuer.len = rules[i].value; break;
                }
            }
            verifier = new_verifier(&policy, directory);
            CHECK_STATUS(changed ? rules[i].after : rules[i].before,
                         certbound_verify_der(verifier, rules[i].token->data, rules[i].token->len,
                                              (uint8_t *) der.data, der.len, NOW, scratch, sizeof scratch, &accepted));
            if (changed && rules[i].member == 0) {
                uint8_t bound[CERTBOUND_SHA256_LEN];
                memset(bound, FILLING, sizeof bound);
                CHECK_STATUS(CERTBOUND_CLAIM_MISSING, certbound_accepted_thumbprint(&accepted, bound));
                CHECK(is_filled(bound, sizeof bound));
            }
            free(verifier);
        }
    }
    free(der.data);
    free(untyped.data);
    free(expired.data);
    free(unbound.data);
    free(token.data);
}

static void copy_a_verifier_to_other_memory(const char *directory)
{
    const certbound_policy policy = usual_policy();
    certbound_verifier *verifier = new_verifier(&policy, directory), *copy;
    file token = read_file(directory, "PS512.jwt"), der = read_file(directory, "a.der");
    file jwks = read_file(directory, "jwks.json");
    char scratch[CERTBOUND_SCRATCH_LEN];
    certbound_accepted accepted;
    size_t size = 0;

    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_size_for(&policy, jwks.data, jwks.len, &size));
    free(jwks.data);
    CHECK((copy = malloc(size)) != NULL);
    memcpy(copy, verifier, size);
    memset(verifier, 0xff, size);
    free(verifier);
    CHECK_STATUS(CERTBOUND_OK, certbound_verify_der(copy, token.data, token.len, (uint8_t *) der.data, der.len, NOW,
                                                    scratch, sizeof scratch, &accepted));
    free(copy);
    free(der.data);
    free(token.data);
}

typedef struct {
    size_t count, index;
    uint32_t reason;
    char kid[8];
} seen;

static void record(void *context, size_t index, certbound_text kid, uint32_t reason)
{
    seen *seen = context;

    seen->count++;
    seen->index = index;
    seen->reason = reason;
    CHECK(kid.len < sizeof seen->kid);
    memcpy(seen->kid, kid.data, kid.len);
}

static void count_keys(const char *directory)
{
    static const char none[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"cut\"}]}";
    file jwks = read_file(directory, "jwks.json");
    size_t usable = 99;
    seen seen = {0, 0, 0, {0}};

    CHECK_STATUS(CERTBOUND_OK, certbound_jwks_count(jwks.data, jwks.len, record, &seen, &usable));
    CHECK(usable == 5 && seen.count == 1 && seen.index == 5);
    CHECK(seen.reason == CERTBOUND_KEY_TYPE_UNSUPPORTED && strcmp(seen.kid, "oct") == 0);
    usable = 99;
    CHECK_STATUS(CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY, certbound_jwks_count(TEXT(none), record, &seen, &usable));
    CHECK(usable == 99 && seen.count == 2 && strcmp(seen.kid, "cut") == 0);
    free(jwks.data);
}

static void write_thumbprints(const char *directory)
{
    file der = read_file(directory, "a.der");
    uint8_t sha256[CERTBOUND_SHA256_LEN], read[CERTBOUND_SHA256_LEN];
    char x5t_s256[CERTBOUND_X5T_S256_LEN + 1], json[CERTBOUND_CONFIRMATION_LEN + 1], expected[80];
    char hex[2 * CERTBOUND_SHA256_LEN + 1];
    size_t i;

    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_der((uint8_t *) der.data, der.len, sha256));
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_x5t_s256(sha256, x5t_s256));
    CHECK(strlen(x5t_s256) == CERTBOUND_X5T_S256_LEN);
    CHECK_STATUS(CERTBOUND_OK, certbound_confirmation_json(sha256, json));
    snprintf(expected, sizeof expected, "{\"x5t#S256\":\"%s\"}", x5t_s256);
    CHECK(strcmp(json, expected) == 0);

    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_x5t_s256(x5t_s256, CERTBOUND_X5T_S256_LEN, read));
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_compare(sha256, read));
    for (i = 0; i < sizeof sha256; i++) {
        snprintf(hex + 2 * i, 3, "%02x", sha256[i]);
    }
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_hex(hex, strlen(hex), read));
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_compare(sha256, read));
    for (i = 0; i < 8 * sizeof read; i++) {
        read[i / 8] ^= (uint8_t) (1u << i % 8);
        CHECK_STATUS(CERTBOUND_CERTIFICATE_MISMATCH, certbound_thumbprint_compare(sha256, read));
        read[i / 8] ^= (uint8_t) (1u << i % 8);
    }
    memset(read, FILLING, sizeof read);
    CHECK_STATUS(CERTBOUND_THUMBPRINT_HEX_MALFORMED, certbound_thumbprint_from_hex(hex, strlen(hex) - 1, read));
    CHECK_STATUS(CERTBOUND_THUMBPRINT_MALFORMED, certbound_thumbprint_from_x5t_s256(hex, strlen(hex), read));
    CHECK_STATUS(CERTBOUND_DER_MALFORMED, certbound_thumbprint_from_der((uint8_t *) der.data, der.len - 1, read));
    CHECK_STATUS(CERTBOUND_DER_MALFORMED, certbound_thumbprint_from_der(NULL, 0, read));
    CHECK(is_filled(read, sizeof read));
    free(der.data);
}

static void serve_tokens(const char *directory)
{
    file der = read_file(directory, "a.der"), other = read_file(directory, "c.der");
    file metadata = read_file(directory, "client.json"), response = read_file(directory, "introspection.json");
    uint8_t sha256[CERTBOUND_SHA256_LEN], stolen[CERTBOUND_SHA256_LEN];
    size_t client_len = certbound_client_metadata_scratch_len(metadata.len);
    size_t response_len = certbound_introspection_scratch_len(response.len);
    void *scratch = malloc(client_len > response_len ? client_len : response_len);
    certbound_text client_id;
    certbound_accepted accepted;
    certbound_claim claim;
    uint64_t expires_at = 99;

    CHECK(scratch != NULL);
    memset(&client_id, FILLING, sizeof client_id);
    CHECK_STATUS(CERTBOUND_CHAIN_NOT_VALIDATED,
                 certbound_client_authenticate(metadata.data, metadata.len, (uint8_t *) der.data, der.len,
                                               CERTBOUND_CHAIN_UNVALIDATED, scratch, client_len, &client_id));
    CHECK_STATUS(CERTBOUND_SUBJECT_MISMATCH,
                 certbound_client_authenticate(metadata.data, metadata.len, (uint8_t *) other.data, other.len,
                                               CERTBOUND_CHAIN_VALIDATED, scratch, client_len, &client_id));
    CHECK(is_filled(&client_id, sizeof client_id));
    CHECK_STATUS(CERTBOUND_OK,
                 certbound_client_authenticate(metadata.data, metadata.len, (uint8_t *) der.data, der.len,
                                               CERTBOUND_CHAIN_VALIDATED, scratch, client_len, &client_id));
    CHECK(client_id.len == 8 && memcmp(client_id.data, "server-a", 8) == 0);

    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_der((uint8_t *) der.data, der.len, sha256));
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_der((uint8_t *) other.data, other.len, stolen));
    memset(&accepted, FILLING, sizeof accepted);
    CHECK_STATUS(CERTBOUND_CERTIFICATE_MISMATCH,
                 certbound_introspection_verify(response.data, response.len, CERTBOUND_BINDING_REQUIRED, stolen,
                                                scratch, response_len, &accepted));
    CHECK_STATUS(CERTBOUND_CERTIFICATE_MISSING,
                 certbound_introspection_verify(response.data, response.len, CERTBOUND_BINDING_IF_PRESENT, NULL,
                                                scratch, response_len, &accepted));
    CHECK(is_filled(&accepted, sizeof accepted));
    CHECK_STATUS(CERTBOUND_OK,
                 certbound_introspection_verify(response.data, response.len, CERTBOUND_BINDING_REQUIRED, sha256,
                                                scratch, response_len, &accepted));
    CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claim(&accepted, TEXT("client_id"), &claim));
    CHECK(claim.text.len == 8 && memcmp(claim.text.data, "server-a", 8) == 0);
    CHECK_STATUS(CERTBOUND_CLAIM_MISSING, certbound_accepted_expires_at(&accepted, &expires_at));
    CHECK(expires_at == 99);
    free(scratch);
    free(response.data);
    free(metadata.data);
    free(other.data);
    free(der.data);
}

static void name_everything(void)
{
    uint32_t bits = 0, status;
    size_t i;

    for (i = 0; i < ALGORITHMS; i++) {
        uint32_t bit = 0;
        CHECK_STATUS(CERTBOUND_OK, certbound_algorithm_from_name(algorithms[i], strlen(algorithms[i]), &bit));
        CHECK(bit != 0 && (bits & bit) == 0);
        bits |= bit;
    }
    CHECK(bits == (CERTBOUND_ALGORITHM_ES256 | CERTBOUND_ALGORITHM_ES384 | CERTBOUND_ALGORITHM_ES512
                   | CERTBOUND_ALGORITHM_EDDSA | CERTBOUND_ALGORITHM_RS256 | CERTBOUND_ALGORITHM_RS384 | CERTBOUND_ALGORITHM_RS512
                   | CERTBOUND_ALGORITHM_PS256 | CERTBOUND_ALGORITHM_PS384 | CERTBOUND_ALGORITHM_PS512));
    bits = 99;
    CHECK_STATUS(CERTBOUND_ALGORITHM_UNSUPPORTED, certbound_algorithm_from_name(TEXT("none"), &bits));
    CHECK_STATUS(CERTBOUND_ALGORITHM_UNSUPPORTED, certbound_algorithm_from_name(TEXT("HS256"), &bits));
    CHECK(bits == 99);

    for (status = 0; status < 2000; status++) {
        uint16_t http = certbound_status_http_status(status);
        const char *error = certbound_status_bearer_error(status);
        CHECK(strlen(certbound_status_name(status)) > 1 && strlen(certbound_status_found(status)) > 1);
        CHECK(strlen(certbound_status_wanted(status)) > 1 && strlen(certbound_status_remedy(status)) > 1);
        CHECK(status == 0 ? http == 200 : http == 400 || http == 401 || http == 403 || http == 500 || http == 503);
        CHECK(error == NULL || http < 500);
        CHECK((http == 503)
              == (status == CERTBOUND_KEYS_PENDING
                  || (status >= CERTBOUND_INTROSPECTION_UNAVAILABLE && status <= CERTBOUND_INTROSPECTION_MALFORMED)));
    }
    CHECK(strcmp(certbound_status_name(CERTBOUND_OK), "ok") == 0);
    CHECK(strcmp(certbound_status_name(CERTBOUND_CERTIFICATE_MISMATCH), "certificate_mismatch") == 0);
    CHECK(strcmp(certbound_status_name(UINT32_MAX), "status_unknown") == 0);
    CHECK(strcmp(certbound_status_bearer_error(CERTBOUND_CERTIFICATE_MISMATCH), "invalid_token") == 0);
    CHECK(strcmp(certbound_status_bearer_error(CERTBOUND_INSUFFICIENT_SCOPE), "insufficient_scope") == 0);
    CHECK(certbound_status_bearer_error(CERTBOUND_TOKEN_MISSING) == NULL);
    CHECK(certbound_status_http_status(CERTBOUND_AUTHORIZATION_AMBIGUOUS) == 400);
    CHECK(certbound_status_http_status(CERTBOUND_INSUFFICIENT_SCOPE) == 403);
    CHECK(certbound_status_http_status(CERTBOUND_NULL_ARGUMENT) == 500);
    CHECK(certbound_abi() == CERTBOUND_ABI);
    CHECK(strchr(certbound_version(), '.') != NULL);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    verify_with_each_algorithm(argv[1]);
    read_the_claims(argv[1]);
    apply_each_member_of_the_policy(argv[1]);
    copy_a_verifier_to_other_memory(argv[1]);
    count_keys(argv[1]);
    write_thumbprints(argv[1]);
    serve_tokens(argv[1]);
    name_everything();
    puts("entries: passed");
    return 0;
}
