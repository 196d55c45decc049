/*
 * certbound: verifies OAuth 2.0 certificate-bound access tokens (RFC 8705).
 *
 * The caller owns all memory: nothing is allocated, nothing is kept between calls, nothing has to be released. Outputs
 * are written only where the status is CERTBOUND_OK. Null with length 0 is empty; null with another length, overlapping
 * memory and the like are a status. Every entry may be called from any thread; a verifier may be shared between them.
 */

#ifndef CERTBOUND_H
#define CERTBOUND_H

/* Made by cbindgen of the crate in ffi/; changes belong there. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
/* A verdict cannot be ignored. */
#define CERTBOUND_MUST_USE __attribute__((warn_unused_result))
#else
#define CERTBOUND_MUST_USE
#endif

/*
 `null`
 */
#define CERTBOUND_CLAIM_NULL 0

/*
 `true` or `false`
 */
#define CERTBOUND_CLAIM_BOOLEAN 1

/*
 A number, as it is written.
 */
#define CERTBOUND_CLAIM_NUMBER 2

/*
 A string, unescaped.
 */
#define CERTBOUND_CLAIM_STRING 3

/*
 An array.
 */
#define CERTBOUND_CLAIM_ARRAY 4

/*
 An object.
 */
#define CERTBOUND_CLAIM_OBJECT 5

/*
 The certificate's chain does not lead to an authority trusted for clients, or nobody has looked.
 */
#define CERTBOUND_CHAIN_UNVALIDATED 0

/*
 The terminator has validated the certificate's chain, validity and revocation.
 */
#define CERTBOUND_CHAIN_VALIDATED 1

/*
 What the memory of keys, verifiers and caches must be aligned to, in bytes. That of `malloc` is.
 */
#define CERTBOUND_ALIGNMENT 8

/*
 ECDSA with P-256 and SHA-256.
 */
#define CERTBOUND_ALGORITHM_ES256 1

/*
 ECDSA with P-384 and SHA-384.
 */
#define CERTBOUND_ALGORITHM_ES384 2

/*
 ECDSA with P-521 and SHA-512.
 */
#define CERTBOUND_ALGORITHM_ES512 4

/*
 Ed25519.
 */
#define CERTBOUND_ALGORITHM_EDDSA 8

/*
 RSASSA-PKCS1-v1_5 with SHA-256.
 */
#define CERTBOUND_ALGORITHM_RS256 16

/*
 RSASSA-PKCS1-v1_5 with SHA-384.
 */
#define CERTBOUND_ALGORITHM_RS384 32

/*
 RSASSA-PKCS1-v1_5 with SHA-512.
 */
#define CERTBOUND_ALGORITHM_RS512 64

/*
 RSASSA-PSS with SHA-256.
 */
#define CERTBOUND_ALGORITHM_PS256 128

/*
 RSASSA-PSS with SHA-384.
 */
#define CERTBOUND_ALGORITHM_PS384 256

/*
 RSASSA-PSS with SHA-512.
 */
#define CERTBOUND_ALGORITHM_PS512 512

/*
 A token without a `cnf` is rejected.
 */
#define CERTBOUND_BINDING_REQUIRED 0

/*
 A token without a `cnf` passes, as a bearer token that anybody who finds it can use. One with a `cnf` must be bound
 to this connection's certificate all the same.
 */
#define CERTBOUND_BINDING_IF_PRESENT 1

/*
 `typ` must be `at+jwt` (RFC 9068 §4).
 */
#define CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN 0

/*
 `typ` may be anything, or missing.
 */
#define CERTBOUND_TOKEN_TYPE_ANY 1

/*
 `CERTBOUND_TABLES_MEDIUM`.
 */
#define CERTBOUND_TABLES_DEFAULT 0

/*
 No tables, for boards: some 700 bytes for each key, and the slowest.
 */
#define CERTBOUND_TABLES_NONE 1

/*
 4 KiB for a P-256 key, and as much for the curve; 8 KiB for an Ed25519 key. 19 KiB for a P-521 key, and as much for
 the curve, or 21 KiB each where `size_t` has 32 bits.
 */
#define CERTBOUND_TABLES_SMALL 2

/*
 22 KiB for a P-256 key, and 44 KiB for the curve; 21 KiB for an Ed25519 key. 99 KiB for a P-521 key, and 198 KiB for
 the curve, or 110 KiB and 220 KiB where `size_t` has 32 bits.
 */
#define CERTBOUND_TABLES_MEDIUM 3

/*
 44 KiB for a P-256 key, and 88 KiB for the curve; 49 KiB for an Ed25519 key. 198 KiB for a P-521 key, and 396 KiB for
 the curve, or 220 KiB and 440 KiB where `size_t` has 32 bits.
 */
#define CERTBOUND_TABLES_LARGE 4

/*
 Most audiences, and most scopes, of a policy.
 */
#define CERTBOUND_POLICY_TEXTS 16

/*
 Most bytes of an issuer, an audience or a scope.
 */
#define CERTBOUND_POLICY_TEXT_LEN 2048

/*
 Bytes of a thumbprint.
 */
#define CERTBOUND_SHA256_LEN 32

/*
 Characters of an `x5t#S256`, without the NUL at its end.
 */
#define CERTBOUND_X5T_S256_LEN 43

/*
 Characters of a `cnf` member's value, without the NUL at its end.
 */
#define CERTBOUND_CONFIRMATION_LEN 58

/*
 Bytes of scratch memory that are enough for every token: those of more than 16 KiB are rejected in any case.
 */
#define CERTBOUND_SCRATCH_LEN 24576

/*
 The number of this interface. It changes when programs compiled with an older header would misunderstand the library.
 */
#define CERTBOUND_ABI 1

/*
 What an entry answers. Anything but `CERTBOUND_OK` rejects.

 Below 100 the interface was misused, and nothing was judged. From 100 on it is an error of the core, whose hundreds
 tell the subject: 1 the token's form, 2 JSON, 3 the JOSE header, 4 key and signature, 5 claims, 6 the binding,
 7 certificates and names, 8 key sets, 9 client authentication, 10 introspection. A number is never given to another
 meaning, and later versions may add numbers.
 */
