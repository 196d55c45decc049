//! QEMU's RISC-V board `virt`. The addresses are those of `hw/riscv/virt.c`.

use core::convert::Infallible;

use certbound_gateway::{Cause, Port};
use embedded_hal_nb::{
    nb,
    serial::{ErrorType, Read, Write},
};

use crate::note;

/// The 16550 UART, and the timer of the CLINT.
pub struct Board {
    _private: (),
}

impl Board {
    /// Enables the interrupts that end the processor's sleep. None is served. The port and the timer run from the start.
    pub fn start() -> Self {
        set::<u8>(UART_INTERRUPT_ENABLE, RECEIVED);
        set::<u32>(PLIC_PRIORITY_OF_UART, 1);
        set::<u32>(PLIC_ENABLE, 1 << UART_INTERRUPT);
        set::<u32>(PLIC_THRESHOLD, 0);
        // SAFETY: the global interrupt enable stays off, so that no handler runs.
        unsafe {
            riscv::register::mie::set_mext();
            riscv::register::mie::set_mtimer();
        }
        Self { _private: () }
    }

    /// Ticks of the timer since the start.
    pub fn ticks(&mut self) -> u64 {
        // The lower half may overflow between two reads, so the upper half is read again.
        loop {
            let high: u32 = get(TIME_HIGH);
            let low: u32 = get(TIME_LOW);
            if get::<u32>(TIME_HIGH) == high {
                return u64::from(high) << 32 | u64::from(low);
            }
        }
    }
}

impl ErrorType for Board {
    type Error = Infallible;
}

impl Read<u8> for Board {
    fn read(&mut self) -> nb::Result<u8, Infallible> {
        if get::<u8>(UART_LINE_STATUS) & RECEIVED == 0 { Err(nb::Error::WouldBlock) } else { Ok(get(UART_DATA)) }
    }
}

impl Write<u8> for Board {
    fn write(&mut self, byte: u8) -> nb::Result<(), Infallible> {
        self.flush()?;
        set(UART_DATA, byte);
        Ok(())
    }

    fn flush(&mut self) -> nb::Result<(), Infallible> {
        if get::<u8>(UART_LINE_STATUS) & WRITABLE != 0 { Ok(()) } else { Err(nb::Error::WouldBlock) }
    }
}

impl Port for Board {
    fn milliseconds(&mut self) -> u64 {
        self.ticks() / TICKS_PER_MILLISECOND
    }

    fn rest(&mut self) {
        let [a, b, c, d, high @ ..] = (self.ticks() + 100 * TICKS_PER_MILLISECOND).to_le_bytes();
        // The upper half is the largest in between, so that the timer does not wake the processor too early.
        set(TIME_COMPARE_HIGH, u32::MAX);
        set(TIME_COMPARE_LOW, u32::from_le_bytes([a, b, c, d]));
        set(TIME_COMPARE_HIGH, u32::from_le_bytes(high));
        // An interrupt that is already pending ends the sleep at once. The port is read after it is completed.
        riscv::asm::wfi();
        let interrupt: u32 = get(PLIC_CLAIM);
        if interrupt != 0 {
            set(PLIC_CLAIM, interrupt);
        }
    }
}

/// Restarts the board.
pub fn restart() -> ! {
    set(TEST_DEVICE, RESET);
    loop {
        core::hint::spin_loop();
    }
}

/// Executes an instruction that is not defined.
pub fn provoke_trap() -> ! {
    // SAFETY: the processor traps, and the handler does not return.
    unsafe { core::arch::asm!("unimp", options(noreturn)) }
}

/// Every exception of the processor ends here.
#[unsafe(export_name = "ExceptionHandler")]
extern "C" fn exception() -> ! {
    note::write(Cause::Trap, "", 0);
    restart()
}

const TEST_DEVICE: usize = 0x10_0000;
const RESET: u32 = 0x7777;
const TIME_COMPARE_LOW: usize = 0x0200_4000;
const TIME_COMPARE_HIGH: usize = 0x0200_4004;
const TIME_LOW: usize = 0x0200_bff8;
const TIME_HIGH: usize = 0x0200_bffc;
const TICKS_PER_MILLISECOND: u64 = 10_000;
const UART_DATA: usize = 0x1000_0000;
const UART_INTERRUPT_ENABLE: usize = 0x1000_0001;
const UART_LINE_STATUS: usize = 0x1000_0005;
const UART_INTERRUPT: usize = 10;
const PLIC_PRIORITY_OF_UART: usize = 0x0c00_0000 + 4 * UART_INTERRUPT;
const PLIC_ENABLE: usize = 0x0c00_2000;
const PLIC_THRESHOLD: usize = 0x0c20_0000;
const PLIC_CLAIM: usize = 0x0c20_0004;
const RECEIVED: u8 = 1 << 0;
const WRITABLE: u8 = 1 << 5;

fn get<Value: Copy>(register: usize) -> Value {
    // SAFETY: `register` is one of the constants above, a register of this board of this width, and reading it has no effect on
    // memory.
    unsafe { (register as *const Value).read_volatile() }
}

fn set<Value>(register: usize, value: Value) {
    // SAFETY: `register` is one of the constants above, a register of this board of this width, and none of them makes the board
    // write memory.
    unsafe { (register as *mut Value).write_volatile(value) }
}
