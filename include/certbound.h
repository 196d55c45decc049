/**
 * @file
 * certbound: verification of OAuth 2.0 certificate-bound access tokens (RFC 8705).
 *
 * What most programs need, for a policy with one audience:
 *
 * @code{.c}
 * // Once: a verifier for the issuer's keys.
 * certbound_text audience = {"https://api.example", 19};
 * certbound_policy policy = {.size = sizeof policy, .issuer = {"https://as.example", 18},
 *                            .audiences = &audience, .audiences_len = 1};
 * status = certbound_verifier_size_for(&policy, jwks, jwks_len, &size);
 * if (status == CERTBOUND_OK)
 *     status = certbound_verifier_init(memory = malloc(size), size, &policy, jwks, jwks_len, &verifier);
 *
 * // For each request: its token, and the client's certificate from its connection.
 * status = certbound_verify_der(verifier, token, token_len, der, der_len, time(NULL),
 *                               scratch, sizeof scratch, &accepted);
 * if (status != CERTBOUND_OK)
 *     respond(certbound_status_http_status(status), certbound_status_bearer_error(status));
 * @endcode
 *
 * The caller provides all memory. The library allocates nothing, keeps nothing between calls, and needs no clean-up.
 *
 * Every function may be called from any thread. During a call, every pointer must be valid: for its type, for the number
 * of bytes or elements that the length beside it states, or for the number of bytes that its description states. A pointer
 * may be null if the length beside it is 0 or its description says so. The library detects other null pointers, misaligned
 * pointers, overlapping memory and uninitialised objects, and returns a status below 100.
 *
 * Functions write their outputs only if they return CERTBOUND_OK.
 */

#ifndef CERTBOUND_H
#define CERTBOUND_H

/* Generated from the crate in ffi/ by its test `header`: edit the crate, not this file. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
/** Makes compilers warn if a status is ignored. */
#define CERTBOUND_MUST_USE __attribute__((warn_unused_result))
#else
/** Would make compilers warn if a status is ignored. */
#define CERTBOUND_MUST_USE
#endif

/*
 * The parts of the library. For a library that was built without some of them, a program defines CERTBOUND_NO_RSA and the
 * like before it includes this header. What the library lacks is then not declared, and its use does not compile.
 */
