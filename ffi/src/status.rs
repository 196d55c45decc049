//! What an entry answers: OK, a misuse of the interface, or an error of the core.

use core::ffi::{CStr, c_char};

use certbound::{BearerResponse, Error};

/// What an entry answers. Anything but `CERTBOUND_OK` rejects.
///
/// Below 100 the interface was misused, and nothing was judged. From 100 on it is an error of the core, whose hundreds
/// tell the subject: 1 the token's form, 2 JSON, 3 the JOSE header, 4 key and signature, 5 claims, 6 the binding,
/// 7 certificates and names, 8 key sets, 9 client authentication, 10 introspection. A number is never given to another
/// meaning, and later versions may add numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(non_camel_case_types)]
pub enum certbound_status {
    /// Accepted, or done.
    CERTBOUND_OK = 0,
    /// A pointer is null where one is needed.
    CERTBOUND_NULL_ARGUMENT = 1,
    /// A pointer to a structure is not aligned for it.
    CERTBOUND_MISALIGNED_ARGUMENT = 2,
    /// Memory to be written overlaps another argument.
    CERTBOUND_OVERLAPPING_ARGUMENTS = 3,
    /// A length is larger than any memory can be.
    CERTBOUND_LENGTH_OUT_OF_RANGE = 4,
    /// The memory to be written is too small.
    CERTBOUND_OUTPUT_TOO_SMALL = 5,
    /// The object was not initialised.
    CERTBOUND_NOT_INITIALISED = 6,
    /// A number is none of the values that the argument may have.
    CERTBOUND_VALUE_UNKNOWN = 7,
    /// A text argument is not UTF-8.
    CERTBOUND_TEXT_NOT_UTF8 = 8,
    /// The policy has more or longer texts than the limits allow.
    CERTBOUND_POLICY_TOO_LARGE = 9,
    /// The policy's `size` is not that of `certbound_policy`.
    CERTBOUND_POLICY_SIZE_UNKNOWN = 10,
    /// The token has no such claim.
    CERTBOUND_CLAIM_MISSING = 11,
    /// The host has no memory for the verdict. For hosts: the library allocates nothing, and never returns it.
    CERTBOUND_OUT_OF_MEMORY = 12,
    /// The host's TLS library failed to hand over the client certificate. For hosts: the library never returns it.
    CERTBOUND_TLS_FAILURE = 13,
    /// The library has a defect, and stopped before doing harm.
    CERTBOUND_PANIC = 99,
    /// There is no token.
    CERTBOUND_TOKEN_MISSING = 100,
    /// The token is longer than 16 KiB.
    CERTBOUND_TOKEN_TOO_LONG = 101,
    /// The token does not consist of three parts.
    CERTBOUND_TOKEN_NOT_COMPACT = 102,
    /// The token's first part is not base64url.
    CERTBOUND_HEADER_NOT_BASE64URL = 103,
    /// The token's second part is not base64url.
    CERTBOUND_PAYLOAD_NOT_BASE64URL = 104,
    /// The token's third part is not base64url.
    CERTBOUND_SIGNATURE_NOT_BASE64URL = 105,
    /// The scratch memory is too small for this input.
    CERTBOUND_SCRATCH_TOO_SMALL = 106,
    /// The request has more than one Authorization header.
    CERTBOUND_AUTHORIZATION_AMBIGUOUS = 107,
    /// The buffer for the output is too small.
    CERTBOUND_BUFFER_TOO_SMALL = 108,
    /// The JSON text is longer than 256 KiB.
    CERTBOUND_JSON_TOO_LONG = 200,
    /// The JSON text is not UTF-8.
    CERTBOUND_JSON_NOT_UTF8 = 201,
    /// The JSON text ends too early.
    CERTBOUND_JSON_UNEXPECTED_END = 202,
    /// The JSON text has a character where the grammar allows none like it.
    CERTBOUND_JSON_UNEXPECTED_BYTE = 203,
    /// Something follows the JSON value.
    CERTBOUND_JSON_TRAILING_BYTES = 204,
    /// A JSON number is malformed.
    CERTBOUND_JSON_NUMBER_MALFORMED = 205,
    /// A JSON string has a raw control character.
    CERTBOUND_JSON_CONTROL_CHARACTER = 206,
    /// A JSON string has an unknown or cut escape sequence.
    CERTBOUND_JSON_ESCAPE_MALFORMED = 207,
    /// A JSON string has half of a surrogate pair.
    CERTBOUND_JSON_SURROGATE_UNPAIRED = 208,
    /// The JSON text is nested deeper than 16 levels.
    CERTBOUND_JSON_TOO_DEEP = 209,
    /// A JSON object has the same name twice.
    CERTBOUND_JSON_DUPLICATE_NAME = 210,
    /// The JSON objects have more than 256 members, or names made to collide.
    CERTBOUND_JSON_TOO_MANY_MEMBERS = 211,
    /// The token's header is longer than 2 KiB.
    CERTBOUND_HEADER_TOO_LONG = 300,
    /// The token's header is not a JSON object.
    CERTBOUND_HEADER_NOT_OBJECT = 301,
    /// The token's header has no alg.
    CERTBOUND_ALGORITHM_MISSING = 302,
    /// The token's alg is not a string.
    CERTBOUND_ALGORITHM_MALFORMED = 303,
    /// The token's alg is none, an HMAC or another one that does not exist here.
    CERTBOUND_ALGORITHM_UNSUPPORTED = 304,
    /// The token's alg is not among the policy's.
    CERTBOUND_ALGORITHM_NOT_ALLOWED = 305,
    /// The token's header has crit.
    CERTBOUND_CRITICAL_HEADER = 306,
    /// The token's header has b64.
    CERTBOUND_UNENCODED_PAYLOAD = 307,
    /// The token's header has no typ.
    CERTBOUND_TYPE_MISSING = 308,
    /// The token's typ is not a string.
    CERTBOUND_TYPE_MALFORMED = 309,
    /// The token's typ is not that of an access token.
    CERTBOUND_TYPE_NOT_ALLOWED = 310,
    /// The token's kid is not a string.
    CERTBOUND_KEY_ID_MALFORMED = 311,
    /// No key of the set has the token's kid.
    CERTBOUND_KEY_UNKNOWN = 400,
    /// No key that the token may be signed with fits its alg.
    CERTBOUND_KEY_UNSUITED = 401,
    /// The signature has a length that its algorithm does not produce.
    CERTBOUND_SIGNATURE_LENGTH = 402,
    /// The signature is not by the issuer's key.
    CERTBOUND_SIGNATURE_INVALID = 403,
    /// The token has no kid, and more than 8 keys fit its alg.
    CERTBOUND_TOO_MANY_CANDIDATE_KEYS = 404,
    /// The issuer's key set lists no keys: all of them have been withdrawn.
    CERTBOUND_KEYS_WITHDRAWN = 405,
    /// The token's payload is not a JSON object.
    CERTBOUND_CLAIMS_NOT_OBJECT = 500,
    /// The token has no iss.
    CERTBOUND_ISSUER_MISSING = 501,
    /// The token's iss is not a string.
    CERTBOUND_ISSUER_MALFORMED = 502,
    /// The token's iss is another one.
    CERTBOUND_ISSUER_MISMATCH = 503,
    /// The token has no aud.
    CERTBOUND_AUDIENCE_MISSING = 504,
    /// The token's aud is neither a string nor an array of strings.
    CERTBOUND_AUDIENCE_MALFORMED = 505,
    /// The token's aud names others only.
    CERTBOUND_AUDIENCE_MISMATCH = 506,
    /// The token has no exp.
    CERTBOUND_EXPIRY_MISSING = 507,
    /// The token's exp is not a number.
    CERTBOUND_EXPIRY_MALFORMED = 508,
    /// The token's exp is no time between the years 1970 and 9999.
    CERTBOUND_EXPIRY_OUT_OF_RANGE = 509,
    /// The token's exp has passed.
    CERTBOUND_TOKEN_EXPIRED = 510,
    /// The token's nbf is not a number.
    CERTBOUND_NOT_BEFORE_MALFORMED = 511,
    /// The token's nbf is no time between the years 1970 and 9999.
    CERTBOUND_NOT_BEFORE_OUT_OF_RANGE = 512,
    /// The token's nbf is still to come.
    CERTBOUND_TOKEN_NOT_YET_VALID = 513,
    /// The token's iat is not a number.
    CERTBOUND_ISSUED_AT_MALFORMED = 514,
    /// The token's iat is no time between the years 1970 and 9999.
    CERTBOUND_ISSUED_AT_OUT_OF_RANGE = 515,
    /// The token's sub is not a string.
    CERTBOUND_SUBJECT_MALFORMED = 516,
    /// The token's client_id is not a string.
    CERTBOUND_CLIENT_ID_MALFORMED = 517,
    /// The token's jti is not a string.
    CERTBOUND_TOKEN_ID_MALFORMED = 518,
    /// The token's scope is not a string.
    CERTBOUND_SCOPE_MALFORMED = 519,
    /// The token lacks a scope that the policy requires.
    CERTBOUND_INSUFFICIENT_SCOPE = 520,
    /// The claims do not fit the type they were to be read into.
    CERTBOUND_CLAIMS_TYPE_MISMATCH = 521,
    /// The policy's leeway is longer than 10 minutes.
    CERTBOUND_LEEWAY_TOO_LONG = 522,
    /// The token has no cnf, so anybody who finds it could use it.
    CERTBOUND_CONFIRMATION_MISSING = 600,
    /// Cnf is not a JSON object.
    CERTBOUND_CONFIRMATION_MALFORMED = 601,
    /// Cnf has no x5t#S256.
    CERTBOUND_CONFIRMATION_METHOD_UNSUPPORTED = 602,
    /// X5t#S256 is not the base64url of a SHA-256 value.
    CERTBOUND_THUMBPRINT_MALFORMED = 603,
    /// The token is bound, and the connection has no client certificate.
    CERTBOUND_CERTIFICATE_MISSING = 604,
    /// The connection's certificate is not the one the token is bound to.
    CERTBOUND_CERTIFICATE_MISMATCH = 605,
    /// The thumbprint is not 64 hexadecimal digits.
    CERTBOUND_THUMBPRINT_HEX_MALFORMED = 606,
    /// The certificate is longer than 65,535 bytes.
    CERTBOUND_CERTIFICATE_TOO_LONG = 700,
    /// The certificate is not DER.
    CERTBOUND_DER_MALFORMED = 701,
    /// Bytes follow the certificate, or one of its parts.
    CERTBOUND_DER_TRAILING_BYTES = 702,
    /// The certificate's version does not exist or does not fit its fields.
    CERTBOUND_CERTIFICATE_VERSION = 703,
    /// The certificate's serial number is negative or too long.
    CERTBOUND_SERIAL_NUMBER_MALFORMED = 704,
    /// The certificate names two different signature algorithms.
    CERTBOUND_SIGNATURE_ALGORITHM_MISMATCH = 705,
    /// The certificate's validity cannot be read.
    CERTBOUND_VALIDITY_MALFORMED = 706,
    /// A name in the certificate cannot be read.
    CERTBOUND_NAME_MALFORMED = 707,
    /// A name has more than 32 parts, or a part with more than 8 attributes.
    CERTBOUND_NAME_TOO_LONG = 708,
    /// The certificate's public key cannot be read.
    CERTBOUND_PUBLIC_KEY_MALFORMED = 709,
    /// The certificate's extensions cannot be read.
    CERTBOUND_EXTENSIONS_MALFORMED = 710,
    /// The certificate has the same extension twice.
    CERTBOUND_EXTENSION_DUPLICATE = 711,
    /// The certificate has more than 64 extensions.
    CERTBOUND_TOO_MANY_EXTENSIONS = 712,
    /// The certificate's subject alternative names cannot be read.
    CERTBOUND_ALTERNATIVE_NAMES_MALFORMED = 713,
    /// The distinguished name is longer than 4 KiB, or has too many parts.
    CERTBOUND_DISTINGUISHED_NAME_TOO_LONG = 720,
    /// The distinguished name is not an RFC 4514 string.
    CERTBOUND_DISTINGUISHED_NAME_MALFORMED = 721,
    /// The distinguished name has an attribute whose short name is not known.
    CERTBOUND_ATTRIBUTE_TYPE_UNKNOWN = 722,
    /// The JWK Set is not a JSON object.
    CERTBOUND_KEY_SET_NOT_OBJECT = 800,
    /// The JWK Set has no array keys.
    CERTBOUND_KEY_SET_KEYS_MISSING = 801,
    /// The JWK Set has no key that could verify a token.
    CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY = 802,
    /// The JWK Set has more usable keys than there is room for.
    CERTBOUND_KEY_SET_FULL = 803,
    /// The JWK Set is a PEM file.
    CERTBOUND_KEY_SET_IS_PEM = 804,
    /// The key is not a JSON object.
    CERTBOUND_KEY_NOT_OBJECT = 820,
    /// The key's kty is absent or not a string.
    CERTBOUND_KEY_TYPE_MALFORMED = 821,
    /// The key's kty is not supported.
    CERTBOUND_KEY_TYPE_UNSUPPORTED = 822,
    /// The key's crv is absent or not supported.
    CERTBOUND_CURVE_UNSUPPORTED = 823,
    /// A member of the key is absent or malformed.
    CERTBOUND_KEY_MEMBER_MALFORMED = 824,
    /// The key's coordinates are not a point of its curve, or one of small order.
    CERTBOUND_KEY_POINT_INVALID = 825,
    /// The key's RSA modulus has too few or too many bits.
    CERTBOUND_KEY_MODULUS_LENGTH = 826,
    /// The key's RSA modulus is even.
    CERTBOUND_KEY_MODULUS_EVEN = 827,
    /// The key's RSA exponent is even, too small or too large.
    CERTBOUND_KEY_EXPONENT = 828,
    /// The key's use is not sig.
    CERTBOUND_KEY_USE_UNSUITED = 829,
    /// The key's key_ops do not include verify.
    CERTBOUND_KEY_OPERATIONS_UNSUITED = 830,
    /// The key's alg is not supported or does not fit its type.
    CERTBOUND_KEY_ALGORITHM_UNSUITED = 831,
    /// The key's kid is not a string, or longer than 128 bytes.
    CERTBOUND_KEY_ID_TOO_LONG = 832,
    /// The memory for the table of a prepared key, or of its curve's base point, is too small.
    CERTBOUND_TABLE_TOO_SMALL = 840,
    /// The memory does not hold the table of a prepared key, or of a base point, of this curve.
    CERTBOUND_TABLE_NOT_PREPARED = 841,
    /// The tables were prepared from other keys, or in another geometry.
    CERTBOUND_TABLES_OF_OTHER_KEYS = 842,
    /// The client metadata is not a JSON object.
    CERTBOUND_CLIENT_METADATA_NOT_OBJECT = 900,
    /// The client's token_endpoint_auth_method is absent or not supported.
    CERTBOUND_AUTHENTICATION_METHOD_UNSUPPORTED = 901,
    /// The client has no tls_client_auth member that tells its certificate's subject.
    CERTBOUND_SUBJECT_IDENTIFIER_MISSING = 902,
    /// The client has several tls_client_auth members that tell its certificate's subject.
    CERTBOUND_SUBJECT_IDENTIFIER_AMBIGUOUS = 903,
    /// The client's expected subject is not a string, is empty, has a wildcard, a NUL or other characters than a certificate's, or is no address.
    CERTBOUND_SUBJECT_IDENTIFIER_MALFORMED = 904,
    /// The certificate's subject is not the one registered for the client.
    CERTBOUND_SUBJECT_MISMATCH = 905,
    /// The certificate has no subject alternative name equal to the one registered for the client.
    CERTBOUND_ALTERNATIVE_NAME_MISMATCH = 906,
    /// The client has no jwks with keys.
    CERTBOUND_CLIENT_KEYS_MISSING = 907,
    /// The certificate's public key is none of the keys registered for the client.
    CERTBOUND_CLIENT_KEY_MISMATCH = 908,
    /// The certificate's chain has not been validated, so anybody may have written the names in it.
    CERTBOUND_CHAIN_NOT_VALIDATED = 909,
    /// The introspection response is not a JSON object.
    CERTBOUND_INTROSPECTION_NOT_OBJECT = 1000,
    /// The introspection response has no active.
    CERTBOUND_ACTIVE_MISSING = 1001,
    /// The introspection response's active is not a boolean.
    CERTBOUND_ACTIVE_MALFORMED = 1002,
    /// The token is not active.
    CERTBOUND_TOKEN_INACTIVE = 1003,
}