enum certbound_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /*
     Accepted, or done.
     */
    CERTBOUND_OK = 0,
    /*
     A pointer is null where one is needed.
     */
    CERTBOUND_NULL_ARGUMENT = 1,
    /*
     A pointer to a structure is not aligned for it.
     */
    CERTBOUND_MISALIGNED_ARGUMENT = 2,
    /*
     Memory to be written overlaps another argument.
     */
    CERTBOUND_OVERLAPPING_ARGUMENTS = 3,
    /*
     A length is larger than any memory can be.
     */
    CERTBOUND_LENGTH_OUT_OF_RANGE = 4,
    /*
     The memory to be written is too small.
     */
    CERTBOUND_OUTPUT_TOO_SMALL = 5,
    /*
     The object was not initialised.
     */
    CERTBOUND_NOT_INITIALISED = 6,
    /*
     A number is none of the values that the argument may have.
     */
    CERTBOUND_VALUE_UNKNOWN = 7,
    /*
     A text argument is not UTF-8.
     */
    CERTBOUND_TEXT_NOT_UTF8 = 8,
    /*
     The policy has more or longer texts than the limits allow.
     */
    CERTBOUND_POLICY_TOO_LARGE = 9,
    /*
     The policy's `size` is not that of `certbound_policy`.
     */
    CERTBOUND_POLICY_SIZE_UNKNOWN = 10,
    /*
     The token has no such claim.
     */
    CERTBOUND_CLAIM_MISSING = 11,
    /*
     The host has no memory for the verdict. For hosts: the library allocates nothing, and never returns it.
     */
    CERTBOUND_OUT_OF_MEMORY = 12,
    /*
     The host's TLS library failed to hand over the client certificate. For hosts: the library never returns it.
     */
    CERTBOUND_TLS_FAILURE = 13,
    /*
     The library has a defect, and stopped before doing harm.
     */
    CERTBOUND_PANIC = 99,
    /*
     There is no token.
     */
    CERTBOUND_TOKEN_MISSING = 100,
    /*
     The token is longer than 16 KiB.
     */
    CERTBOUND_TOKEN_TOO_LONG = 101,
    /*
     The token does not consist of three parts.
     */
    CERTBOUND_TOKEN_NOT_COMPACT = 102,
    /*
     The token's first part is not base64url.
     */
    CERTBOUND_HEADER_NOT_BASE64URL = 103,
    /*
     The token's second part is not base64url.
     */
    CERTBOUND_PAYLOAD_NOT_BASE64URL = 104,
    /*
     The token's third part is not base64url.
     */
    CERTBOUND_SIGNATURE_NOT_BASE64URL = 105,
    /*
     The scratch memory is too small for this input.
     */
    CERTBOUND_SCRATCH_TOO_SMALL = 106,
    /*
     The request has more than one Authorization header.
     */
    CERTBOUND_AUTHORIZATION_AMBIGUOUS = 107,
    /*
     The buffer for the output is too small.
     */
    CERTBOUND_BUFFER_TOO_SMALL = 108,
    /*
     The JSON text is longer than 256 KiB.
     */
    CERTBOUND_JSON_TOO_LONG = 200,
    /*
     The JSON text is not UTF-8.
     */
    CERTBOUND_JSON_NOT_UTF8 = 201,
    /*
     The JSON text ends too early.
     */
    CERTBOUND_JSON_UNEXPECTED_END = 202,
    /*
     The JSON text has a character where the grammar allows none like it.
     */
    CERTBOUND_JSON_UNEXPECTED_BYTE = 203,
    /*
     Something follows the JSON value.
     */
    CERTBOUND_JSON_TRAILING_BYTES = 204,
    /*
     A JSON number is malformed.
     */
    CERTBOUND_JSON_NUMBER_MALFORMED = 205,
    /*
     A JSON string has a raw control character.
     */
    CERTBOUND_JSON_CONTROL_CHARACTER = 206,
    /*
     A JSON string has an unknown or cut escape sequence.
     */
    CERTBOUND_JSON_ESCAPE_MALFORMED = 207,
    /*
     A JSON string has half of a surrogate pair.
     */
    CERTBOUND_JSON_SURROGATE_UNPAIRED = 208,
    /*
     The JSON text is nested deeper than 16 levels.
     */
    CERTBOUND_JSON_TOO_DEEP = 209,
    /*
     A JSON object has the same name twice.
     */
    CERTBOUND_JSON_DUPLICATE_NAME = 210,
    /*
     The JSON objects have more than 256 members, or names made to collide.
     */
    CERTBOUND_JSON_TOO_MANY_MEMBERS = 211,
    /*
     The token's header is longer than 2 KiB.
     */
    CERTBOUND_HEADER_TOO_LONG = 300,
    /*
     The token's header is not a JSON object.
     */
    CERTBOUND_HEADER_NOT_OBJECT = 301,
    /*
     The token's header has no alg.
     */
    CERTBOUND_ALGORITHM_MISSING = 302,
    /*
     The token's alg is not a string.
     */
    CERTBOUND_ALGORITHM_MALFORMED = 303,
    /*
     The token's alg is none, an HMAC or another one that does not exist here.
     */
    CERTBOUND_ALGORITHM_UNSUPPORTED = 304,
    /*
     The token's alg is not among the policy's.
     */
    CERTBOUND_ALGORITHM_NOT_ALLOWED = 305,
    /*
     The token's header has crit.
     */
    CERTBOUND_CRITICAL_HEADER = 306,
    /*
     The token's header has b64.
     */
    CERTBOUND_UNENCODED_PAYLOAD = 307,
    /*
     The token's header has no typ.
     */
    CERTBOUND_TYPE_MISSING = 308,
    /*
     The token's typ is not a string.
     */
    CERTBOUND_TYPE_MALFORMED = 309,
    /*
     The token's typ is not that of an access token.
     */
    CERTBOUND_TYPE_NOT_ALLOWED = 310,
    /*
     The token's kid is not a string.
     */
    CERTBOUND_KEY_ID_MALFORMED = 311,
    /*
     No key of the set has the token's kid.
     */
    CERTBOUND_KEY_UNKNOWN = 400,
    /*
     No key that the token may be signed with fits its alg.
     */
    CERTBOUND_KEY_UNSUITED = 401,
    /*
     The signature has a length that its algorithm does not produce.
     */
    CERTBOUND_SIGNATURE_LENGTH = 402,
    /*
     The signature is not by the issuer's key.
     */
    CERTBOUND_SIGNATURE_INVALID = 403,
    /*
     The token has no kid, and more than 8 keys fit its alg.
     */
    CERTBOUND_TOO_MANY_CANDIDATE_KEYS = 404,
    /*
     The issuer's key set lists no keys: all of them have been withdrawn.
     */
    CERTBOUND_KEYS_WITHDRAWN = 405,
    /*
     The token's payload is not a JSON object.
     */
    CERTBOUND_CLAIMS_NOT_OBJECT = 500,
    /*
     The token has no iss.
     */
    CERTBOUND_ISSUER_MISSING = 501,
    /*
     The token's iss is not a string.
     */
    CERTBOUND_ISSUER_MALFORMED = 502,
    /*
     The token's iss is another one.
     */
    CERTBOUND_ISSUER_MISMATCH = 503,
    /*
     The token has no aud.
     */
    CERTBOUND_AUDIENCE_MISSING = 504,
    /*
     The token's aud is neither a string nor an array of strings.
     */
    CERTBOUND_AUDIENCE_MALFORMED = 505,
    /*
     The token's aud names others only.
     */
    CERTBOUND_AUDIENCE_MISMATCH = 506,
    /*
     The token has no exp.
     */
    CERTBOUND_EXPIRY_MISSING = 507,
    /*
     The token's exp is not a number.
     */
    CERTBOUND_EXPIRY_MALFORMED = 508,
    /*
     The token's exp is no time between the years 1970 and 9999.
     */
    CERTBOUND_EXPIRY_OUT_OF_RANGE = 509,
    /*
     The token's exp has passed.
     */
    CERTBOUND_TOKEN_EXPIRED = 510,
    /*
     The token's nbf is not a number.
     */
    CERTBOUND_NOT_BEFORE_MALFORMED = 511,
    /*
     The token's nbf is no time between the years 1970 and 9999.
     */
    CERTBOUND_NOT_BEFORE_OUT_OF_RANGE = 512,
    /*
     The token's nbf is still to come.
     */
    CERTBOUND_TOKEN_NOT_YET_VALID = 513,
    /*
     The token's iat is not a number.
     */
    CERTBOUND_ISSUED_AT_MALFORMED = 514,
    /*
     The token's iat is no time between the years 1970 and 9999.
     */
    CERTBOUND_ISSUED_AT_OUT_OF_RANGE = 515,
    /*
     The token's sub is not a string.
     */
    CERTBOUND_SUBJECT_MALFORMED = 516,
    /*
     The token's client_id is not a string.
     */
    CERTBOUND_CLIENT_ID_MALFORMED = 517,
    /*
     The token's jti is not a string.
     */
    CERTBOUND_TOKEN_ID_MALFORMED = 518,
    /*
     The token's scope is not a string.
     */
    CERTBOUND_SCOPE_MALFORMED = 519,
    /*
     The token lacks a scope that the policy requires.
     */
    CERTBOUND_INSUFFICIENT_SCOPE = 520,
    /*
     The claims do not fit the type they were to be read into.
     */
    CERTBOUND_CLAIMS_TYPE_MISMATCH = 521,
    /*
     The policy's leeway is longer than 10 minutes.
     */
    CERTBOUND_LEEWAY_TOO_LONG = 522,
    /*
     The token has no cnf, so anybody who finds it could use it.
     */
    CERTBOUND_CONFIRMATION_MISSING = 600,
    /*
     Cnf is not a JSON object.
     */
    CERTBOUND_CONFIRMATION_MALFORMED = 601,
    /*
     Cnf has no x5t#S256.
     */
    CERTBOUND_CONFIRMATION_METHOD_UNSUPPORTED = 602,
    /*
     X5t#S256 is not the base64url of a SHA-256 value.
     */
    CERTBOUND_THUMBPRINT_MALFORMED = 603,
    /*
     The token is bound, and the connection has no client certificate.
     */
    CERTBOUND_CERTIFICATE_MISSING = 604,
    /*
     The connection's certificate is not the one the token is bound to.
     */
    CERTBOUND_CERTIFICATE_MISMATCH = 605,
    /*
     The thumbprint is not 64 hexadecimal digits.
     */
    CERTBOUND_THUMBPRINT_HEX_MALFORMED = 606,
    /*
     The certificate is longer than 65,535 bytes.
     */
    CERTBOUND_CERTIFICATE_TOO_LONG = 700,
    /*
     The certificate is not DER.
     */
    CERTBOUND_DER_MALFORMED = 701,
    /*
     Bytes follow the certificate, or one of its parts.
     */
    CERTBOUND_DER_TRAILING_BYTES = 702,
    /*
     The certificate's version does not exist or does not fit its fields.
     */
    CERTBOUND_CERTIFICATE_VERSION = 703,
    /*
     The certificate's serial number is negative or too long.
     */
    CERTBOUND_SERIAL_NUMBER_MALFORMED = 704,
    /*
     The certificate names two different signature algorithms.
     */
    CERTBOUND_SIGNATURE_ALGORITHM_MISMATCH = 705,
    /*
     The certificate's validity cannot be read.
     */
    CERTBOUND_VALIDITY_MALFORMED = 706,
    /*
     A name in the certificate cannot be read.
     */
    CERTBOUND_NAME_MALFORMED = 707,
    /*
     A name has more than 32 parts, or a part with more than 8 attributes.
     */
    CERTBOUND_NAME_TOO_LONG = 708,
    /*
     The certificate's public key cannot be read.
     */
    CERTBOUND_PUBLIC_KEY_MALFORMED = 709,
    /*
     The certificate's extensions cannot be read.
     */
    CERTBOUND_EXTENSIONS_MALFORMED = 710,
    /*
     The certificate has the same extension twice.
     */
    CERTBOUND_EXTENSION_DUPLICATE = 711,
    /*
     The certificate has more than 64 extensions.
     */
    CERTBOUND_TOO_MANY_EXTENSIONS = 712,
    /*
     The certificate's subject alternative names cannot be read.
     */
    CERTBOUND_ALTERNATIVE_NAMES_MALFORMED = 713,
    /*
     The distinguished name is longer than 4 KiB, or has too many parts.
     */
    CERTBOUND_DISTINGUISHED_NAME_TOO_LONG = 720,
    /*
     The distinguished name is not an RFC 4514 string.
     */
    CERTBOUND_DISTINGUISHED_NAME_MALFORMED = 721,
    /*
     The distinguished name has an attribute whose short name is not known.
     */
    CERTBOUND_ATTRIBUTE_TYPE_UNKNOWN = 722,
    /*
     The JWK Set is not a JSON object.
     */
    CERTBOUND_KEY_SET_NOT_OBJECT = 800,
    /*
     The JWK Set has no array keys.
     */
    CERTBOUND_KEY_SET_KEYS_MISSING = 801,
    /*
     The JWK Set has no key that could verify a token.
     */
    CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY = 802,
    /*
     The JWK Set has more usable keys than there is room for.
     */
    CERTBOUND_KEY_SET_FULL = 803,
    /*
     The JWK Set is a PEM file.
     */
    CERTBOUND_KEY_SET_IS_PEM = 804,
    /*
     The key is not a JSON object.
     */
    CERTBOUND_KEY_NOT_OBJECT = 820,
    /*
     The key's kty is absent or not a string.
     */
    CERTBOUND_KEY_TYPE_MALFORMED = 821,
    /*
     The key's kty is not supported.
     */
    CERTBOUND_KEY_TYPE_UNSUPPORTED = 822,
    /*
     The key's crv is absent or not supported.
     */
    CERTBOUND_CURVE_UNSUPPORTED = 823,
    /*
     A member of the key is absent or malformed.
     */
    CERTBOUND_KEY_MEMBER_MALFORMED = 824,
    /*
     The key's coordinates are not a point of its curve, or one of small order.
     */
    CERTBOUND_KEY_POINT_INVALID = 825,
    /*
     The key's RSA modulus has too few or too many bits.
     */
    CERTBOUND_KEY_MODULUS_LENGTH = 826,
    /*
     The key's RSA modulus is even.
     */
    CERTBOUND_KEY_MODULUS_EVEN = 827,
    /*
     The key's RSA exponent is even, too small or too large.
     */
    CERTBOUND_KEY_EXPONENT = 828,
    /*
     The key's use is not sig.
     */
    CERTBOUND_KEY_USE_UNSUITED = 829,
    /*
     The key's key_ops do not include verify.
     */
    CERTBOUND_KEY_OPERATIONS_UNSUITED = 830,
    /*
     The key's alg is not supported or does not fit its type.
     */
    CERTBOUND_KEY_ALGORITHM_UNSUITED = 831,
    /*
     The key's kid is not a string, or longer than 128 bytes.
     */
    CERTBOUND_KEY_ID_TOO_LONG = 832,
    /*
     The memory for the table of a prepared key, or of its curve's base point, is too small.
     */
    CERTBOUND_TABLE_TOO_SMALL = 840,
    /*
     The memory does not hold the table of a prepared key, or of a base point, of this curve.
     */
    CERTBOUND_TABLE_NOT_PREPARED = 841,
    /*
     The tables were prepared from other keys, or in another geometry.
     */
    CERTBOUND_TABLES_OF_OTHER_KEYS = 842,
    /*
     The client metadata is not a JSON object.
     */
    CERTBOUND_CLIENT_METADATA_NOT_OBJECT = 900,
    /*
     The client's token_endpoint_auth_method is absent or not supported.
     */
    CERTBOUND_AUTHENTICATION_METHOD_UNSUPPORTED = 901,
    /*
     The client has no tls_client_auth member that tells its certificate's subject.
     */
    CERTBOUND_SUBJECT_IDENTIFIER_MISSING = 902,
    /*
     The client has several tls_client_auth members that tell its certificate's subject.
     */
    CERTBOUND_SUBJECT_IDENTIFIER_AMBIGUOUS = 903,
    /*
     The client's expected subject is not a string, is empty, has a wildcard, a NUL or other characters than a certificate's, or is no address.
     */
    CERTBOUND_SUBJECT_IDENTIFIER_MALFORMED = 904,
    /*
     The certificate's subject is not the one registered for the client.
     */
    CERTBOUND_SUBJECT_MISMATCH = 905,
    /*
     The certificate has no subject alternative name equal to the one registered for the client.
     */
    CERTBOUND_ALTERNATIVE_NAME_MISMATCH = 906,
    /*
     The client has no jwks with keys.
     */
    CERTBOUND_CLIENT_KEYS_MISSING = 907,
    /*
     The certificate's public key is none of the keys registered for the client.
     */
    CERTBOUND_CLIENT_KEY_MISMATCH = 908,
    /*
     The certificate's chain has not been validated, so anybody may have written the names in it.
     */
    CERTBOUND_CHAIN_NOT_VALIDATED = 909,
    /*
     The introspection response is not a JSON object.
     */
    CERTBOUND_INTROSPECTION_NOT_OBJECT = 1000,
    /*
     The introspection response has no active.
     */
    CERTBOUND_ACTIVE_MISSING = 1001,
    /*
     The introspection response's active is not a boolean.
     */
    CERTBOUND_ACTIVE_MALFORMED = 1002,
    /*
     The token is not active.
     */
    CERTBOUND_TOKEN_INACTIVE = 1003,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum certbound_status certbound_status;
