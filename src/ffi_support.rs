//! What a C interface or a server's module needs of the library beyond its Rust API: objects whose borrows end between
//! calls, caches that verifiers share, and C strings.
//!
//! Most Rust programs do not need this module: they keep [`PreparedKeys`] and [`CachedVerifier`] alive, and read keys into a
//! [`KeySet`](crate::KeySet).

use core::ffi::CStr;

use crate::Error;
#[cfg(feature = "cache")]
use crate::{CacheSlot, CacheStatistics, CachedVerifier, Verifier};
#[cfg(feature = "prepared")]
use crate::{Geometry, Key, PreparedKeys};
#[cfg(all(feature = "cache", feature = "introspection"))]
use crate::{IntrospectionCache, IntrospectionSlot};

#[cfg(feature = "prepared")]
pub use crate::jose::TablesLen;

/// Continues with the slots and statistics of an earlier [`CachedVerifier`].
///
/// `verifier` must have the same policy and the same keys. Otherwise, a token signed with a withdrawn key would be accepted.
///
/// ```
/// # use certbound::{CacheSlot, CachedVerifier, KeySet, Policy, Verifier, ffi_support};
/// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// # let keys = KeySet::<8>::from_jwks(jwks)?;
/// # let verifier = Verifier::new(Policy::new("https://as.example", &["https://api.example"]), &keys);
/// # let mut slots = [CacheSlot::EMPTY; 16];
/// let statistics = CachedVerifier::new(verifier, &mut slots).statistics();
/// let again = ffi_support::resume_cache(verifier, &mut slots, statistics);
/// # Ok::<(), certbound::Error>(())
/// ```
#[cfg(feature = "cache")]
pub const fn resume_cache<'memory>(
    verifier: Verifier<'memory>,
    slots: &'memory mut [CacheSlot],
    statistics: CacheStatistics,
) -> CachedVerifier<'memory> {
    CachedVerifier::resume(verifier, slots, statistics)
}

/// Continues with slots that verifiers with different policies and keys share, such as those of a server's routes.
///
/// `identity` distinguishes the verifiers: an entry is found only with the identity that it was stored with. It must be
/// chosen like a digest, for example as the SHA-256 value of everything that a verdict depends on beside token, time and
/// certificate: the policy, the issuers' names, and their keys. With the same identity for two verifiers, a token that one
/// accepts would be accepted by the other.
///
/// ```
/// # use certbound::{CacheSlot, CacheStatistics, KeySet, Policy, Verifier, ffi_support};
/// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// # let keys = KeySet::<8>::from_jwks(jwks)?;
/// # let (sha256_of_read, sha256_of_write) = ([1; 32], [2; 32]);
/// let policy = Policy::new("https://as.example", &["https://api.example"]);
/// let read = Verifier::new(policy.required_scopes(&["read"]), &keys);
/// let write = Verifier::new(policy.required_scopes(&["write"]), &keys);
///
/// let mut slots = [CacheSlot::EMPTY; 16];
/// let statistics = CacheStatistics::default();
/// let statistics = ffi_support::resume_shared_cache(read, sha256_of_read, &mut slots, statistics).statistics();
/// let verifier = ffi_support::resume_shared_cache(write, sha256_of_write, &mut slots, statistics);
/// # Ok::<(), certbound::Error>(())
/// ```
#[cfg(feature = "cache")]
pub const fn resume_shared_cache<'memory>(
    verifier: Verifier<'memory>,
    identity: [u8; 32],
    slots: &'memory mut [CacheSlot],
    statistics: CacheStatistics,
) -> CachedVerifier<'memory> {
    CachedVerifier::resume_shared(verifier, identity, slots, statistics)
}

