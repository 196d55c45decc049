/* Many threads share a verifier, and verify valid and invalid tokens: threads DIRECTORY ROUNDS */

#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "support.h"

#define THREADS 8

static const certbound_verifier *verifier;
static file good, bad, der, other;
static int rounds;

static void *judge(void *argument)
{
    /* Threads share the verifier and the inputs, but not the scratch memory and the output. */
    char *scratch = malloc(CERTBOUND_SCRATCH_LEN);
    certbound_accepted accepted;
    certbound_claim claim;
    int i;

    (void) argument;
    CHECK(scratch != NULL);
    for (i = 0; i < rounds; i++) {
        CHECK_STATUS(CERTBOUND_OK,
                     certbound_verify_der(verifier, good.data, good.len, (uint8_t *) der.data, der.len, NOW, scratch,
                                          CERTBOUND_SCRATCH_LEN, &accepted));
        CHECK_STATUS(CERTBOUND_OK, certbound_accepted_claim(&accepted, TEXT("sub"), &claim));
        CHECK(claim.text.len == 8 && memcmp(claim.text.data, "server-a", 8) == 0);
        CHECK_STATUS(CERTBOUND_CERTIFICATE_MISMATCH,
                     certbound_verify_der(verifier, good.data, good.len, (uint8_t *) other.data, other.len, NOW,
                                          scratch, CERTBOUND_SCRATCH_LEN, &accepted));
        CHECK_STATUS(CERTBOUND_TOKEN_EXPIRED,
                     certbound_verify_der(verifier, bad.data, bad.len, (uint8_t *) der.data, der.len, NOW, scratch,
                                          CERTBOUND_SCRATCH_LEN, &accepted));
    }
    free(scratch);
    return NULL;
}

int main(int argc, char **argv)
{
    const certbound_policy policy = usual_policy();
    certbound_verifier *memory;
    pthread_t threads[THREADS];
    int i;

    CHECK(argc == 3 && (rounds = atoi(argv[2])) > 0);
    verifier = memory = new_verifier(&policy, argv[1]);
    good = read_file(argv[1], "RS256.jwt");
    bad = read_file(argv[1], "expired.jwt");
    der = read_file(argv[1], "a.der");
    other = read_file(argv[1], "c.der");
    /* The first verification detects the features of the processor and stores them in atomics. Helgrind cannot distinguish
     * atomics from other memory, so this must happen before other threads start. */
    judge(NULL);
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, judge, NULL) == 0);
    }
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    free(other.data);
    free(der.data);
    free(bad.data);
    free(good.data);
    free(memory);
    puts("threads: passed");
    return 0;
}