impl From<Error> for certbound_status {
    fn from(error: Error) -> Self {
        match error {
            Error::TokenMissing => Self::CERTBOUND_TOKEN_MISSING,
            Error::TokenTooLong => Self::CERTBOUND_TOKEN_TOO_LONG,
            Error::TokenNotCompact => Self::CERTBOUND_TOKEN_NOT_COMPACT,
            Error::HeaderNotBase64url => Self::CERTBOUND_HEADER_NOT_BASE64URL,
            Error::PayloadNotBase64url => Self::CERTBOUND_PAYLOAD_NOT_BASE64URL,
            Error::SignatureNotBase64url => Self::CERTBOUND_SIGNATURE_NOT_BASE64URL,
            Error::ScratchTooSmall => Self::CERTBOUND_SCRATCH_TOO_SMALL,
            Error::AuthorizationAmbiguous => Self::CERTBOUND_AUTHORIZATION_AMBIGUOUS,
            Error::BufferTooSmall => Self::CERTBOUND_BUFFER_TOO_SMALL,
            Error::JsonTooLong => Self::CERTBOUND_JSON_TOO_LONG,
            Error::JsonNotUtf8 => Self::CERTBOUND_JSON_NOT_UTF8,
            Error::JsonUnexpectedEnd => Self::CERTBOUND_JSON_UNEXPECTED_END,
            Error::JsonUnexpectedByte => Self::CERTBOUND_JSON_UNEXPECTED_BYTE,
            Error::JsonTrailingBytes => Self::CERTBOUND_JSON_TRAILING_BYTES,
            Error::JsonNumberMalformed => Self::CERTBOUND_JSON_NUMBER_MALFORMED,
            Error::JsonControlCharacter => Self::CERTBOUND_JSON_CONTROL_CHARACTER,
            Error::JsonEscapeMalformed => Self::CERTBOUND_JSON_ESCAPE_MALFORMED,
            Error::JsonSurrogateUnpaired => Self::CERTBOUND_JSON_SURROGATE_UNPAIRED,
            Error::JsonTooDeep => Self::CERTBOUND_JSON_TOO_DEEP,
            Error::JsonDuplicateName => Self::CERTBOUND_JSON_DUPLICATE_NAME,
            Error::JsonTooManyMembers => Self::CERTBOUND_JSON_TOO_MANY_MEMBERS,
            Error::HeaderTooLong => Self::CERTBOUND_HEADER_TOO_LONG,
            Error::HeaderNotObject => Self::CERTBOUND_HEADER_NOT_OBJECT,
            Error::AlgorithmMissing => Self::CERTBOUND_ALGORITHM_MISSING,
            Error::AlgorithmMalformed => Self::CERTBOUND_ALGORITHM_MALFORMED,
            Error::AlgorithmUnsupported => Self::CERTBOUND_ALGORITHM_UNSUPPORTED,
            Error::AlgorithmNotAllowed => Self::CERTBOUND_ALGORITHM_NOT_ALLOWED,
            Error::CriticalHeader => Self::CERTBOUND_CRITICAL_HEADER,
            Error::UnencodedPayload => Self::CERTBOUND_UNENCODED_PAYLOAD,
            Error::TypeMissing => Self::CERTBOUND_TYPE_MISSING,
            Error::TypeMalformed => Self::CERTBOUND_TYPE_MALFORMED,
            Error::TypeNotAllowed => Self::CERTBOUND_TYPE_NOT_ALLOWED,
            Error::KeyIdMalformed => Self::CERTBOUND_KEY_ID_MALFORMED,
            Error::KeyUnknown => Self::CERTBOUND_KEY_UNKNOWN,
            Error::KeyUnsuited => Self::CERTBOUND_KEY_UNSUITED,
            Error::SignatureLength => Self::CERTBOUND_SIGNATURE_LENGTH,
            Error::SignatureInvalid => Self::CERTBOUND_SIGNATURE_INVALID,
            Error::TooManyCandidateKeys => Self::CERTBOUND_TOO_MANY_CANDIDATE_KEYS,
            Error::KeysWithdrawn => Self::CERTBOUND_KEYS_WITHDRAWN,
            Error::ClaimsNotObject => Self::CERTBOUND_CLAIMS_NOT_OBJECT,
            Error::IssuerMissing => Self::CERTBOUND_ISSUER_MISSING,
            Error::IssuerMalformed => Self::CERTBOUND_ISSUER_MALFORMED,
            Error::IssuerMismatch => Self::CERTBOUND_ISSUER_MISMATCH,
            Error::AudienceMissing => Self::CERTBOUND_AUDIENCE_MISSING,
            Error::AudienceMalformed => Self::CERTBOUND_AUDIENCE_MALFORMED,
            Error::AudienceMismatch => Self::CERTBOUND_AUDIENCE_MISMATCH,
            Error::ExpiryMissing => Self::CERTBOUND_EXPIRY_MISSING,
            Error::ExpiryMalformed => Self::CERTBOUND_EXPIRY_MALFORMED,
            Error::ExpiryOutOfRange => Self::CERTBOUND_EXPIRY_OUT_OF_RANGE,
            Error::TokenExpired => Self::CERTBOUND_TOKEN_EXPIRED,
            Error::NotBeforeMalformed => Self::CERTBOUND_NOT_BEFORE_MALFORMED,
            Error::NotBeforeOutOfRange => Self::CERTBOUND_NOT_BEFORE_OUT_OF_RANGE,
            Error::TokenNotYetValid => Self::CERTBOUND_TOKEN_NOT_YET_VALID,
            Error::IssuedAtMalformed => Self::CERTBOUND_ISSUED_AT_MALFORMED,
            Error::IssuedAtOutOfRange => Self::CERTBOUND_ISSUED_AT_OUT_OF_RANGE,
            Error::SubjectMalformed => Self::CERTBOUND_SUBJECT_MALFORMED,
            Error::ClientIdMalformed => Self::CERTBOUND_CLIENT_ID_MALFORMED,
            Error::TokenIdMalformed => Self::CERTBOUND_TOKEN_ID_MALFORMED,
            Error::ScopeMalformed => Self::CERTBOUND_SCOPE_MALFORMED,
            Error::InsufficientScope => Self::CERTBOUND_INSUFFICIENT_SCOPE,
            Error::ClaimsTypeMismatch => Self::CERTBOUND_CLAIMS_TYPE_MISMATCH,
            Error::LeewayTooLong => Self::CERTBOUND_LEEWAY_TOO_LONG,
            Error::ConfirmationMissing => Self::CERTBOUND_CONFIRMATION_MISSING,
            Error::ConfirmationMalformed => Self::CERTBOUND_CONFIRMATION_MALFORMED,
            Error::ConfirmationMethodUnsupported => Self::CERTBOUND_CONFIRMATION_METHOD_UNSUPPORTED,
            Error::ThumbprintMalformed => Self::CERTBOUND_THUMBPRINT_MALFORMED,
            Error::CertificateMissing => Self::CERTBOUND_CERTIFICATE_MISSING,
            Error::CertificateMismatch => Self::CERTBOUND_CERTIFICATE_MISMATCH,
            Error::ThumbprintHexMalformed => Self::CERTBOUND_THUMBPRINT_HEX_MALFORMED,
            Error::CertificateTooLong => Self::CERTBOUND_CERTIFICATE_TOO_LONG,
            Error::DerMalformed => Self::CERTBOUND_DER_MALFORMED,
            Error::DerTrailingBytes => Self::CERTBOUND_DER_TRAILING_BYTES,
            Error::CertificateVersion => Self::CERTBOUND_CERTIFICATE_VERSION,
            Error::SerialNumberMalformed => Self::CERTBOUND_SERIAL_NUMBER_MALFORMED,
            Error::SignatureAlgorithmMismatch => Self::CERTBOUND_SIGNATURE_ALGORITHM_MISMATCH,
            Error::ValidityMalformed => Self::CERTBOUND_VALIDITY_MALFORMED,
            Error::NameMalformed => Self::CERTBOUND_NAME_MALFORMED,
            Error::NameTooLong => Self::CERTBOUND_NAME_TOO_LONG,
            Error::PublicKeyMalformed => Self::CERTBOUND_PUBLIC_KEY_MALFORMED,
            Error::ExtensionsMalformed => Self::CERTBOUND_EXTENSIONS_MALFORMED,
            Error::ExtensionDuplicate => Self::CERTBOUND_EXTENSION_DUPLICATE,
            Error::TooManyExtensions => Self::CERTBOUND_TOO_MANY_EXTENSIONS,
            Error::AlternativeNamesMalformed => Self::CERTBOUND_ALTERNATIVE_NAMES_MALFORMED,
            Error::DistinguishedNameTooLong => Self::CERTBOUND_DISTINGUISHED_NAME_TOO_LONG,
            Error::DistinguishedNameMalformed => Self::CERTBOUND_DISTINGUISHED_NAME_MALFORMED,
            Error::AttributeTypeUnknown => Self::CERTBOUND_ATTRIBUTE_TYPE_UNKNOWN,
            Error::KeySetNotObject => Self::CERTBOUND_KEY_SET_NOT_OBJECT,
            Error::KeySetKeysMissing => Self::CERTBOUND_KEY_SET_KEYS_MISSING,
            Error::KeySetWithoutUsableKey => Self::CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY,
            Error::KeySetFull => Self::CERTBOUND_KEY_SET_FULL,
            Error::KeySetIsPem => Self::CERTBOUND_KEY_SET_IS_PEM,
            Error::KeyNotObject => Self::CERTBOUND_KEY_NOT_OBJECT,
            Error::KeyTypeMalformed => Self::CERTBOUND_KEY_TYPE_MALFORMED,
            Error::KeyTypeUnsupported => Self::CERTBOUND_KEY_TYPE_UNSUPPORTED,
            Error::CurveUnsupported => Self::CERTBOUND_CURVE_UNSUPPORTED,
            Error::KeyMemberMalformed => Self::CERTBOUND_KEY_MEMBER_MALFORMED,
            Error::KeyPointInvalid => Self::CERTBOUND_KEY_POINT_INVALID,
            Error::KeyModulusLength => Self::CERTBOUND_KEY_MODULUS_LENGTH,
            Error::KeyModulusEven => Self::CERTBOUND_KEY_MODULUS_EVEN,
            Error::KeyExponent => Self::CERTBOUND_KEY_EXPONENT,
            Error::KeyUseUnsuited => Self::CERTBOUND_KEY_USE_UNSUITED,
            Error::KeyOperationsUnsuited => Self::CERTBOUND_KEY_OPERATIONS_UNSUITED,
            Error::KeyAlgorithmUnsuited => Self::CERTBOUND_KEY_ALGORITHM_UNSUITED,
            Error::KeyIdTooLong => Self::CERTBOUND_KEY_ID_TOO_LONG,
            Error::TableTooSmall => Self::CERTBOUND_TABLE_TOO_SMALL,
            Error::TableNotPrepared => Self::CERTBOUND_TABLE_NOT_PREPARED,
            Error::TablesOfOtherKeys => Self::CERTBOUND_TABLES_OF_OTHER_KEYS,
            Error::ClientMetadataNotObject => Self::CERTBOUND_CLIENT_METADATA_NOT_OBJECT,
            Error::AuthenticationMethodUnsupported => Self::CERTBOUND_AUTHENTICATION_METHOD_UNSUPPORTED,
            Error::SubjectIdentifierMissing => Self::CERTBOUND_SUBJECT_IDENTIFIER_MISSING,
            Error::SubjectIdentifierAmbiguous => Self::CERTBOUND_SUBJECT_IDENTIFIER_AMBIGUOUS,
            Error::SubjectIdentifierMalformed => Self::CERTBOUND_SUBJECT_IDENTIFIER_MALFORMED,
            Error::SubjectMismatch => Self::CERTBOUND_SUBJECT_MISMATCH,
            Error::AlternativeNameMismatch => Self::CERTBOUND_ALTERNATIVE_NAME_MISMATCH,
            Error::ClientKeysMissing => Self::CERTBOUND_CLIENT_KEYS_MISSING,
            Error::ClientKeyMismatch => Self::CERTBOUND_CLIENT_KEY_MISMATCH,
            Error::ChainNotValidated => Self::CERTBOUND_CHAIN_NOT_VALIDATED,
            Error::IntrospectionNotObject => Self::CERTBOUND_INTROSPECTION_NOT_OBJECT,
            Error::ActiveMissing => Self::CERTBOUND_ACTIVE_MISSING,
            Error::ActiveMalformed => Self::CERTBOUND_ACTIVE_MALFORMED,
            Error::TokenInactive => Self::CERTBOUND_TOKEN_INACTIVE,
            _ => Self::CERTBOUND_PANIC,
        }
    }
}

