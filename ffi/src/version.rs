//! The version of the interface and of the library.

use core::ffi::{CStr, c_char};

/// The version of the interface that this header describes. It changes whenever programs compiled with an older header
/// would misinterpret the library.
pub const CERTBOUND_ABI: u32 = 1;

/// Returns the version of the interface that the library implements. Compare it with `CERTBOUND_ABI`.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_abi() -> u32 {
    CERTBOUND_ABI
}

/// Returns the version of the library, such as `"0.1.0"`. Never null.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_version() -> *const c_char {
    const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("the version contains a NUL"),
    };
    VERSION.as_ptr()
}
