//! The layout of a cache of introspection responses in the caller's memory: a head, the slots, and their texts.

use core::slice;

use certbound::{IntrospectionCache, IntrospectionSlot};

use crate::{arguments::Arguments, memory::CERTBOUND_ALIGNMENT, status::certbound_status};

/// A cache of introspection responses in the caller's memory. See `certbound_introspection_cache_init`.
///
/// Calls modify it, so only one thread may use it at a time: give each thread or worker its own. It contains no
/// pointers and needs no clean-up.
// In memory the slots follow this head, and then the texts.
#[repr(C, align(8))]
#[allow(non_camel_case_types)]
pub struct certbound_introspection_cache {
    magic: u64,
    pub(super) turn: u64,
    slots_len: usize,
    response_len: usize,
}

/// Distinguishes a cache from other memory. The last byte is the version of the layout.
const MAGIC: u64 = u64::from_be_bytes(*b"answers\x01");
const _: () = assert!(
    align_of::<IntrospectionSlot>() <= CERTBOUND_ALIGNMENT
        && align_of::<certbound_introspection_cache>() == CERTBOUND_ALIGNMENT
);

/// The number of bytes that a cache of this number of responses needs.
pub(super) fn memory_len(entries: usize, response_len: usize) -> Option<usize> {
    entries.checked_mul(entry_len(response_len)?)?.checked_add(size_of::<certbound_introspection_cache>())
}

fn entry_len(response_len: usize) -> Option<usize> {
    response_len.checked_add(size_of::<IntrospectionSlot>())
}

/// Fills memory with an empty cache.
pub(super) fn write(memory: &mut [u8], response_len: usize) -> Result<(), certbound_status> {
    if !memory.as_ptr().addr().is_multiple_of(CERTBOUND_ALIGNMENT) {
        return Err(certbound_status::CERTBOUND_MISALIGNED_ARGUMENT);
    }
    let entry_len = entry_len(response_len).ok_or(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE)?;
    let (head, rest) = memory
        .split_at_mut_checked(size_of::<certbound_introspection_cache>())
        .ok_or(certbound_status::CERTBOUND_OUTPUT_TOO_SMALL)?;
    let slots_len = rest.len() / entry_len;
    for place in rest.chunks_exact_mut(size_of::<IntrospectionSlot>()).take(slots_len) {
        // SAFETY: each place has the size of a slot, and is aligned because the memory is aligned and the size of a slot is
        // a multiple of its alignment.
        unsafe { place.as_mut_ptr().cast::<IntrospectionSlot>().write(IntrospectionSlot::EMPTY) };
    }
    let value = certbound_introspection_cache { magic: MAGIC, turn: 0, slots_len, response_len };
    // SAFETY: the head has the size of a cache, and its alignment was checked above.
    unsafe { head.as_mut_ptr().cast::<certbound_introspection_cache>().write(value) };
    let (slots, texts) = rest.split_at_mut(slots_len * size_of::<IntrospectionSlot>());
    // SAFETY: the slots were written above.
    let slots = unsafe { slice::from_raw_parts_mut(slots.as_mut_ptr().cast::<IntrospectionSlot>(), slots_len) };
    let _ = IntrospectionCache::new(slots, texts.get_mut(..slots_len * response_len).unwrap_or_default());
    Ok(())
}

/// Views of the parts of a [`certbound_introspection_cache`].
pub(super) struct Contents<'call> {
    pub(super) head: &'call mut certbound_introspection_cache,
    pub(super) slots: &'call mut [IntrospectionSlot],
    pub(super) texts: &'call mut [u8],
}

impl Contents<'_> {
    /// # Safety
    /// `cache` is null, or points to memory that [`write`] has filled, or to other memory of at least the size of a
    /// `certbound_introspection_cache`; the memory is not accessed otherwise during the call.
    pub(super) unsafe fn of(
        cache: *mut certbound_introspection_cache,
        arguments: &mut Arguments,
    ) -> Result<Self, certbound_status> {
        // SAFETY: guaranteed by the caller. The magic number is checked before the slots are used.
        unsafe {
            let (slots_len, response_len) = {
                let head = Arguments::new().value(cache)?;
                if head.magic != MAGIC {
                    return Err(certbound_status::CERTBOUND_NOT_INITIALISED);
                }
                (head.slots_len, head.response_len)
            };
            let len = memory_len(slots_len, response_len).ok_or(certbound_status::CERTBOUND_NOT_INITIALISED)?;
            arguments.bytes_mut(cache.cast(), len)?;
            let slots = cache.add(1).cast::<IntrospectionSlot>();
            let texts = slots.add(slots_len).cast::<u8>();
            Ok(Self {
                head: &mut *cache,
                slots: slice::from_raw_parts_mut(slots, slots_len),
                texts: slice::from_raw_parts_mut(texts, slots_len * response_len),
            })
        }
    }
}
