/* Support for the C tests: checks that report where they fail, files, and a verifier for the tests' issuer. */

#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbound.h"

#define CHECK(condition) \
    do { if (!(condition)) { fail(__FILE__, __LINE__, #condition); } } while (0)
#define CHECK_STATUS(expected, call) check_status(__FILE__, __LINE__, #call, (expected), (call))
#define TEXT(literal) literal, sizeof(literal) - 1

#define NOW 1900000000
/* Tests fill outputs with this before a call, to detect writes. */
#define FILLING 0x55

static inline void fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    exit(1);
}

static inline void check_status(const char *file, int line, const char *call, uint32_t expected, uint32_t status)
{
    if (status != expected) {
        fprintf(stderr, "%s:%d: %s, expected %s: %s\n", file, line, certbound_status_name(status),
                certbound_status_name(expected), call);
        exit(1);
    }
}

static inline int is_filled(const void *memory, size_t len)
{
    const unsigned char *bytes = memory;
    while (len > 0 && bytes[len - 1] == FILLING) {
        len--;
    }
    return len == 0;
}

/* A file in memory of exactly its size, so that the sanitizers detect a read beyond its end. */
typedef struct {
    char *data;
    size_t len;
} file;

static inline file read_file(const char *directory, const char *name)
{
    char path[4096];
    FILE *stream;
    long len;
    file file;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    stream = fopen(path, "rb");
    CHECK(stream != NULL && fseek(stream, 0, SEEK_END) == 0 && (len = ftell(stream)) > 0);
    rewind(stream);
    file.len = (size_t) len;
    file.data = malloc(file.len);
    CHECK(file.data != NULL && fread(file.data, 1, file.len, stream) == file.len);
    fclose(stream);
    return file;
}

static const certbound_text audiences[] = {{"https://other.example", 21}, {"https://api.example", 19}};
static const certbound_text scopes[] = {{"read", 4}};

/* The policy of the resource server that the test tokens are for. */
static inline certbound_policy usual_policy(void)
{
    certbound_policy policy;

    memset(&policy, 0, sizeof policy);
    policy.size = sizeof policy;
    policy.issuer.data = "https://as.example";
    policy.issuer.len = 18;
    policy.audiences = audiences;
    policy.audiences_len = 2;
    policy.required_scopes = scopes;
    policy.required_scopes_len = 1;
    return policy;
}

/* A verifier for the keys of a file, in memory of exactly its size. Free it with `free`. */
static inline certbound_verifier *new_verifier_of(const certbound_policy *policy, const char *directory,
                                                  const char *name)
{
    file jwks = read_file(directory, name);
    const certbound_verifier *verifier = NULL;
    size_t size = 0;
    void *memory;

    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_size_for(policy, jwks.data, jwks.len, &size));
    CHECK((memory = malloc(size)) != NULL);
    CHECK_STATUS(CERTBOUND_OK, certbound_verifier_init(memory, size, policy, jwks.data, jwks.len, &verifier));
    CHECK((const void *) verifier == memory);
    free(jwks.data);
    return memory;
}

/* A verifier for the usual keys. Free it with `free`. */
static inline certbound_verifier *new_verifier(const certbound_policy *policy, const char *directory)
{
    return new_verifier_of(policy, directory, "jwks.json");
}

#endif
