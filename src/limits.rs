//! Every cap in the core, each with the reason for its number.
//!
//! A length, depth or count that arrives from outside is compared with one of these before any work is done for
//! it, so that the cost of a hostile input is known beforehand.

/// Longest token, in bytes of its compact serialization: 16 KiB.
///
/// By default nginx takes no header field longer than 8 KiB, so this leaves twice that for hosts that take more.
///
/// ```
/// assert_eq!(certbound::limits::TOKEN_LEN, 16_384);
/// ```
pub const TOKEN_LEN: usize = 16 * 1024;

/// Longest JOSE header, in decoded bytes: 2 KiB.
///
/// The header is read before the signature is checked, so it is the one JSON text that anybody can send. Real ones
/// have about 100 bytes; 2 KiB leaves room for an `x5c`-free header of any issuer we know.
///
/// ```
/// assert!(certbound::limits::HEADER_LEN < certbound::limits::TOKEN_LEN);
/// ```
pub const HEADER_LEN: usize = 2 * 1024;

/// Longest JSON text that is read at all (a JWK Set, client metadata or an introspection response): 256 KiB.
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
/// [`Verified::claims`](crate::ClaimSet::claims) recurses once a level, so this also bounds its stack (see [`TYPE_WRAPPERS`]).
///
/// ```
/// assert_eq!(certbound::limits::JSON_DEPTH, 16);
/// ```
pub const JSON_DEPTH: usize = 16;

/// Most member names in the JSON objects that are open at one moment: 256.
///
/// Finding a duplicate compares each new name with those of its object, so this bounds the comparisons (the cost of
/// the worst text stays a few times that of a usual one) and the memory for it (2 KiB of stack).
///
/// ```
/// assert_eq!(certbound::limits::JSON_OPEN_MEMBERS, 256);
/// ```
pub const JSON_OPEN_MEMBERS: usize = 256;

/// Most names of one JSON object that have the same hash: 4.
///
/// Such names are compared by their characters, each with each. Two of 256 names have the same hash of 32 bits by chance
/// in one object of 130,000, and five in none; more are made for the purpose, so that long names cost much.
///
/// ```
/// assert_eq!(certbound::limits::JSON_NAMES_ALIKE, 4);
/// ```
pub const JSON_NAMES_ALIKE: usize = 4;

/// Most options, newtype structs and enums around one JSON value in a type that
/// [`Verified::claims`](crate::ClaimSet::claims) reads into: 16.
///
/// A wrapper reads the same value again, so a type that wraps itself, as `struct T(Option<Box<T>>)` does, would recurse
/// without end. Together with [`JSON_DEPTH`] this bounds the stack, whatever the type. Real types have up to 4.
///
/// ```
/// assert_eq!(certbound::limits::TYPE_WRAPPERS, 16);
/// ```
pub const TYPE_WRAPPERS: usize = 16;

/// Longest `kid` of a key, in bytes: 128.
///
/// Thumbprints have 43, UUIDs 36, and ARNs of cloud key services about 80. A key set keeps a copy of each.
///
/// ```
/// assert_eq!(certbound::limits::KEY_ID_LEN, 128);
/// ```
pub const KEY_ID_LEN: usize = 128;

/// Most keys that a token without a `kid` is tried with: 8.
///
/// Anyone can send such a token, and each key costs one verification. Issuers publish 1 to 5 keys; those with more name the
/// signing key by its `kid`, and then only keys of that `kid` are tried.
///
/// ```
/// assert_eq!(certbound::limits::CANDIDATE_KEYS, 8);
/// ```
pub const CANDIDATE_KEYS: usize = 8;

/// Longest leeway of a policy, in seconds: 600.
///
/// Clocks that are synchronized differ by less than a second; RFC 7519 §4.1.4 speaks of a few minutes at most. A longer
/// leeway keeps expired tokens alive, and is usually a mistake of the unit.
///
/// ```
/// assert_eq!(certbound::limits::LEEWAY_SECONDS_MAX, 600);
/// ```
pub const LEEWAY_SECONDS_MAX: u64 = 600;

/// Most keys in a client's own JWK Set: 16.
///
/// A client has one key for each certificate it may use; two while it changes from one to the next.
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
/// Verification costs grow with the square of the length; issuers that want more strength use elliptic curves.
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
/// Verification costs one squaring a bit, and keys in use have 65537. Windows' keys hold no more bits, Go's one less.
///
/// ```
/// assert_eq!(certbound::limits::RSA_EXPONENT_MAX, u32::MAX);
/// ```
pub const RSA_EXPONENT_MAX: u32 = u32::MAX;

/// Longest certificate, in bytes of DER: 65,535, which 16 bits count.
///
/// Certificates with elliptic-curve or RSA keys have 0.5 to 4 KiB, with hash-based post-quantum signatures up to
/// 50 KiB.
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

/// Most relative distinguished names in one name: 32. Real names have 3 to 10.
///
/// ```
/// assert_eq!(certbound::limits::NAME_RDNS, 32);
/// ```
pub const NAME_RDNS: usize = 32;

/// Most attributes in one relative distinguished name: 8.
///
/// They come in any order, so matching two sets compares each with each.
///
/// ```
/// assert_eq!(certbound::limits::RDN_ATTRIBUTES, 8);
/// ```
pub const RDN_ATTRIBUTES: usize = 8;

/// Longest distinguished name as an RFC 4514 string, in bytes: 4 KiB.
///
/// 32 attributes of 64 characters, which is the upper bound for most (RFC 5280 §A.1), have less than 3 KiB.
///
/// ```
/// assert_eq!(certbound::limits::DISTINGUISHED_NAME_LEN, 4_096);
/// ```
pub const DISTINGUISHED_NAME_LEN: usize = 4096;

/// Latest time that is taken for one, in Unix seconds: the end of the year 9999.
///
/// X.509's GeneralizedTime ends there too (RFC 5280 §4.1.2.5). A larger `exp` is a mistake, not a date.
///
/// ```
/// assert_eq!(certbound::limits::UNIX_TIME_MAX, 253_402_300_799);
/// ```
pub const UNIX_TIME_MAX: u64 = 253_402_300_799;

/// Slots of a set of a [`CachedVerifier`](crate::CachedVerifier); a token has its place in one of two sets.
///
/// So many are looked at for each token, and no more. Whoever could choose tokens by their SHA-256 value would still have
/// to be issued them, since only accepted tokens enter. With one set for each token, one in fifty would keep losing its
/// place where a quarter of the slots is used; with two, next to none does where two thirds are.
///
/// ```
/// assert_eq!(certbound::limits::CACHE_WAYS, 4);
/// ```
pub const CACHE_WAYS: usize = 4;
