//! A panic is noted, and restarts the board.

use core::panic::PanicInfo;

use certbound_gateway::{Cause, Fault};

use crate::{board, note};

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let (file, line) = info.location().map_or(("", 0), |location| (location.file(), location.line()));
    note::write(Cause::Panic, file, line);
    board::restart()
}

/// Provokes a fault, for tests.
pub fn provoke(fault: Fault) -> ! {
    match fault {
        Fault::Panic => panic!("a frame asked for it"),
        Fault::Trap => board::provoke_trap(),
    }
}
