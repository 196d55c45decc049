//! Every limit of the core, with the reason for its value.
//!
//! The core checks each length, depth and count in its input against one of these limits before it does any work for
//! it, so the cost of hostile input is bounded.

/// Longest token, in bytes of its compact serialization: 16 KiB.
///
/// nginx by default accepts header fields of up to 8 KiB; this allows twice as much for hosts that accept more.
///
/// ```
/// assert_eq!(certbound::limits::TOKEN_LEN, 16_384);
/// ```
pub const TOKEN_LEN: usize = 16 * 1024;

/// Longest JOSE header, in decoded bytes: 2 KiB.
///
/// The header is read before the signature is checked, so it is the only JSON text that anyone can send. Real headers
/// have about 100 bytes; 2 KiB is enough for the header of any issuer we know, unless it has an `x5c`.
///
/// ```
/// assert!(certbound::limits::HEADER_LEN < certbound::limits::TOKEN_LEN);
/// ```
pub const HEADER_LEN: usize = 2 * 1024;

/// Longest JSON text (a JWK Set, client metadata or an introspection response): 256 KiB.
///
/// A set of 64 RSA-4096 keys with a certificate each has about 200 KiB.
///
/// ```
/// assert_eq!(certbound::limits::JSON_LEN, 262_144);
/// ```
pub const JSON_LEN: usize = 256 * 1024;

/// Deepest nesting of JSON arrays and objects: 16.
///
/// RFC 9396 authorization details, the deepest claims in common use, reach 6. The typed reader behind
/// [`ClaimSet::deserialize`](crate::ClaimSet::deserialize) recurses once per level, so this also bounds its stack (see
/// [`TYPE_WRAPPERS`]).
///
/// ```
/// assert_eq!(certbound::limits::JSON_DEPTH, 16);
/// ```
pub const JSON_DEPTH: usize = 16;

/// Most member names in all JSON objects that are open at the same time: 256.
///
/// To find duplicates, each name is compared with the earlier names of its object. This limit bounds the comparisons
/// (the worst text costs a few times as much as a typical one) and their memory (2 KiB of stack).
///
/// ```
/// assert_eq!(certbound::limits::JSON_OPEN_MEMBERS, 256);
/// ```
pub const JSON_OPEN_MEMBERS: usize = 256;

/// Most names with the same hash in one JSON object: 4.
///
/// Names with the same hash are compared character by character, each with each other. Among 256 names, two share a
/// 32-bit hash by chance in one object of 130,000, and five never do; more collisions are an attack that makes long
/// names costly.
///
/// ```
/// assert_eq!(certbound::limits::JSON_NAMES_ALIKE, 4);
/// ```
pub const JSON_NAMES_ALIKE: usize = 4;

/// Most options, newtype structs and enums around one JSON value in a type that
/// [`ClaimSet::deserialize`](crate::ClaimSet::deserialize) reads into: 16.
///
/// A wrapper reads the same value again, so a type that wraps itself, such as `struct T(Option<Box<T>>)`, would recurse
/// forever. Together with [`JSON_DEPTH`] this bounds the stack for every type. Real types have up to 4.
///
/// ```
/// assert_eq!(certbound::limits::TYPE_WRAPPERS, 16);
/// ```
pub const TYPE_WRAPPERS: usize = 16;

/// Longest `kid` of a key, in bytes: 128.
///
/// Thumbprints have 43 bytes, UUIDs 36, and ARNs of cloud key services about 80. A key set stores a copy of each `kid`.
///
/// ```
/// assert_eq!(certbound::limits::KEY_ID_LEN, 128);
/// ```
pub const KEY_ID_LEN: usize = 128;

/// Most keys that are tried for a token: 8 in total without a `kid`, and 8 of each issuer with one.
///
/// Anyone can send a token, and each key costs one verification. Issuers publish 1 to 5 keys; issuers with more identify the
/// signing key by its `kid`, and then only keys with that `kid` are tried. An issuer that gives it to more than 8 keys has none
/// of them tried, and does not affect the tokens of other issuers.
///
/// ```
/// assert_eq!(certbound::limits::CANDIDATE_KEYS, 8);
/// ```
pub const CANDIDATE_KEYS: usize = 8;

/// Longest leeway of a policy, in seconds: 600.
///
/// Synchronized clocks differ by less than a second; RFC 7519 §4.1.4 suggests a few minutes at most. A longer leeway
/// keeps expired tokens alive, and is usually given in the wrong unit.
///
/// ```
/// assert_eq!(certbound::limits::LEEWAY_SECONDS_MAX, 600);
/// ```
pub const LEEWAY_SECONDS_MAX: u64 = 600;

/// Most keys in a client's JWK Set: 16.
///
/// A client has one key for each certificate it may use, and two during a rotation.
///
/// ```
/// assert_eq!(certbound::limits::CLIENT_KEYS, 16);
/// ```
pub const CLIENT_KEYS: usize = 16;

