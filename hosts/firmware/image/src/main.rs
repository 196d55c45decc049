//! The firmware: a board's serial port, the gateway, and what happens after a fault.

#![no_std]
#![no_main]

mod board;
mod faults;
mod note;

use certbound_gateway::{FRAME_LEN, Gateway, Loaded, Receiver, SCRATCH_LEN};
use static_cell::ConstStaticCell;

static FRAME: ConstStaticCell<[u8; FRAME_LEN]> = ConstStaticCell::new([0; FRAME_LEN]);
static SCRATCH: ConstStaticCell<[u8; SCRATCH_LEN]> = ConstStaticCell::new([0; SCRATCH_LEN]);

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    let mut port = board::Board::start();
    let (mut receiver, scratch) = (Receiver::new(FRAME.take()), SCRATCH.take());
    let settings = Loaded::read(board::settings());
    let mut gateway = Gateway::new(&settings);
    if cfg!(feature = "faults") {
        gateway = gateway.provoking_faults();
    }
    note::take(|cause, file, line| gateway.announce(&mut port, cause, file, line));
    loop {
        if let Some(fault) = gateway.poll(&mut port, &mut receiver, scratch) {
            faults::provoke(fault);
        }
    }
}
