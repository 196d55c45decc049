/*
 * Introspection responses judged by a verifier, and their cache: verdicts, misuse, and memory of exactly its size.
 */
#include "support.h"

static const char response[] =
    "{\"active\": true, \"sub\": \"server-a\", \"exp\": 1900000300, \"cnf\":"
    " {\"x5t#S256\": \"EHVa3cMNl7vOjdAqNUQHfKT2K4apTe48JYxY4odmBBA\"}}";
static const char x5t_s256[] = "EHVa3cMNl7vOjdAqNUQHfKT2K4apTe48JYxY4odmBBA";
static const char no_keys[] = "{\"keys\": []}";

enum { RESPONSE_LEN = 256 };

static const certbound_verifier *verifier;
static certbound_introspection_cache *cache;
static uint8_t own[CERTBOUND_SHA256_LEN], other[CERTBOUND_SHA256_LEN];
static char scratch[2 * sizeof response], more[2 * sizeof response];

static certbound_status judge(const char *text, const uint8_t *sha256, certbound_accepted *accepted)
{
    return certbound_introspection_verify_with(verifier, text, strlen(text), sha256, NOW, scratch, sizeof scratch, accepted);
}

static void judge_responses(void)
{
    certbound_accepted accepted;

    memset(&accepted, FILLING, sizeof accepted);
    CHECK_STATUS(CERTBOUND_CERTIFICATE_MISMATCH, judge(response, other, &accepted));
    CHECK_STATUS(CERTBOUND_CERTIFICATE_MISSING, judge(response, NULL, &accepted));
    CHECK_STATUS(CERTBOUND_TOKEN_INACTIVE, judge("{\"active\": false}", own, &accepted));
    CHECK_STATUS(CERTBOUND_INTROSPECTION_MALFORMED, judge("<html>", own, &accepted));
    CHECK_STATUS(CERTBOUND_INTROSPECTION_MALFORMED, judge("", own, &accepted));
    CHECK(is_filled(&accepted, sizeof accepted));
    CHECK(certbound_status_http_status(CERTBOUND_INTROSPECTION_MALFORMED) == 503);
    CHECK_STATUS(CERTBOUND_OK, judge(response, own, &accepted));
    /* The output must not be the token. */
    CHECK_STATUS(CERTBOUND_OVERLAPPING_ARGUMENTS,
                 certbound_introspection_confirm(verifier, &accepted, TEXT("{\"active\": true}"), own, NOW, more,
                                                 sizeof more, &accepted));
}

static void use_the_cache(void)
{
    certbound_accepted accepted;
    certbound_text found;
    char token[32];
    int i;

    CHECK_STATUS(CERTBOUND_OK, judge(response, own, &accepted));
    CHECK_STATUS(CERTBOUND_OK, certbound_introspection_cache_get(cache, TEXT("token"), NOW, 60, &found));
    CHECK(found.data == NULL && found.len == 0);
    for (i = 0; i < 100; i++) {
        sprintf(token, "token %d", i);
        CHECK_STATUS(CERTBOUND_OK,
                     certbound_introspection_cache_put(cache, token, strlen(token), &accepted, NOW, 60));
        CHECK_STATUS(CERTBOUND_OK, certbound_introspection_cache_get(cache, token, strlen(token), NOW + 59, 60, &found));
        CHECK(found.len == sizeof response - 1 && memcmp(found.data, response, found.len) == 0);
        CHECK_STATUS(CERTBOUND_OK, certbound_introspection_cache_get(cache, token, strlen(token), NOW + 60, 60, &found));
        CHECK(found.data == NULL);
        CHECK_STATUS(CERTBOUND_OK,
                     certbound_introspection_cache_get(cache, token, strlen(token), 1900000300, UINT64_MAX, &found));
        CHECK(found.data == NULL);
    }
}

