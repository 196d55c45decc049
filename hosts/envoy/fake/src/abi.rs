//! What passes between Envoy and the module: bytes, and pairs of them.

use std::{ptr, slice};

use certbound_envoy::internals::{EnvoyBuffer, ModuleBuffer, Pair};

/// No bytes.
pub(crate) const NONE: EnvoyBuffer = EnvoyBuffer { ptr: ptr::null(), len: 0 };

/// Bytes to lend to the module.
pub(crate) const fn lend(bytes: &[u8]) -> EnvoyBuffer {
    EnvoyBuffer { ptr: bytes.as_ptr(), len: bytes.len() }
}

/// The text that the module lends; empty for none.
pub(crate) fn text(buffer: ModuleBuffer<'_>) -> String {
    optional_text(buffer).unwrap_or_default()
}

/// The text that the module lends; null stands for none.
pub(crate) fn optional_text(buffer: ModuleBuffer<'_>) -> Option<String> {
    // SAFETY: the module lends the bytes for the call.
    let bytes = (!buffer.ptr.is_null()).then(|| unsafe { slice::from_raw_parts(buffer.ptr, buffer.len) })?;
    Some(String::from_utf8(bytes.to_vec()).unwrap_or_else(|error| panic!("{error}")))
}

/// The texts of a pair.
pub(crate) fn texts(pair: &Pair<'_>) -> (String, String) {
    (text(pair.key), text(pair.value))
}
