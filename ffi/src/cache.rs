//! The cache of verified tokens in the caller's memory.

use core::{
    ffi::{c_char, c_void},
    slice,
};

use certbound::{CacheSlot, CacheStatistics, CachedVerifier, UnixTime};

use crate::{
    accepted::certbound_accepted,
    arguments::Arguments,
    certbound_status,
    entry::enter,
    keys::CERTBOUND_ALIGNMENT,
    thumbprint,
    verifier::{Identity, NO_TEXTS, Parts, certbound_verifier},
};

/// Tokens that were accepted before, in memory of the caller's: see `certbound_cache_init`.
///
/// A call writes it, so it is for one thread at a time: each worker or thread has its own. It holds no pointer, and needs
/// no release.
// After it in the memory, up to the end, stand the slots.
#[repr(C, align(8))]
#[allow(non_camel_case_types)]
pub struct certbound_cache {
    magic: u64,
    /// Of the verifier whose tokens these are.
    identity: Identity,
    statistics: CacheStatistics,
    slots_len: usize,
}

/// Tells a cache from other memory. The last byte is the version of its layout.
const MAGIC: u64 = u64::from_be_bytes(*b"tokens_\x02");
const _: () =
    assert!(align_of::<CacheSlot>() <= CERTBOUND_ALIGNMENT && align_of::<certbound_cache>() == CERTBOUND_ALIGNMENT);

/// How a cache is doing.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct certbound_cache_statistics {
    /// How many tokens it can remember.
    pub capacity: usize,
    /// Tokens that were known, whatever the verdict, since it was initialised or emptied.
    pub hits: u64,
    /// Tokens that were not.
    pub misses: u64,
}

/// How many bytes a cache of so many tokens needs; 0 where no memory is large enough.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_cache_size(entries: usize) -> usize {
    let slots = entries.checked_mul(size_of::<CacheSlot>());
    slots.and_then(|slots| slots.checked_add(size_of::<certbound_cache>())).unwrap_or(0)
}

/// Fills `memory` with an empty cache, of as many tokens as fit.
///
/// `memory` is aligned to `CERTBOUND_ALIGNMENT`, and has as many bytes as `certbound_cache_size` tells.
///
/// # Safety
/// `memory` points to `memory_len` bytes, `cache` to a pointer.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_cache_init(
    memory: *mut c_void,
    memory_len: usize,
    cache: *mut *mut certbound_cache,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: by the caller.
        let (own, output) = unsafe { (arguments.bytes_mut(memory, memory_len)?, arguments.output(cache)?) };
        if !memory.addr().is_multiple_of(CERTBOUND_ALIGNMENT) {
            return Err(certbound_status::CERTBOUND_MISALIGNED_ARGUMENT);
        }
        let (head, slots) = own
            .split_at_mut_checked(size_of::<certbound_cache>())
            .ok_or(certbound_status::CERTBOUND_OUTPUT_TOO_SMALL)?;
        let mut slots_len = 0;
        for place in slots.chunks_exact_mut(size_of::<CacheSlot>()) {
            // SAFETY: as long as a slot, and aligned for one: the memory is, and each slot is as long as a multiple of its
            // alignment.
            unsafe { place.as_mut_ptr().cast::<CacheSlot>().write(CacheSlot::EMPTY) };
            slots_len += 1;
        }
        let value =
            certbound_cache { magic: MAGIC, identity: [[0; 32]; 2], statistics: CacheStatistics::default(), slots_len };
        // SAFETY: the head is as long as a cache, and aligned for one as the memory is.
        unsafe { head.as_mut_ptr().cast::<certbound_cache>().write(value) };
        output.write(memory.cast());
        Ok(())
    })
}

/// Accepts or rejects a token like `certbound_verify`, and with the same status, but remembers those that it accepts.
///
/// A token that is remembered costs next to nothing: only what depends on the moment is judged again, which is the time
/// and the certificate. Only accepted tokens are remembered, so garbage takes nobody's place. The cache belongs to one
/// verifier: with one of another policy or other keys it begins empty, and so a token of a withdrawn key is refused at
/// once.
///
/// As after `certbound_verify`, `*accepted` gives the claims as long as `scratch` stays as it is, and the memory of `token` may
/// be reused when the call returns. Until claims are asked for, `scratch` holds a copy of the token.
///
/// # Safety
/// Pointers point to what their types say, or to as many bytes as the length beside them tells. No other thread uses
/// `cache` during the call.
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
        let (mut arguments, mut texts) = (Arguments::new(), NO_TEXTS);
        // SAFETY: by the caller.
        let (parts, cache, token, certificate, scratch, output) = unsafe {
            (
                Parts::of(verifier, &mut texts, &mut arguments)?,
                Contents::of(cache, &mut arguments)?,
                arguments.bytes(token.cast(), token_len)?,
                thumbprint::read_optional(certificate_sha256, &mut arguments)?,
                arguments.bytes_mut(scratch, scratch_len)?,
                arguments.output(accepted)?,
            )
        };
        let verifier = parts.verifier()?;
        let Contents { head, slots } = cache;
        let is_same = head.identity == parts.identity();
        let mut verifier = if is_same {
            CachedVerifier::resume(verifier, slots, head.statistics)
        } else {
            CachedVerifier::new(verifier, slots)
        };
        let now = UnixTime::from_seconds(now);
        let verdict = verifier.verify(token, certificate.as_ref(), now, scratch);
        (head.identity, head.statistics) = (parts.identity(), verifier.statistics());
        output.write(certbound_accepted::from_verifier(verdict?));
        Ok(())
    })
}

/// Tells how a cache is doing.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_cache_count(
    cache: *const certbound_cache,
    statistics: *mut certbound_cache_statistics,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: by the caller.
        let (cache, output) = unsafe { (arguments.value(cache)?, arguments.output(statistics)?) };
        if cache.magic != MAGIC {
            return Err(certbound_status::CERTBOUND_NOT_INITIALISED);
        }
        let CacheStatistics { hits, misses, .. } = cache.statistics;
        output.write(certbound_cache_statistics { capacity: cache.slots_len, hits, misses });
        Ok(())
    })
}

/// A cache, found in the caller's memory.
struct Contents<'call> {
    head: &'call mut certbound_cache,
    slots: &'call mut [CacheSlot],
}

impl Contents<'_> {
    /// # Safety
    /// `cache` is null, or points to memory that `certbound_cache_init` has filled and nobody else uses, or to other
    /// memory as long as a `certbound_cache`.
    unsafe fn of(cache: *mut certbound_cache, arguments: &mut Arguments) -> Result<Self, certbound_status> {
        // SAFETY: by the caller. A magic number first, then the whole memory.
        unsafe {
            let slots_len = {
                let head = Arguments::new().value(cache)?;
                if head.magic != MAGIC {
                    return Err(certbound_status::CERTBOUND_NOT_INITIALISED);
                }
                head.slots_len
            };
            arguments.bytes_mut(cache.cast(), certbound_cache_size(slots_len))?;
            let slots = slice::from_raw_parts_mut(cache.add(1).cast::<CacheSlot>(), slots_len);
            Ok(Self { head: &mut *cache, slots })
        }
    }
}
