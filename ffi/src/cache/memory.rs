//! The layout of a cache in the caller's memory: a head, and the slots.

use core::slice;

use certbound::{CacheSlot, CacheStatistics};

use crate::{arguments::Arguments, memory::CERTBOUND_ALIGNMENT, status::certbound_status, verifier::Identity};

/// A cache of accepted tokens in the caller's memory. See `certbound_cache_init`.
///
/// Calls modify it, so only one thread may use it at a time: give each thread or worker its own. It contains no
/// pointers and needs no clean-up.
// In memory the slots follow this head.
#[repr(C, align(8))]
#[allow(non_camel_case_types)]
pub struct certbound_cache {
    magic: u64,
    /// The verifier that accepted the tokens.
    pub(super) identity: Identity,
    pub(super) statistics: CacheStatistics,
    pub(super) slots_len: usize,
}

/// Distinguishes a cache from other memory. The last byte is the version of the layout.
const MAGIC: u64 = u64::from_be_bytes(*b"tokens_\x02");
const _: () =
    assert!(align_of::<CacheSlot>() <= CERTBOUND_ALIGNMENT && align_of::<certbound_cache>() == CERTBOUND_ALIGNMENT);

/// The number of bytes that a cache of this number of tokens needs.
pub(super) fn memory_len(entries: usize) -> Option<usize> {
    entries.checked_mul(size_of::<CacheSlot>())?.checked_add(size_of::<certbound_cache>())
}

/// Fills memory with an empty cache.
pub(super) fn write(memory: &mut [u8]) -> Result<(), certbound_status> {
    if !memory.as_ptr().addr().is_multiple_of(CERTBOUND_ALIGNMENT) {
        return Err(certbound_status::CERTBOUND_MISALIGNED_ARGUMENT);
    }
    let (head, slots) = memory
        .split_at_mut_checked(size_of::<certbound_cache>())
        .ok_or(certbound_status::CERTBOUND_OUTPUT_TOO_SMALL)?;
    let mut slots_len = 0;
    for place in slots.chunks_exact_mut(size_of::<CacheSlot>()) {
        // SAFETY: each place has the size of a slot, and is aligned because the memory is aligned and the size of a slot is
        // a multiple of its alignment.
        unsafe { place.as_mut_ptr().cast::<CacheSlot>().write(CacheSlot::EMPTY) };
        slots_len += 1;
    }
    let value =
        certbound_cache { magic: MAGIC, identity: [[0; 32]; 2], statistics: CacheStatistics::default(), slots_len };
    // SAFETY: the head has the size of a cache, and its alignment was checked above.
    unsafe { head.as_mut_ptr().cast::<certbound_cache>().write(value) };
    Ok(())
}

impl certbound_cache {
    pub(super) const fn check(&self) -> Result<(), certbound_status> {
        if self.magic == MAGIC { Ok(()) } else { Err(certbound_status::CERTBOUND_NOT_INITIALISED) }
    }
}

/// Views of the parts of a [`certbound_cache`].
pub(super) struct Contents<'call> {
    pub(super) head: &'call mut certbound_cache,
    pub(super) slots: &'call mut [CacheSlot],
}

impl Contents<'_> {
    /// # Safety
    /// `cache` is null, or points to memory that [`write`] has filled, or to other memory of at least the size of a
    /// `certbound_cache`; the memory is not accessed otherwise during the call.
    pub(super) unsafe fn of(cache: *mut certbound_cache, arguments: &mut Arguments) -> Result<Self, certbound_status> {
        // SAFETY: guaranteed by the caller. The magic number is checked before the slots are used.
        unsafe {
            let slots_len = {
                let head = Arguments::new().value(cache)?;
                head.check()?;
                head.slots_len
            };
            let len = memory_len(slots_len).ok_or(certbound_status::CERTBOUND_NOT_INITIALISED)?;
            arguments.bytes_mut(cache.cast(), len)?;
            let slots = slice::from_raw_parts_mut(cache.add(1).cast::<CacheSlot>(), slots_len);
            Ok(Self { head: &mut *cache, slots })
        }
    }
}
