//! Working memory that the caller lends.

use crate::{Error, base64url, json::Text};

/// How many bytes of scratch memory a token of `token_len` bytes needs at the most.
///
/// Three quarters hold the decoded token, three quarters its strings with their escapes resolved. A caller that takes
/// tokens of any length provides `scratch_len(limits::TOKEN_LEN)` bytes, which are 24 KiB.
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

/// The part of the caller's memory that is not in use yet.
pub(crate) struct Scratch<'scratch> {
    free: &'scratch mut [u8],
}

impl<'scratch> Scratch<'scratch> {
    pub(crate) const fn new(memory: &'scratch mut [u8]) -> Self {
        Self { free: memory }
    }

    /// Takes `length` bytes from the front.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'scratch mut [u8], Error> {
        let free = core::mem::take(&mut self.free);
        let (taken, rest) = free.split_at_mut_checked(length).ok_or(Error::ScratchTooSmall)?;
        self.free = rest;
        Ok(taken)
    }

    /// Decodes base64url into as many bytes as it needs; `malformed` is the error for text that is none.
    pub(crate) fn decode(&mut self, text: &[u8], malformed: Error) -> Result<&'scratch mut [u8], Error> {
        let memory = self.take(base64url::decoded_len(text.len()))?;
        base64url::decode(text, memory).ok_or(malformed)
    }

    /// Gives `write` all that is free, and takes the front of it, as long as `write` says that it has filled it.
    pub(crate) fn fill(&mut self, write: impl FnOnce(&mut [u8]) -> Option<usize>) -> Result<&'scratch mut [u8], Error> {
        let length = write(self.free).ok_or(Error::ScratchTooSmall)?;
        self.take(length)
    }

    /// Takes a copy of `bytes`.
    pub(crate) fn copy(&mut self, bytes: &[u8]) -> Result<&'scratch mut [u8], Error> {
        let memory = self.take(bytes.len())?;
        for (place, byte) in memory.iter_mut().zip(bytes) {
            *place = *byte;
        }
        Ok(memory)
    }

    /// The string itself where nothing in it is escaped, else an unescaped copy.
    pub(crate) fn unescape(&mut self, text: Text<'scratch>) -> Result<&'scratch str, Error> {
        if let Some(plain) = text.as_plain() {
            return Ok(plain);
        }
        let copy = self.fill(|memory| text.copy_to(memory).map(str::len))?;
        core::str::from_utf8(copy).map_err(|_| Error::JsonNotUtf8)
    }
}
