/* Measures how much stack a verification uses: stack DIRECTORY
 *
 * The verification runs in a thread whose stack was filled with a pattern; bytes without the pattern were used. Prints a
 * line for each algorithm and size of tables, such as "ES256 medium 4321": bytes, less those that an idle thread uses.
 */

#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "support.h"

#define STACK_LEN (256 * 1024)

static const struct {
    const char *token, *jwks;
} algorithms[] = {
    {"ES256", "jwks.json"},
    {"ES384", "jwks.json"},
    {"ES512", "jwks.json"},
    {"EdDSA", "jwks.json"},
    {"RS256", "jwks.json"},
    {"PS512", "jwks.json"},
    {"RS256_4096", "jwks_4096.json"},
};
static const struct {
    const char *name;
    uint32_t tables;
} geometries[] = {
    {"none", CERTBOUND_TABLES_NONE},
    {"small", CERTBOUND_TABLES_SMALL},
    {"medium", CERTBOUND_TABLES_MEDIUM},
    {"large", CERTBOUND_TABLES_LARGE},
};

static certbound_verifier *verifier;
static certbound_cache *cache;
static file token;
static uint8_t sha256[CERTBOUND_SHA256_LEN];
static char scratch[CERTBOUND_SCRATCH_LEN];

static void *nothing(void *argument)
{
    return argument;
}

static void *verify(void *argument)
{
    certbound_accepted accepted;

    CHECK_STATUS(CERTBOUND_OK, certbound_verify_cached(verifier, cache, token.data, token.len, sha256, NOW, scratch,
                                                       sizeof scratch, &accepted));
    return argument;
}

/* The number of bytes of stack that a thread with this function uses. */
static size_t used_by(void *(*function)(void *))
{
    pthread_attr_t attributes;
    pthread_t thread;
    unsigned char *stack;
    size_t untouched = 0;

    CHECK(posix_memalign((void **) &stack, 4096, STACK_LEN) == 0);
    memset(stack, FILLING, STACK_LEN);
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstack(&attributes, stack, STACK_LEN) == 0);
    CHECK(pthread_create(&thread, &attributes, function, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    while (untouched < STACK_LEN && stack[untouched] == FILLING) {
        untouched++;
    }
    CHECK(pthread_attr_destroy(&attributes) == 0);
    free(stack);
    return STACK_LEN - untouched;
}

int main(int argc, char **argv)
{
    certbound_policy policy = usual_policy();
    size_t geometry, algorithm;
    file der;

    CHECK(argc == 2);
    der = read_file(argv[1], "a.der");
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_der((uint8_t *) der.data, der.len, sha256));
    for (geometry = 0; geometry < sizeof geometries / sizeof *geometries; geometry++) {
        policy.tables = geometries[geometry].tables;
        for (algorithm = 0; algorithm < sizeof algorithms / sizeof *algorithms; algorithm++) {
            const size_t cache_len = certbound_cache_size(4);
            void *memory = malloc(cache_len);
            char name[32];
            size_t before;

            verifier = new_verifier_of(&policy, argv[1], algorithms[algorithm].jwks);
            snprintf(name, sizeof name, "%s.jwt", algorithms[algorithm].token);
            token = read_file(argv[1], name);
            CHECK(memory != NULL);
            /* The first call also resolves symbols, which uses the stack. */
            CHECK_STATUS(CERTBOUND_OK, certbound_cache_init(memory, cache_len, &cache));
            verify(NULL);
            CHECK_STATUS(CERTBOUND_OK, certbound_cache_init(memory, cache_len, &cache));
            before = used_by(nothing);
            printf("%s %s %zu\n", algorithms[algorithm].token, geometries[geometry].name, used_by(verify) - before);
            free(memory);
            free(token.data);
            free(verifier);
        }
    }
    free(der.data);
    return 0;
}