#else
typedef uint32_t certbound_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/*
 Tokens that were accepted before, in memory of the caller's: see `certbound_cache_init`.

 A call writes it, so it is for one thread at a time: each worker or thread has its own. It holds no pointer, and needs
 no release.
 */
typedef struct certbound_cache certbound_cache;

/*
 The usable keys of one JWK Set, with their tables, in the caller's memory: see `certbound_keys_init`.

 Once initialised it is only read, so threads and verifiers may share it. It holds no pointer, so it may be copied byte
 for byte to other memory of the same alignment. It needs no release.
 */
typedef struct certbound_keys certbound_keys;

/*
 A policy and the keys of one issuer, in the caller's memory: see `certbound_verifier_init`.

 Once initialised it is only read, so threads may share it. It may be copied byte for byte to other memory of the same
 alignment: it holds no pointer, unless it was made by `certbound_verifier_init_with_keys` and refers to these keys. It
 needs no release.
 */
typedef struct certbound_verifier certbound_verifier;

/*
 A token that has been accepted, by `certbound_verify` or by `certbound_introspection_verify`.

 It refers to the scratch memory of that call, and is good as long as that stays as it is. It may be moved; of several
 copies use one alone, since claims are decoded in the scratch memory when the first is asked for. Threads that share one
 must take turns.
 */
