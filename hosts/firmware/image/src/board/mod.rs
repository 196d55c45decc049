//! The hardware layer: a serial port, a clock, the page of settings, and a restart. Each board has one file with the same items,
//! and nothing else knows which board it is.

#[cfg(target_arch = "arm")]
mod mps2_an386;
#[cfg(target_arch = "riscv32")]
mod riscv_virt;

#[cfg(target_arch = "arm")]
pub use mps2_an386::{Board, provoke_trap, restart};
#[cfg(target_arch = "riscv32")]
pub use riscv_virt::{Board, provoke_trap, restart};

/// The page of settings, in flash.
pub fn settings() -> &'static [u8] {
    unsafe extern "C" {
        static _settings: u8;
        static _settings_len: u8;
    }
    // The linker's symbol has its value as its address.
    let len = (&raw const _settings_len).addr();
    // SAFETY: memory/*.x reserves this page for bytes that nothing writes while the program runs.
    unsafe { core::slice::from_raw_parts(&raw const _settings, len) }
}
