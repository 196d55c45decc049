//! The errors: number, variant, name and response, then what was found, what was expected, and the remedy.
//!
//! Each error has a row, which makes this file long. Numbers and names are stable; texts may change. The C statuses and
//! their descriptions are generated from this table.

errors! {
    // The token's form (RFC 7515 §7.1)
    100 TokenMissing "token_missing" Unauthenticated
        "there is no token", "a token", "send one in the Authorization header: Bearer TOKEN";
    101 TokenTooLong "token_too_long" InvalidToken
        "the token is longer than 16 KiB", "at most 16 KiB (16,384 bytes)", "have the issuer issue shorter tokens";
    102 TokenNotCompact "token_not_compact" InvalidToken
        "the token does not consist of three parts", "header.payload.signature (RFC 7515 §7.1)",
        "send a signed JWT; opaque and encrypted tokens (five parts) are not supported";
    103 HeaderNotBase64url "header_not_base64url" InvalidToken
        "the token's first part is not base64url", "unpadded canonical base64url (RFC 7515 §2)",
        "send the token exactly as it was issued";
    104 PayloadNotBase64url "payload_not_base64url" InvalidToken
        "the token's second part is not base64url", "unpadded canonical base64url (RFC 7515 §2)",
        "send the token exactly as it was issued";
    105 SignatureNotBase64url "signature_not_base64url" InvalidToken
        "the token's third part is not base64url", "unpadded canonical base64url (RFC 7515 §2)",
        "send the token exactly as it was issued";
    106 ScratchTooSmall "scratch_too_small" ServerError
        "the scratch memory is too small for this input",
        "as many bytes as scratch_len, introspection_scratch_len, client_metadata_scratch_len or forwarded_scratch_len returns",
        "provide more memory, or reject inputs of that length earlier";
    107 AuthorizationAmbiguous "authorization_ambiguous" InvalidRequest
        "the request has more than one Authorization header", "one header with one token (RFC 6750 §2)",
        "send the token once";
    108 BufferTooSmall "buffer_too_small" ServerError
        "the buffer for the output is too small", "as many bytes as the documentation of the function requires",
        "pass a larger buffer";

    // JSON (RFC 8259), in a header, in claims or in a document
    200 JsonTooLong "json_too_long" InvalidToken
        "the JSON text is longer than 256 KiB", "at most 256 KiB (262,144 bytes)", "split or shorten the document";
    201 JsonNotUtf8 "json_not_utf8" InvalidToken
        "the JSON text is not UTF-8", "UTF-8 (RFC 8259 §8.1)", "have its writer encode it as UTF-8";
    202 JsonUnexpectedEnd "json_unexpected_end" InvalidToken
        "the JSON text ends too early", "one complete JSON value", "send the complete text";
    203 JsonUnexpectedByte "json_unexpected_byte" InvalidToken
        "the JSON text has an unexpected character", "JSON by RFC 8259",
        "remove comments, trailing commas, single quotes, byte order marks and similar";
    204 JsonTrailingBytes "json_trailing_bytes" InvalidToken
        "the JSON value is followed by other text", "exactly one JSON value", "remove that text";
    205 JsonNumberMalformed "json_number_malformed" InvalidToken
        "a JSON number is malformed", "a number by RFC 8259 §6",
        "write it without leading zeros or plus, with digits on both sides of the point";
    206 JsonControlCharacter "json_control_character" InvalidToken
        "a JSON string has a raw control character", "control characters escaped (RFC 8259 §7)", "escape it";
    207 JsonEscapeMalformed "json_escape_malformed" InvalidToken
        "a JSON string has an unknown or incomplete escape sequence", "an escape by RFC 8259 §7", "correct the escape";
    208 JsonSurrogateUnpaired "json_surrogate_unpaired" InvalidToken
        "a JSON string has half of a surrogate pair", "both halves, or the character itself", "write the character as UTF-8";
    209 JsonTooDeep "json_too_deep" InvalidToken
        "the JSON text is nested deeper than 16 levels", "at most 16 levels", "flatten the document";
    210 JsonDuplicateName "json_duplicate_name" InvalidToken
        "a JSON object has the same name twice", "each name once, after unescaping (RFC 7515 §4, RFC 7519 §4)",
        "remove one of them";
    211 JsonTooManyMembers "json_too_many_members" InvalidToken
        "the JSON objects have more than 256 members, or too many names with the same hash",
        "at most 256 members in all open objects, and 4 names with the same hash in one object",
        "use an array, or fewer members";

    // The JOSE header (RFC 7515 §4)
    300 HeaderTooLong "header_too_long" InvalidToken
        "the token's header is longer than 2 KiB", "at most 2 KiB (2,048 bytes)",
        "have the issuer leave certificates and keys out of it";
    301 HeaderNotObject "header_not_object" InvalidToken
        "the token's header is not a JSON object", "an object with alg and typ", "send the token exactly as it was issued";
    302 AlgorithmMissing "algorithm_missing" InvalidToken
        "the token's header has no alg", "one of the policy's algorithms", "have the issuer sign with one of them";
    303 AlgorithmMalformed "algorithm_malformed" InvalidToken
        "the token's alg is not a string", "one of the policy's algorithms", "have the issuer sign with one of them";
    304 AlgorithmUnsupported "algorithm_unsupported" InvalidToken
        "the alg is none, an HMAC, or another that this build does not support",
        "one that this build contains, of ES256, ES384, ES512, EdDSA, Ed25519, RS256, RS384, RS512, PS256, PS384 and PS512, in this spelling",
        "have the issuer sign with one of them";
    305 AlgorithmNotAllowed "algorithm_not_allowed" InvalidToken
        "the token's alg is not among the policy's", "one of the policy's algorithms",
        "allow it in the policy, or have the issuer sign with an allowed one";
    306 CriticalHeader "critical_header" InvalidToken
        "the token's header has crit", "no crit, because no extension is supported (RFC 7515 §4.1.11)",
        "have the issuer leave crit out";
    307 UnencodedPayload "unencoded_payload" InvalidToken
        "the token's header has b64", "a base64url payload (RFC 7797 §7)", "have the issuer leave b64 out";
    308 TypeMissing "type_missing" InvalidToken
        "the token's header has no typ", "at+jwt (RFC 9068 §2.1)",
        "have the issuer set it; if it cannot, set the token type jwt (certbound_token_type jwt, --typ jwt)";
    309 TypeMalformed "type_malformed" InvalidToken
        "the token's typ is not a string", "at+jwt (RFC 9068 §2.1)", "have the issuer set it";
    310 TypeNotAllowed "type_not_allowed" InvalidToken
        "the token's typ is not that of an access token", "at+jwt or application/at+jwt (RFC 9068 §4)",
        "send the access token, not an ID token; if the issuer's access tokens have the typ JWT, set the token type jwt \
        (certbound_token_type jwt, --typ jwt)";
    311 KeyIdMalformed "key_id_malformed" InvalidToken
        "the token's kid is not a string", "a string (RFC 7515 §4.1.4)", "have the issuer correct or leave out the kid";

    // Key and signature (RFC 7515 §5.2, RFC 7518 §3)
    400 KeyUnknown "key_unknown" InvalidToken
        "no key of the set has the token's kid", "a kid of the issuer's key set",
        "refresh the key set if the issuer has rotated its keys; otherwise the token is not from this issuer";
    401 KeyUnsuited "key_unsuited" InvalidToken
        "no candidate key fits the token's alg", "a key of the alg's type and curve, whose own alg, if present, is the same",
        "have the issuer name the right kid and alg";
    402 SignatureLength "signature_length" InvalidToken
        "the signature has a length that its algorithm does not produce",
        "both numbers concatenated: 64 bytes for ES256 and EdDSA, 96 for ES384, 132 for ES512; the length of the modulus for RSA (RFC 7518 §3, RFC 8037 §3.1)",
        "have the issuer use the JWS form, not DER";
    403 SignatureInvalid "signature_invalid" InvalidToken
        "the signature does not verify with the issuer's key", "a signature over exactly this header and payload",
        "send the token exactly as it was issued; refresh the key set if its keys have changed";
    404 TooManyCandidateKeys "too_many_candidate_keys" InvalidToken
        "more than 8 keys fit the token's alg, and its kid if it has one", "at most 8 such keys",
        "have the issuer give each key a kid of its own, and write the kid of the signing key into the token";
    405 KeysWithdrawn "keys_withdrawn" InvalidToken
        "the issuer's key set lists no keys: all of them have been withdrawn", "a key of the issuer",
        "publish a key, if the empty key set is a mistake";
    406 KeysPending "keys_pending" Unavailable
        "the keys of an issuer have not arrived yet, and no key that is here verifies the token", "the first key set of each issuer",
        "send the request again later; if this lasts, find out why the issuer's keys cannot be fetched";

    // Claims (RFC 7519 §4.1, RFC 9068 §2.2)
    500 ClaimsNotObject "claims_not_object" InvalidToken
        "the token's payload is not a JSON object", "an object of claims", "send an access token";
    501 IssuerMissing "issuer_missing" InvalidToken
        "the token has no iss", "the policy's issuer", "have the issuer set it";
    502 IssuerMalformed "issuer_malformed" InvalidToken
        "the token's iss is not a string", "the policy's issuer", "have the issuer correct it";
    503 IssuerMismatch "issuer_mismatch" InvalidToken
        "the token's iss is not the issuer whose key verifies the signature",
        "the trusted issuer, equal byte for byte (RFC 9068 §4)",
        "compare both: a trailing slash or a port makes a different issuer";
    504 AudienceMissing "audience_missing" InvalidToken
        "the token has no aud", "one of the policy's audiences", "request the token for this resource (RFC 8707)";
    505 AudienceMalformed "audience_malformed" InvalidToken
        "the token's aud is neither a string nor an array of strings", "one of the policy's audiences",
        "have the issuer correct it";
    506 AudienceMismatch "audience_mismatch" InvalidToken
        "the token's aud has none of the policy's audiences", "one of the policy's audiences, equal byte for byte",
        "request the token for this resource (RFC 8707), or correct the policy";
    507 ExpiryMissing "expiry_missing" InvalidToken
        "the token has no exp", "a time after now", "have the issuer set it";
    508 ExpiryMalformed "expiry_malformed" InvalidToken
        "the token's exp is not a number", "Unix seconds as a JSON number (RFC 7519 §2)", "have the issuer correct it";
    509 ExpiryOutOfRange "expiry_out_of_range" InvalidToken
        "the token's exp is not a time between the years 1970 and 9999", "Unix seconds", "have the issuer use seconds, not milliseconds";
    510 TokenExpired "token_expired" InvalidToken
        "the token's exp has passed", "an exp later than now minus the leeway", "request a new token, or check the clocks";
    511 NotBeforeMalformed "not_before_malformed" InvalidToken
        "the token's nbf is not a number", "Unix seconds as a JSON number (RFC 7519 §2)", "have the issuer correct it";
    512 NotBeforeOutOfRange "not_before_out_of_range" InvalidToken
        "the token's nbf is not a time between the years 1970 and 9999", "Unix seconds", "have the issuer use seconds";
    513 TokenNotYetValid "token_not_yet_valid" InvalidToken
        "the token's nbf is in the future", "an nbf no later than now plus the leeway", "wait, or check the clocks";
    514 IssuedAtMalformed "issued_at_malformed" InvalidToken
        "the token's iat is not a number", "Unix seconds as a JSON number (RFC 7519 §2)", "have the issuer correct it";
    515 IssuedAtOutOfRange "issued_at_out_of_range" InvalidToken
        "the token's iat is not a time between the years 1970 and 9999", "Unix seconds", "have the issuer use seconds";
    516 SubjectMalformed "subject_malformed" InvalidToken
        "the token's sub is not a string", "a string (RFC 7519 §4.1.2)", "have the issuer correct it";
    517 ClientIdMalformed "client_id_malformed" InvalidToken
        "the token's client_id is not a string", "a string (RFC 8693 §4.3)", "have the issuer correct it";
    518 TokenIdMalformed "token_id_malformed" InvalidToken
        "the token's jti is not a string", "a string (RFC 7519 §4.1.7)", "have the issuer correct it";
    519 ScopeMalformed "scope_malformed" InvalidToken
        "the token's scope is not a string", "one string, scopes separated by single spaces (RFC 8693 §4.2)", "have the issuer correct it";
    520 InsufficientScope "insufficient_scope" InsufficientScope
        "the token lacks a scope that the policy requires", "every scope of the policy", "request a token with these scopes";
    521 ClaimsTypeMismatch "claims_type_mismatch" InvalidToken
        "the claims do not fit the type that they are read into", "claims that fit the type",
        "compare the type with the claims; a &str holds no string with quotes, backslashes or control characters";
    522 LeewayTooLong "leeway_too_long" ServerError
        "the policy's leeway is longer than 10 minutes", "at most 600 seconds", "synchronize the clocks instead";
    523 RequirementUnmet "requirement_unmet" InsufficientScope
        "a value that this server requires is empty, 0 or false", "a value that is none of these",
        "request a token with the required claims, or correct what the server requires";

    // The binding (RFC 7800 §3, RFC 8705 §3)
    600 ConfirmationMissing "confirmation_missing" InvalidToken
        "the token has no cnf, so anyone who obtains it can use it", "a token bound to a certificate (RFC 8705 §3.1)",
        "have the issuer bind it (tls_client_certificate_bound_access_tokens), or let the policy accept unbound tokens";
    601 ConfirmationMalformed "confirmation_malformed" InvalidToken
        "cnf is not a JSON object", "an object with x5t#S256 (RFC 7800 §3.1)", "have the issuer correct it";
    602 ConfirmationMethodUnsupported "confirmation_method_unsupported" InvalidToken
        "cnf has no x5t#S256", "the method x5t#S256 (RFC 8705 §3.1)",
        "have the issuer bind to the certificate; jkt (DPoP), jwk, kid and x5t are other methods";
    603 ThumbprintMalformed "thumbprint_malformed" InvalidToken
        "x5t#S256 is not the base64url of a SHA-256 value", "43 characters of unpadded canonical base64url, for 32 bytes",
        "hash the certificate's DER, and encode the 32 bytes, not their hex digits";
    604 CertificateMissing "certificate_missing" InvalidToken
        "the token is bound, but the connection has no client certificate", "mutual TLS with the certificate it is bound to",
        "present it in the handshake; the terminator must ask for it";
    605 CertificateMismatch "certificate_mismatch" InvalidToken
        "the connection's certificate is not the one the token is bound to", "mutual TLS with the certificate it is bound to (RFC 8705 §3)",
        "use the certificate the token was issued to, or request a new token with this one; otherwise the token may be stolen";
    606 ThumbprintHexMalformed "thumbprint_hex_malformed" ServerError
        "the thumbprint is not 64 hexadecimal digits", "the SHA-256 value of a certificate's DER, without colons",
        "pass it as the terminator provides it";

    // Certificates and names (X.690, RFC 5280, RFC 4514)
    700 CertificateTooLong "certificate_too_long" InvalidToken
        "the certificate is longer than 65,535 bytes", "at most 65,535 bytes", "use a smaller one";
    701 DerMalformed "der_malformed" InvalidToken
        "the certificate is not DER", "canonical DER (X.690 §10): definite lengths in the fewest bytes, expected types",
        "pass the DER bytes, not PEM or base64; have a BER certificate reissued";
    702 DerTrailingBytes "der_trailing_bytes" InvalidToken
        "bytes follow the certificate, or one of its parts", "exactly one certificate", "pass the leaf alone, without its chain";
    703 CertificateVersion "certificate_version" InvalidToken
        "the certificate's version is unknown or does not fit its fields", "v1 without extensions, v2, or v3 (RFC 5280 §4.1.2.1)",
        "have the certificate reissued";
    704 SerialNumberMalformed "serial_number_malformed" InvalidToken
        "the certificate's serial number is negative or too long", "1 to 20 octets, not negative (RFC 5280 §4.1.2.2)", "have the certificate reissued";
    705 SignatureAlgorithmMismatch "signature_algorithm_mismatch" InvalidToken
        "the certificate names two different signature algorithms", "the same one inside and outside (RFC 5280 §4.1.1.2)",
        "have the certificate reissued";
    706 ValidityMalformed "validity_malformed" InvalidToken
        "the certificate's validity cannot be read", "UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 writes them, from 1970 on", "have the certificate reissued";
    707 NameMalformed "name_malformed" InvalidToken
        "a name in the certificate cannot be read", "a sequence of sets of attributes (RFC 5280 §4.1.2.4)", "have the certificate reissued";
    708 NameTooLong "name_too_long" InvalidToken
        "a name has more than 32 parts, or a part with more than 8 attributes", "at most 32 parts of at most 8 attributes", "have the certificate reissued with a shorter name";
    709 PublicKeyMalformed "public_key_malformed" InvalidToken
        "the certificate's public key cannot be read", "a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7)", "have the certificate reissued";
    710 ExtensionsMalformed "extensions_malformed" InvalidToken
        "the certificate's extensions cannot be read", "a non-empty sequence of extensions (RFC 5280 §4.2)", "have the certificate reissued";
    711 ExtensionDuplicate "extension_duplicate" InvalidToken
        "the certificate has the same extension twice", "each extension once (RFC 5280 §4.2)", "have the certificate reissued";
    712 TooManyExtensions "too_many_extensions" InvalidToken
        "the certificate has more than 64 extensions", "at most 64", "have the certificate reissued";
    713 AlternativeNamesMalformed "alternative_names_malformed" InvalidToken
        "the certificate's subject alternative names cannot be read",
        "a non-empty sequence of names; dns, uri and email ASCII without NUL, ip of 4 or 16 octets (RFC 5280 §4.2.1.6)",
        "have the certificate reissued";
    720 DistinguishedNameTooLong "distinguished_name_too_long" ServerError
        "the distinguished name is longer than 4 KiB, or has too many parts",
        "at most 4 KiB, 32 parts separated by commas, and 8 attributes joined by + in each", "register a shorter one";
    721 DistinguishedNameMalformed "distinguished_name_malformed" ServerError
        "the distinguished name is not an RFC 4514 string", "for example CN=client,O=Example\\, Inc.,C=DE",
        "escape , + \" \\ < > ; and leading and trailing spaces with a backslash";
    722 AttributeTypeUnknown "attribute_type_unknown" ServerError
        "the distinguished name has an attribute whose short name is not known", "a short name of RFC 4519, or a dotted object identifier",
        "write the attribute's object identifier, for example 2.5.4.97=VALUE";

    // Forwarded certificates (RFC 9440, and the headers of Envoy, NGINX, HAProxy, Traefik and others)
    730 ForwardedMissing "forwarded_missing" InvalidToken
        "the proxy has forwarded no client certificate", "the certificate of the client's connection to the proxy",
        "present it in the handshake; the proxy must ask for it and forward it";
    731 ForwardedTooLong "forwarded_too_long" InvalidToken
        "the header with the forwarded certificate is longer than 128 KiB", "at most 128 KiB (131,072 bytes)",
        "have the proxy forward the client certificate without its chain";
    732 ForwardedAmbiguous "forwarded_ambiguous" InvalidToken
        "more than one client certificate was forwarded", "one header with one certificate, and one XFCC element with one Hash and one Cert",
        "have the proxy replace the header that the client sends (Envoy: SANITIZE_SET), and forward the client certificate without its chain";
    733 ForwardedRfc9440Malformed "forwarded_rfc9440_malformed" InvalidToken
        "the forwarded certificate is not in the format rfc9440", ":BASE64:, padded, without parameters (RFC 9440 §2.2)",
        "configure the format that the proxy writes: rfc9440, xfcc, pem or base64";
    734 ForwardedXfccMalformed "forwarded_xfcc_malformed" InvalidToken
        "the forwarded certificate is not in the format xfcc", "KEY=VALUE;KEY=VALUE as Envoy writes it, with 64 hexadecimal digits in Hash",
        "configure the format that the proxy writes: rfc9440, xfcc, pem or base64";
    735 ForwardedPemMalformed "forwarded_pem_malformed" InvalidToken
        "the forwarded certificate is not PEM in one line",
        "one CERTIFICATE block, percent-encoded or with spaces or tabs in place of its line breaks",
        "configure the format that the proxy writes: rfc9440, xfcc, pem or base64";
    736 ForwardedBase64Malformed "forwarded_base64_malformed" InvalidToken
        "the forwarded certificate is not in the format base64", "padded base64 of the DER, which its chain may follow after commas without spaces",
        "configure the format that the proxy writes: rfc9440, xfcc, pem or base64";
    737 ForwardedIncomplete "forwarded_incomplete" InvalidToken
        "the forwarded XFCC element has neither Hash nor Cert", "Hash, Cert or both",
        "have the proxy add one of them; Chain alone is not supported";
    738 ForwardedHashMismatch "forwarded_hash_mismatch" InvalidToken
        "Hash and Cert of the forwarded XFCC element are of different certificates", "the SHA-256 value of Cert's DER in Hash",
        "find out which proxy has changed the header";

    // Key sets (RFC 7517, RFC 7518 §6, RFC 8037 §2)
    800 KeySetNotObject "key_set_not_object" ServerError
        "the JWK Set is not a JSON object", "an object with keys (RFC 7517 §5)", "pass the document of the issuer's jwks_uri";
    801 KeySetKeysMissing "key_set_keys_missing" ServerError
        "the JWK Set has no keys array", "an array of keys (RFC 7517 §5.1)", "wrap a single key as {\"keys\": [ … ]}";
    802 KeySetWithoutUsableKey "key_set_without_usable_key" ServerError
        "the JWK Set has no key that can verify tokens", "at least one usable key",
        "see the reason for each key: certbound keys FILE";
    803 KeySetFull "key_set_full" ServerError
        "the JWK Set has more usable keys than the memory provided can hold", "at most as many keys as that memory holds; 16 for a client",
        "provide more memory, or publish fewer keys";
    804 KeySetIsPem "key_set_is_pem" ServerError
        "the JWK Set is a PEM file", "a JSON object with keys (RFC 7517 §5)",
        "pass the document of the issuer's jwks_uri, or convert the public key to a JWK";
    820 KeyNotObject "key_not_object" ServerError
        "the key is not a JSON object", "a JWK (RFC 7517 §4)", "correct or remove it";
    821 KeyTypeMalformed "key_type_malformed" ServerError
        "the key's kty is absent or not a string", "EC, OKP or RSA (RFC 7517 §4.1)", "set it";
    822 KeyTypeUnsupported "key_type_unsupported" ServerError
        "the key's kty is not supported", "EC, OKP or RSA, never a symmetric key (oct)", "publish a key of one of these types";
    823 CurveUnsupported "curve_unsupported" ServerError
        "the key's crv is absent or not supported", "P-256, P-384 or P-521 for EC, Ed25519 for OKP", "publish a key on one of these curves";
    824 KeyMemberMalformed "key_member_malformed" ServerError
        "a member of the key is absent or malformed", "x and y, or x, or n and e, in unpadded canonical base64url of the right length (RFC 7518 §6)",
        "publish the key in the form that JOSE libraries write";
    825 KeyPointInvalid "key_point_invalid" ServerError
        "the key is not a point of its curve, or is a point of small order", "a point of the curve (SEC 1 §3.2.2)", "publish a correct key";
    826 KeyModulusLength "key_modulus_length" ServerError
        "the key's RSA modulus has too few or too many bits", "2048 to 4096, a multiple of 8 (RFC 7518 §3.3)", "publish a key of that size";
    827 KeyModulusEven "key_modulus_even" ServerError
        "the key's RSA modulus is even", "a product of two odd primes", "publish a correct key";
    828 KeyExponent "key_exponent" ServerError
        "the key's RSA exponent is even, too small or too large", "odd, from 65537 to 2^32 - 1", "publish a key with e = 65537 (AQAB)";
    829 KeyUseUnsuited "key_use_unsuited" ServerError
        "the key's use is not sig", "sig, or no use (RFC 7517 §4.2)", "no change is needed if the key is for encryption";
    830 KeyOperationsUnsuited "key_operations_unsuited" ServerError
        "the key's key_ops do not include verify", "verify, or no key_ops (RFC 7517 §4.3)", "no change is needed if the key is for another purpose";
    831 KeyAlgorithmUnsuited "key_algorithm_unsuited" ServerError
        "the key's alg is not supported or does not fit its type", "an alg of its kty and crv, or no alg (RFC 7517 §4.4)",
        "no change is needed if the key is for another purpose";
    832 KeyIdTooLong "key_id_too_long" ServerError
        "the key's kid is not a string, or longer than 128 bytes", "at most 128 bytes", "publish it with a shorter kid, such as its RFC 7638 thumbprint";
    840 TableTooSmall "table_too_small" ServerError
        "the memory for the table of a prepared key, or of its curve's base point, is too small",
        "as many words as tables_len returns for the keys and the geometry", "provide more memory, or choose a smaller geometry";
    841 TableNotPrepared "table_not_prepared" ServerError
        "the memory does not hold the table of a prepared key, or of a base point, of this curve", "memory that prepare has filled",
        "prepare it again with this version";
    842 TablesOfOtherKeys "tables_of_other_keys" ServerError
        "the tables were prepared from other keys, or in another geometry", "the tables of these keys, in their order",
        "prepare the tables again for these keys";
    843 TablesDamaged "tables_damaged" ServerError
        "the tables have changed since they were prepared", "tables that match their checksum",
        "write the tables again; if it recurs, check the memory that holds them";
    850 AcceleratorFaulty "accelerator_faulty" ServerError
        "the accelerator fails its self-test", "the right verdicts on a known signature and on three changes of it",
        "check the driver, and that the accelerator has a clock; until then, verify without it";

    // Client authentication (RFC 8705 §2)
    900 ClientMetadataNotObject "client_metadata_not_object" ServerError
        "the client metadata is not a JSON object", "an object (RFC 7591 §2)", "pass the client's registration";
    901 AuthenticationMethodUnsupported "authentication_method_unsupported" ServerError
        "the client's token_endpoint_auth_method is absent or not supported", "tls_client_auth or self_signed_tls_client_auth (RFC 8705 §2)",
        "register the client for one of them";
    902 SubjectIdentifierMissing "subject_identifier_missing" ServerError
        "the client has no tls_client_auth member that names its certificate's subject",
        "exactly one of tls_client_auth_subject_dn, _san_dns, _san_uri, _san_ip, _san_email (RFC 8705 §2.1.2)", "register one";
    903 SubjectIdentifierAmbiguous "subject_identifier_ambiguous" ServerError
        "the client has several tls_client_auth members that name its certificate's subject", "exactly one of them (RFC 8705 §2.1.2)",
        "remove all but one";
    904 SubjectIdentifierMalformed "subject_identifier_malformed" ServerError
        "the client's expected subject is not a string, is empty, contains a wildcard, a NUL or a character that certificates do not allow, or is not an address",
        "one exact name; for san_ip an IPv4 address or an IPv6 address (RFC 5952)", "correct the registration";
    905 SubjectMismatch "subject_mismatch" InvalidToken
        "the certificate's subject is not the one registered for the client", "the registered tls_client_auth_subject_dn",
        "use the client's own certificate, or register this subject";
    906 AlternativeNameMismatch "alternative_name_mismatch" InvalidToken
        "the certificate has no subject alternative name equal to the one registered for the client", "the registered tls_client_auth_san value",
        "use the client's own certificate, or register this name";
    907 ClientKeysMissing "client_keys_missing" ServerError
        "the client has no jwks with keys", "its certificate's key as a JWK in jwks (RFC 8705 §2.2.2)",
        "register the keys by value; fetch a jwks_uri beforehand";
    908 ClientKeyMismatch "client_key_mismatch" InvalidToken
        "the certificate's public key is not among the keys registered for the client", "a key of the client's jwks",
        "register the certificate's key, or use the registered one";
    909 ChainNotValidated "chain_not_validated" InvalidToken
        "the certificate's chain has not been validated, so the names in it cannot be trusted",
        "a chain up to an authority trusted for clients (RFC 8705 §2.1)",
        "use a certificate of such an authority; the terminator must validate the chain and report it";

    // Introspection (RFC 7662 §2.2, RFC 8705 §3.2)
    1000 IntrospectionNotObject "introspection_not_object" InvalidToken
        "the introspection response is not a JSON object", "an object with active", "ask the introspection endpoint for application/json; signed responses (RFC 9701) are not supported";
    1001 ActiveMissing "active_missing" InvalidToken
        "the introspection response has no active", "active: true (RFC 7662 §2.2)", "ask the issuer's introspection endpoint";
    1002 ActiveMalformed "active_malformed" InvalidToken
        "the introspection response's active is not a boolean", "active: true (RFC 7662 §2.2)", "have the issuer correct it";
    1003 TokenInactive "token_inactive" InvalidToken
        "the token is not active", "active: true (RFC 7662 §2.2)", "request a new token";
    1004 IntrospectionUnavailable "introspection_unavailable" Unavailable
        "the issuer's introspection endpoint has not answered, or not completely", "a complete response with status 200, in time",
        "find out why the endpoint is down, slow or failing; the token itself may be good";
    1005 IntrospectionRefused "introspection_refused" Unavailable
        "the issuer's introspection endpoint refuses the question of this server", "a response with status 200 (RFC 7662 §2.2)",
        "correct the address, the method, the parameter token, and the credentials of this server";
    1006 IntrospectionTooLong "introspection_too_long" Unavailable
        "the introspection response is longer than this server reads", "a response within this server's limit",
        "have the issuer leave out members that this server does not need";
    1007 IntrospectionMalformed "introspection_malformed" Unavailable
        "the introspection response is not a JSON object with a boolean active", "strict JSON with active (RFC 7662 §2.2)",
        "find out what answers at that address: certbound introspection names the first mistake of a response";
}