#ifndef CERTBOUND_NO_ES256
/** The library verifies ES256. */
#define CERTBOUND_HAS_ES256 1
#endif
#ifndef CERTBOUND_NO_ES384
/** The library verifies ES384. */
#define CERTBOUND_HAS_ES384 1
#endif
#ifndef CERTBOUND_NO_ES512
/** The library verifies ES512. */
#define CERTBOUND_HAS_ES512 1
#endif
#ifndef CERTBOUND_NO_EDDSA
/** The library verifies EdDSA. */
#define CERTBOUND_HAS_EDDSA 1
#endif
#ifndef CERTBOUND_NO_RSA
/** The library verifies RS256, RS384, RS512, PS256, PS384 and PS512. */
#define CERTBOUND_HAS_RSA 1
#endif
#ifndef CERTBOUND_NO_PREPARED
/** The library has keys with tables. */
#define CERTBOUND_HAS_PREPARED 1
#endif
#ifndef CERTBOUND_NO_CACHE
/** The library has the caches. */
#define CERTBOUND_HAS_CACHE 1
#endif
#ifndef CERTBOUND_NO_INTROSPECTION
/** The library has introspection. */
#define CERTBOUND_HAS_INTROSPECTION 1
#endif
#ifndef CERTBOUND_NO_CLIENT_AUTHENTICATION
/** The library has client authentication. */
#define CERTBOUND_HAS_CLIENT_AUTHENTICATION 1
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup certbound_version Version and status
 * The result of every call, and the version of the library.
 * @{
 */

/**
 * The version of the interface that this header describes. It changes whenever programs compiled with an older header
 * would misinterpret the library.
 */
#define CERTBOUND_ABI 1

/** Returns the version of the interface that the library implements. Compare it with `CERTBOUND_ABI`. */
uint32_t certbound_abi(void);

/** Returns the version of the library, such as `"0.1.0"`. Never null. */
const char *certbound_version(void);

/**
 * The result of a call. Anything but `CERTBOUND_OK` rejects.
 *
 * Below 100, an argument or an object was invalid and nothing was verified, or the claim asked for is missing.
 * `CERTBOUND_OUT_OF_MEMORY` and `CERTBOUND_TLS_FAILURE` are for hosts: the library never returns them. From 100 on, the
 * status is an error of the core, and the hundreds name the subject: 1 the token's form, 2 JSON, 3 the JOSE header, 4 key
 * and signature, 5 claims, 6 the binding, 7 certificates and names, 8 key sets, 9 client authentication,
 * 10 introspection. The meaning of a number never changes; later versions may add numbers.
 */
enum certbound_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /** The call succeeded. */
    CERTBOUND_OK = 0,
    /** A pointer is null. */
    CERTBOUND_NULL_ARGUMENT = 1,
    /** A pointer is not aligned. */
    CERTBOUND_MISALIGNED_ARGUMENT = 2,
    /** Memory that the call writes overlaps another argument. */
    CERTBOUND_OVERLAPPING_ARGUMENTS = 3,
    /** A length exceeds the largest possible object. */
    CERTBOUND_LENGTH_OUT_OF_RANGE = 4,
    /** The memory for an object is too small. */
    CERTBOUND_OUTPUT_TOO_SMALL = 5,
    /** An object was not initialised, or has been overwritten. */
    CERTBOUND_NOT_INITIALISED = 6,
    /** An argument has an unknown value. */
    CERTBOUND_VALUE_UNKNOWN = 7,
    /** A text is not UTF-8. */
    CERTBOUND_TEXT_NOT_UTF8 = 8,
    /** The policy has too many texts or a text that is too long, or there are too many issuers. */
    CERTBOUND_POLICY_TOO_LARGE = 9,
    /** The policy has a size that the library does not know. */
    CERTBOUND_POLICY_SIZE_UNKNOWN = 10,
    /** The token does not have this claim. */
    CERTBOUND_CLAIM_MISSING = 11,
    /** The host has no memory for the verdict. */
    CERTBOUND_OUT_OF_MEMORY = 12,
    /** The host's TLS library failed to provide the client's certificate. */
    CERTBOUND_TLS_FAILURE = 13,
    /** A defect of the library stopped the call. */
    CERTBOUND_PANIC = 99,
    /** There is no token. */
    CERTBOUND_TOKEN_MISSING = 100,
    /** The token is longer than 16 KiB. */
    CERTBOUND_TOKEN_TOO_LONG = 101,
    /** The token does not consist of three parts. */
    CERTBOUND_TOKEN_NOT_COMPACT = 102,
    /** The token's first part is not base64url. */
    CERTBOUND_HEADER_NOT_BASE64URL = 103,
    /** The token's second part is not base64url. */
    CERTBOUND_PAYLOAD_NOT_BASE64URL = 104,
    /** The token's third part is not base64url. */
    CERTBOUND_SIGNATURE_NOT_BASE64URL = 105,
    /** The scratch memory is too small for this input. */
    CERTBOUND_SCRATCH_TOO_SMALL = 106,
    /** The request has more than one Authorization header. */
    CERTBOUND_AUTHORIZATION_AMBIGUOUS = 107,
    /** The buffer for the output is too small. */
    CERTBOUND_BUFFER_TOO_SMALL = 108,
    /** The JSON text is longer than 256 KiB. */
    CERTBOUND_JSON_TOO_LONG = 200,
    /** The JSON text is not UTF-8. */
    CERTBOUND_JSON_NOT_UTF8 = 201,
    /** The JSON text ends too early. */
    CERTBOUND_JSON_UNEXPECTED_END = 202,
    /** The JSON text has an unexpected character. */
    CERTBOUND_JSON_UNEXPECTED_BYTE = 203,
    /** The JSON value is followed by other text. */
    CERTBOUND_JSON_TRAILING_BYTES = 204,
    /** A JSON number is malformed. */
    CERTBOUND_JSON_NUMBER_MALFORMED = 205,
    /** A JSON string has a raw control character. */
    CERTBOUND_JSON_CONTROL_CHARACTER = 206,
    /** A JSON string has an unknown or incomplete escape sequence. */
    CERTBOUND_JSON_ESCAPE_MALFORMED = 207,
    /** A JSON string has half of a surrogate pair. */
    CERTBOUND_JSON_SURROGATE_UNPAIRED = 208,
    /** The JSON text is nested deeper than 16 levels. */
    CERTBOUND_JSON_TOO_DEEP = 209,
    /** A JSON object has the same name twice. */
    CERTBOUND_JSON_DUPLICATE_NAME = 210,
    /** The JSON objects have more than 256 members, or too many names with the same hash. */
    CERTBOUND_JSON_TOO_MANY_MEMBERS = 211,
    /** The token's header is longer than 2 KiB. */
    CERTBOUND_HEADER_TOO_LONG = 300,
    /** The token's header is not a JSON object. */
    CERTBOUND_HEADER_NOT_OBJECT = 301,
    /** The token's header has no alg. */
    CERTBOUND_ALGORITHM_MISSING = 302,
    /** The token's alg is not a string. */
    CERTBOUND_ALGORITHM_MALFORMED = 303,
    /** The alg is none, an HMAC, or another that this build does not support. */
    CERTBOUND_ALGORITHM_UNSUPPORTED = 304,
    /** The token's alg is not among the policy's. */
    CERTBOUND_ALGORITHM_NOT_ALLOWED = 305,
    /** The token's header has crit. */
    CERTBOUND_CRITICAL_HEADER = 306,
    /** The token's header has b64. */
    CERTBOUND_UNENCODED_PAYLOAD = 307,
    /** The token's header has no typ. */
    CERTBOUND_TYPE_MISSING = 308,
    /** The token's typ is not a string. */
    CERTBOUND_TYPE_MALFORMED = 309,
    /** The token's typ is not that of an access token. */
    CERTBOUND_TYPE_NOT_ALLOWED = 310,
    /** The token's kid is not a string. */
    CERTBOUND_KEY_ID_MALFORMED = 311,
    /** No key of the set has the token's kid. */
    CERTBOUND_KEY_UNKNOWN = 400,
    /** No candidate key fits the token's alg. */
    CERTBOUND_KEY_UNSUITED = 401,
    /** The signature has a length that its algorithm does not produce. */
    CERTBOUND_SIGNATURE_LENGTH = 402,
    /** The signature does not verify with the issuer's key. */
    CERTBOUND_SIGNATURE_INVALID = 403,
    /** More than 8 keys fit the token's alg, and its kid if it has one. */
    CERTBOUND_TOO_MANY_CANDIDATE_KEYS = 404,
    /** The issuer's key set lists no keys: all of them have been withdrawn. */
    CERTBOUND_KEYS_WITHDRAWN = 405,
    /** The keys of an issuer have not arrived yet, and no key that is here verifies the token. */
    CERTBOUND_KEYS_PENDING = 406,
    /** The token's payload is not a JSON object. */
    CERTBOUND_CLAIMS_NOT_OBJECT = 500,
    /** The token has no iss. */
    CERTBOUND_ISSUER_MISSING = 501,
    /** The token's iss is not a string. */
    CERTBOUND_ISSUER_MALFORMED = 502,
    /** The token's iss is not the issuer whose key verifies the signature. */
    CERTBOUND_ISSUER_MISMATCH = 503,
    /** The token has no aud. */
    CERTBOUND_AUDIENCE_MISSING = 504,
    /** The token's aud is neither a string nor an array of strings. */
    CERTBOUND_AUDIENCE_MALFORMED = 505,
    /** The token's aud has none of the policy's audiences. */
    CERTBOUND_AUDIENCE_MISMATCH = 506,
    /** The token has no exp. */
    CERTBOUND_EXPIRY_MISSING = 507,
    /** The token's exp is not a number. */
    CERTBOUND_EXPIRY_MALFORMED = 508,
    /** The token's exp is not a time between the years 1970 and 9999. */
    CERTBOUND_EXPIRY_OUT_OF_RANGE = 509,
    /** The token's exp has passed. */
    CERTBOUND_TOKEN_EXPIRED = 510,
    /** The token's nbf is not a number. */
    CERTBOUND_NOT_BEFORE_MALFORMED = 511,
    /** The token's nbf is not a time between the years 1970 and 9999. */
    CERTBOUND_NOT_BEFORE_OUT_OF_RANGE = 512,
    /** The token's nbf is in the future. */
    CERTBOUND_TOKEN_NOT_YET_VALID = 513,
    /** The token's iat is not a number. */
    CERTBOUND_ISSUED_AT_MALFORMED = 514,
    /** The token's iat is not a time between the years 1970 and 9999. */
    CERTBOUND_ISSUED_AT_OUT_OF_RANGE = 515,
    /** The token's sub is not a string. */
    CERTBOUND_SUBJECT_MALFORMED = 516,
    /** The token's client_id is not a string. */
    CERTBOUND_CLIENT_ID_MALFORMED = 517,
    /** The token's jti is not a string. */
    CERTBOUND_TOKEN_ID_MALFORMED = 518,
    /** The token's scope is not a string. */
    CERTBOUND_SCOPE_MALFORMED = 519,
    /** The token lacks a scope that the policy requires. */
    CERTBOUND_INSUFFICIENT_SCOPE = 520,
    /** The claims do not fit the type that they are read into. */
    CERTBOUND_CLAIMS_TYPE_MISMATCH = 521,
    /** The policy's leeway is longer than 10 minutes. */
    CERTBOUND_LEEWAY_TOO_LONG = 522,
    /** A value that this server requires is empty, 0 or false. */
    CERTBOUND_REQUIREMENT_UNMET = 523,
    /** The token has no cnf, so anyone who obtains it can use it. */
    CERTBOUND_CONFIRMATION_MISSING = 600,
    /** cnf is not a JSON object. */
    CERTBOUND_CONFIRMATION_MALFORMED = 601,
    /** cnf has no x5t#S256. */
    CERTBOUND_CONFIRMATION_METHOD_UNSUPPORTED = 602,
    /** x5t#S256 is not the base64url of a SHA-256 value. */
    CERTBOUND_THUMBPRINT_MALFORMED = 603,
    /** The token is bound, but the connection has no client certificate. */
    CERTBOUND_CERTIFICATE_MISSING = 604,
    /** The connection's certificate is not the one the token is bound to. */
    CERTBOUND_CERTIFICATE_MISMATCH = 605,
    /** The thumbprint is not 64 hexadecimal digits. */
    CERTBOUND_THUMBPRINT_HEX_MALFORMED = 606,
    /** The certificate is longer than 65,535 bytes. */
    CERTBOUND_CERTIFICATE_TOO_LONG = 700,
    /** The certificate is not DER. */
    CERTBOUND_DER_MALFORMED = 701,
    /** Bytes follow the certificate, or one of its parts. */
    CERTBOUND_DER_TRAILING_BYTES = 702,
    /** The certificate's version is unknown or does not fit its fields. */
    CERTBOUND_CERTIFICATE_VERSION = 703,
    /** The certificate's serial number is negative or too long. */
    CERTBOUND_SERIAL_NUMBER_MALFORMED = 704,
    /** The certificate names two different signature algorithms. */
    CERTBOUND_SIGNATURE_ALGORITHM_MISMATCH = 705,
    /** The certificate's validity cannot be read. */
    CERTBOUND_VALIDITY_MALFORMED = 706,
    /** A name in the certificate cannot be read. */
    CERTBOUND_NAME_MALFORMED = 707,
    /** A name has more than 32 parts, or a part with more than 8 attributes. */
    CERTBOUND_NAME_TOO_LONG = 708,
    /** The certificate's public key cannot be read. */
    CERTBOUND_PUBLIC_KEY_MALFORMED = 709,
    /** The certificate's extensions cannot be read. */
    CERTBOUND_EXTENSIONS_MALFORMED = 710,
    /** The certificate has the same extension twice. */
    CERTBOUND_EXTENSION_DUPLICATE = 711,
    /** The certificate has more than 64 extensions. */
    CERTBOUND_TOO_MANY_EXTENSIONS = 712,
    /** The certificate's subject alternative names cannot be read. */
    CERTBOUND_ALTERNATIVE_NAMES_MALFORMED = 713,
    /** The distinguished name is longer than 4 KiB, or has too many parts. */
    CERTBOUND_DISTINGUISHED_NAME_TOO_LONG = 720,
    /** The distinguished name is not an RFC 4514 string. */
    CERTBOUND_DISTINGUISHED_NAME_MALFORMED = 721,
    /** The distinguished name has an attribute whose short name is not known. */
    CERTBOUND_ATTRIBUTE_TYPE_UNKNOWN = 722,
    /** The proxy has forwarded no client certificate. */
    CERTBOUND_FORWARDED_MISSING = 730,
    /** The header with the forwarded certificate is longer than 128 KiB. */
    CERTBOUND_FORWARDED_TOO_LONG = 731,
    /** More than one client certificate was forwarded. */
    CERTBOUND_FORWARDED_AMBIGUOUS = 732,
    /** The forwarded certificate is not in the format rfc9440. */
    CERTBOUND_FORWARDED_RFC9440_MALFORMED = 733,
    /** The forwarded certificate is not in the format xfcc. */
    CERTBOUND_FORWARDED_XFCC_MALFORMED = 734,
    /** The forwarded certificate is not PEM in one line. */
    CERTBOUND_FORWARDED_PEM_MALFORMED = 735,
    /** The forwarded certificate is not in the format base64. */
    CERTBOUND_FORWARDED_BASE64_MALFORMED = 736,
    /** The forwarded XFCC element has neither Hash nor Cert. */
    CERTBOUND_FORWARDED_INCOMPLETE = 737,
    /** Hash and Cert of the forwarded XFCC element are of different certificates. */
    CERTBOUND_FORWARDED_HASH_MISMATCH = 738,
    /** The JWK Set is not a JSON object. */
    CERTBOUND_KEY_SET_NOT_OBJECT = 800,
    /** The JWK Set has no keys array. */
    CERTBOUND_KEY_SET_KEYS_MISSING = 801,
    /** The JWK Set has no key that can verify tokens. */
    CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY = 802,
    /** The JWK Set has more usable keys than the memory provided can hold. */
    CERTBOUND_KEY_SET_FULL = 803,
    /** The JWK Set is a PEM file. */
    CERTBOUND_KEY_SET_IS_PEM = 804,
    /** The key is not a JSON object. */
    CERTBOUND_KEY_NOT_OBJECT = 820,
    /** The key's kty is absent or not a string. */
    CERTBOUND_KEY_TYPE_MALFORMED = 821,
    /** The key's kty is not supported. */
    CERTBOUND_KEY_TYPE_UNSUPPORTED = 822,
    /** The key's crv is absent or not supported. */
    CERTBOUND_CURVE_UNSUPPORTED = 823,
    /** A member of the key is absent or malformed. */
    CERTBOUND_KEY_MEMBER_MALFORMED = 824,
    /** The key is not a point of its curve, or is a point of small order. */
    CERTBOUND_KEY_POINT_INVALID = 825,
    /** The key's RSA modulus has too few or too many bits. */
    CERTBOUND_KEY_MODULUS_LENGTH = 826,
    /** The key's RSA modulus is even. */
    CERTBOUND_KEY_MODULUS_EVEN = 827,
    /** The key's RSA exponent is even, too small or too large. */
    CERTBOUND_KEY_EXPONENT = 828,
    /** The key's use is not sig. */
    CERTBOUND_KEY_USE_UNSUITED = 829,
    /** The key's key_ops do not include verify. */
    CERTBOUND_KEY_OPERATIONS_UNSUITED = 830,
    /** The key's alg is not supported or does not fit its type. */
    CERTBOUND_KEY_ALGORITHM_UNSUITED = 831,
    /** The key's kid is not a string, or longer than 128 bytes. */
    CERTBOUND_KEY_ID_TOO_LONG = 832,
    /** The memory for the table of a prepared key, or of its curve's base point, is too small. */
    CERTBOUND_TABLE_TOO_SMALL = 840,
    /** The memory does not hold the table of a prepared key, or of a base point, of this curve. */
    CERTBOUND_TABLE_NOT_PREPARED = 841,
    /** The tables were prepared from other keys, or in another geometry. */
    CERTBOUND_TABLES_OF_OTHER_KEYS = 842,
    /** The tables have changed since they were prepared. */
    CERTBOUND_TABLES_DAMAGED = 843,
    /** The accelerator fails its self-test. */
    CERTBOUND_ACCELERATOR_FAULTY = 850,
    /** The client metadata is not a JSON object. */
    CERTBOUND_CLIENT_METADATA_NOT_OBJECT = 900,
    /** The client's token_endpoint_auth_method is absent or not supported. */
    CERTBOUND_AUTHENTICATION_METHOD_UNSUPPORTED = 901,
    /** The client has no tls_client_auth member that names its certificate's subject. */
    CERTBOUND_SUBJECT_IDENTIFIER_MISSING = 902,
    /** The client has several tls_client_auth members that name its certificate's subject. */
    CERTBOUND_SUBJECT_IDENTIFIER_AMBIGUOUS = 903,
    /**
     * The client's expected subject is not a string, is empty, contains a wildcard, a NUL or a character that
     * certificates do not allow, or is not an address.
     */
    CERTBOUND_SUBJECT_IDENTIFIER_MALFORMED = 904,
    /** The certificate's subject is not the one registered for the client. */
    CERTBOUND_SUBJECT_MISMATCH = 905,
    /** The certificate has no subject alternative name equal to the one registered for the client. */
    CERTBOUND_ALTERNATIVE_NAME_MISMATCH = 906,
    /** The client has no jwks with keys. */
    CERTBOUND_CLIENT_KEYS_MISSING = 907,
    /** The certificate's public key is not among the keys registered for the client. */
    CERTBOUND_CLIENT_KEY_MISMATCH = 908,
    /** The certificate's chain has not been validated, so the names in it cannot be trusted. */
    CERTBOUND_CHAIN_NOT_VALIDATED = 909,
    /** The introspection response is not a JSON object. */
    CERTBOUND_INTROSPECTION_NOT_OBJECT = 1000,
    /** The introspection response has no active. */
    CERTBOUND_ACTIVE_MISSING = 1001,
    /** The introspection response's active is not a boolean. */
    CERTBOUND_ACTIVE_MALFORMED = 1002,
    /** The token is not active. */
    CERTBOUND_TOKEN_INACTIVE = 1003,
    /** The issuer's introspection endpoint has not answered, or not completely. */
    CERTBOUND_INTROSPECTION_UNAVAILABLE = 1004,
    /** The issuer's introspection endpoint refuses the question of this server. */
    CERTBOUND_INTROSPECTION_REFUSED = 1005,
    /** The introspection response is longer than this server reads. */
    CERTBOUND_INTROSPECTION_TOO_LONG = 1006,
    /** The introspection response is not a JSON object with a boolean active. */
    CERTBOUND_INTROSPECTION_MALFORMED = 1007,
};
/** See `enum certbound_status`. */
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum certbound_status certbound_status;
#else
typedef uint32_t certbound_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Returns the stable name of a status in snake_case, such as `"ok"` or `"certificate_mismatch"`, or `"status_unknown"`.
 * Never null.
 */