/// The stable name of a status, in snake_case: `"ok"`, `"certificate_mismatch"`. Never null; `"status_unknown"` for a
/// number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_status_name(status: u32) -> *const c_char {
    texts(status)[0].as_ptr()
}

/// What was found, in words for the operator. Never null.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_status_found(status: u32) -> *const c_char {
    texts(status)[1].as_ptr()
}

/// What was wanted, in words for the operator. Never null.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_status_wanted(status: u32) -> *const c_char {
    texts(status)[2].as_ptr()
}

/// What to change, in words for the operator. Never null.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_status_remedy(status: u32) -> *const c_char {
    texts(status)[3].as_ptr()
}

/// The HTTP status that a resource server answers with: 401, 400, 403, or 500 where the fault is not the request's
/// (RFC 6750 §3.1). 200 for `CERTBOUND_OK`.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_status_http_status(status: u32) -> u16 {
    if status == certbound_status::CERTBOUND_OK as u32 { 200 } else { bearer_response(status).status() }
}

/// The value of the challenge's `error` attribute (RFC 6750 §3.1), all that a client may learn. Null where it has none:
/// for `CERTBOUND_OK`, where the request carried no token, and where the answer is a 500 without a challenge.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_status_bearer_error(status: u32) -> *const c_char {
    if status == certbound_status::CERTBOUND_OK as u32 {
        return core::ptr::null();
    }
    match bearer_response(status) {
        BearerResponse::InvalidRequest => c"invalid_request".as_ptr(),
        BearerResponse::InvalidToken => c"invalid_token".as_ptr(),
        BearerResponse::InsufficientScope => c"insufficient_scope".as_ptr(),
        _ => core::ptr::null(),
    }
}