static void misuse(void *memory, size_t size)
{
    certbound_introspection_cache *made = NULL;
    certbound_accepted accepted, token;
    certbound_text found;
    uint64_t zeros[32] = {0};

    memset(&found, FILLING, sizeof found);
    memset(&token, 0, sizeof token);
    CHECK_STATUS(CERTBOUND_OK, judge(response, own, &accepted));
#define CHECK_NULL(call) CHECK_STATUS(CERTBOUND_NULL_ARGUMENT, call)
    CHECK_NULL(certbound_introspection_verify_with(NULL, response, 2, own, NOW, scratch, sizeof scratch, &token));
    CHECK_NULL(certbound_introspection_verify_with(verifier, NULL, 1, own, NOW, scratch, sizeof scratch, &token));
    CHECK_NULL(certbound_introspection_verify_with(verifier, response, 2, own, NOW, NULL, 1, &token));
    CHECK_NULL(certbound_introspection_verify_with(verifier, response, 2, own, NOW, scratch, sizeof scratch, NULL));
    CHECK_NULL(certbound_introspection_confirm(NULL, &accepted, response, 2, own, NOW, NULL, 0, &token));
    CHECK_NULL(certbound_introspection_confirm(verifier, NULL, response, 2, own, NOW, scratch, sizeof scratch, &token));
    CHECK_NULL(certbound_introspection_confirm(verifier, &accepted, NULL, 2, own, NOW, scratch, sizeof scratch, &token));
    CHECK_NULL(certbound_introspection_confirm(verifier, &accepted, response, 2, own, NOW, NULL, 2, &token));
    CHECK_NULL(certbound_introspection_confirm(verifier, &accepted, response, 2, own, NOW, NULL, 0, NULL));
    CHECK_NULL(certbound_introspection_cache_init(NULL, size, RESPONSE_LEN, &made));
    CHECK_NULL(certbound_introspection_cache_init(memory, size, RESPONSE_LEN, NULL));
    CHECK_NULL(certbound_introspection_cache_get(NULL, response, 1, NOW, 60, &found));
    CHECK_NULL(certbound_introspection_cache_get(cache, NULL, 1, NOW, 60, &found));
    CHECK_NULL(certbound_introspection_cache_get(cache, response, 1, NOW, 60, NULL));
    CHECK_NULL(certbound_introspection_cache_put(NULL, response, 1, &accepted, NOW, 60));
    CHECK_NULL(certbound_introspection_cache_put(cache, NULL, 1, &accepted, NOW, 60));
    CHECK_NULL(certbound_introspection_cache_put(cache, response, 1, NULL, NOW, 60));
#define CHECK_UNINITIALISED(call) CHECK_STATUS(CERTBOUND_NOT_INITIALISED, call)
    CHECK_UNINITIALISED(certbound_introspection_cache_get((certbound_introspection_cache *) (void *) zeros, response, 1,
                                                          NOW, 60, &found));
    CHECK_UNINITIALISED(certbound_introspection_cache_put((certbound_introspection_cache *) (void *) zeros, response, 1,
                                                          &accepted, NOW, 60));
    CHECK_UNINITIALISED(certbound_introspection_cache_put(cache, response, 1, &token, NOW, 60));
    CHECK_UNINITIALISED(certbound_introspection_confirm(verifier, &token, response, 2, own, NOW, NULL, 0, &accepted));
    CHECK_STATUS(CERTBOUND_OUTPUT_TOO_SMALL, certbound_introspection_cache_init(zeros, 8, RESPONSE_LEN, &made));
    CHECK_STATUS(CERTBOUND_LENGTH_OUT_OF_RANGE,
                 certbound_introspection_cache_init(zeros, sizeof zeros, SIZE_MAX, &made));
    CHECK_STATUS(CERTBOUND_MISALIGNED_ARGUMENT,
                 certbound_introspection_cache_init((char *) zeros + 1, sizeof zeros - 1, 1, &made));
    CHECK(made == NULL && is_filled(&found, sizeof found));
    CHECK(certbound_introspection_cache_size(SIZE_MAX, 1) == 0 && certbound_introspection_cache_size(1, SIZE_MAX) == 0);
}

int main(int argc, char **argv)
{
    certbound_policy policy = usual_policy();
    size_t verifier_size, size = certbound_introspection_cache_size(8, RESPONSE_LEN);
    void *memory = malloc(size), *verifier_memory;

    CHECK(argc == 2 && argv != NULL && memory != NULL);
    memset(other, 7, sizeof other);
    policy.required_scopes_len = 0;
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_x5t_s256(TEXT(x5t_s256), own));
    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_size_for(&policy, TEXT(no_keys), &verifier_size));
    CHECK((verifier_memory = malloc(verifier_size)) != NULL);
    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_init(verifier_memory, verifier_size, &policy, TEXT(no_keys), &verifier));
    CHECK_STATUS(CERTBOUND_OK, certbound_introspection_cache_init(memory, size, RESPONSE_LEN, &cache));
    judge_responses();
    use_the_cache();
    misuse(memory, size);
    free(verifier_memory);
    free(memory);
    puts("introspection: passed");
    return 0;
}
