//! A JSON string in its escaped form.

use super::escape;

/// The raw characters of a JSON string, between its quotes.
#[derive(Clone, Copy, Debug)]
pub struct Text<'json> {
    raw: &'json str,
    has_escapes: bool,
}

impl<'json> Text<'json> {
    /// The text of raw characters whose escapes have been checked.
    pub(super) const fn of_checked(raw: &'json str, has_escapes: bool) -> Self {
        Self { raw, has_escapes }
    }

    /// The string itself, if it has no escapes.
    pub const fn as_plain(self) -> Option<&'json str> {
        if self.has_escapes { None } else { Some(self.raw) }
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

    /// Whether the string is `expected`, which is in lower case, if the case of ASCII letters is ignored.
    pub(crate) fn is_in_any_case(self, expected: &str) -> bool {
        match self.as_plain() {
            Some(plain) => plain.eq_ignore_ascii_case(expected),
            None => self.bytes().map(|byte| byte.to_ascii_lowercase()).eq(expected.bytes()),
        }
    }

    /// Whether both strings are equal after unescaping.
    pub(super) fn equals(self, other: Self) -> bool {
        match (self.as_plain(), other.as_plain()) {
            (Some(one), Some(another)) => one == another,
            _ => self.bytes().eq(other.bytes()),
        }
    }

    /// The unescaped string: itself if it has no escapes, and otherwise a copy at the start of `memory`; `None` if it is
    /// longer than `memory`.
    pub(crate) fn unescape_with<'memory>(self, memory: &'memory mut [u8]) -> Option<&'memory str>
    where
        'json: 'memory,
    {
        match self.as_plain() {
            Some(plain) => (plain.len() <= memory.len()).then_some(plain),
            None => self.copy_to(memory),
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
        self.as_plain().map_or_else(|| self.bytes().count(), str::len)
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
        let text = Text::of_checked(r"\u0063n\u0066 \ud83d\ude00", true);
        assert!(text.is("cnf 😀"));
        assert!(!text.is("cnf"));
        for text in [Text::of_checked(r"aT\u002bJwt", true), Text::of_checked("At+jWT", false)] {
            assert!(text.is_in_any_case("at+jwt"));
            assert!(!text.is_in_any_case("at+jw") && !text.is_in_any_case("at-jwt"));
        }
        assert!(!text.is("cnf 😀 "));
        assert_eq!(text.as_plain(), None);
        assert_eq!(text.unescaped_len(), 8);
        assert_eq!(text.copy_to(&mut [0; 8]), Some("cnf 😀"));
        assert_eq!(text.copy_to(&mut [0; 7]), None);
    }

    #[test]
    fn a_string_is_copied_only_if_it_has_escapes() {
        let (plain, escaped) = (Text::of_checked("plain", false), Text::of_checked(r"\u0070lain", true));
        for text in [plain, escaped] {
            assert_eq!(text.unescape_with(&mut [0; 5]), Some("plain"));
            assert_eq!(text.unescape_with(&mut [0; 4]), None);
        }
        let mut memory = [0; 5];
        plain.unescape_with(&mut memory);
        assert_eq!(memory, [0; 5]);
    }

    #[test]
    fn escapes_do_not_affect_equality() {
        let (one, another) = (Text::of_checked("é/", false), Text::of_checked(r"\u00E9\/", true));
        assert!(one.equals(another) && another.equals(one));
        assert!(!one.equals(Text::of_checked("e/", false)));
    }
}
