//! What every entry does first: nothing unwinds into C.

use crate::certbound_status;

/// Runs an entry. On hosts a panic ends as `CERTBOUND_PANIC`; on bare metal the panic handler stops the machine.
pub(crate) fn enter(body: impl FnOnce() -> Result<(), certbound_status>) -> certbound_status {
    match catch(body) {
        Ok(()) => certbound_status::CERTBOUND_OK,
        Err(status) => status,
    }
}

#[cfg(feature = "std")]
fn catch(body: impl FnOnce() -> Result<(), certbound_status>) -> Result<(), certbound_status> {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    // Unwind safety: what a body writes before its end is scratch memory, which has no invariant.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        // Dropping a payload may panic again. What that carries is forgotten: its few bytes are the lesser evil.
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

/// There is nobody to tell on bare metal: the machine stands still until its watchdog resets it.
#[cfg(not(feature = "std"))]
#[panic_handler]
fn stand_still(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_status() {
        assert_eq!(enter(|| panic!("on purpose")), certbound_status::CERTBOUND_PANIC);
        assert_eq!(
            enter(|| Err(certbound_status::CERTBOUND_OVERLAPPING_ARGUMENTS)),
            certbound_status::CERTBOUND_OVERLAPPING_ARGUMENTS
        );
        assert_eq!(enter(|| Ok(())), certbound_status::CERTBOUND_OK);
    }
}
