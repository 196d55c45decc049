/* Certificates that a TLS terminator forwards in a header, in each format: forwarded DIRECTORY */

#include "support.h"

/* Checks that a value has this status, and if it is CERTBOUND_OK, this thumbprint. */
static void check_forwarded(certbound_status expected, const char *name, const char *value, const uint8_t *sha256)
{
    const size_t scratch_len = certbound_forwarded_scratch_len(strlen(value));
    uint8_t read[CERTBOUND_SHA256_LEN];
    void *scratch = malloc(scratch_len > 0 ? scratch_len : 1);
    uint32_t format = 0;

    CHECK(scratch != NULL);
    memset(read, FILLING, sizeof read);
    CHECK_STATUS(CERTBOUND_OK, certbound_forwarded_from_name(name, strlen(name), &format));
    CHECK_STATUS(expected,
                 certbound_thumbprint_from_forwarded(format, value, strlen(value), scratch, scratch_len, read));
    if (expected == CERTBOUND_OK) {
        CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_compare(sha256, read));
    } else {
        CHECK(is_filled(read, sizeof read));
    }
    free(scratch);
}

static void read_forwarded_certificates(const char *directory)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
    file der = read_file(directory, "a.der"), pem = read_file(directory, "a.pem");
    uint8_t sha256[CERTBOUND_SHA256_LEN];
    char hash[80] = "Hash=", line[4096], base64[4096], value[10000];
    size_t i, len = 0;

    CHECK_STATUS(CERTBOUND_OK, certbound_thumbprint_from_der((uint8_t *) der.data, der.len, sha256));
    for (i = 0; i < sizeof sha256; i++) {
        snprintf(hash + strlen(hash), 3, "%02x", sha256[i]);
    }
    CHECK(pem.len < sizeof line);
    for (i = 0; i < pem.len; i++) {
        line[i] = pem.data[i] == '\n' || pem.data[i] == '\r' ? ' ' : pem.data[i];
    }
    line[pem.len] = '\0';
    for (i = sizeof begin - 1; line[i] != '-'; i++) {
        if (line[i] != ' ') {
            base64[len++] = line[i];
        }
    }
    base64[len] = '\0';
    CHECK(strncmp(line, begin, sizeof begin - 1) == 0 && strstr(line, end) != NULL);

    check_forwarded(CERTBOUND_OK, "pem", line, sha256);
    check_forwarded(CERTBOUND_OK, "base64", base64, sha256);
    check_forwarded(CERTBOUND_OK, "xfcc", hash, sha256);
    snprintf(value, sizeof value, "%s;Cert=\"%s\"", hash, line);
    check_forwarded(CERTBOUND_OK, "xfcc", value, sha256);
    snprintf(value, sizeof value, ":%s:", base64);
    check_forwarded(CERTBOUND_OK, "rfc9440", value, sha256);

    snprintf(value, sizeof value, ":%s:, :%s:", base64, base64);
    check_forwarded(CERTBOUND_FORWARDED_AMBIGUOUS, "rfc9440", value, NULL);
    hash[5] = hash[5] == '0' ? '1' : '0';
    snprintf(value, sizeof value, "%s;Cert=\"%s\"", hash, line);
    check_forwarded(CERTBOUND_FORWARDED_HASH_MISMATCH, "xfcc", value, NULL);
    check_forwarded(CERTBOUND_FORWARDED_MISSING, "rfc9440", "", NULL);
    check_forwarded(CERTBOUND_FORWARDED_RFC9440_MALFORMED, "rfc9440", base64, NULL);
    check_forwarded(CERTBOUND_FORWARDED_PEM_MALFORMED, "pem", base64, NULL);
    check_forwarded(CERTBOUND_FORWARDED_BASE64_MALFORMED, "base64", line, NULL);
    check_forwarded(CERTBOUND_FORWARDED_XFCC_MALFORMED, "xfcc", base64, NULL);
    free(pem.data);
    free(der.data);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    read_forwarded_certificates(argv[1]);
    puts("forwarded: passed");
    return 0;
}
