//! The cache of accepted tokens.

mod memory;

use core::ffi::{c_char, c_void};

use certbound::{Accepted, CacheStatistics, CachedVerifier, Thumbprint, UnixTime, Verifier, ffi_support::resume_cache};

use self::memory::Contents;
pub use self::memory::certbound_cache;
use crate::{
    accepted::certbound_accepted,
    arguments::{Arguments, Place},
    entry::enter,
    status::certbound_status,
    thumbprint,
    verifier::{Identity, NO_TEXTS, Parts, certbound_verifier},
};

/// Statistics of a cache.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct certbound_cache_statistics {
    /// The number of tokens that the cache can hold.
    pub capacity: usize,
    /// The number of tokens that were in the cache, whatever the verdict, since it was initialised or emptied.
    pub hits: u64,
    /// The number of tokens that were not in the cache.
    pub misses: u64,
}

/// Returns the size in bytes of a cache of `entries` tokens, or 0 if it exceeds the address space.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_cache_size(entries: usize) -> usize {
    memory::memory_len(entries).unwrap_or(0)
}

/// Initialises an empty cache that holds as many tokens as fit into `memory`.
///
/// @param memory     receives the cache; aligned to `CERTBOUND_ALIGNMENT`
/// @param memory_len its number of bytes, from `certbound_cache_size`
/// @param cache      receives a pointer to the beginning of `memory`
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_cache_init(
    memory: *mut c_void,
    memory_len: usize,
    cache: *mut *mut certbound_cache,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (own, output) = unsafe { (arguments.bytes_mut(memory, memory_len)?, arguments.output(cache)?) };
        memory::write(own)?;
        output.write(memory.cast());
        Ok(())
    })
}

/// Verifies a token like `certbound_verify`, with the same verdict, and caches it if it is accepted.
///
/// For a cached token only the time and the certificate are checked again, which costs almost nothing. Only accepted tokens
/// are cached, so invalid tokens cannot evict valid ones. The cache belongs to one verifier: a call with another policy or
/// other keys empties it first, so tokens of a withdrawn key are rejected at once.
///
/// Until the first claim is read, `scratch` holds a copy of the token.
///
/// @param verifier           the verifier
/// @param cache              the cache; no other thread may use it during the call
/// @param token              the token, without `Bearer`; not needed after the call
/// @param token_len          its number of bytes
/// @param certificate_sha256 the 32-byte thumbprint of the client's certificate; null if the client sent none
/// @param now                the Unix time in seconds
/// @param scratch            scratch memory, with any contents
/// @param scratch_len        its number of bytes, from `certbound_scratch_len`
/// @param accepted           receives the accepted token, which is valid until `scratch` is modified or freed
/// @return `CERTBOUND_OK` if the token is accepted; any other status rejects it
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_verify_cached(
    verifier: *const certbound_verifier,
    cache: *mut certbound_cache,
    token: *const c_char,
    token_len: usize,
    certificate_sha256: *const u8,
    now: u64,
    scratch: *mut c_void,
    scratch_len: usize,
    accepted: *mut certbound_accepted,
) -> certbound_status {
    enter(|| {
        let mut texts = NO_TEXTS;
        // SAFETY: guaranteed by the caller.
        let (cache, token, certificate, scratch, output, parts) = unsafe {
            let mut arguments = Arguments::new();
            (
                Contents::of(cache, &mut arguments)?,
                arguments.bytes(token.cast(), token_len)?,
                thumbprint::read_optional(certificate_sha256, &mut arguments)?,
                arguments.bytes_mut(scratch, scratch_len)?,
                arguments.output(accepted)?,
                Parts::of(verifier, &mut texts, &mut arguments)?,
            )
        };
        let (now, place) = (UnixTime::from_seconds(now), Place::of(scratch));
        let accepted = parts.with_verifier(|verifier, identity| {
            verify(verifier, identity, cache, token, certificate.as_ref(), now, scratch)
        })?;
        output.write(certbound_accepted::from_verifier(accepted, place));
        Ok(())
    })
}

/// Verifies a token with the cache, which is emptied first if another verifier has filled it.
fn verify<'scratch>(
    verifier: Verifier<'_>,
    identity: Identity,
    cache: Contents<'_>,
    token: &[u8],
    certificate: Option<&Thumbprint>,
    now: UnixTime,
    scratch: &'scratch mut [u8],
) -> Result<Accepted<'scratch>, certbound_status> {
    let Contents { head, slots } = cache;
    let is_same = head.identity == identity;
    let mut verifier =
        if is_same { resume_cache(verifier, slots, head.statistics) } else { CachedVerifier::new(verifier, slots) };
    let verdict = verifier.verify(token, certificate, now, scratch);
    (head.identity, head.statistics) = (identity, verifier.statistics());
    Ok(verdict?)
}

/// Gets the statistics of a cache.
///
/// @param cache      the cache
/// @param statistics receives the statistics
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_cache_count(
    cache: *const certbound_cache,
    statistics: *mut certbound_cache_statistics,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (cache, output) = unsafe { (arguments.value(cache)?, arguments.output(statistics)?) };
        cache.check()?;
        let CacheStatistics { hits, misses, .. } = cache.statistics;
        output.write(certbound_cache_statistics { capacity: cache.slots_len, hits, misses });
        Ok(())
    })
}
