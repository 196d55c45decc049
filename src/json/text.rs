//! A JSON string in its escaped form.

use super::escape;

/// The raw characters of a JSON string, between its quotes.
#[derive(Clone, Copy, Debug)]
pub struct Text<'json> {
    raw: &'json str,
}

impl<'json> Text<'json> {
    /// The text of raw characters whose escapes have been checked.
    pub(super) const fn of_checked(raw: &'json str) -> Self {
        Self { raw }
    }

    /// The string itself, if it has no escapes.
    pub fn as_plain(self) -> Option<&'json str> {
        (!self.raw.as_bytes().contains(&b'\\')).then_some(self.raw)
    }

    /// The string's UTF-8, with escapes and surrogate pairs resolved.
    pub fn bytes(self) -> impl Iterator<Item = u8> + 'json {
        Unescaped { rest: self.raw.as_bytes(), pending: [0; 4], pending_len: 0, pending_at: 0 }
    }

    /// Whether the string is `expected`, byte for byte after unescaping.
    pub fn is(self, expected: &str) -> bool {
        match self.as_plain() {
            Some(plain) => plain == expected,
            None => self.bytes().eq(expected.bytes()),
        }
    }

    /// Whether both strings are equal after unescaping.
    pub(super) fn equals(self, other: Self) -> bool {
        match (self.as_plain(), other.as_plain()) {
            (Some(one), Some(another)) => one == another,
            _ => self.bytes().eq(other.bytes()),
        }
    }

    /// The FNV-1a hash of the unescaped string.
    pub(super) fn hash(self) -> u32 {
        let add = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        match self.as_plain() {
            Some(plain) => plain.bytes().fold(0x811c_9dc5, add),
            None => self.bytes().fold(0x811c_9dc5, add),
        }
    }

    /// Copies the unescaped string to the start of `output`; `None` if `output` is too short.
    pub fn copy_to(self, output: &mut [u8]) -> Option<&str> {
        let mut length: usize = 0;
        for byte in self.bytes() {
            *output.get_mut(length)? = byte;
            length = length.saturating_add(1);
        }
        core::str::from_utf8(output.get(..length)?).ok()
    }

    /// The length of the unescaped string in bytes.
    pub fn unescaped_len(self) -> usize {
        self.bytes().count()
    }
}

/// The unescaped bytes of a string.
struct Unescaped<'json> {
    rest: &'json [u8],
    pending: [u8; 4],
    pending_len: usize,
    pending_at: usize,
}

impl Iterator for Unescaped<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if self.pending_at < self.pending_len {
            let byte = self.pending.get(self.pending_at).copied();
            self.pending_at = self.pending_at.saturating_add(1);
            return byte;
        }
        let (byte, rest) = self.rest.split_first()?;
        if *byte != b'\\' {
            self.rest = rest;
            return Some(*byte);
        }
        let (character, rest) = escape::read_escape(rest).ok()?;
        self.rest = rest;
        self.pending_len = character.encode_utf8(&mut self.pending).len();
        self.pending_at = 1;
        self.pending.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_in_comparisons_and_copies() {
        let text = Text::of_checked(r"\u0063n\u0066 \ud83d\ude00");
        assert!(text.is("cnf 😀"));
        assert!(!text.is("cnf"));
        assert!(!text.is("cnf 😀 "));
        assert_eq!(text.as_plain(), None);
        assert_eq!(text.unescaped_len(), 8);
        assert_eq!(text.copy_to(&mut [0; 8]), Some("cnf 😀"));
        assert_eq!(text.copy_to(&mut [0; 7]), None);
    }

    #[test]
    fn escapes_do_not_affect_equality() {
        let (one, another) = (Text::of_checked("é/"), Text::of_checked(r"\u00E9\/"));
        assert!(one.equals(another) && another.equals(one));
        assert_eq!(one.hash(), another.hash());
        assert!(!one.equals(Text::of_checked("e/")));
    }
}