const char *certbound_status_name(uint32_t status);

/** Returns what was found, for the operator. Never null. */
const char *certbound_status_found(uint32_t status);

/** Returns what was expected, for the operator. Never null. */
const char *certbound_status_wanted(uint32_t status);

/** Returns what to change, for the operator. Never null. */
const char *certbound_status_remedy(uint32_t status);

/**
 * Returns the HTTP status code of a resource server's response (RFC 6750 §3.1): 401, 400 or 403; 500 if the server is at
 * fault; 503 if it cannot judge the token yet, for `CERTBOUND_KEYS_PENDING`, which no function returns, and for a failed
 * introspection; 200 for `CERTBOUND_OK`. Send `Retry-After` with 503.
 */
uint16_t certbound_status_http_status(uint32_t status);

/**
 * Returns the `error` attribute of the response's challenge (RFC 6750 §3.1), which is all that the client may learn.
 *
 * Null if the challenge has no such attribute: for `CERTBOUND_OK`, if the request has no token, and for a response with
 * code 500 or 503, which has no challenge.
 */
const char *certbound_status_bearer_error(uint32_t status);

/** @} */

/**
 * @defgroup certbound_memory Memory and texts
 * What objects and texts in the caller's memory have in common.
 * @{
 */

/**
 * The alignment of the memory of keys, verifiers and caches, in bytes. Memory from `malloc` is always aligned to it.
 */
#define CERTBOUND_ALIGNMENT 8

/** A UTF-8 text of `len` bytes. It is not terminated by a NUL, and may contain one. */
typedef struct certbound_text {
    /** The first byte. May be null if `len` is 0. */
    const char *data;
    /** The number of bytes. */
    size_t len;
} certbound_text;

/** @} */

/**
 * @defgroup certbound_thumbprints Thumbprints
 * The SHA-256 values of certificates, which tokens are bound to.
 * @{
 */

/** The number of bytes of a thumbprint. */
#define CERTBOUND_SHA256_LEN 32

/** The number of characters of an `x5t#S256` value, without the terminating NUL. */
#define CERTBOUND_X5T_S256_LEN 43

/** The number of characters of a `cnf` value, without the terminating NUL. */
#define CERTBOUND_CONFIRMATION_LEN 58

/**
 * Computes the thumbprint of a certificate (RFC 8705 §3.1).
 *
 * @param der     the DER encoding of exactly one certificate, which is parsed strictly
 * @param der_len its number of bytes
 * @param sha256  receives 32 bytes
 */
CERTBOUND_MUST_USE
certbound_status certbound_thumbprint_from_der(const uint8_t *der,
                                               size_t der_len,
                                               uint8_t *sha256);

