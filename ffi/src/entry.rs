//! What every entry does first: it stops panics before they unwind into C.

use crate::status::certbound_status;

/// Runs an entry. On hosts a panic becomes `CERTBOUND_PANIC`; on bare metal the panic handler stops the machine.
pub(crate) fn enter(body: impl FnOnce() -> Result<(), certbound_status>) -> certbound_status {
    match catch(body) {
        Ok(()) => certbound_status::CERTBOUND_OK,
        Err(status) => status,
    }
}

#[cfg(feature = "std")]
fn catch(body: impl FnOnce() -> Result<(), certbound_status>) -> Result<(), certbound_status> {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    // Unwind safety: a body that panics has written only scratch memory, which has no invariants.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        // Dropping a payload may panic again. That second payload is leaked: losing a few bytes is better than unwinding.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            core::mem::forget(again);
        }
        Err(certbound_status::CERTBOUND_PANIC)
    })
}

#[cfg(not(feature = "std"))]
fn catch(body: impl FnOnce() -> Result<(), certbound_status>) -> Result<(), certbound_status> {
    body()
}

#[cfg(not(feature = "std"))]
mod bare_metal {
    //! The panic handler without an operating system. It calls the program's `certbound_panicked`, and then stays in a loop.

    /// Where the linker knows weak functions, and this crate knows the instruction that returns.
    macro_rules! with_weak_default {
        ($($arch:literal: $code:literal;)*) => {
            $(
                #[cfg(target_arch = $arch)]
                core::arch::global_asm!(
                    ".pushsection .text.certbound_panicked, \"ax\", %progbits",
                    ".weak certbound_panicked",
                    ".type certbound_panicked, %function",
                    $code,
                    ".size certbound_panicked, . - certbound_panicked",
                    ".popsection",
                );
            )*

            /// Calls the program's function, or the default, which returns.
            #[cfg(any($(target_arch = $arch),*))]
            fn call_hook() {
                unsafe extern "C" {
                    fn certbound_panicked();
                }
                // SAFETY: the default does nothing, and the documentation requires a function of this type.
                unsafe { certbound_panicked() }
            }

            #[cfg(not(any($(target_arch = $arch),*)))]
            fn call_hook() {}
        };
    }

    // A weak definition, which one of the program replaces. Rust has none of its own.
    with_weak_default! {
        "aarch64": "certbound_panicked: ret";
        "arm": ".thumb\n.thumb_func\ncertbound_panicked: bx lr";
        "riscv32": "certbound_panicked: ret";
        "riscv64": "certbound_panicked: ret";
    }

    /// Stops the machine, until its watchdog or the program's function resets it.
    #[panic_handler]
    fn halt(_: &core::panic::PanicInfo<'_>) -> ! {
        call_hook();
        loop {
            core::hint::spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_status() {
        assert_eq!(enter(|| panic!("on purpose")), certbound_status::CERTBOUND_PANIC);
        assert_eq!(
            enter(|| Err(certbound_status::CERTBOUND_OVERLAPPING_ARGUMENTS)),
            certbound_status::CERTBOUND_OVERLAPPING_ARGUMENTS
        );
        assert_eq!(enter(|| Ok(())), certbound_status::CERTBOUND_OK);
    }
}
