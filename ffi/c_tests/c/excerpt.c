/* The excerpt at the top of certbound.h, which the test inserts, with the rest of a program: excerpt DIRECTORY JWKS TOKEN DER
 *
 * Prints the HTTP status and the error of the response.
 */

#include <time.h>

#include "support.h"

static const char *jwks, *token;
static const uint8_t *der;
static size_t jwks_len, token_len, der_len;
static void *memory;

static void respond(uint16_t code, const char *error)
{
    printf("%u %s\n", (unsigned) code, error);
}

static void handle(void)
{
    const certbound_verifier *verifier = NULL;
    certbound_accepted accepted;
    certbound_status status;
    char scratch[CERTBOUND_SCRATCH_LEN];
    size_t size;

/* EXCERPT */
    if (status == CERTBOUND_OK) {
        printf("200\n");
    }
}

int main(int argc, char **argv)
{
    file files[3];
    int i;

    CHECK(argc == 5);
    for (i = 0; i < 3; i++) {
        files[i] = read_file(argv[1], argv[i + 2]);
    }
    jwks = files[0].data;
    jwks_len = files[0].len;
    token = files[1].data;
    token_len = files[1].len;
    der = (const uint8_t *) files[2].data;
    der_len = files[2].len;
    handle();
    for (i = 0; i < 3; i++) {
        free(files[i].data);
    }
    free(memory);
    return 0;
}
