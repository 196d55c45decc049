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

/// Bare metal has nothing to report a panic to: the machine stops until its watchdog resets it.
#[cfg(not(feature = "std"))]
#[panic_handler]
fn halt(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
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