/// A misuse of the interface is the server's fault.
fn bearer_response(status: u32) -> BearerResponse {
    core_error(status).map_or(BearerResponse::ServerError, Error::bearer_response)
}

fn core_error(status: u32) -> Option<Error> {
    Error::ALL.iter().copied().find(|error| u32::from(error.code()) == status)
}

fn texts(status: u32) -> [&'static CStr; 4] {
    if let Some(error) = core_error(status) {
        return error.c_strings();
    }
    let row = MISUSES.iter().find(|(of, _)| *of as u32 == status);
    row.map_or(
        [
            c"status_unknown",
            c"a number that is no status",
            c"one of certbound_status",
            c"compare the versions of header and library",
        ],
        |(_, texts)| *texts,
    )
}

/// Name, found, wanted and remedy of what is not the core's.
const MISUSES: &[(certbound_status, [&CStr; 4])] = &[
    (
        certbound_status::CERTBOUND_OK,
        [c"ok", c"everything is as it should be", c"nothing else", c"nothing needs to change"],
    ),
    (
        certbound_status::CERTBOUND_NULL_ARGUMENT,
        [c"null_argument", c"a pointer is null", c"a pointer to memory; null only with length 0, or where the documentation allows it", c"pass the memory"],
    ),
    (
        certbound_status::CERTBOUND_MISALIGNED_ARGUMENT,
        [c"misaligned_argument", c"a pointer to a structure is not aligned", c"the alignment of its type, CERTBOUND_ALIGNMENT for a verifier", c"align the memory, as malloc does"],
    ),
    (
        certbound_status::CERTBOUND_OVERLAPPING_ARGUMENTS,
        [c"overlapping_arguments", c"memory to be written overlaps another argument", c"memory of its own for each output and for the scratch", c"pass separate memory"],
    ),
    (
        certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE,
        [c"length_out_of_range", c"a length is larger than any memory can be", c"the length of the memory in bytes", c"look for a negative number that became a length"],
    ),
    (
        certbound_status::CERTBOUND_OUTPUT_TOO_SMALL,
        [c"output_too_small", c"the memory to be written is too small", c"as many bytes as the size function or constant tells", c"pass more memory"],
    ),
    (
        certbound_status::CERTBOUND_NOT_INITIALISED,
        [c"not_initialised", c"the object was not initialised, or overwritten since", c"memory that certbound_verifier_init or a verdict has filled", c"initialise it, and check the status of that"],
    ),
    (
        certbound_status::CERTBOUND_VALUE_UNKNOWN,
        [c"value_unknown", c"a number is none of the values that the argument may have", c"one of the header's constants", c"compare the versions of header and library"],
    ),
    (
        certbound_status::CERTBOUND_TEXT_NOT_UTF8,
        [c"text_not_utf8", c"a text argument is not UTF-8", c"UTF-8", c"convert it"],
    ),
    (
        certbound_status::CERTBOUND_POLICY_TOO_LARGE,
        [c"policy_too_large", c"the policy has more or longer texts than the limits allow", c"at most CERTBOUND_POLICY_TEXTS audiences, as many scopes, and CERTBOUND_POLICY_TEXT_LEN bytes in each text", c"shorten it"],
    ),
    (
        certbound_status::CERTBOUND_POLICY_SIZE_UNKNOWN,
        [c"policy_size_unknown", c"the policy's size is not one that this library knows", c"policy.size = sizeof(certbound_policy)", c"set it; or link the library that the header belongs to"],
    ),
    (
        certbound_status::CERTBOUND_CLAIM_MISSING,
        [c"claim_missing", c"there is no such claim", c"a claim of that name", c"have the issuer set it, or do without"],
    ),
    (
        certbound_status::CERTBOUND_OUT_OF_MEMORY,
        [c"out_of_memory", c"the server has no memory left", c"memory for the verdict", c"give the server more memory, or less work"],
    ),
    (
        certbound_status::CERTBOUND_TLS_FAILURE,
        [c"tls_failure", c"the TLS library failed to hand over the client certificate", c"the certificate of the connection", c"look for the TLS library's own error in the log"],
    ),
    (
        certbound_status::CERTBOUND_PANIC,
        [c"panic", c"the library has a defect, and stopped before doing harm", c"a verdict", c"report it with the input that caused it"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_the_core_has_its_number_here() {
        for error in Error::ALL {
            let status = certbound_status::from(*error);
            assert_eq!(status as u32, u32::from(error.code()));
            assert_eq!(format!("{status:?}"), format!("CERTBOUND_{}", error.name().to_uppercase()));
        }
    }

    #[test]
    fn every_misuse_has_its_name() {
        for (status, [name, ..]) in MISUSES {
            let name = name.to_str().unwrap();
            assert_eq!(format!("{status:?}"), format!("CERTBOUND_{}", name.to_uppercase()));
            assert_eq!(texts(*status as u32)[0].to_str().unwrap(), name);
        }
        for number in 0..100 {
            let unknown = texts(number)[0] == c"status_unknown";
            assert_eq!(unknown, MISUSES.iter().all(|(status, _)| *status as u32 != number), "{number}");
        }
        assert_eq!(texts(u32::MAX)[0], c"status_unknown");
    }

    #[test]
    fn the_answer_to_the_client_is_that_of_the_core() {
        for error in Error::ALL {
            let (code, response) = (u32::from(error.code()), error.bearer_response());
            assert_eq!(certbound_status_http_status(code), response.status());
            let text = certbound_status_bearer_error(code);
            // SAFETY: not null, and so one of the constants above.
            let text = (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_str().unwrap());
            assert_eq!(text, response.error());
        }
        assert_eq!((certbound_status_http_status(0), certbound_status_http_status(1)), (200, 500));
        assert!(certbound_status_bearer_error(0).is_null() && certbound_status_bearer_error(1).is_null());
        assert_eq!(certbound_status_http_status(u32::MAX), 500);
    }
}