/**
 * Parses a thumbprint of 64 hexadecimal digits, in either case and without colons.
 *
 * @param hex     the digits
 * @param hex_len their number
 * @param sha256  receives 32 bytes
 */
CERTBOUND_MUST_USE
certbound_status certbound_thumbprint_from_hex(const char *hex,
                                               size_t hex_len,
                                               uint8_t *sha256);

/**
 * Parses the value of an `x5t#S256` member.
 *
 * @param text     the value
 * @param text_len its number of bytes
 * @param sha256   receives 32 bytes
 */
CERTBOUND_MUST_USE
certbound_status certbound_thumbprint_from_x5t_s256(const char *text,
                                                    size_t text_len,
                                                    uint8_t *sha256);

/**
 * Formats a thumbprint as the value of an `x5t#S256` member.
 *
 * @param sha256 the 32-byte thumbprint
 * @param text   receives `CERTBOUND_X5T_S256_LEN` characters and a NUL
 */
CERTBOUND_MUST_USE
certbound_status certbound_thumbprint_x5t_s256(const uint8_t *sha256,
                                               char *text);

/**
 * Formats a thumbprint as the value of a token's `cnf` member, `{"x5t#S256":"…"}`. For token services.
 *
 * @param sha256 the 32-byte thumbprint
 * @param json   receives `CERTBOUND_CONFIRMATION_LEN` characters and a NUL
 */
CERTBOUND_MUST_USE
certbound_status certbound_confirmation_json(const uint8_t *sha256,
                                             char *json);

/**
 * Compares two thumbprints in constant time.
 *
 * @param one   a 32-byte thumbprint
 * @param other a 32-byte thumbprint
 * @return `CERTBOUND_OK` if they are equal, otherwise `CERTBOUND_CERTIFICATE_MISMATCH`
 */
CERTBOUND_MUST_USE
certbound_status certbound_thumbprint_compare(const uint8_t *one,
                                              const uint8_t *other);

/** `Client-Cert` (RFC 9440): `:BASE64:`. */
#define CERTBOUND_FORWARDED_RFC9440 1

/** `X-Forwarded-Client-Cert` of Envoy: one element with `Hash`, `Cert` or both. */
#define CERTBOUND_FORWARDED_XFCC 2

/** PEM in one line: percent-encoded, or with spaces or tabs in place of line breaks. */
#define CERTBOUND_FORWARDED_PEM 3

/** Base64 of the DER, as HAProxy and Traefik write it. A chain may follow, each certificate after a comma. */
#define CERTBOUND_FORWARDED_BASE64 4

/**
 * Computes the thumbprint of the client certificate that a TLS terminator has forwarded in a header.
 *
 * Call this only if the peer of this connection is a terminator that is trusted to set the header, because anyone can send
 * it. Reject a request that has the header twice with `CERTBOUND_FORWARDED_AMBIGUOUS`. If the header is absent, the client
 * has sent no certificate; if it is empty, the status `CERTBOUND_FORWARDED_MISSING` says the same. Any other status must
 * reject the request.
 *
 * @param format      the format of the value, one of `CERTBOUND_FORWARDED_…`
 * @param value       the header's value without white space around it; not needed after the call
 * @param value_len   its number of bytes
 * @param scratch     scratch memory, with any contents
 * @param scratch_len its number of bytes, from `certbound_forwarded_scratch_len`
 * @param sha256      receives 32 bytes
 */
CERTBOUND_MUST_USE
certbound_status certbound_thumbprint_from_forwarded(uint32_t format,
                                                     const char *value,
                                                     size_t value_len,
                                                     void *scratch,
                                                     size_t scratch_len,
                                                     uint8_t *sha256);

/**
 * Returns the number of bytes of scratch memory that are enough for the value of a header with a forwarded certificate.
 */
size_t certbound_forwarded_scratch_len(size_t value_len);

/**
 * Looks up the format of a header with a forwarded certificate by its name in configurations.
 *
 * @param name     `"rfc9440"`, `"xfcc"`, `"pem"` or `"base64"`
 * @param name_len its number of bytes
 * @param format   receives the format, one of `CERTBOUND_FORWARDED_…`
 * @return `CERTBOUND_VALUE_UNKNOWN` for all other names
 */
CERTBOUND_MUST_USE
certbound_status certbound_forwarded_from_name(const char *name,
                                               size_t name_len,
                                               uint32_t *format);

/** @} */

/**
 * @defgroup certbound_keys Keys
 * The keys of an issuer, for programs in which several verifiers share them or that report unusable keys.
 * @{
 */

/** The default: `CERTBOUND_TABLES_MEDIUM`, or `CERTBOUND_TABLES_NONE` in a library without prepared keys. */
#define CERTBOUND_TABLES_DEFAULT 0

/** No tables: about 700 bytes per key, and the slowest signatures. For boards. */
#define CERTBOUND_TABLES_NONE 1

#if defined(CERTBOUND_HAS_PREPARED)

/**
 * 4 KiB for each P-256 key, plus 4 KiB for the curve; 6 KiB for each Ed25519 key; 19 KiB for each P-521 key, plus 19 KiB for
 * the curve.
 */
#define CERTBOUND_TABLES_SMALL 2

/**
 * 22 KiB for each P-256 key, plus 44 KiB for the curve; 17 KiB for each Ed25519 key; 99 KiB for each P-521 key, plus 198 KiB
 * for the curve.
 */
#define CERTBOUND_TABLES_MEDIUM 3

/**
 * 44 KiB for each P-256 key, plus 88 KiB for the curve; 33 KiB for each Ed25519 key; 198 KiB for each P-521 key, plus 396 KiB
 * for the curve.
 */
#define CERTBOUND_TABLES_LARGE 4

#endif

/**
 * The usable keys of one JWK Set and their tables, in the caller's memory. See `certbound_keys_init`.
 *
 * Keys are not written after their initialisation, so threads and verifiers may share them. They may be copied byte for byte
 * to other memory of the same alignment: their only pointer is to tables in other memory, if `certbound_keys_init_with_tables`
 * initialised them. They need no clean-up.
 */
typedef struct certbound_keys certbound_keys;

/**
 * A callback for each key of a JWK Set that cannot verify tokens. It must return: no `longjmp` and no exception may leave
 * it.
 *
 * @param context the pointer that the caller passed beside the callback
 * @param index   the position of the key in the set, from 0
 * @param kid     the key's `kid`, empty if it has none that can be read; valid until the callback returns
 * @param reason  the `certbound_status` that says why the key is unusable
 */
typedef void (*certbound_passed_over)(void *context,
                                      size_t index,
                                      struct certbound_text kid,
                                      uint32_t reason);

/**
 * Computes the size of the usable keys of a JWK Set and their tables.
 *
 * @param jwks     the JWK Set
 * @param jwks_len its number of bytes
 * @param tables   the size of the tables: `CERTBOUND_TABLES_DEFAULT` (0) to `CERTBOUND_TABLES_LARGE`
 * @param size     receives the number of bytes
 */
CERTBOUND_MUST_USE
certbound_status certbound_keys_size(const char *jwks,
                                     size_t jwks_len,
                                     uint32_t tables,
                                     size_t *size);

/**
 * Initialises keys: copies the usable keys of a JWK Set (RFC 7517 §5) into `memory`, and prepares their tables.
 *
 * A set that lists no keys withdraws all keys of its issuer. It is accepted, and verifiers that use it reject every token
 * with `CERTBOUND_KEYS_WITHDRAWN`.
 *
 * The function does not check the origin of the JWK Set: fetch it from the issuer over TLS. No other thread may use
 * `memory` during the call. If the JWK Set is rejected, `memory` contains no keys, not even those from an earlier call.
 * Assume the same after any other failure.
 *
 * @param memory      receives the keys; aligned to `CERTBOUND_ALIGNMENT`
 * @param memory_len  its number of bytes, from `certbound_keys_size` for the same JWK Set and `tables`
 * @param jwks        the JWK Set; not needed after the call
 * @param jwks_len    its number of bytes
 * @param tables      the size of the tables: `CERTBOUND_TABLES_DEFAULT` (0) to `CERTBOUND_TABLES_LARGE`
 * @param passed_over called for each key that cannot verify tokens; may be null
 * @param context     passed to `passed_over`
 * @param keys        receives a pointer to the beginning of `memory`
 * @return `CERTBOUND_KEY_SET_FULL` if `memory_len` is too small, and `CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY` if the set
 *         lists keys and none of them is usable
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

#if defined(CERTBOUND_HAS_PREPARED)

/**
 * Initialises keys whose tables were prepared earlier and remain where they are, such as those of a pinned key in a board's flash:
 * `certbound tables` writes them, with the JWK Set. Keys that cannot verify tokens are passed over.
 *
 * The tables must not be moved, modified or freed while the keys are in use. They carry the identity of their keys and a
 * checksum, which this function compares. Neither protects from an attacker who can write to the tables: such an attacker decides
 * what is accepted.
 *
 * @param memory     receives the keys; aligned to `CERTBOUND_ALIGNMENT`
 * @param memory_len its number of bytes, from `certbound_keys_size` for the same JWK Set and `CERTBOUND_TABLES_NONE`
 * @param jwks       the JWK Set; not needed after the call
 * @param jwks_len   its number of bytes
 * @param tables     the size of the tables: `CERTBOUND_TABLES_SMALL` to `CERTBOUND_TABLES_LARGE`
 * @param words      the tables
 * @param words_len  their number of words
 * @param keys       receives a pointer to the beginning of `memory`
 * @return `CERTBOUND_TABLES_OF_OTHER_KEYS` if the tables were prepared from other keys, in another size or by another version,
 *         `CERTBOUND_TABLES_DAMAGED` if they have changed since, and `CERTBOUND_TABLE_TOO_SMALL` if there are too few words
 */
