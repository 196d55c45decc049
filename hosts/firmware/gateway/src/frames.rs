//! Requests, answers, and their form on the wire.
//!
//! A frame is a message in [postcard](https://postcard.jamesmunns.com/wire-format)'s encoding, in which each text follows its
//! length, then CRC-32/ISCSI in four bytes, little-endian. COBS encodes both without zeros, and a zero ends the frame. So the
//! next zero always ends what cannot be read.

use crc::{CRC_32_ISCSI, Crc, Digest};
use serde::{Deserialize, Serialize};

/// What the peer asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request<'frame> {
    /// Sets the clock. Until then no token is judged.
    SetTime {
        /// Unix time.
        seconds: u64,
    },
    /// Judges the token of a connection.
    Judge {
        /// Any number, which the verdict repeats. Noise may split a frame, which then gets two answers, so a peer that only counted
        /// answers could take a verdict for that on another token.
        number: u32,
        /// The DER of the client's certificate, if it has sent one.
        #[serde(borrow)]
        certificate: Option<&'frame [u8]>,
        /// The token.
        token: &'frame [u8],
    },
    /// Asks for the counters.
    Count,
    /// Provokes a fault, in the image for tests only.
    Provoke(Fault),
}

/// A fault of the firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// A panic.
    Panic,
    /// An instruction that the processor does not have.
    Trap,
}

/// What the gateway answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer<'frame> {
    /// Sent once, when the board has started and its settings are usable.
    Started {
        /// Why it started.
        cause: Cause,
        /// The source file of the panic, at most its last 60 bytes, or empty.
        file: &'frame str,
        /// The line of the panic, or 0.
        line: u32,
        /// The number of pinned keys.
        keys: u8,
    },
    /// Sent instead when the settings are unusable, and then in answer to every request that needs them.
    SettingsUnusable {
        /// The number of the library's error, or 0 if the settings cannot be read at all.
        error: u16,
    },
    /// The clock is set.
    TimeSet,
    /// The token is valid on this connection.
    Accepted {
        /// The number of the request.
        number: u32,
        /// The time of the verdict.
        at: u64,
        /// The token's `exp`.
        expires_at: u64,
    },
    /// The token is rejected.
    Rejected {
        /// The number of the request.
        number: u32,
        /// The time of the verdict.
        at: u64,
        /// The number of the library's error.
        error: u16,
    },
    /// The token is not judged, because the clock has not been set.
    NoTime,
    /// The counters since the board started.
    Counted {
        /// Accepted tokens.
        accepted: u32,
        /// Tokens that were rejected or not judged.
        rejected: u32,
        /// Frames that could not be read.
        unreadable: u32,
    },
    /// A frame could not be read.
    Unreadable(Unreadable),
}

/// Why the board started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// Power, or the reset button.
    Power,
    /// A panic.
    Panic,
    /// The processor could not execute an instruction.
    Trap,
}

/// Why a frame could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unreadable {
    /// It is longer than [`FRAME_LEN`].
    TooLong,
    /// Its end has not come in time.
    Truncated,
    /// It is not COBS, its CRC is wrong, or it is no request.
    Malformed,
}

/// The most bytes of a frame on the wire: a token of 16 KiB, a certificate of 1.5 KiB, the lengths, the CRC, and COBS.
///
/// It decides most of the RAM of the gateway.
pub const FRAME_LEN: usize = 18 * 1024;

/// The most bytes of an answer on the wire.
pub const ANSWER_LEN: usize = 128;

/// Writes a message as a frame, or returns nothing if there is not enough memory.
///
/// ```
/// use certbound_gateway::{Request, decode, encode};
///
/// let mut memory = [0; 64];
/// let frame = encode(&Request::Count, &mut memory).unwrap();
/// assert_eq!(frame.last(), Some(&0));
/// let [inner @ .., 0] = frame else { panic!() };
/// assert_eq!(decode(inner), Some(Request::Count));
/// ```
pub fn encode<'memory>(message: &impl Serialize, memory: &'memory mut [u8]) -> Option<&'memory mut [u8]> {
    // COBS writes behind what it reads, so the message lies in the second half.
    let half = memory.len().checked_div(2)?;
    let (front, back) = memory.split_at_mut_checked(half)?;
    let plain = postcard::to_slice_crc32(message, back, digest()).ok()?;
    if cobs::max_encoding_length(plain.len()) >= front.len() {
        return None;
    }
    let len = cobs::encode(plain, front);
    *front.get_mut(len)? = 0;
    front.get_mut(..=len)
}

/// Reads a message from a frame without its zero. The frame is decoded in place.
pub fn decode<'frame, Message: Deserialize<'frame>>(frame: &'frame mut [u8]) -> Option<Message> {
    let len = cobs::decode_in_place(frame).ok()?;
    let (message, rest) = postcard::take_from_bytes_crc32(frame.get(..len)?, digest()).ok()?;
    rest.is_empty().then_some(message)
}

/// The CRC of frames and settings.
pub(crate) fn digest() -> Digest<'static, u32> {
    static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);
    CRC.digest()
}
