//! Arm's MPS2 with the Cortex-M4 image AN386, as QEMU emulates it. The addresses are those of Arm DAI 0386.

use core::convert::Infallible;

use certbound_gateway::{Cause, Port};
use embedded_hal_nb::{
    nb,
    serial::{ErrorType, Read, Write},
};

use crate::note;

/// UART 0 and timer 0 of the CMSDK.
pub struct Board {
    /// The timer's counter when it was last read. It counts down.
    counter: u32,
    ticks: u64,
}

impl Board {
    /// Starts the port and the timer.
    pub fn start() -> Self {
        set(UART_BAUD_DIVISOR, CLOCK_HZ / BAUD);
        set(UART_CONTROL, 0b1011); // transmit, receive, and the interrupt of the latter
        set(TIMER_RELOAD, u32::MAX);
        set(TIMER_VALUE, u32::MAX);
        set(TIMER_CONTROL, 1); // enable
        // Interrupts end the processor's sleep, but none is served.
        cortex_m::interrupt::disable();
        set(NVIC_ENABLE, UART_INTERRUPT);
        set(SYSTICK_RELOAD, CLOCK_HZ / 10);
        set(SYSTICK_CONTROL, 0b111); // the processor's clock, the interrupt, enable
        Self { counter: u32::MAX, ticks: 0 }
    }

    /// Ticks of the timer since the start.
    pub fn ticks(&mut self) -> u64 {
        // The counter overflows every 171 s. The gateway reads it at least once for each byte that could arrive.
        let counter = get(TIMER_VALUE);
        self.ticks += u64::from(self.counter.wrapping_sub(counter));
        self.counter = counter;
        self.ticks
    }
}

impl ErrorType for Board {
    type Error = Infallible;
}

impl Read<u8> for Board {
    fn read(&mut self) -> nb::Result<u8, Infallible> {
        if get(UART_STATE) & RECEIVED == 0 {
            return Err(nb::Error::WouldBlock);
        }
        let [byte, ..] = get(UART_DATA).to_le_bytes();
        Ok(byte)
    }
}

impl Write<u8> for Board {
    fn write(&mut self, byte: u8) -> nb::Result<(), Infallible> {
        self.flush()?;
        set(UART_DATA, byte.into());
        Ok(())
    }

    fn flush(&mut self) -> nb::Result<(), Infallible> {
        if get(UART_STATE) & TRANSMITTING == 0 { Ok(()) } else { Err(nb::Error::WouldBlock) }
    }
}

impl Port for Board {
    fn milliseconds(&mut self) -> u64 {
        self.ticks() / u64::from(CLOCK_HZ / 1_000)
    }

    fn rest(&mut self) {
        // An interrupt that is already pending ends the sleep at once. The port is read after both are cleared.
        cortex_m::asm::wfi();
        set(UART_INTERRUPT_CLEAR, 0b10); // receive
        set(NVIC_CLEAR, UART_INTERRUPT);
        cortex_m::peripheral::SCB::clear_pendst();
    }
}

/// Restarts the board.
pub fn restart() -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}

/// Executes an instruction that is not defined.
pub fn provoke_trap() -> ! {
    cortex_m::asm::udf()
}

/// Every fault of the processor ends here, because no other handler is enabled.
#[cortex_m_rt::exception(trampoline = false)]
unsafe fn HardFault() -> ! {
    note::write(Cause::Trap, "", 0);
    restart()
}

const CLOCK_HZ: u32 = 25_000_000;
const BAUD: u32 = 115_200;
const TIMER: usize = 0x4000_0000;
const TIMER_CONTROL: usize = TIMER;
const TIMER_VALUE: usize = TIMER + 0x4;
const TIMER_RELOAD: usize = TIMER + 0x8;
const UART: usize = 0x4000_4000;
const UART_DATA: usize = UART;
const UART_STATE: usize = UART + 0x4;
const UART_CONTROL: usize = UART + 0x8;
const UART_BAUD_DIVISOR: usize = UART + 0x10;
const UART_INTERRUPT_CLEAR: usize = UART + 0xc;
/// Interrupt 0: UART 0 has received a byte.
const UART_INTERRUPT: u32 = 1 << 0;
const NVIC_ENABLE: usize = 0xe000_e100;
const NVIC_CLEAR: usize = 0xe000_e280;
const SYSTICK_CONTROL: usize = 0xe000_e010;
const SYSTICK_RELOAD: usize = 0xe000_e014;
const TRANSMITTING: u32 = 1 << 0;
const RECEIVED: u32 = 1 << 1;

fn get(register: usize) -> u32 {
    // SAFETY: `register` is one of the constants above, a register of this board, and reading it has no effect on memory.
    unsafe { (register as *const u32).read_volatile() }
}

fn set(register: usize, value: u32) {
    // SAFETY: `register` is one of the constants above, a register of this board, and none of them makes the board write memory.
    unsafe { (register as *mut u32).write_volatile(value) }
}
