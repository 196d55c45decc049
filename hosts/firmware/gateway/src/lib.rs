//! A gateway on a microcontroller: it reads certificates and tokens from a serial port, and answers with verdicts.
//!
//! ```text
//!  port      what a board provides: a serial port, and a clock that counts milliseconds
//!  settings  the policy and the pinned keys, as they lie in flash
//!  frames    requests, answers, and their form on the wire
//!  receiver  frames from bytes, whatever arrives
//!  gateway   answers requests, and counts
//! ```
//!
//! The peer on the serial port terminates TLS, and is trusted: it says which certificate a connection has, and what time it is.
//! Tokens and certificates are not trusted. Nothing here allocates or panics.

#![no_std]
#![forbid(unsafe_code)]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod frames;
mod gateway;
mod port;
mod receiver;
mod settings;

pub use frames::{ANSWER_LEN, Answer, Cause, FRAME_LEN, Fault, Request, Unreadable, decode, encode};
pub use gateway::{Gateway, SCRATCH_LEN};
pub use port::Port;
pub use receiver::{Receiver, SILENCE_MILLISECONDS};
pub use settings::{Loaded, Settings, TypeOfToken};
