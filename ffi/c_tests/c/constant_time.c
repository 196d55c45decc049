/* Checks with valgrind's memcheck that comparisons take constant time: constant_time SUBJECT DIRECTORY
 *
 * The bytes of a thumbprint are marked as undefined. Memcheck tracks them through all computations, and reports an error for
 * each branch and each address that depends on them. Exits with 0 if the SUBJECT does not leak:
 *
 *   compare          certbound_thumbprint_compare: no branch or address depends on the thumbprints. The verdict is
 *                    computed without a branch, so it is undefined as well; the caller may know it.
 *   verify           certbound_verify and certbound_introspection_verify: exactly one branch depends on them, whether the
 *   introspection    thumbprints are equal or wherever they differ. Since the verdicts differ, it is the branch on the
 *                    verdict, which discloses one bit: the verdict itself.
 *   known            certbound_verify_cached for a cached token: the same.
 *   leaky_compare    Functions that leak, to show that the check detects leaks: comparisons that end early, as memcmp may,
 *   leaky_verify     and a table look-up.
 *   leaky_address
 */

#include <valgrind/memcheck.h>

#include "support.h"

static certbound_verifier *verifier;
static certbound_cache *cache;
static file token, response;
static volatile unsigned char sink;

static certbound_status compare(const uint8_t *presented, const uint8_t *bound)
{
    return certbound_thumbprint_compare(presented, bound);
}

static certbound_status verify(const uint8_t *presented, const uint8_t *bound)
{
    static char scratch[CERTBOUND_SCRATCH_LEN];
    certbound_accepted accepted;

    /* The bound thumbprint is in the token, which the client has sent, so it is not secret. */
    (void) bound;
    return certbound_verify(verifier, token.data, token.len, presented, NOW, scratch, sizeof scratch, &accepted);
}

static certbound_status known(const uint8_t *presented, const uint8_t *bound)
{
    static char scratch[CERTBOUND_SCRATCH_LEN];
    certbound_accepted accepted;

    (void) bound;
    return certbound_verify_cached(verifier, cache, token.data, token.len, presented, NOW, scratch, sizeof scratch,
                                   &accepted);
}

static certbound_status introspection(const uint8_t *presented, const uint8_t *bound)
{
    static char scratch[CERTBOUND_SCRATCH_LEN];
    certbound_accepted accepted;

    (void) bound;
    return certbound_introspection_verify(response.data, response.len, CERTBOUND_BINDING_REQUIRED, presented, scratch,
                                          sizeof scratch, &accepted);
}

static certbound_status leaky_compare(const uint8_t *presented, const uint8_t *bound)
{
    size_t i;

    for (i = 0; i < CERTBOUND_SHA256_LEN; i++) {
        if (presented[i] != bound[i]) {
            return CERTBOUND_CERTIFICATE_MISMATCH;
        }
    }
    return CERTBOUND_OK;
}

static certbound_status leaky_verify(const uint8_t *presented, const uint8_t *bound)
{
    if (presented[0] != bound[0]) {
        return CERTBOUND_CERTIFICATE_MISMATCH;
    }
    return verify(presented, bound);
}

static certbound_status leaky_address(const uint8_t *presented, const uint8_t *bound)
{
    static const unsigned char table[256] = {1};

    sink = table[presented[31]];
    return certbound_thumbprint_compare(presented, bound);
}

static const struct {
    const char *name;
    certbound_status (*judge)(const uint8_t *presented, const uint8_t *bound);
    /* The number of branches that may depend on the thumbprints. */
    unsigned allowed;
    /* Whether to mark the other thumbprint as undefined, too. */
    int is_bound_undefined;
} subjects[] = {
    {"compare", compare, 0, 1},
    {"verify", verify, 1, 0},
    {"known", known, 1, 0},
    {"introspection", introspection, 1, 0},
    {"leaky_compare", leaky_compare, 0, 1},
    {"leaky_verify", leaky_verify, 1, 0},
    {"leaky_address", leaky_address, 0, 1},
};

/* Verifies with a thumbprint that differs from the bound one in this byte, or equals it if there is no such byte. Returns
 * whether more or fewer branches and addresses than allowed depended on it. */
static int leaks(size_t subject, const uint8_t *thumbprint, unsigned byte)
{
    uint8_t presented[CERTBOUND_SHA256_LEN], bound[CERTBOUND_SHA256_LEN];
    const uint32_t expected = byte < sizeof presented ? CERTBOUND_CERTIFICATE_MISMATCH : CERTBOUND_OK;
    unsigned before, found;
    certbound_status status;

    memcpy(presented, thumbprint, sizeof presented);
    memcpy(bound, thumbprint, sizeof bound);
    if (byte < sizeof presented) {
        presented[byte] ^= (uint8_t) (1u << byte % 8);
    }
    (void) VALGRIND_MAKE_MEM_UNDEFINED(presented, sizeof presented);
    if (subjects[subject].is_bound_undefined) {
        (void) VALGRIND_MAKE_MEM_UNDEFINED(bound, sizeof bound);
    }
    before = VALGRIND_COUNT_ERRORS;
    status = subjects[subject].judge(presented, bound);
    found = VALGRIND_COUNT_ERRORS - before;
    /* The caller may know the verdict. */
    (void) VALGRIND_MAKE_MEM_DEFINED(&status, sizeof status);
    CHECK_STATUS(expected, status);
    if (found != subjects[subject].allowed) {
        printf("%s: %u places depend on the thumbprint, expected %u; byte %u differs\n", subjects[subject].name, found,
               subjects[subject].allowed, byte);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    const certbound_policy policy = usual_policy();
    uint8_t thumbprint[CERTBOUND_SHA256_LEN];
    static uint64_t cache_memory[256];
    size_t subject = 0;
    unsigned byte;
    file der;

    CHECK(argc == 3);
    CHECK(RUNNING_ON_VALGRIND);
    while (strcmp(subjects[subject].name, argv[1]) != 0) {
        subject++;
        CHECK(subject < sizeof subjects / sizeof *subjects);
    }
    verifier = new_verifier(&policy, argv[2]);
    token = read_file(argv[2], "EdDSA.jwt");
    response = read_file(argv[2], "introspection.json");
    der = read_file(argv[2], "a.der");
    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_der((uint8_t *) der.data, der.len, thumbprint));
    CHECK_STATUS(CERTBOUND_OK, certbound_cache_init(cache_memory, sizeof cache_memory, &cache));
    CHECK_STATUS(CERTBOUND_OK, known(thumbprint, NULL));
    CHECK(VALGRIND_COUNT_ERRORS == 0);
    for (byte = 0; byte <= sizeof thumbprint; byte++) {
        if (leaks(subject, thumbprint, byte)) {
            return 1;
        }
    }
    printf("%s: passed\n", argv[1]);
    return 0;
}