typedef struct certbound_accepted {
    /*
     Not for the caller.
     */
    uint64_t opaque[16];
} certbound_accepted;

/*
 UTF-8 text: `len` bytes, which need no NUL at their end.
 */
typedef struct certbound_text {
    /*
     The first byte. May be null where `len` is 0.
     */
    const char *data;
    /*
     How many bytes.
     */
    size_t len;
} certbound_text;

/*
 One claim.
 */
typedef struct certbound_claim {
    /*
     `CERTBOUND_CLAIM_NULL` to `CERTBOUND_CLAIM_OBJECT`.
     */
    uint32_t kind;
    /*
     A string unescaped, in UTF-8 and perhaps with NULs in it; anything else as its JSON text. In the scratch memory,
     without a NUL at its end.
     */
    struct certbound_text text;
} certbound_claim;

/*
 How a cache is doing.
 */
typedef struct certbound_cache_statistics {
    /*
     How many tokens it can remember.
     */
    size_t capacity;
    /*
     Tokens that were known, whatever the verdict, since it was initialised or emptied.
     */
    uint64_t hits;
    /*
     Tokens that were not.
     */
    uint64_t misses;
} certbound_cache_statistics;

/*
 What a resource server demands of a token.

 Zeroed it is as strict as can be, but for the members to be set: `size`, `issuer`, `audiences`, `audiences_len`.

 ```c
 certbound_text audiences[] = {{"https://api.example", 19}};
 certbound_policy policy = {0};
 policy.size = sizeof policy;
 policy.issuer = (certbound_text) {"https://as.example", 18};
 policy.audiences = audiences;
 policy.audiences_len = 1;
 ```
 */
