//! What a board provides.

use embedded_hal_nb::serial::{Read, Write};

/// A serial port, as `embedded-hal-nb` describes it, and a clock.
pub trait Port: Read<u8> + Write<u8> {
    /// Milliseconds since the board started. The gateway calls it at least once for each byte and each verdict, so that a
    /// board may extend a counter that overflows.
    fn milliseconds(&mut self) -> u64;

    /// Sleeps until a byte arrives, for about a tenth of a second at most. It may return earlier, but not miss a byte that has
    /// arrived since the last [`read`](Read::read).
    fn rest(&mut self);
}