/// The key of the last token that was verified, whatever the verdict: its SHA-256 value, combined with the identity of the verifier.
/// `None` before the first token, and after one that is longer than any token that is read.
///
/// A host can keep what it has derived from the claims of an accepted token under this key, and use it when a token with
/// the same key is accepted again: it is the same token. Two tokens with the same key would be a collision of SHA-256.
/// What depends on more than the token, such as the claims that a route lists, must be told apart by the host.
///
/// ```
/// # use certbound::{CacheSlot, CachedVerifier, Error, KeySet, Policy, UnixTime, Verifier, ffi_support};
/// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// # let keys = KeySet::<8>::from_jwks(jwks)?;
/// # let verifier = Verifier::new(Policy::new("https://as.example", &["https://api.example"]), &keys);
/// # let now = UnixTime::from_seconds(1_900_000_000);
/// # let mut slots = [CacheSlot::EMPTY; 16];
/// let mut verifier = CachedVerifier::new(verifier, &mut slots);
/// assert_eq!(ffi_support::cache_key(&verifier), None);
/// let mut key_of = |token: &[u8]| {
///     let verdict = verifier.verify(token, None, now, &mut []);
///     assert_eq!(verdict.unwrap_err(), Error::TokenNotCompact);
///     ffi_support::cache_key(&verifier)
/// };
/// assert_eq!(key_of(b"one"), key_of(b"one"));
/// assert_ne!(key_of(b"one"), key_of(b"two"));
/// # Ok::<(), Error>(())
/// ```
#[cfg(feature = "cache")]
pub const fn cache_key(verifier: &CachedVerifier<'_>) -> Option<[u8; 32]> {
    verifier.last_key()
}

/// Continues with the slots and texts of an earlier [`IntrospectionCache`], whose [`introspection_cache_turn`] was `turn`.
///
/// ```
/// # use certbound::{IntrospectionCache, IntrospectionSlot, ffi_support};
/// # let (mut slots, mut texts) = ([IntrospectionSlot::EMPTY; 16], [0; 16 * 1024]);
/// let turn = ffi_support::introspection_cache_turn(&IntrospectionCache::new(&mut slots, &mut texts));
/// let again = ffi_support::resume_introspection_cache(&mut slots, &mut texts, turn);
/// ```
#[cfg(all(feature = "cache", feature = "introspection"))]
pub const fn resume_introspection_cache<'memory>(
    slots: &'memory mut [IntrospectionSlot],
    texts: &'memory mut [u8],
    turn: u64,
) -> IntrospectionCache<'memory> {
    IntrospectionCache::resume(slots, texts, turn)
}

/// What [`resume_introspection_cache`] needs beside the memory.
///
/// ```
/// # use certbound::{IntrospectionCache, IntrospectionSlot, ffi_support};
/// # let (mut slots, mut texts) = ([IntrospectionSlot::EMPTY; 16], [0; 16 * 1024]);
/// assert_eq!(ffi_support::introspection_cache_turn(&IntrospectionCache::new(&mut slots, &mut texts)), 0);
/// ```
#[cfg(all(feature = "cache", feature = "introspection"))]
pub const fn introspection_cache_turn(cache: &IntrospectionCache<'_>) -> u64 {
    cache.turn()
}

/// Continues with tables that [`PreparedKeys::prepare`] has filled, or [`PreparedKeys::from_tables`] has accepted, in the same memory
/// or a copy of it.
///
/// This takes no time, whatever the number of keys. A key's tables are checked whenever a signature is verified with them: those
/// of other keys reject it with [`Error::TablesOfOtherKeys`], and tables that end too early with [`Error::TableTooSmall`].
///
/// ```
/// # use certbound::{Geometry, KeySet, Policy, PreparedKeys, Verifier, ffi_support};
/// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// # let keys = KeySet::<8>::from_jwks(jwks)?;
/// let mut tables = vec![0; PreparedKeys::tables_len(&keys, Geometry::Small)];
/// PreparedKeys::prepare(&keys, Geometry::Small, &mut tables)?;
/// let prepared = ffi_support::resume_keys(&keys, Geometry::Small, &tables);
/// let verifier = Verifier::prepared(Policy::new("https://as.example", &["https://api.example"]), prepared);
/// # Ok::<(), certbound::Error>(())
/// ```
#[cfg(feature = "prepared")]
pub const fn resume_keys<'memory>(
    keys: &'memory [Key],
    geometry: Geometry,
    tables: &'memory [u64],
) -> PreparedKeys<'memory> {
    PreparedKeys::resume(keys, geometry, tables)
}

/// An error's [`name`](Error::name), [`found`](Error::found), [`wanted`](Error::wanted) and [`remedy`](Error::remedy), in
/// this order, as C strings.
///
/// ```
/// use certbound::{Error, ffi_support};
///
/// let [name, found, wanted, remedy] = ffi_support::c_strings(Error::TokenExpired);
/// assert_eq!(name, c"token_expired");
/// ```
pub const fn c_strings(error: Error) -> [&'static CStr; 4] {
    error.c_strings()
}