typedef struct certbound_policy {
    /*
     `sizeof(certbound_policy)`: tells the library which version of the header the caller was compiled with.
     */
    size_t size;
    /*
     `iss`, compared byte for byte. Empty accepts nothing.
     */
    struct certbound_text issuer;
    /*
     Of these, `aud` must name one, compared byte for byte. None accepts nothing.
     */
    const struct certbound_text *audiences;
    /*
     How many audiences: at most `CERTBOUND_POLICY_TEXTS`.
     */
    size_t audiences_len;
    /*
     Scopes, all of which the token must have.
     */
    const struct certbound_text *required_scopes;
    /*
     How many scopes: at most `CERTBOUND_POLICY_TEXTS`.
     */
    size_t required_scopes_len;
    /*
     By how many seconds this clock and the issuer's may differ: at most 600.
     */
    uint64_t leeway_seconds;
    /*
     The algorithms allowed, joined by `|`: `CERTBOUND_ALGORITHM_ES256 | …`. 0 allows all there are, none of which is
     symmetric.
     */
    uint32_t algorithms;
    /*
     `CERTBOUND_BINDING_REQUIRED` (0) or `CERTBOUND_BINDING_IF_PRESENT`.
     */
    uint32_t binding;
    /*
     `CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN` (0) or `CERTBOUND_TOKEN_TYPE_ANY`.
     */
    uint32_t token_type;
    /*
     How much memory a verifier spends on tables of its keys, to be quicker: `CERTBOUND_TABLES_DEFAULT` (0) to
     `CERTBOUND_TABLES_LARGE`. Verdicts do not depend on it.
     */
    uint32_t tables;
} certbound_policy;

/*
 Is told of a key that cannot verify tokens: its place in the set from 0, its `kid` (empty where it has none that can be
 read), and why. `context` is what the caller passed. The `kid` is gone when it returns. It must return: no `longjmp`,
 no exception.
 */
typedef void (*certbound_passed_over)(void *context,
                                      size_t index,
                                      struct certbound_text kid,
                                      uint32_t reason);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 Finds the claim of this name: `"sub"`, `"client_id"`, or any other. `CERTBOUND_CLAIM_MISSING` where there is none.

 # Safety
 Pointers point to what their types say, or to as many bytes as the length beside them tells.
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_claim(const struct certbound_accepted *accepted,
                                          const char *name,
                                          size_t name_len,
                                          struct certbound_claim *claim);

/*
 Gives all claims, as the JSON text of an object, in the scratch memory and without a NUL at its end.

 # Safety
 Pointers point to what their types say.
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_claims(const struct certbound_accepted *accepted,
                                           struct certbound_text *json);

/*
 Tells whether `scope` has this value among its values (RFC 8693 §4.2).

 # Safety
 Pointers point to what their types say, or to as many bytes as the length beside them tells.
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_has_scope(const struct certbound_accepted *accepted,
                                              const char *scope,
                                              size_t scope_len,
                                              bool *has_scope);

/*
 Gives `exp` in Unix seconds, rounded up: from then on the token is no longer valid, leeway aside.

 `CERTBOUND_CLAIM_MISSING` for an introspection response without `exp`.

 # Safety
 Pointers point to what their types say.
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_expires_at(const struct certbound_accepted *accepted,
                                               uint64_t *expires_at);

/*
 Copies the thumbprint that the token is bound to: 32 bytes. `CERTBOUND_CLAIM_MISSING` for an unbound token that
 `CERTBOUND_BINDING_IF_PRESENT` let pass.

 # Safety
 Pointers point to what their types say.
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_thumbprint(const struct certbound_accepted *accepted,
                                               uint8_t *sha256);

/*
 Decodes the claims now. A cache accepts a token without decoding it, and the first question for a claim does so: this is
 for callers who want to know before that it works. It does nothing to a token that is decoded.

 # Safety
 `accepted` points to what its type says.
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_decode(struct certbound_accepted *accepted);

/*
 How many bytes a cache of so many tokens needs; 0 where no memory is large enough.
 */
