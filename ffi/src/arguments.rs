//! The conversion of C's pointers to references, with all checks.

use core::{
    ffi::{c_char, c_void},
    mem::MaybeUninit,
    slice,
};

use heapless::Vec;

use crate::status::certbound_status;

/// The arguments of one call. Their memory outlives the call, and so `'call`.
///
/// Each argument is checked for null, length, alignment, and overlap with earlier arguments: memory that the call writes
/// must not overlap another argument.
pub(crate) struct ArgumentList<const CAPACITY: usize> {
    regions: Vec<Region, CAPACITY>,
}

/// The arguments of a call without a policy. The capacity is small because verification must use little stack.
pub(crate) type Arguments = ArgumentList<12>;

/// The arguments of a call with a policy, which has up to 33 texts.
pub(crate) type ArgumentsWithPolicy = ArgumentList<48>;

/// Where memory lies that an object refers to.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    start: usize,
    len: usize,
}

impl Place {
    pub(crate) fn of(memory: &[u8]) -> Self {
        Self { start: memory.as_ptr().addr(), len: memory.len() }
    }
}

#[derive(Clone, Copy)]
struct Region {
    start: usize,
    len: usize,
    is_written: bool,
}

impl<const CAPACITY: usize> ArgumentList<CAPACITY> {
    pub(crate) const fn new() -> Self {
        Self { regions: Vec::new() }
    }

    /// Bytes that the call reads. If `len` is 0, `data` may be null.
    ///
    /// # Safety
    /// `data` is null, or points to `len` initialised bytes that are not written during `'call`.
    pub(crate) unsafe fn bytes<'call>(&mut self, data: *const u8, len: usize) -> Result<&'call [u8], certbound_status> {
        if len == 0 {
            return Ok(&[]);
        }
        self.check(data.cast(), len, 1, false)?;
        // SAFETY: `check` excludes null and lengths above `isize::MAX`; the caller of the entry guarantees that the bytes
        // are initialised and not written.
        Ok(unsafe { slice::from_raw_parts(data, len) })
    }

    /// UTF-8 text that the call reads. If `len` is 0, `data` may be null.
    ///
    /// # Safety
    /// As for [`bytes`](Self::bytes).
    pub(crate) unsafe fn text<'call>(
        &mut self,
        data: *const c_char,
        len: usize,
    ) -> Result<&'call str, certbound_status> {
        // SAFETY: guaranteed by the caller.
        let bytes = unsafe { self.bytes(data.cast(), len) }?;
        core::str::from_utf8(bytes).map_err(|_| certbound_status::CERTBOUND_TEXT_NOT_UTF8)
    }

    /// Bytes that the call writes. If `len` is 0, `data` may be null.
    ///
    /// # Safety
    /// `data` is null, or points to `len` bytes that are not accessed otherwise during `'call`.
    pub(crate) unsafe fn bytes_mut<'call>(
        &mut self,
        data: *mut c_void,
        len: usize,
    ) -> Result<&'call mut [u8], certbound_status> {
        if len == 0 {
            return Ok(&mut []);
        }
        self.check(data, len, 1, true)?;
        // SAFETY: `check` excludes null, lengths above `isize::MAX`, and overlap with other arguments; the caller of the
        // entry guarantees exclusive access during the call. C may not have initialised the memory, but in C every byte
        // has some value, and all code here writes a byte before reading it.
        Ok(unsafe { slice::from_raw_parts_mut(data.cast(), len) })
    }

    /// A value that the call reads.
    ///
    /// # Safety
    /// `pointer` is null, misaligned, or points to a `T` that is not written during `'call`.
    pub(crate) unsafe fn value<'call, T>(&mut self, pointer: *const T) -> Result<&'call T, certbound_status> {
        self.check(pointer.cast(), size_of::<T>(), align_of::<T>(), false)?;
        // SAFETY: `check` excludes null and misalignment; the caller of the entry guarantees a `T` that is not written.
        Ok(unsafe { &*pointer })
    }

    /// Memory for a `T`, checked but not read, because it need not contain a valid `T`.
    pub(crate) fn memory_of<T>(&mut self, pointer: *const T) -> Result<*const T, certbound_status> {
        self.check(pointer.cast(), size_of::<T>(), align_of::<T>(), false)?;
        Ok(pointer)
    }

    /// An array that the call reads. If `len` is 0, `pointer` may be null.
    ///
    /// # Safety
    /// `pointer` is null, misaligned, or points to `len` values that are not written during `'call`.
    pub(crate) unsafe fn values<'call, T>(
        &mut self,
        pointer: *const T,
        len: usize,
    ) -> Result<&'call [T], certbound_status> {
        if len == 0 {
            return Ok(&[]);
        }
        let size = len.checked_mul(size_of::<T>()).ok_or(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE)?;
        self.check(pointer.cast(), size, align_of::<T>(), false)?;
        // SAFETY: `check` excludes null, misalignment and sizes above `isize::MAX`; the caller of the entry guarantees
        // values that are not written.
        Ok(unsafe { slice::from_raw_parts(pointer, len) })
    }

    /// An output, which the call writes at its end and only on success.
    ///
    /// # Safety
    /// `pointer` is null, or points to memory for a `T` that is not accessed otherwise during `'call`.
    pub(crate) unsafe fn output<'call, T>(
        &mut self,
        pointer: *mut T,
    ) -> Result<&'call mut MaybeUninit<T>, certbound_status> {
        self.check(pointer.cast(), size_of::<T>(), align_of::<T>(), true)?;
        // SAFETY: `check` excludes null, misalignment and overlap with other arguments; the caller guarantees exclusive
        // access.
        Ok(unsafe { &mut *pointer.cast() })
    }

    /// Appends the arguments of another list.
    pub(crate) fn add<const OTHERS: usize>(&mut self, others: &ArgumentList<OTHERS>) -> Result<(), certbound_status> {
        self.regions.extend_from_slice(&others.regions).map_err(|_| certbound_status::CERTBOUND_POLICY_TOO_LARGE)
    }

    /// Checks that the call does not write `len` bytes that it reads, without adding them to the list: for inputs that are too
    /// many for it. The list must already contain all memory that the call writes.
    pub(crate) fn check_read(&self, start: *const c_void, len: usize) -> Result<(), certbound_status> {
        if self.conflicts_with(Region { start: start.addr(), len, is_written: false }) {
            return Err(certbound_status::CERTBOUND_OVERLAPPING_ARGUMENTS);
        }
        Ok(())
    }

    /// Adds memory that the call reads through another argument.
    pub(crate) fn add_read(&mut self, place: Place) -> Result<(), certbound_status> {
        if place.len == 0 {
            return Ok(());
        }
        self.push(Region { start: place.start, len: place.len, is_written: false })
    }

    fn conflicts_with(&self, region: Region) -> bool {
        self.regions.iter().any(|other| region.conflicts_with(*other))
    }

    fn check(
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
        self.push(Region { start, len, is_written })
    }

    fn push(&mut self, region: Region) -> Result<(), certbound_status> {
        if self.conflicts_with(region) {
            return Err(certbound_status::CERTBOUND_OVERLAPPING_ARGUMENTS);
        }
        self.regions.push(region).map_err(|_| certbound_status::CERTBOUND_POLICY_TOO_LARGE)
    }
}

impl Region {
    /// Whether the regions share a byte and the call writes at least one of them.
    const fn conflicts_with(self, other: Self) -> bool {
        (self.is_written || other.is_written)
            && self.start < other.start.saturating_add(other.len)
            && other.start < self.start.saturating_add(self.len)
    }
}
