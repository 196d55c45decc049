//! Entries into every reader and every verdict, for a linker to follow.
//!
//! Whatever panics ends in `certbound_panicked`, which is not defined: an entry from which a panic can be reached does
//! not link. [`readers`] must link so; of [`verdicts`], which call the curves and RSA, every panic left is listed and
//! argued.
#![no_std]

use core::{hint::black_box, panic::PanicInfo};

mod planted;
mod readers;
mod typed;
mod verdicts;

unsafe extern "C" {
    /// Takes the information, so that the optimizer has to keep where the panic is.
    fn certbound_panicked(information: *const core::ffi::c_void) -> !;
}

#[panic_handler]
fn panic(information: &PanicInfo<'_>) -> ! {
    // SAFETY: nothing that calls it is ever run.
    unsafe { certbound_panicked(core::ptr::from_ref(information).cast()) }
}

/// Makes an entry of a function of two inputs, about which the optimizer knows nothing, and of an output buffer.
macro_rules! entries {
    ($($(#[$attribute:meta])* fn $name:ident($one:pat, $other:pat, $output:pat) $body:block)*) => {$(
        $(#[$attribute])*
        #[unsafe(no_mangle)]
        pub extern "C" fn $name(
            one: *const u8, one_len: usize, other: *const u8, other_len: usize, output: *mut u8, output_len: usize,
        ) {
            // SAFETY: nothing calls an entry; it is there to be linked.
            let ($one, $other, $output) = unsafe {
                (
                    core::slice::from_raw_parts(one, one_len),
                    core::slice::from_raw_parts(other, other_len),
                    core::slice::from_raw_parts_mut(output, output_len),
                )
            };
            $body
        }
    )*};
}
use entries;

/// Makes the optimizer believe that the value is needed.
fn seen<T>(value: T) {
    black_box(&value);
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or_default()
}

fn thumbprint(bytes: &[u8]) -> Option<certbound::Thumbprint> {
    bytes.first_chunk().map(|sha256| certbound::Thumbprint::from_sha256(*sha256))
}