size_t certbound_cache_size(size_t entries);

/*
 Fills `memory` with an empty cache, of as many tokens as fit.

 `memory` is aligned to `CERTBOUND_ALIGNMENT`, and has as many bytes as `certbound_cache_size` tells.

 # Safety
 `memory` points to `memory_len` bytes, `cache` to a pointer.
 */
CERTBOUND_MUST_USE
certbound_status certbound_cache_init(void *memory,
                                      size_t memory_len,
                                      struct certbound_cache **cache);

/*
 Accepts or rejects a token like `certbound_verify`, and with the same status, but remembers those that it accepts.

 A token that is remembered costs next to nothing: only what depends on the moment is judged again, which is the time
 and the certificate. Only accepted tokens are remembered, so garbage takes nobody's place. The cache belongs to one
 verifier: with one of another policy or other keys it begins empty, and so a token of a withdrawn key is refused at
 once.

 As after `certbound_verify`, `*accepted` gives the claims as long as `scratch` stays as it is, and the memory of `token` may
 be reused when the call returns. Until claims are asked for, `scratch` holds a copy of the token.

 # Safety
 Pointers point to what their types say, or to as many bytes as the length beside them tells. No other thread uses
 `cache` during the call.
 */
CERTBOUND_MUST_USE
certbound_status certbound_verify_cached(const struct certbound_verifier *verifier,
                                         struct certbound_cache *cache,
                                         const char *token,
                                         size_t token_len,
                                         const uint8_t *certificate_sha256,
                                         uint64_t now,
                                         void *scratch,
                                         size_t scratch_len,
                                         struct certbound_accepted *accepted);

/*
 Tells how a cache is doing.

 # Safety
 Pointers point to what their types say.
 */
CERTBOUND_MUST_USE
certbound_status certbound_cache_count(const struct certbound_cache *cache,
                                       struct certbound_cache_statistics *statistics);

/*
 Judges whether the certificate of a connection is that of the client with this registration.

 `metadata` is the client's registration as JSON (RFC 7591 §2, RFC 8705 §2): `tls_client_auth` with exactly one of the
 `tls_client_auth_…` members, or `self_signed_tls_client_auth` with `jwks`. `certificate` is the DER of exactly one
 certificate. `chain` is `CERTBOUND_CHAIN_VALIDATED` only where the terminator has validated this certificate's chain;
 without, `tls_client_auth` is refused. `scratch` has `certbound_client_metadata_scratch_len` bytes for the longest
 registration. On `CERTBOUND_OK` the client is authenticated, and `*client_id` is the registration's `client_id`, in
 `metadata` or in `scratch`; empty where it has none.

 # Safety
 Pointers point to what their types say, or to as many bytes as the length beside them tells.
 */
CERTBOUND_MUST_USE
certbound_status certbound_client_authenticate(const char *metadata,
                                               size_t metadata_len,
                                               const uint8_t *certificate,
                                               size_t certificate_len,
                                               uint32_t chain,
                                               void *scratch,
                                               size_t scratch_len,
                                               struct certbound_text *client_id);

/*
 How many bytes of scratch memory a registration of `metadata_len` bytes needs at the most.
 */
size_t certbound_client_metadata_scratch_len(size_t metadata_len);

/*
 Judges an introspection response by a policy, at this moment and against the certificate of the connection.

 `active` must be true, and the policy's rules for binding and scopes hold. Of the other members, which are optional
 (RFC 7662 §2.2), those that are there follow the rules for tokens: `exp` and `nbf` always, `iss` and `aud` if the policy
 names an issuer and an audience. The policy's token type, algorithms and tables do not matter. `certificate_sha256` is
 null if the client sent none; `now` is the time in Unix seconds. `scratch` has `certbound_introspection_scratch_len`
 bytes for the longest response to be accepted. On `CERTBOUND_OK` `*accepted` gives the response's members, as long as
 `scratch` stays as it is; the memory of `response` may be reused when the call returns.

 # Safety
 Pointers point to what their types say, or to as many bytes as the length beside them tells.
 */
CERTBOUND_MUST_USE
certbound_status certbound_introspection_verify_against(const struct certbound_policy *policy,
                                                        const char *response,
                                                        size_t response_len,
                                                        const uint8_t *certificate_sha256,
                                                        uint64_t now,
                                                        void *scratch,
                                                        size_t scratch_len,
                                                        struct certbound_accepted *accepted);

/*
 Judges an introspection response by the binding rule alone: `active` is true, and `cnf` names the connection's
 certificate. See `certbound_introspection_verify_against`, which also judges issuer, audience, times and scopes.

 `binding` is `CERTBOUND_BINDING_REQUIRED` or `CERTBOUND_BINDING_IF_PRESENT`; `certificate_sha256` is null where the
 client sent none. `scratch` has `certbound_introspection_scratch_len` bytes for the longest response to be accepted. On
 `CERTBOUND_OK` `*accepted` gives the response's members, as long as `scratch` stays as it is.

 # Safety
 Pointers point to what their types say, or to as many bytes as the length beside them tells.
 */
CERTBOUND_MUST_USE
certbound_status certbound_introspection_verify(const char *response,
                                                size_t response_len,
                                                uint32_t binding,
                                                const uint8_t *certificate_sha256,
                                                void *scratch,
                                                size_t scratch_len,
                                                struct certbound_accepted *accepted);

/*
 How many bytes of scratch memory a response of `response_len` bytes needs at the most.
 */
size_t certbound_introspection_scratch_len(size_t response_len);