CERTBOUND_MUST_USE
certbound_status certbound_keys_init_with_tables(void *memory,
                                                 size_t memory_len,
                                                 const char *jwks,
                                                 size_t jwks_len,
                                                 uint32_t tables,
                                                 const uint64_t *words,
                                                 size_t words_len,
                                                 const struct certbound_keys **keys);

#endif

/**
 * Counts the usable keys.
 *
 * @param keys  the keys
 * @param count receives the number of keys; 0 if the issuer has withdrawn all of them
 */
CERTBOUND_MUST_USE
certbound_status certbound_keys_count(const struct certbound_keys *keys,
                                      size_t *count);

/**
 * Counts the keys of a JWK Set that can verify tokens.
 *
 * @param jwks        the JWK Set
 * @param jwks_len    its number of bytes
 * @param passed_over called for each unusable key; may be null
 * @param context     passed to `passed_over`
 * @param usable      receives the number of usable keys: 0 if the set lists no keys, by which the issuer withdraws all
 *                    its keys
 * @return `CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY` if the set lists keys and none of them is usable
 */
CERTBOUND_MUST_USE
certbound_status certbound_jwks_count(const char *jwks,
                                      size_t jwks_len,
                                      certbound_passed_over passed_over,
                                      void *context,
                                      size_t *usable);

/** @} */

/**
 * @defgroup certbound_policies Policy
 * The rules that a resource server applies to tokens.
 * @{
 */

#if defined(CERTBOUND_HAS_ES256)

/** ECDSA with P-256 and SHA-256. */
#define CERTBOUND_ALGORITHM_ES256 1

#endif

#if defined(CERTBOUND_HAS_ES384)

/** ECDSA with P-384 and SHA-384. */
#define CERTBOUND_ALGORITHM_ES384 2

#endif

#if defined(CERTBOUND_HAS_ES512)

/** ECDSA with P-521 and SHA-512. */
#define CERTBOUND_ALGORITHM_ES512 4

#endif

#if defined(CERTBOUND_HAS_EDDSA)

/** EdDSA with Ed25519, under both of its names, `EdDSA` and `Ed25519` (RFC 9864 §2.2). */
#define CERTBOUND_ALGORITHM_EDDSA 8

#endif

#if defined(CERTBOUND_HAS_RSA)

/** RSASSA-PKCS1-v1_5 with SHA-256. */
#define CERTBOUND_ALGORITHM_RS256 16

/** RSASSA-PKCS1-v1_5 with SHA-384. */
#define CERTBOUND_ALGORITHM_RS384 32

/** RSASSA-PKCS1-v1_5 with SHA-512. */
#define CERTBOUND_ALGORITHM_RS512 64

/** RSASSA-PSS with SHA-256. */
#define CERTBOUND_ALGORITHM_PS256 128

/** RSASSA-PSS with SHA-384. */
#define CERTBOUND_ALGORITHM_PS384 256

/** RSASSA-PSS with SHA-512. */
#define CERTBOUND_ALGORITHM_PS512 512

#endif

/** Tokens without `cnf` are rejected. */
#define CERTBOUND_BINDING_REQUIRED 0

/**
 * Tokens without `cnf` are accepted as bearer tokens, which anyone who obtains them can use. Tokens with `cnf` must still
 * be bound to the client's certificate.
 */
#define CERTBOUND_BINDING_IF_PRESENT 1

/** `typ` must be `at+jwt` (RFC 9068 §4). */
#define CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN 0

/** `typ` may have any value, or be missing. ID tokens for one of the audiences are then accepted too. */
#define CERTBOUND_TOKEN_TYPE_ANY 1

/**
 * `typ` must be `JWT` or `at+jwt`, or be missing: for issuers that do not follow RFC 9068, such as Keycloak. ID tokens for
 * one of the audiences are then accepted too.
 */
#define CERTBOUND_TOKEN_TYPE_JWT 2

/** The maximum number of audiences of a policy, and of scopes. */
#define CERTBOUND_POLICY_TEXTS 16

/** The maximum number of bytes of an issuer, an audience or a scope. */
#define CERTBOUND_POLICY_TEXT_LEN 2048

/**
 * The rules that a resource server applies to tokens.
 *
 * All zeros is the strictest policy. Set at least `size`, `issuer`, `audiences` and `audiences_len`:
 *
 * ```c
 * certbound_text audiences[] = {{"https://api.example", 19}};
 * certbound_policy policy = {0};
 * policy.size = sizeof policy;
 * policy.issuer = (certbound_text) {"https://as.example", 18};
 * policy.audiences = audiences;
 * policy.audiences_len = 1;
 * ```
 */
typedef struct certbound_policy {
    /** `sizeof(certbound_policy)`, which identifies the version of the header that the caller was compiled with. */
    size_t size;
    /**
     * The required `iss`, compared byte for byte. If it is empty, every token is rejected, unless the verifier has a list
     * of issuers (`certbound_verifier_init_with_issuers`).
     */
    struct certbound_text issuer;
    /** `aud` must contain one of these, compared byte for byte. If there are none, every token is rejected. */
    const struct certbound_text *audiences;
    /** The number of audiences, at most `CERTBOUND_POLICY_TEXTS`. */
    size_t audiences_len;
    /** `scope` must contain all of these. */
    const struct certbound_text *required_scopes;
    /** The number of required scopes, at most `CERTBOUND_POLICY_TEXTS`. */
    size_t required_scopes_len;
    /** The clock difference to allow between this server and the issuer, in seconds, at most 600. */
    uint64_t leeway_seconds;
    /**
     * The allowed algorithms, joined by `|`: `CERTBOUND_ALGORITHM_ES256 | …`. 0 allows all algorithms that the library
     * contains; none of them is symmetric.
     */
    uint32_t algorithms;
    /** `CERTBOUND_BINDING_REQUIRED` (0) or `CERTBOUND_BINDING_IF_PRESENT`. */
    uint32_t binding;
    /** `CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN` (0), `CERTBOUND_TOKEN_TYPE_JWT` or `CERTBOUND_TOKEN_TYPE_ANY`. */
    uint32_t token_type;
    /**
     * The size of the tables that speed up verification: `CERTBOUND_TABLES_DEFAULT` (0) to `CERTBOUND_TABLES_LARGE`. It
     * does not affect verdicts.
     */
    uint32_t tables;
} certbound_policy;

/**
 * Looks up the bit of an algorithm for `certbound_policy.algorithms`.
 *
 * @param name      the name of the algorithm in JOSE, such as `"ES256"`
 * @param name_len  its number of bytes
 * @param algorithm receives the bit, one of `CERTBOUND_ALGORITHM_…`
 * @return `CERTBOUND_ALGORITHM_UNSUPPORTED` for all other names, including `none`, those of HMAC, and those of algorithms that the
 *         library lacks
 */
CERTBOUND_MUST_USE
certbound_status certbound_algorithm_from_name(const char *name,
                                               size_t name_len,
                                               uint32_t *algorithm);

/** @} */

/**
 * @defgroup certbound_verifiers Verifier
 * A policy and the keys of its issuers, and the verification of tokens by them.
 * @{
 */

/** A token that has been accepted. */
typedef struct certbound_accepted certbound_accepted;

/**
 * The number of bytes of scratch memory that any token needs at most. Tokens longer than 16 KiB are always rejected.
 */
#define CERTBOUND_SCRATCH_LEN 24576

/** The maximum number of issuers of a verifier. Their list needs 4 KiB of stack during a verification. */
#define CERTBOUND_ISSUERS 64

/**
 * A policy and the keys of its issuers, in the caller's memory. See `certbound_verifier_init`.
 *
 * A verifier is not written after its initialisation, so threads may share it. It may be copied byte for byte to other
 * memory of the same alignment: its only pointers are to keys in other memory, if `certbound_verifier_init_with_keys` or
 * `certbound_verifier_init_with_issuers` initialised it. It needs no clean-up.
 */
