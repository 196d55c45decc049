//! Which library this is.

use core::ffi::{CStr, c_char};

/// The number of this interface. It changes when programs compiled with an older header would misunderstand the library.
pub const CERTBOUND_ABI: u32 = 1;

/// The number of the library's interface, to be compared with the header's `CERTBOUND_ABI`.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_abi() -> u32 {
    CERTBOUND_ABI
}

/// The library's version, such as `"0.1.0"`. Never null.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_version() -> *const c_char {
    const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("the version has a NUL"),
    };
    VERSION.as_ptr()
}
