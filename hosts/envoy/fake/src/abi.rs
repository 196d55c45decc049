//! What passes between Envoy and the module: bytes, and pairs of them.

use std::{ptr, slice};

/// Bytes, lent by either side.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buffer {
    start: *const u8,
    len: usize,
}

/// A header, or an entry of metadata.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    key: Buffer,
    value: Buffer,
}

impl Buffer {
    pub(crate) const NONE: Self = Self { start: ptr::null(), len: 0 };

    pub(crate) const fn of(bytes: &[u8]) -> Self {
        Self { start: bytes.as_ptr(), len: bytes.len() }
    }

    pub(crate) fn text(self) -> String {
        self.optional_text().unwrap_or_default()
    }

    pub(crate) fn optional_text(self) -> Option<String> {
        // SAFETY: the module lends the bytes for the call; null stands for none.
        let bytes = (!self.start.is_null()).then(|| unsafe { slice::from_raw_parts(self.start, self.len) })?;
        Some(String::from_utf8(bytes.to_vec()).unwrap_or_else(|error| panic!("{error}")))
    }
}

impl Pair {
    pub(crate) fn texts(self) -> (String, String) {
        (self.key.text(), self.value.text())
    }
}
