//! Cuts a JSON text into tokens, each checked by itself.

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

/// The tokens of a text, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexer<'json> {
    rest: &'json str,
}

impl<'json> Lexer<'json> {
    pub(super) const fn new(json: &'json str) -> Self {
        Self { rest: json }
    }

    /// What no token has been taken from yet.
    pub(super) const fn rest(&self) -> &'json str {
        self.rest
    }

    /// Takes the next token; `None` at the end of the text.
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

    /// Takes white space (RFC 8259 §2).
    pub(super) fn skip_whitespace(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', ..] = self.rest.as_bytes() {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
    }

    /// Takes a character of one byte.
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

    /// Takes a string: its raw characters between the quotes, whose escapes are checked.
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

/// Skips bytes that stand for themselves, eight at a time: up to the eight that have another one among them.
fn skip_plain(bytes: &[u8]) -> &[u8] {
    let (words, _) = bytes.as_chunks();
    let plain = words.iter().take_while(|word| is_plain(u64::from_le_bytes(**word))).count();
    bytes.get(plain.saturating_mul(8)..).unwrap_or_default()
}

/// Whether none of eight bytes is a quotation mark, a backslash or a control character.
///
/// n is taken away from every byte at once. A byte below n, which is at most 0x20, has its highest bit set only then. Other
/// bytes have not, unless one below them is less than n, so that the word is not plain anyway. A byte that equals another
/// is below 1 once both are combined by exclusive or.
const fn is_plain(word: u64) -> bool {
    let quotation_mark = word ^ every_byte(b'"');
    let backslash = word ^ every_byte(b'\\');
    let found = word.wrapping_sub(every_byte(0x20)) & !word
        | quotation_mark.wrapping_sub(every_byte(1)) & !quotation_mark
        | backslash.wrapping_sub(every_byte(1)) & !backslash;
    found & every_byte(0x80) == 0
}

const fn every_byte(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_is_not_plain_is_found_wherever_it_stands() {
        for others in [b' ', b'!', b'#', b'[', b']', b'~', 0x7f, 0x80, 0xff] {
            for place in 0..8 {
                for byte in 0..=255 {
                    let mut bytes = [others; 8];
                    bytes[place] = byte;
                    let plain = !matches!(byte, b'"' | b'\\' | 0..=0x1f);
                    assert_eq!(is_plain(u64::from_le_bytes(bytes)), plain, "{bytes:02x?}");
                    assert_eq!(skip_plain(&bytes).is_empty(), plain);
                }
            }
        }
    }

    #[test]
    fn what_is_skipped_is_whole_words() {
        assert_eq!(skip_plain(b""), b"");
        assert_eq!(skip_plain(b"short"), b"short");
        assert_eq!(skip_plain(b"eight ok"), b"");
        assert_eq!(skip_plain(b"eight ok, and sixteen\""), b"xteen\"");
        assert_eq!(skip_plain(b"eight ok, \"nothing more"), b", \"nothing more");
    }
}
