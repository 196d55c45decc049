//! Pointers from C become references here, and nowhere else.

use core::{
    ffi::{c_char, c_void},
    mem::MaybeUninit,
    slice,
};

use heapless::Vec;

use crate::certbound_status;

/// The memory that one call was given. It outlives the call, and so `'call`.
///
/// Each argument is checked for null, length and alignment as it is taken, and against those taken before it: memory to
/// be written must not overlap another argument.
pub(crate) struct ArgumentList<const MOST: usize> {
    taken: Vec<Region, MOST>,
}

/// Those of a call without a policy, with room to spare. Judging a token is one, and is sparing with the stack.
pub(crate) type Arguments = ArgumentList<12>;

/// Those of a call with a policy, which has up to 33 texts.
pub(crate) type ArgumentsWithPolicy = ArgumentList<48>;

#[derive(Clone, Copy)]
struct Region {
    start: usize,
    len: usize,
    is_written: bool,
}

impl<const MOST: usize> ArgumentList<MOST> {
    pub(crate) const fn new() -> Self {
        Self { taken: Vec::new() }
    }

    /// Bytes that are read. Null with length 0 is empty.
    ///
    /// # Safety
    /// `data` is null, or points to `len` initialised bytes that nobody writes during `'call`.
    pub(crate) unsafe fn bytes<'call>(&mut self, data: *const u8, len: usize) -> Result<&'call [u8], certbound_status> {
        if len == 0 {
            return Ok(&[]);
        }
        self.take(data.cast(), len, 1, false)?;
        // SAFETY: not null and within `isize::MAX`, by `take`; initialised and not written, by the caller of the entry.
        Ok(unsafe { slice::from_raw_parts(data, len) })
    }

    /// UTF-8 text that is read. Null with length 0 is empty.
    ///
    /// # Safety
    /// As for [`bytes`](Self::bytes).
    pub(crate) unsafe fn text<'call>(
        &mut self,
        data: *const c_char,
        len: usize,
    ) -> Result<&'call str, certbound_status> {
        // SAFETY: by the caller of this function.
        let bytes = unsafe { self.bytes(data.cast(), len) }?;
        core::str::from_utf8(bytes).map_err(|_| certbound_status::CERTBOUND_TEXT_NOT_UTF8)
    }

    /// Bytes that are written. Null with length 0 is empty.
    ///
    /// # Safety
    /// `data` is null, or points to `len` bytes that nobody else reads or writes during `'call`.
    pub(crate) unsafe fn bytes_mut<'call>(
        &mut self,
        data: *mut c_void,
        len: usize,
    ) -> Result<&'call mut [u8], certbound_status> {
        if len == 0 {
            return Ok(&mut []);
        }
        self.take(data, len, 1, true)?;
        // SAFETY: not null, within `isize::MAX` and apart from every other argument, by `take`; ours alone during the
        // call, by the caller of the entry. The memory may be uninitialised in C, where any byte has some value; all
        // readers of it here write first.
        Ok(unsafe { slice::from_raw_parts_mut(data.cast(), len) })
    }

    /// A value that is read.
    ///
    /// # Safety
    /// `pointer` is null, or points to a `T` that nobody writes during `'call`, unless it is misaligned.
    pub(crate) unsafe fn value<'call, T>(&mut self, pointer: *const T) -> Result<&'call T, certbound_status> {
        self.take(pointer.cast(), size_of::<T>(), align_of::<T>(), false)?;
        // SAFETY: not null and aligned, by `take`; a `T` that stays one, by the caller of the entry.
        Ok(unsafe { &*pointer })
    }

    /// Memory for a `T`, which is checked but not read: not every memory there is one.
    pub(crate) fn memory_of<T>(&mut self, pointer: *const T) -> Result<*const T, certbound_status> {
        self.take(pointer.cast(), size_of::<T>(), align_of::<T>(), false)?;
        Ok(pointer)
    }

    /// Values that are read. Null with length 0 is empty.
    ///
    /// # Safety
    /// `pointer` is null, or points to `len` values that nobody writes during `'call`, unless it is misaligned.
    pub(crate) unsafe fn values<'call, T>(
        &mut self,
        pointer: *const T,
        len: usize,
    ) -> Result<&'call [T], certbound_status> {
        if len == 0 {
            return Ok(&[]);
        }
        let size = len.checked_mul(size_of::<T>()).ok_or(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE)?;
        self.take(pointer.cast(), size, align_of::<T>(), false)?;
        // SAFETY: not null, aligned and within `isize::MAX`, by `take`; values that stay, by the caller of the entry.
        Ok(unsafe { slice::from_raw_parts(pointer, len) })
    }

    /// A value that is written, at the end of the call and on success only.
    ///
    /// # Safety
    /// `pointer` is null, or points to memory for a `T` that nobody else reads or writes during `'call`.
    pub(crate) unsafe fn output<'call, T>(
        &mut self,
        pointer: *mut T,
    ) -> Result<&'call mut MaybeUninit<T>, certbound_status> {
        self.take(pointer.cast(), size_of::<T>(), align_of::<T>(), true)?;
        // SAFETY: not null, aligned and apart from every other argument, by `take`; ours alone, by the caller.
        Ok(unsafe { &mut *pointer.cast() })
    }

    /// Adds what another list has taken.
    pub(crate) fn add<const OTHERS: usize>(&mut self, others: &ArgumentList<OTHERS>) -> Result<(), certbound_status> {
        self.taken.extend_from_slice(&others.taken).map_err(|_| certbound_status::CERTBOUND_POLICY_TOO_LARGE)
    }

    fn take(
        &mut self,
        start: *const c_void,
        len: usize,
        alignment: usize,
        is_written: bool,
    ) -> Result<(), certbound_status> {
        if start.is_null() {
            return Err(certbound_status::CERTBOUND_NULL_ARGUMENT);
        }
        let start = start.addr();
        if len > isize::MAX.unsigned_abs() || start.checked_add(len).is_none() {
            return Err(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE);
        }
        if !start.is_multiple_of(alignment) {
            return Err(certbound_status::CERTBOUND_MISALIGNED_ARGUMENT);
        }
        let region = Region { start, len, is_written };
        if self.taken.iter().any(|other| region.conflicts_with(*other)) {
            return Err(certbound_status::CERTBOUND_OVERLAPPING_ARGUMENTS);
        }
        self.taken.push(region).map_err(|_| certbound_status::CERTBOUND_POLICY_TOO_LARGE)
    }
}

impl Region {
    /// Whether they share a byte, and one of them is to be written.
    const fn conflicts_with(self, other: Self) -> bool {
        (self.is_written || other.is_written)
            && self.start < other.start.saturating_add(other.len)
            && other.start < self.start.saturating_add(self.len)
    }
}
