//! Frames from bytes, whatever arrives.

use crate::frames::{FRAME_LEN, Unreadable};

/// A frame whose next byte takes longer is given up. A byte takes 87 µs at 115,200 baud.
pub const SILENCE_MILLISECONDS: u64 = 2_000;

/// Collects the bytes of one frame.
#[derive(Debug)]
pub struct Receiver<'memory> {
    memory: &'memory mut [u8; FRAME_LEN],
    len: usize,
    /// What is wrong with this frame. The rest of it is skipped.
    failure: Option<Unreadable>,
    /// Whether the frame has been handed out.
    complete: bool,
    last_byte_at: u64,
}

impl<'memory> Receiver<'memory> {
    /// A receiver before the first byte.
    pub const fn new(memory: &'memory mut [u8; FRAME_LEN]) -> Self {
        Self { memory, len: 0, failure: None, complete: false, last_byte_at: 0 }
    }

    /// Takes a byte that has arrived at this time, in milliseconds. Returns the frame that it ends, without its zero, or why
    /// this frame cannot be read. Zeros between frames are ignored.
    pub fn receive(&mut self, byte: u8, now: u64) -> Option<Result<&mut [u8], Unreadable>> {
        if self.complete {
            self.clear();
        }
        self.last_byte_at = now;
        if byte != 0 {
            match self.memory.get_mut(self.len) {
                Some(place) => {
                    *place = byte;
                    self.len = self.len.saturating_add(1);
                }
                None => _ = self.failure.get_or_insert(Unreadable::TooLong),
            }
            return None;
        }
        self.complete = true;
        match self.failure {
            Some(failure) => Some(Err(failure)),
            None if self.len == 0 => None,
            None => self.memory.get_mut(..self.len).map(Ok),
        }
    }

    /// Notes that the port has lost a byte at this time, in milliseconds.
    pub fn lose(&mut self, now: u64) {
        if self.complete {
            self.clear();
        }
        self.last_byte_at = now;
        self.failure.get_or_insert(Unreadable::Malformed);
    }

    /// Gives up a frame whose next byte has not come by this time.
    pub fn wait(&mut self, now: u64) -> Option<Unreadable> {
        let begun = !self.complete && (self.failure.is_some() || self.len > 0);
        if !begun || now.saturating_sub(self.last_byte_at) < SILENCE_MILLISECONDS {
            return None;
        }
        let failure = self.failure.unwrap_or(Unreadable::Truncated);
        self.clear();
        Some(failure)
    }

    fn clear(&mut self) {
        self.len = 0;
        self.failure = None;
        self.complete = false;
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use super::{FRAME_LEN, Receiver, SILENCE_MILLISECONDS};
    use crate::Unreadable;

    type Outcome = Result<Vec<u8>, Unreadable>;

    fn receive(receiver: &mut Receiver<'_>, bytes: &[u8]) -> Vec<Outcome> {
        let outcome = |byte: &u8| receiver.receive(*byte, 0).map(|frame| frame.map(|frame| frame.to_vec()));
        bytes.iter().filter_map(outcome).collect()
    }

    #[test]
    fn a_zero_ends_a_frame_and_further_zeros_are_ignored() {
        let mut memory = [0; FRAME_LEN];
        let mut receiver = Receiver::new(&mut memory);
        let frames = receive(&mut receiver, b"\0\0one\0\0\0two\0rest");
        assert_eq!(frames, [Ok(b"one".to_vec()), Ok(b"two".to_vec())]);
    }

    #[test]
    fn a_frame_may_fill_the_memory_exactly() {
        let mut memory = [0; FRAME_LEN];
        let mut receiver = Receiver::new(&mut memory);
        let frame = [&[7; FRAME_LEN][..], b"\0next\0"].concat();
        assert_eq!(receive(&mut receiver, &frame), [Ok([7; FRAME_LEN].to_vec()), Ok(b"next".to_vec())]);
        let frame = [&[7; FRAME_LEN + 1][..], b"\0next\0"].concat();
        assert_eq!(receive(&mut receiver, &frame), [Err(Unreadable::TooLong), Ok(b"next".to_vec())]);
    }

    #[test]
    fn silence_ends_a_frame_but_not_the_pause_between_frames() {
        let mut memory = [0; FRAME_LEN];
        let mut receiver = Receiver::new(&mut memory);
        assert_eq!(receiver.wait(SILENCE_MILLISECONDS), None);
        assert!(receive(&mut receiver, b"half").is_empty());
        assert_eq!(receiver.wait(SILENCE_MILLISECONDS - 1), None);
        assert_eq!(receiver.wait(SILENCE_MILLISECONDS), Some(Unreadable::Truncated));
        assert_eq!(receiver.wait(2 * SILENCE_MILLISECONDS), None);
        assert_eq!(receive(&mut receiver, b"whole\0"), [Ok(b"whole".to_vec())]);
        assert_eq!(receiver.wait(3 * SILENCE_MILLISECONDS), None);
        // The memory is full: what is too long is not reported as truncated.
        assert!(receive(&mut receiver, &[7; FRAME_LEN + 1]).is_empty());
        assert_eq!(receiver.wait(SILENCE_MILLISECONDS), Some(Unreadable::TooLong));
    }

    #[test]
    fn a_lost_byte_spoils_its_frame_only() {
        let mut memory = [0; FRAME_LEN];
        let mut receiver = Receiver::new(&mut memory);
        assert!(receive(&mut receiver, b"a").is_empty());
        receiver.lose(0);
        assert_eq!(receive(&mut receiver, b"b\0c\0"), [Err(Unreadable::Malformed), Ok(b"c".to_vec())]);
        receiver.lose(0);
        assert_eq!(receive(&mut receiver, b"d\0e\0"), [Err(Unreadable::Malformed), Ok(b"e".to_vec())]);
        // The first byte after a pause: the frame is not given up at once.
        receiver.lose(60_000);
        assert_eq!(receiver.wait(60_001), None);
        assert_eq!(receiver.wait(60_000 + SILENCE_MILLISECONDS), Some(Unreadable::Malformed));
    }
}
