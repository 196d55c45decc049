//! Splits a JSON text into tokens, and checks each of them.

use super::{Number, Text, escape};
use crate::Error;

/// One token (RFC 8259 §2).
#[derive(Clone, Copy, Debug)]
pub(super) enum Token<'json> {
    BeginObject,
    EndObject,
    BeginArray,
    EndArray,
    NameSeparator,
    ValueSeparator,
    Null,
    Boolean(bool),
    Number(Number<'json>),
    Text(Text<'json>),
}

/// The tokens of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexer<'json> {
    rest: &'json str,
}

impl<'json> Lexer<'json> {
    pub(super) const fn new(json: &'json str) -> Self {
        Self { rest: json }
    }

    /// The unread text.
    pub(super) const fn rest(&self) -> &'json str {
        self.rest
    }

    /// Reads the next token; `None` at the end of the text.
    pub(super) fn next(&mut self) -> Result<Option<Token<'json>>, Error> {
        self.skip_whitespace();
        let Some(first) = self.rest.as_bytes().first() else {
            return Ok(None);
        };
        let token = match first {
            b'"' => self.take_text(),
            b'-' | b'0'..=b'9' => self.take_number(),
            b'{' => self.take_character(Token::BeginObject),
            b'}' => self.take_character(Token::EndObject),
            b'[' => self.take_character(Token::BeginArray),
            b']' => self.take_character(Token::EndArray),
            b':' => self.take_character(Token::NameSeparator),
            b',' => self.take_character(Token::ValueSeparator),
            b'n' => self.take_literal("null", Token::Null),
            b't' => self.take_literal("true", Token::Boolean(true)),
            b'f' => self.take_literal("false", Token::Boolean(false)),
            _ => Err(Error::JsonUnexpectedByte),
        };
        token.map(Some)
    }

    /// Skips white space (RFC 8259 §2).
    pub(super) fn skip_whitespace(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', ..] = self.rest.as_bytes() {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
    }

    /// Reads a token of one byte.
    fn take_character(&mut self, token: Token<'json>) -> Result<Token<'json>, Error> {
        self.rest = self.rest.get(1..).ok_or(Error::JsonUnexpectedByte)?;
        Ok(token)
    }

    fn take_literal(&mut self, literal: &str, token: Token<'json>) -> Result<Token<'json>, Error> {
        match self.rest.strip_prefix(literal) {
            Some(rest) => {
                self.rest = rest;
                Ok(token)
            }
            None if literal.starts_with(self.rest) => Err(Error::JsonUnexpectedEnd),
            None => Err(Error::JsonUnexpectedByte),
        }
    }

    fn take_number(&mut self) -> Result<Token<'json>, Error> {
        let (number, rest) = Number::split_from(self.rest)?;
        self.rest = rest;
        Ok(Token::Number(number))
    }

    /// Reads a string: checks its escapes, and keeps the raw characters between the quotes.
    fn take_text(&mut self) -> Result<Token<'json>, Error> {
        let inside = self.rest.get(1..).ok_or(Error::JsonUnexpectedByte)?;
        let mut bytes = inside.as_bytes();
        loop {
            bytes = skip_plain(bytes);
            let (byte, after) = bytes.split_first().ok_or(Error::JsonUnexpectedEnd)?;
            match byte {
                b'"' => break,
                b'\\' => bytes = escape::read_escape(after)?.1,
                0..=0x1f => return Err(Error::JsonControlCharacter),
                _ => bytes = after,
            }
        }
        let length = inside.len().saturating_sub(bytes.len());
        let (raw, rest) = inside.split_at_checked(length).ok_or(Error::JsonUnexpectedByte)?;
        self.rest = rest.get(1..).ok_or(Error::JsonUnexpectedByte)?;
        Ok(Token::Text(Text::of_checked(raw)))
    }
}

/// Skips plain bytes, eight at a time. Stops at the first other byte, or when fewer than eight bytes are left.
fn skip_plain(mut bytes: &[u8]) -> &[u8] {
    while let Some((word, others)) = bytes.split_first_chunk() {
        let found = not_plain(u64::from_le_bytes(*word));
        if found != 0 {
            let before = usize::try_from(found.trailing_zeros() / u8::BITS).unwrap_or(0);
            return bytes.get(before..).unwrap_or_default();
        }
        bytes = others;
    }
    bytes
}

/// Returns a word whose lowest set bit is the most significant bit of the lowest of eight bytes that is a quotation
/// mark, a backslash or a control character; zero if there is no such byte. Higher bits may be set as well.
///
/// Each test subtracts n, at most 0x20, from all bytes at once and masks out bytes that had their most significant bit
/// set before. A byte less than n borrows, which sets this bit. Any other byte has it set only after a borrow from a
/// lower byte, so it is never the lowest. A byte that equals `b` is less than 1 after an exclusive or with `b`.
const fn not_plain(word: u64) -> u64 {
    let quotation_mark = word ^ every_byte(b'"');
    let backslash = word ^ every_byte(b'\\');
    let found = word.wrapping_sub(every_byte(0x20)) & !word
        | quotation_mark.wrapping_sub(every_byte(1)) & !quotation_mark
        | backslash.wrapping_sub(every_byte(1)) & !backslash;
    found & every_byte(0x80)
}

const fn every_byte(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_that_is_not_plain_is_found() {
        let is_plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..=0x1f);
        for others in [b' ', b'!', b'#', b'[', b']', b'~', 0x7f, 0x80, 0xff, b'"', b'\\', 0, 0x1f] {
            for place in 0..8 {
                for byte in 0..=255 {
                    // The bytes after it must not matter.
                    let mut bytes = [b'a'; 8];
                    bytes[place..].fill(others);
                    bytes[place] = byte;
                    let expected = bytes.iter().take_while(|byte| is_plain(byte)).count();
                    assert_eq!(skip_plain(&bytes), &bytes[expected..], "{bytes:02x?}");
                }
            }
        }
    }

    #[test]
    fn fewer_than_eight_bytes_are_left() {
        for (text, rest) in [
            ("", ""),
            ("short", "short"),
            ("eight ok", ""),
            ("eight ok, and sixteen\"", "xteen\""),
            ("eight ok, \"nothing more", "\"nothing more"),
            ("\u{e9}\u{20ac} an\u{1}.", "\u{1}."),
        ] {
            assert_eq!(skip_plain(text.as_bytes()), rest.as_bytes(), "{text:?}");
        }
    }
}
