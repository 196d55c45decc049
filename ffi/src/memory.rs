//! What all objects and texts in the caller's memory have in common.

use core::ffi::c_char;

/// The alignment of the memory of keys, verifiers and caches, in bytes. Memory from `malloc` is always aligned to it.
pub const CERTBOUND_ALIGNMENT: usize = 8;

/// A UTF-8 text of `len` bytes. It is not terminated by a NUL, and may contain one.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct certbound_text {
    /// The first byte. May be null if `len` is 0.
    pub data: *const c_char,
    /// The number of bytes.
    pub len: usize,
}

impl certbound_text {
    pub(crate) const fn of(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), len: text.len() }
    }
}
