//! Working memory that the caller provides.

use crate::{Error, base64url, json::Text};

/// Bytes of scratch memory that are enough for a token of `token_len` bytes.
///
/// Three quarters of `token_len` hold the decoded token, and another three quarters its unescaped strings. For tokens
/// of any length, `scratch_len(limits::TOKEN_LEN)` bytes are enough, which is 24 KiB.
///
/// ```
/// use certbound::{limits, scratch_len};
///
/// let scratch = [0_u8; scratch_len(limits::TOKEN_LEN)];
/// assert_eq!(scratch.len(), 24 * 1024);
/// ```
pub const fn scratch_len(token_len: usize) -> usize {
    base64url::decoded_len(token_len).saturating_mul(2)
}

/// The unused part of the caller's memory.
pub(crate) struct Scratch<'scratch> {
    free: &'scratch mut [u8],
}

impl<'scratch> Scratch<'scratch> {
    pub(crate) const fn new(memory: &'scratch mut [u8]) -> Self {
        Self { free: memory }
    }

    /// Reserves `length` bytes from the front.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'scratch mut [u8], Error> {
        let free = core::mem::take(&mut self.free);
        let (taken, rest) = free.split_at_mut_checked(length).ok_or(Error::ScratchTooSmall)?;
        self.free = rest;
        Ok(taken)
    }

    /// Decodes base64url; fails with `malformed` if `text` is not base64url.
    pub(crate) fn decode(&mut self, text: &[u8], malformed: Error) -> Result<&'scratch mut [u8], Error> {
        let memory = self.take(base64url::decoded_len(text.len()))?;
        base64url::decode(text, memory).ok_or(malformed)
    }

    /// Passes all free memory to `write`, and reserves the bytes that `write` returns as written.
    pub(crate) fn fill(&mut self, write: impl FnOnce(&mut [u8]) -> Option<usize>) -> Result<&'scratch mut [u8], Error> {
        let length = write(self.free).ok_or(Error::ScratchTooSmall)?;
        self.take(length)
    }

    /// Copies `bytes`.
    pub(crate) fn copy(&mut self, bytes: &[u8]) -> Result<&'scratch mut [u8], Error> {
        let memory = self.take(bytes.len())?;
        for (place, byte) in memory.iter_mut().zip(bytes) {
            *place = *byte;
        }
        Ok(memory)
    }

    /// Returns the string itself if it has no escapes, and an unescaped copy otherwise.
    pub(crate) fn unescape(&mut self, text: Text<'scratch>) -> Result<&'scratch str, Error> {
        if let Some(plain) = text.as_plain() {
            return Ok(plain);
        }
        let copy = self.fill(|memory| text.copy_to(memory).map(str::len))?;
        core::str::from_utf8(copy).map_err(|_| Error::JsonNotUtf8)
    }
}