typedef struct certbound_verifier certbound_verifier;

/** An issuer that a verifier trusts, and its keys. See `certbound_verifier_init_with_issuers`. */
typedef struct certbound_issuer {
    /**
     * The identifier of the issuer, which `iss` must equal byte for byte. If it is empty, none of its tokens are accepted.
     */
    struct certbound_text name;
    /** The keys of the issuer. */
    const struct certbound_keys *keys;
} certbound_issuer;

/**
 * Computes the size that a verifier with `keys` usable keys of any kind needs at most.
 *
 * P-521 keys are the largest. If the JWK Set is known, `certbound_verifier_size_for` computes its exact size.
 *
 * @param policy the policy
 * @param keys   the number of usable keys
 * @param size   receives the number of bytes
 */
CERTBOUND_MUST_USE
certbound_status certbound_verifier_size(const struct certbound_policy *policy,
                                         size_t keys,
                                         size_t *size);

/**
 * Computes the size of a verifier for a policy and the usable keys of a JWK Set.
 *
 * @param policy   the policy
 * @param jwks     the JWK Set
 * @param jwks_len its number of bytes
 * @param size     receives the number of bytes
 */
CERTBOUND_MUST_USE
certbound_status certbound_verifier_size_for(const struct certbound_policy *policy,
                                             const char *jwks,
                                             size_t jwks_len,
                                             size_t *size);

/**
 * Initialises a verifier: copies a policy and the usable keys of a JWK Set (RFC 7517 §5) into `memory`, and prepares the
 * tables of the keys.
 *
 * If several policies use the same keys, initialise the keys once with `certbound_keys_init`, and each verifier with
 * `certbound_verifier_init_with_keys`. A set that lists no keys is accepted, as by `certbound_keys_init`.
 *
 * The function does not check the origin of the JWK Set: fetch it from the issuer over TLS. No other thread may use
 * `memory` during the call. If the JWK Set is rejected, `memory` contains no verifier, not even one from an earlier call.
 * Assume the same after any other failure.
 *
 * To replace keys while requests are in progress, initialise a second verifier in other memory, use it for new requests,
 * and free the first one when its last request has ended.
 *
 * @param memory     receives the verifier; aligned to `CERTBOUND_ALIGNMENT`
 * @param memory_len its number of bytes, from `certbound_verifier_size_for` or `certbound_verifier_size`
 * @param policy     the policy; not needed after the call
 * @param jwks       the JWK Set; not needed after the call
 * @param jwks_len   its number of bytes
 * @param verifier   receives a pointer to the beginning of `memory`
 * @return `CERTBOUND_KEY_SET_FULL` if the usable keys do not fit into `memory`, and
 *         `CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY` if the set lists keys and none of them is usable
 */
CERTBOUND_MUST_USE
certbound_status certbound_verifier_init(void *memory,
                                         size_t memory_len,
                                         const struct certbound_policy *policy,
                                         const char *jwks,
                                         size_t jwks_len,
                                         const struct certbound_verifier **verifier);

/**
 * Computes the size of a verifier that refers to keys in other memory.
 *
 * @param policy the policy
 * @param size   receives the number of bytes
 */
CERTBOUND_MUST_USE
certbound_status certbound_verifier_size_with_keys(const struct certbound_policy *policy,
                                                   size_t *size);

/**
 * Initialises a verifier that refers to keys in other memory. Any number of verifiers may refer to the same keys, and
 * initialising one is cheap.
 *
 * The keys must not be moved, modified or freed while the verifier is in use. `policy.tables` is ignored: the keys have
 * their tables already.
 *
 * To replace keys while requests are in progress, initialise the new keys and new verifiers in other memory, use these for
 * new requests, and free the old ones when their last request has ended.
 *
 * @param memory     receives the verifier; aligned to `CERTBOUND_ALIGNMENT`
 * @param memory_len its number of bytes, from `certbound_verifier_size_with_keys`
 * @param policy     the policy; not needed after the call
 * @param keys       the keys
 * @param verifier   receives a pointer to the beginning of `memory`
 */
CERTBOUND_MUST_USE
certbound_status certbound_verifier_init_with_keys(void *memory,
                                                   size_t memory_len,
                                                   const struct certbound_policy *policy,
                                                   const struct certbound_keys *keys,
                                                   const struct certbound_verifier **verifier);

/**
 * Computes the size of a verifier that trusts several issuers.
 *
 * @param policy      the policy
 * @param issuers     the issuers
 * @param issuers_len the number of issuers, at most `CERTBOUND_ISSUERS`
 * @param size        receives the number of bytes
 */
CERTBOUND_MUST_USE
certbound_status certbound_verifier_size_with_issuers(const struct certbound_policy *policy,
                                                      const struct certbound_issuer *issuers,
                                                      size_t issuers_len,
                                                      size_t *size);

/**
 * Initialises a verifier that trusts several issuers, each with its own keys in other memory.
 *
 * A token is accepted if its `iss` is the name of an issuer with a key that verifies the signature. Issuers may use the
 * same `kid`, and even the same keys. If `policy.issuer` is not empty, only the tokens of that issuer are accepted. The claim
 * `iss` of an accepted token is the name of its issuer.
 *
 * An issuer whose keys are withdrawn affects no other. To replace keys, see `certbound_verifier_init_with_keys`.
 *
 * @param memory      receives the verifier; aligned to `CERTBOUND_ALIGNMENT`
 * @param memory_len  its number of bytes, from `certbound_verifier_size_with_issuers`
 * @param policy      the policy; not needed after the call
 * @param issuers     the issuers; the list and the names are not needed after the call, but the keys are
 * @param issuers_len the number of issuers, at most `CERTBOUND_ISSUERS`; a verifier without issuers rejects every token
 * @param verifier    receives a pointer to the beginning of `memory`
 */
CERTBOUND_MUST_USE
certbound_status certbound_verifier_init_with_issuers(void *memory,
                                                      size_t memory_len,
                                                      const struct certbound_policy *policy,
                                                      const struct certbound_issuer *issuers,
                                                      size_t issuers_len,
                                                      const struct certbound_verifier **verifier);

/**
 * Verifies a token for a connection, given the thumbprint of the client's certificate.
 *
 * The function does not check the certificate's chain, validity or revocation, which is the TLS terminator's task. It does
 * not detect that a token was used before or has been revoked.
 *
 * @param verifier           the verifier
 * @param token              the token in compact serialization, without `Bearer`; not needed after the call
 * @param token_len          its number of bytes
 * @param certificate_sha256 the 32-byte thumbprint of the certificate whose private key the client has proven to hold in
 *                           the handshake; null if the client sent none
 * @param now                the Unix time in seconds
 * @param scratch            scratch memory, with any contents
 * @param scratch_len        its number of bytes, from `certbound_scratch_len` for the longest token to accept
 * @param accepted           receives the accepted token, which is valid until `scratch` is modified or freed
 * @return `CERTBOUND_OK` if the token is accepted; any other status rejects it
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

/**
 * Verifies a token for a connection, like `certbound_verify`, given the client's certificate.
 *
 * @param verifier        the verifier
 * @param token           the token in compact serialization, without `Bearer`; not needed after the call
 * @param token_len       its number of bytes
 * @param certificate     the DER encoding of the client's certificate, without its chain
 * @param certificate_len its number of bytes; 0 if the client sent none
 * @param now             the Unix time in seconds
 * @param scratch         scratch memory, with any contents
 * @param scratch_len     its number of bytes, from `certbound_scratch_len` for the longest token to accept
 * @param accepted        receives the accepted token, which is valid until `scratch` is modified or freed
 * @return `CERTBOUND_OK` if the token is accepted; any other status rejects it
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

/** Returns the number of bytes of scratch memory that a token of `token_len` bytes needs at most. */
size_t certbound_scratch_len(size_t token_len);

/** @} */

/**
 * @defgroup certbound_caches Cache
 * A cache of accepted tokens, for clients that send the same token repeatedly.
 * @{
 */

#if defined(CERTBOUND_HAS_CACHE)

/**
 * A cache of accepted tokens in the caller's memory. See `certbound_cache_init`.
 *
 * Calls modify it, so only one thread may use it at a time: give each thread or worker its own. It contains no
 * pointers and needs no clean-up.
 */
typedef struct certbound_cache certbound_cache;

/** Statistics of a cache. */
typedef struct certbound_cache_statistics {
    /** The number of tokens that the cache can hold. */
    size_t capacity;
    /** The number of tokens that were in the cache, whatever the verdict, since it was initialised or emptied. */
    uint64_t hits;
    /** The number of tokens that were not in the cache. */
    uint64_t misses;
} certbound_cache_statistics;

