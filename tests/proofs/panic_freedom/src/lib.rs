//! Entries into every reader and every verdict, for a linker to follow.
//!
//! Every panic calls `certbound_panicked`, which is not defined, so an entry that reaches a panic does not link. All of
//! [`readers`] must link. [`verdicts`] call the curves and RSA; `allowed.txt` lists every panic that is left in them, with an
//! argument why no input reaches it.
#![no_std]

use core::{hint::black_box, panic::PanicInfo};

mod planted;
mod readers;
mod typed;
mod verdicts;

unsafe extern "C" {
    /// The parameter makes the optimizer keep the location of the panic.
    fn certbound_panicked(information: *const core::ffi::c_void) -> !;
}

#[panic_handler]
fn panic(information: &PanicInfo<'_>) -> ! {
    // SAFETY: this code is linked and never run.
    unsafe { certbound_panicked(core::ptr::from_ref(information).cast()) }
}

/// Defines entries: functions of two inputs, about which the optimizer knows nothing, and an output buffer.
macro_rules! entries {
    ($($(#[$attribute:meta])* fn $name:ident($one:pat, $other:pat, $output:pat) $body:block)*) => {$(
        $(#[$attribute])*
        #[unsafe(no_mangle)]
        pub extern "C" fn $name(
            one: *const u8, one_len: usize, other: *const u8, other_len: usize, output: *mut u8, output_len: usize,
        ) {
            // SAFETY: an entry is linked and never called.
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

/// Makes the optimizer assume that the value is used.
fn seen<T>(value: T) {
    black_box(&value);
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or_default()
}

fn thumbprint(bytes: &[u8]) -> Option<certbound::Thumbprint> {
    bytes.first_chunk().map(|sha256| certbound::Thumbprint::from_sha256(*sha256))
}
