//! The cache of introspection responses.

mod memory;

use core::{
    ffi::{c_char, c_void},
    ptr::null,
};

use certbound::{
    UnixTime,
    ffi_support::{introspection_cache_turn, resume_introspection_cache},
};

use self::memory::Contents;
pub use self::memory::certbound_introspection_cache;
use crate::{
    accepted::{self, certbound_accepted},
    arguments::Arguments,
    entry::enter,
    memory::certbound_text,
    status::certbound_status,
};

/// Returns the size in bytes of a cache of `entries` introspection responses of at most `response_len` bytes each, or 0 if it
/// exceeds the address space.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_introspection_cache_size(entries: usize, response_len: usize) -> usize {
    memory::memory_len(entries, response_len).unwrap_or(0)
}

/// Initialises an empty cache of introspection responses, which holds as many as fit into `memory`.
///
/// @param memory       receives the cache; aligned to `CERTBOUND_ALIGNMENT`
/// @param memory_len   its number of bytes, from `certbound_introspection_cache_size`
/// @param response_len the number of bytes that a response may have; longer ones are not cached
/// @param cache        receives a pointer to the beginning of `memory`
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_introspection_cache_init(
    memory: *mut c_void,
    memory_len: usize,
    response_len: usize,
    cache: *mut *mut certbound_introspection_cache,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (own, output) = unsafe { (arguments.bytes_mut(memory, memory_len)?, arguments.output(cache)?) };
        memory::write(own, response_len)?;
        output.write(memory.cast());
        Ok(())
    })
}

/// Looks up the response to a token that was stored less than `seconds` ago and whose `exp` has not passed.
///
/// It is the response, not a verdict: verify it as if it had just arrived, for this connection. Until it is forgotten,
/// a revoked token is still accepted.
///
/// @param cache     the cache, which belongs to one introspection endpoint; no other thread may use it during the call
/// @param token     the token
/// @param token_len its number of bytes
/// @param now       the Unix time in seconds
/// @param seconds   the age from which on the issuer is asked again; with 0 nothing is found
/// @param response  receives the response, which lies in the cache and is valid until the next call with the cache; `data`
///                  is null if there is none
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_introspection_cache_get(
    cache: *mut certbound_introspection_cache,
    token: *const c_char,
    token_len: usize,
    now: u64,
    seconds: u64,
    response: *mut certbound_text,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (Contents { head, slots, texts }, token, output) = unsafe {
            (
                Contents::of(cache, &mut arguments)?,
                arguments.bytes(token.cast(), token_len)?,
                arguments.output(response)?,
            )
        };
        let mut cache = resume_introspection_cache(slots, texts, head.turn);
        let found = cache.recall(token, UnixTime::from_seconds(now), seconds);
        output.write(found.map_or(certbound_text { data: null(), len: 0 }, |response| certbound_text {
            data: response.as_ptr().cast(),
            len: response.len(),
        }));
        Ok(())
    })
}

/// Stores the response to a token.
///
/// Only an accepted response can be stored, so rejected tokens cannot evict accepted ones, however many are tried. A response
/// that is longer than the cache allows is not stored, and replaces nothing.
///
/// @param cache     the cache; no other thread may use it during the call
/// @param token     the token
/// @param token_len its number of bytes
/// @param accepted  the accepted token, from `certbound_introspection_verify_with`, `certbound_introspection_confirm` or
///                  another introspection function
/// @param now       the Unix time in seconds
/// @param seconds   the longest age at which responses are looked up
/// @return `CERTBOUND_VALUE_UNKNOWN` if `accepted` is not from an introspection function
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_introspection_cache_put(
    cache: *mut certbound_introspection_cache,
    token: *const c_char,
    token_len: usize,
    accepted: *const certbound_accepted,
    now: u64,
    seconds: u64,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (Contents { head, slots, texts }, token, accepted) = unsafe {
            (
                Contents::of(cache, &mut arguments)?,
                arguments.bytes(token.cast(), token_len)?,
                accepted::read(accepted, &mut arguments)?,
            )
        };
        let accepted = accepted.introspection().ok_or(certbound_status::CERTBOUND_VALUE_UNKNOWN)?;
        let mut cache = resume_introspection_cache(slots, texts, head.turn);
        cache.remember(token, accepted, UnixTime::from_seconds(now), seconds);
        head.turn = introspection_cache_turn(&cache);
        Ok(())
    })
}