/** Returns the size in bytes of a cache of `entries` tokens, or 0 if it exceeds the address space. */
size_t certbound_cache_size(size_t entries);

/**
 * Initialises an empty cache that holds as many tokens as fit into `memory`.
 *
 * @param memory     receives the cache; aligned to `CERTBOUND_ALIGNMENT`
 * @param memory_len its number of bytes, from `certbound_cache_size`
 * @param cache      receives a pointer to the beginning of `memory`
 */
CERTBOUND_MUST_USE
certbound_status certbound_cache_init(void *memory,
                                      size_t memory_len,
                                      struct certbound_cache **cache);

/**
 * Verifies a token like `certbound_verify`, with the same verdict, and caches it if it is accepted.
 *
 * For a cached token only the time and the certificate are checked again, which costs almost nothing. Only accepted tokens
 * are cached, so invalid tokens cannot evict valid ones. The cache belongs to one verifier: a call with another policy or
 * other keys empties it first, so tokens of a withdrawn key are rejected at once.
 *
 * Until the first claim is read, `scratch` holds a copy of the token.
 *
 * @param verifier           the verifier
 * @param cache              the cache; no other thread may use it during the call
 * @param token              the token, without `Bearer`; not needed after the call
 * @param token_len          its number of bytes
 * @param certificate_sha256 the 32-byte thumbprint of the client's certificate; null if the client sent none
 * @param now                the Unix time in seconds
 * @param scratch            scratch memory, with any contents
 * @param scratch_len        its number of bytes, from `certbound_scratch_len`
 * @param accepted           receives the accepted token, which is valid until `scratch` is modified or freed
 * @return `CERTBOUND_OK` if the token is accepted; any other status rejects it
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

/**
 * Gets the statistics of a cache.
 *
 * @param cache      the cache
 * @param statistics receives the statistics
 */
CERTBOUND_MUST_USE
certbound_status certbound_cache_count(const struct certbound_cache *cache,
                                       struct certbound_cache_statistics *statistics);

#endif

/** @} */

/**
 * @defgroup certbound_accepted_tokens Accepted tokens
 * The claims of a token that has been accepted.
 * @{
 */

/** The value is `null`. */
#define CERTBOUND_CLAIM_NULL 0

/** The value is `true` or `false`. */
#define CERTBOUND_CLAIM_BOOLEAN 1

/** The value is a number; the text is the number as it appears in the token. */
#define CERTBOUND_CLAIM_NUMBER 2

/** The value is a string; the text is unescaped. */
#define CERTBOUND_CLAIM_STRING 3

/** The value is an array. */
#define CERTBOUND_CLAIM_ARRAY 4

/** The value is an object. */
#define CERTBOUND_CLAIM_OBJECT 5

/** The maximum number of names in the path of a claim. No token is nested deeper. */
#define CERTBOUND_CLAIM_PATH 16

/**
 * A token that `certbound_verify`, `certbound_verify_der`, `certbound_verify_cached` or one of the introspection functions
 * has accepted.
 *
 * It refers to the scratch memory of that call, and is valid until the scratch memory is modified or freed. It may be
 * moved. If it is copied, use only one of the copies, because the claims are decoded in the scratch memory when the first
 * one is read. Threads that share it must synchronise.
 */
struct certbound_accepted {
    /** Private to the library. */
    uint64_t opaque[16];
};

/** The value of a claim. */
typedef struct certbound_claim {
    /** The type of the value: `CERTBOUND_CLAIM_NULL` (0) to `CERTBOUND_CLAIM_OBJECT`. */
    uint32_t kind;
    /** An unescaped string, or the JSON text of any other value. It lies in the scratch memory. */
    struct certbound_text text;
} certbound_claim;

/**
 * A callback for each element of an array. It must return: no `longjmp` and no exception may leave it.
 *
 * @param context the pointer that the caller passed beside the callback
 * @param element the element
 */
typedef void (*certbound_element)(void *context,
                                  struct certbound_claim element);

/**
 * Looks up a claim.
 *
 * @param accepted the accepted token
 * @param name     the name of the claim, such as `"sub"` or `"client_id"`
 * @param name_len its number of bytes
 * @param claim    receives the value
 * @return `CERTBOUND_CLAIM_MISSING` if the token has no claim of this name
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_claim(const struct certbound_accepted *accepted,
                                          const char *name,
                                          size_t name_len,
                                          struct certbound_claim *claim);

/**
 * Looks up a claim, or a member of one.
 *
 * @param accepted the accepted token
 * @param path     the name of the claim, the name of a member in it, and so on, such as `{{"act", 3}, {"sub", 3}}`
 * @param path_len the number of names
 * @param claim    receives the value
 * @return `CERTBOUND_CLAIM_MISSING` if a name is missing, its holder is not an object, or there are more than
 *         `CERTBOUND_CLAIM_PATH` names
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_claim_at(const struct certbound_accepted *accepted,
                                             const struct certbound_text *path,
                                             size_t path_len,
                                             struct certbound_claim *claim);

/**
 * Reads the elements of an array, in order.
 *
 * @param accepted the accepted token
 * @param path     the names that lead to the array, as for `certbound_accepted_claim_at`
 * @param path_len the number of names
 * @param element  called for each element
 * @param context  passed to `element`
 * @return `CERTBOUND_CLAIM_MISSING` if there is no array
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_elements_at(const struct certbound_accepted *accepted,
                                                const struct certbound_text *path,
                                                size_t path_len,
                                                certbound_element element,
                                                void *context);

/**
 * Gets all claims as the JSON text of an object.
 *
 * @param accepted the accepted token
 * @param json     receives the text, which lies in the scratch memory
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_claims(const struct certbound_accepted *accepted,
                                           struct certbound_text *json);

/**
 * Checks whether the claim `scope` contains a scope (RFC 8693 §4.2).
 *
 * @param accepted  the accepted token
 * @param scope     one scope
 * @param scope_len its number of bytes
 * @param has_scope receives the answer
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_has_scope(const struct certbound_accepted *accepted,
                                              const char *scope,
                                              size_t scope_len,
                                              bool *has_scope);

/**
 * Gets the time at which the token expires, from the claim `exp`, without the leeway.
 *
 * @param accepted   the accepted token
 * @param expires_at receives the Unix time in seconds, rounded up
 * @return `CERTBOUND_CLAIM_MISSING` if an introspection response has no `exp`
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_expires_at(const struct certbound_accepted *accepted,
                                               uint64_t *expires_at);

/**
 * Gets the thumbprint of the certificate that the token is bound to.
 *
 * @param accepted the accepted token
 * @param sha256   receives 32 bytes
 * @return `CERTBOUND_CLAIM_MISSING` if the token is not bound, which `CERTBOUND_BINDING_IF_PRESENT` allows
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_thumbprint(const struct certbound_accepted *accepted,
                                               uint8_t *sha256);

/**
 * Decodes the claims of a token that was accepted from a cache, which otherwise happens when the first claim is read. Call
 * it to learn before that whether decoding succeeds. It has no effect on a token whose claims are already decoded.
 *
 * @param accepted the accepted token
 */
CERTBOUND_MUST_USE
certbound_status certbound_accepted_decode(struct certbound_accepted *accepted);

/** @} */

/**
 * @defgroup certbound_clients Client authentication
 * Authentication of clients by their certificates, for token services (RFC 8705 §2).
 * @{
 */

#if defined(CERTBOUND_HAS_CLIENT_AUTHENTICATION)

/** The certificate's chain was not validated, or leads to no certificate authority that is trusted for clients. */
#define CERTBOUND_CHAIN_UNVALIDATED 0

/** The TLS terminator has validated the certificate's chain, validity and revocation status. */
#define CERTBOUND_CHAIN_VALIDATED 1

/**
 * Authenticates the client of a connection: checks that its certificate is the one registered for it.
 *
 * @param metadata        the client's registration in JSON (RFC 7591 §2, RFC 8705 §2): `tls_client_auth` with exactly one
 *                        of the `tls_client_auth_…` members, or `self_signed_tls_client_auth` with `jwks`
 * @param metadata_len    its number of bytes
 * @param certificate     the DER encoding of the client's certificate, without its chain
 * @param certificate_len its number of bytes
 * @param chain           `CERTBOUND_CHAIN_VALIDATED` only if the TLS terminator has validated the chain of this
 *                        certificate; otherwise `CERTBOUND_CHAIN_UNVALIDATED`, and `tls_client_auth` is rejected
 * @param scratch         scratch memory, with any contents
 * @param scratch_len     its number of bytes, from `certbound_client_metadata_scratch_len`
 * @param client_id       receives the registration's `client_id`, empty if it has none; it lies in `metadata` or `scratch`
 * @return `CERTBOUND_OK` if the client is authenticated; any other status rejects it
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

/** Returns the number of bytes of scratch memory that a registration of `metadata_len` bytes needs at most. */
size_t certbound_client_metadata_scratch_len(size_t metadata_len);