/// Smallest RSA modulus, in bits: 2048 (RFC 7518 §3.3 and §3.5).
///
/// ```
/// assert_eq!(certbound::limits::RSA_MODULUS_MIN_BITS, 2_048);
/// ```
pub const RSA_MODULUS_MIN_BITS: usize = 2048;

/// Largest RSA modulus, in bits: 4096.
///
/// The cost of verification grows with the square of the length; issuers that need more strength use elliptic curves.
///
/// ```
/// assert_eq!(certbound::limits::RSA_MODULUS_MAX_BITS, 4_096);
/// ```
pub const RSA_MODULUS_MAX_BITS: usize = 4096;

/// Smallest RSA public exponent: 65537 (FIPS 186-5 §A.1.1).
///
/// ```
/// assert_eq!(certbound::limits::RSA_EXPONENT_MIN, 65_537);
/// ```
pub const RSA_EXPONENT_MIN: u32 = 65_537;

/// Largest RSA public exponent: 2³² − 1.
///
/// Verification costs one squaring per bit, and one multiplication per set bit, or two with prepared keys. Keys in use have
/// 65537. Windows supports no larger exponents, Go one bit less.
///
/// ```
/// assert_eq!(certbound::limits::RSA_EXPONENT_MAX, u32::MAX);
/// ```
pub const RSA_EXPONENT_MAX: u32 = u32::MAX;

/// Longest certificate, in bytes of DER: 65,535, the largest length that fits in 16 bits.
///
/// Certificates with elliptic-curve or RSA keys have 0.5 to 4 KiB; those with hash-based post-quantum signatures have
/// up to 50 KiB.
///
/// ```
/// assert_eq!(certbound::limits::CERTIFICATE_LEN, 65_535);
/// ```
pub const CERTIFICATE_LEN: usize = 65_535;

/// Most extensions in one certificate: 64.
///
/// Public certificates carry about ten. Each extension is compared with those before it, since RFC 5280 §4.2 forbids
/// duplicates.
///
/// ```
/// assert_eq!(certbound::limits::CERTIFICATE_EXTENSIONS, 64);
/// ```
pub const CERTIFICATE_EXTENSIONS: usize = 64;

/// Longest certificate serial number, in octets: 20 (RFC 5280 §4.1.2.2).
///
/// ```
/// assert_eq!(certbound::limits::SERIAL_NUMBER_LEN, 20);
/// ```
pub const SERIAL_NUMBER_LEN: usize = 20;

/// Longest value of a header with a forwarded certificate, in bytes: 128 KiB.
///
/// The longest certificate has 85 KiB in base64, and about 96 KiB in percent-encoded PEM. Servers accept less by default:
/// NGINX 8 KiB for one header, HAProxy 16 KiB and Envoy 60 KiB for all of them.
///
/// ```
/// assert_eq!(certbound::limits::FORWARDED_LEN, 131_072);
/// ```
pub const FORWARDED_LEN: usize = 128 * 1024;

/// Most relative distinguished names in one name: 32. Real names have 3 to 10.
///
/// ```
/// assert_eq!(certbound::limits::NAME_RDNS, 32);
/// ```
pub const NAME_RDNS: usize = 32;

/// Most attributes in one relative distinguished name: 8.
///
/// They are unordered, so matching two sets compares each attribute of one with each of the other.
///
/// ```
/// assert_eq!(certbound::limits::RDN_ATTRIBUTES, 8);
/// ```
pub const RDN_ATTRIBUTES: usize = 8;

/// Longest distinguished name as an RFC 4514 string, in bytes: 4 KiB.
///
/// 32 attributes of 64 characters, the upper bound for most types (RFC 5280 §A.1), have less than 3 KiB.
///
/// ```
/// assert_eq!(certbound::limits::DISTINGUISHED_NAME_LEN, 4_096);
/// ```
pub const DISTINGUISHED_NAME_LEN: usize = 4096;

/// Latest valid time, in Unix seconds: the end of the year 9999.
///
/// X.509's GeneralizedTime ends there too (RFC 5280 §4.1.2.5). A larger `exp` is a mistake, such as milliseconds.
///
/// ```
/// assert_eq!(certbound::limits::UNIX_TIME_MAX, 253_402_300_799);
/// ```
pub const UNIX_TIME_MAX: u64 = 253_402_300_799;

/// Slots in each set of a [`CachedVerifier`](crate::CachedVerifier): 4. A token can be stored in either of two sets.
///
/// A lookup reads these two sets and nothing else. An attacker who aims at one set needs accepted tokens whose SHA-256
/// values select it, so the issuer would have to issue them. With one set per token, one token in fifty would be
/// evicted again and again when a quarter of the slots is used; with two sets, almost none is when two thirds are used.
///
/// ```
/// assert_eq!(certbound::limits::CACHE_WAYS, 4);
/// ```
pub const CACHE_WAYS: usize = 4;