/*
 Counts the keys of a JWK Set that can verify tokens, and tells `passed_over` of the others.

 `passed_over` may be null. The status is `CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY` if the set lists keys and none of them is
 usable; a set that lists no keys has 0, and withdraws all keys of its issuer.

 # Safety
 `jwks` points to `jwks_len` bytes, `usable` to a `size_t`; `passed_over` can be called with `context`.
 */
CERTBOUND_MUST_USE
certbound_status certbound_jwks_count(const char *jwks,
                                      size_t jwks_len,
                                      certbound_passed_over passed_over,
                                      void *context,
                                      size_t *usable);

/*
 Writes to `size` the number of bytes that the usable keys of this JWK Set need, with tables of this size.

 `tables` is `CERTBOUND_TABLES_DEFAULT` (0) to `CERTBOUND_TABLES_LARGE`.

 # Safety
 Pointers point to what their types say, or to as many bytes as the length beside them tells.
 */
CERTBOUND_MUST_USE
certbound_status certbound_keys_size(const char *jwks,
                                     size_t jwks_len,
                                     uint32_t tables,
                                     size_t *size);

/*
 Fills `memory` with the usable keys of a JWK Set (RFC 7517 §5), and prepares their tables.

 `memory` is aligned to `CERTBOUND_ALIGNMENT` and has the number of bytes that `certbound_keys_size` returns for this
 JWK Set and the same `tables`; in smaller memory the status is `CERTBOUND_KEY_SET_FULL`. The JWK Set is copied and may
 go. `passed_over` is called with `context` for each key that cannot verify tokens; it may be null.

 A set that lists no keys withdraws all keys of its issuer: it is read, and verifiers reject every token with
 `CERTBOUND_KEYS_WITHDRAWN`. A set whose keys are all unusable is `CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY`.

 On `CERTBOUND_OK` `*keys` points to the beginning of `memory`. A status from 100 on leaves no keys in `memory`, not even
 those that were there before; a misuse leaves `memory` as it was. No thread may be using `memory` at the time.

 It does not judge where the JWK Set comes from: fetch it from the issuer over TLS.

 # Safety
 Pointers point to what their types say, or to as many bytes as the length beside them tells; `passed_over` can be called
 with `context`.
 */
CERTBOUND_MUST_USE
certbound_status certbound_keys_init(void *memory,
                                     size_t memory_len,
                                     const char *jwks,
                                     size_t jwks_len,
                                     uint32_t tables,
                                     certbound_passed_over passed_over,
                                     void *context,
                                     const struct certbound_keys **keys);

/*
 Writes to `count` how many usable keys there are; 0 if the issuer has withdrawn all of them.

 # Safety
 Pointers point to what their types say.
 */
CERTBOUND_MUST_USE
certbound_status certbound_keys_count(const struct certbound_keys *keys,
                                      size_t *count);

/*
 The bit of an algorithm for `certbound_policy.algorithms`, by its name in RFC 7518, such as `"ES256"`.

 `CERTBOUND_ALGORITHM_UNSUPPORTED` for a name that is none, `none` and HMAC among them.

 # Safety
 `name` points to `name_len` bytes, `algorithm` to a `uint32_t`.
 */
CERTBOUND_MUST_USE
certbound_status certbound_algorithm_from_name(const char *name,
                                               size_t name_len,
                                               uint32_t *algorithm);

/*
 The stable name of a status, in snake_case: `"ok"`, `"certificate_mismatch"`. Never null; `"status_unknown"` for a
 number that is none.
 */
const char *certbound_status_name(uint32_t status);

/*
 What was found, in words for the operator. Never null.
 */
const char *certbound_status_found(uint32_t status);

/*
 What was wanted, in words for the operator. Never null.
 */
const char *certbound_status_wanted(uint32_t status);

/*
 What to change, in words for the operator. Never null.
 */
const char *certbound_status_remedy(uint32_t status);

/*
 The HTTP status that a resource server answers with: 401, 400, 403, or 500 where the fault is not the request's
 (RFC 6750 §3.1). 200 for `CERTBOUND_OK`.
 */
uint16_t certbound_status_http_status(uint32_t status);

/*
 The value of the challenge's `error` attribute (RFC 6750 §3.1), all that a client may learn. Null where it has none:
 for `CERTBOUND_OK`, where the request carried no token, and where the answer is a 500 without a challenge.
 */
const char *certbound_status_bearer_error(uint32_t status);

/*
 Gives the thumbprint of a certificate (RFC 8705 §3.1). `der` holds exactly one certificate in DER, and is read strictly.

 # Safety
 `der` points to `der_len` bytes, `sha256` to 32 bytes.
 */
CERTBOUND_MUST_USE
certbound_status certbound_thumbprint_from_der(const uint8_t *der,
                                               size_t der_len,
                                               uint8_t *sha256);

/*
 Reads a thumbprint of 64 hexadecimal digits, of either case and without colons.

 # Safety
 `hex` points to `hex_len` bytes, `sha256` to 32 bytes.
 */
CERTBOUND_MUST_USE
certbound_status certbound_thumbprint_from_hex(const char *hex,
                                               size_t hex_len,
                                               uint8_t *sha256);

/*
 Reads the value of an `x5t#S256` member.

 # Safety
 `text` points to `text_len` bytes, `sha256` to 32 bytes.
 */
CERTBOUND_MUST_USE
certbound_status certbound_thumbprint_from_x5t_s256(const char *text,
                                                    size_t text_len,
                                                    uint8_t *sha256);

/*
 Writes a thumbprint as the value of an `x5t#S256` member: 43 characters and a NUL.

 # Safety
 `sha256` points to 32 bytes, `text` to 44.
 */
CERTBOUND_MUST_USE
certbound_status certbound_thumbprint_x5t_s256(const uint8_t *sha256,
                                               char *text);

/*
 Writes the value of a token's `cnf` member, for a token service: the JSON text `{"x5t#S256":"…"}`, 58 characters, and
 a NUL.

 # Safety
 `sha256` points to 32 bytes, `json` to 59.
 */
CERTBOUND_MUST_USE
certbound_status certbound_confirmation_json(const uint8_t *sha256,
                                             char *json);