#endif

/** @} */

/**
 * @defgroup certbound_introspection_responses Introspection
 * Verification of introspection responses (RFC 7662, RFC 8705 §3.2).
 * @{
 */

#if defined(CERTBOUND_HAS_INTROSPECTION)

/**
 * Verifies an introspection response by a policy, for a connection.
 *
 * `active` must be true, and `cnf` and `scope` must satisfy the policy. The other members are optional (RFC 7662 §2.2) and
 * follow the rules for tokens if they are present: `exp` and `nbf` always, `iss` and `aud` only if the policy names an
 * issuer and an audience. The policy's token type, algorithms and tables are ignored.
 *
 * @param policy             the policy
 * @param response           the introspection response; not needed after the call
 * @param response_len       its number of bytes
 * @param certificate_sha256 the 32-byte thumbprint of the client's certificate; null if the client sent none
 * @param now                the Unix time in seconds
 * @param scratch            scratch memory, with any contents
 * @param scratch_len        its number of bytes, from `certbound_introspection_scratch_len`
 * @param accepted           receives the accepted token, whose claims are the members of the response; valid until
 *                           `scratch` is modified or freed
 * @return `CERTBOUND_OK` if the token is accepted; any other status rejects it
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

/**
 * Verifies only the binding of an introspection response: `active` must be true, and `cnf` must name the client's
 * certificate. `certbound_introspection_verify_against` also checks issuer, audience, times and scopes.
 *
 * @param response           the introspection response
 * @param response_len       its number of bytes
 * @param binding            `CERTBOUND_BINDING_REQUIRED` (0) or `CERTBOUND_BINDING_IF_PRESENT`
 * @param certificate_sha256 the 32-byte thumbprint of the client's certificate; null if the client sent none
 * @param scratch            scratch memory, with any contents
 * @param scratch_len        its number of bytes, from `certbound_introspection_scratch_len`
 * @param accepted           receives the accepted token, whose claims are the members of the response; valid until
 *                           `scratch` is modified or freed
 * @return `CERTBOUND_OK` if the token is accepted; any other status rejects it
 */
CERTBOUND_MUST_USE
certbound_status certbound_introspection_verify(const char *response,
                                                size_t response_len,
                                                uint32_t binding,
                                                const uint8_t *certificate_sha256,
                                                void *scratch,
                                                size_t scratch_len,
                                                struct certbound_accepted *accepted);

/**
 * Verifies the introspection response to an opaque token like `certbound_introspection_verify_against`, by a verifier's policy
 * and the names of its issuers.
 *
 * If the response has `iss`, it must be the name of an issuer of the verifier. A verifier with several issuers requires `iss`.
 * The verifier's keys are not used.
 *
 * @param verifier           the verifier
 * @param response           the introspection response; not needed after the call
 * @param response_len       its number of bytes
 * @param certificate_sha256 the 32-byte thumbprint of the client's certificate; null if the client sent none
 * @param now                the Unix time in seconds
 * @param scratch            scratch memory, with any contents
 * @param scratch_len        its number of bytes, from `certbound_introspection_scratch_len`
 * @param accepted           receives the accepted token, whose claims are the members of the response; valid until
 *                           `scratch` is modified or freed
 * @return `CERTBOUND_OK` if the token is accepted; `CERTBOUND_INTROSPECTION_MALFORMED`, whose HTTP status is 503, for
 *         a response that is not strict JSON with a boolean `active`; any other status rejects the token
 */
CERTBOUND_MUST_USE
certbound_status certbound_introspection_verify_with(const struct certbound_verifier *verifier,
                                                     const char *response,
                                                     size_t response_len,
                                                     const uint8_t *certificate_sha256,
                                                     uint64_t now,
                                                     void *scratch,
                                                     size_t scratch_len,
                                                     struct certbound_accepted *accepted);

/**
 * Verifies the introspection response to a token that the verifier has already accepted: the issuer must still report it as
 * active, which makes revocation effective.
 *
 * If the response has `iss`, it must be that of the token. `cnf` and `scope` may be missing, because the token has them;
 * if they are present, they must satisfy the policy.
 *
 * @param verifier           the verifier
 * @param token              the token that it has accepted; its claims remain the ones to use
 * @param response           the introspection response; not needed after the call
 * @param response_len       its number of bytes
 * @param certificate_sha256 the 32-byte thumbprint of the client's certificate; null if the client sent none
 * @param now                the Unix time in seconds
 * @param scratch            scratch memory other than that of `token`, with any contents
 * @param scratch_len        its number of bytes, from `certbound_introspection_scratch_len`
 * @param accepted           receives the members of the response, for `certbound_introspection_cache_put`
 * @return `CERTBOUND_OK` if the token is still accepted; `CERTBOUND_INTROSPECTION_MALFORMED`, whose HTTP status is 503, for
 *         a response that is not strict JSON with a boolean `active`; any other status rejects the token
 */
CERTBOUND_MUST_USE
certbound_status certbound_introspection_confirm(const struct certbound_verifier *verifier,
                                                 const struct certbound_accepted *token,
                                                 const char *response,
                                                 size_t response_len,
                                                 const uint8_t *certificate_sha256,
                                                 uint64_t now,
                                                 void *scratch,
                                                 size_t scratch_len,
                                                 struct certbound_accepted *accepted);

/** Returns the number of bytes of scratch memory that a response of `response_len` bytes needs at most. */
size_t certbound_introspection_scratch_len(size_t response_len);

#endif

#if (defined(CERTBOUND_HAS_CACHE) && defined(CERTBOUND_HAS_INTROSPECTION))

/**
 * A cache of introspection responses in the caller's memory. See `certbound_introspection_cache_init`.
 *
 * Calls modify it, so only one thread may use it at a time: give each thread or worker its own. It contains no
 * pointers and needs no clean-up.
 */
typedef struct certbound_introspection_cache certbound_introspection_cache;

/**
 * Returns the size in bytes of a cache of `entries` introspection responses of at most `response_len` bytes each, or 0 if it
 * exceeds the address space.
 */
size_t certbound_introspection_cache_size(size_t entries,
                                          size_t response_len);

/**
 * Initialises an empty cache of introspection responses, which holds as many as fit into `memory`.
 *
 * @param memory       receives the cache; aligned to `CERTBOUND_ALIGNMENT`
 * @param memory_len   its number of bytes, from `certbound_introspection_cache_size`
 * @param response_len the number of bytes that a response may have; longer ones are not cached
 * @param cache        receives a pointer to the beginning of `memory`
 */
CERTBOUND_MUST_USE
certbound_status certbound_introspection_cache_init(void *memory,
                                                    size_t memory_len,
                                                    size_t response_len,
                                                    struct certbound_introspection_cache **cache);

/**
 * Looks up the response to a token that was stored less than `seconds` ago and whose `exp` has not passed.
 *
 * It is the response, not a verdict: verify it as if it had just arrived, for this connection. Until it is forgotten,
 * a revoked token is still accepted.
 *
 * @param cache     the cache, which belongs to one introspection endpoint; no other thread may use it during the call
 * @param token     the token
 * @param token_len its number of bytes
 * @param now       the Unix time in seconds
 * @param seconds   the age from which on the issuer is asked again; with 0 nothing is found
 * @param response  receives the response, which lies in the cache and is valid until the next call with the cache; `data`
 *                  is null if there is none
 */
CERTBOUND_MUST_USE
certbound_status certbound_introspection_cache_get(struct certbound_introspection_cache *cache,
                                                   const char *token,
                                                   size_t token_len,
                                                   uint64_t now,
                                                   uint64_t seconds,
                                                   struct certbound_text *response);

/**
 * Stores the response to a token.
 *
 * Only an accepted response can be stored, so rejected tokens cannot evict accepted ones, however many are tried. A response
 * that is longer than the cache allows is not stored, and replaces nothing.
 *
 * @param cache     the cache; no other thread may use it during the call
 * @param token     the token
 * @param token_len its number of bytes
 * @param accepted  the accepted token, from `certbound_introspection_verify_with`, `certbound_introspection_confirm` or
 *                  another introspection function
 * @param now       the Unix time in seconds
 * @param seconds   the longest age at which responses are looked up
 * @return `CERTBOUND_VALUE_UNKNOWN` if `accepted` is not from an introspection function
 */
CERTBOUND_MUST_USE
certbound_status certbound_introspection_cache_put(struct certbound_introspection_cache *cache,
                                                   const char *token,
                                                   size_t token_len,
                                                   const struct certbound_accepted *accepted,
                                                   uint64_t now,
                                                   uint64_t seconds);

#endif

/** @} */

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* CERTBOUND_H */