/*
 Compares two thumbprints in constant time: `CERTBOUND_OK` where they are equal, `CERTBOUND_CERTIFICATE_MISMATCH` where
 they are not.

 # Safety
 Both point to 32 bytes.
 */
CERTBOUND_MUST_USE
certbound_status certbound_thumbprint_compare(const uint8_t *one,
                                              const uint8_t *other);

/*
 Writes to `size` how many bytes of memory a verifier needs at the most for this policy and up to `keys` usable keys, of
 whatever kinds. The largest are those of P-521: `certbound_verifier_size_for` tells how much less a known set needs.

 # Safety
 Pointers point to what their types say.
 */
CERTBOUND_MUST_USE
certbound_status certbound_verifier_size(const struct certbound_policy *policy,
                                         size_t keys,
                                         size_t *size);

/*
 Writes to `size` how many bytes of memory a verifier needs for this policy and the usable keys of this JWK Set.

 # Safety
 Pointers point to what their types say, or to as many bytes as the length beside them tells.
 */
CERTBOUND_MUST_USE
certbound_status certbound_verifier_size_for(const struct certbound_policy *policy,
                                             const char *jwks,
                                             size_t jwks_len,
                                             size_t *size);

/*
 Fills `memory` with a verifier: a policy, and the usable keys of a JWK Set (RFC 7517 §5) with their tables.

 It is for one policy and one set of keys. Where several policies use the same keys, prepare these once by
 `certbound_keys_init`, and make each verifier by `certbound_verifier_init_with_keys`.

 `memory` is aligned to `CERTBOUND_ALIGNMENT`, and has the number of bytes that `certbound_verifier_size_for` returns for
 this JWK Set, or `certbound_verifier_size` for the most keys that it may list: more usable keys are
 `CERTBOUND_KEY_SET_FULL`. Of a set without usable keys `certbound_keys_init` says what becomes of it. Policy and JWK Set
 are copied and may go. On `CERTBOUND_OK` `*verifier` points to the beginning of `memory`. A status from 100 on leaves no
 verifier in `memory`, not even one that was there before; a misuse leaves `memory` as it was.

 No thread may be using `memory` at the time. To change keys while requests run, fill other memory, let new requests take
 that, and release the old when the last request that took it has ended.

 It does not judge where the JWK Set comes from: fetch it from the issuer over TLS.

 # Safety
 Pointers point to what their types say, or to as many bytes as the length beside them tells.
 */
CERTBOUND_MUST_USE
certbound_status certbound_verifier_init(void *memory,
                                         size_t memory_len,
                                         const struct certbound_policy *policy,
                                         const char *jwks,
                                         size_t jwks_len,
                                         const struct certbound_verifier **verifier);

/*
 Writes to `size` the number of bytes that a verifier needs for this policy, without keys of its own.

 # Safety
 Pointers point to what their types say.
 */
CERTBOUND_MUST_USE
certbound_status certbound_verifier_size_with_keys(const struct certbound_policy *policy,
                                                   size_t *size);

/*
 Fills `memory` with a verifier that refers to these keys. Any number of verifiers may refer to the same keys, and
 making one takes no time to speak of.

 The keys must stay where they are, and as they are, as long as the verifier is used. `policy.tables` does not matter:
 the tables are those of the keys. `memory` is aligned to `CERTBOUND_ALIGNMENT`, and has the number of bytes that
 `certbound_verifier_size_with_keys` returns. The policy is copied and may go.

 To change keys while requests run, fill other memory with the new keys, make the verifiers again in other memory, let
 new requests use these, and release the old ones when the last request that uses them has ended.

 # Safety
 Pointers point to what their types say, or to as many bytes as the length beside them tells.
 */
CERTBOUND_MUST_USE
certbound_status certbound_verifier_init_with_keys(void *memory,
                                                   size_t memory_len,
                                                   const struct certbound_policy *policy,
                                                   const struct certbound_keys *keys,
                                                   const struct certbound_verifier **verifier);

/*
 Accepts or rejects a token that came over a connection whose client certificate has this SHA-256 value.

 `token` is the compact serialization alone, without `Bearer`. `certificate_sha256` points to the 32 bytes of the
 thumbprint of the certificate whose private key the client has proven to hold in the handshake; it is null where the
 client sent none. `now` is the time in Unix seconds. `scratch` has `certbound_scratch_len` bytes for the longest token
 to be taken; what it holds does not matter.

 On `CERTBOUND_OK` the token is accepted, and `*accepted` gives its claims as long as `scratch` stays as it is. The memory
 of `token` may be reused when the call returns. Any other status rejects, and leaves `*accepted` as it was.

 It does not check the certificate's chain, validity or revocation, which is the terminator's work, nor whether the
 token was used before or has been revoked.

 # Safety
 Pointers point to what their types say, or to as many bytes as the length beside them tells.
 */
CERTBOUND_MUST_USE
certbound_status certbound_verify(const struct certbound_verifier *verifier,
                                  const char *token,
                                  size_t token_len,
                                  const uint8_t *certificate_sha256,
                                  uint64_t now,
                                  void *scratch,
                                  size_t scratch_len,
                                  struct certbound_accepted *accepted);

/*
 Accepts or rejects a token like `certbound_verify`, over a connection with this client certificate.

 `certificate` is the DER of exactly one certificate, the client's own without its chain; with length 0 there is none.

 # Safety
 Pointers point to what their types say, or to as many bytes as the length beside them tells.
 */
CERTBOUND_MUST_USE
certbound_status certbound_verify_der(const struct certbound_verifier *verifier,
                                      const char *token,
                                      size_t token_len,
                                      const uint8_t *certificate,
                                      size_t certificate_len,
                                      uint64_t now,
                                      void *scratch,
                                      size_t scratch_len,
                                      struct certbound_accepted *accepted);

/*
 How many bytes of scratch memory a token of `token_len` bytes needs at the most.
 */
size_t certbound_scratch_len(size_t token_len);

/*
 The number of the library's interface, to be compared with the header's `CERTBOUND_ABI`.
 */
uint32_t certbound_abi(void);

/*
 The library's version, such as `"0.1.0"`. Never null.
 */
const char *certbound_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CERTBOUND_H */
