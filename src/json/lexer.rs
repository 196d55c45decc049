//! Splits a JSON text into tokens, and checks each of them.

use super::{Number, Text, escape, number};
use crate::{Error, words};

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
    json: &'json str,
    /// The unread bytes of it.
    rest: &'json [u8],
}

/// Where a string is in a text: how many bytes are unread when its opening quotation mark comes next, and when its closing one
/// has been read.
#[derive(Clone, Copy)]
pub(super) struct Quoted {
    pub(super) unread_before: usize,
    unread_after: usize,
    pub(super) has_escapes: bool,
}

impl<'json> Lexer<'json> {
    pub(super) const fn new(json: &'json str) -> Self {
        Self { json, rest: json.as_bytes() }
    }

    /// The unread bytes.
    pub(super) const fn rest(&self) -> &'json [u8] {
        self.rest
    }

    /// The number of bytes that have been read.
    pub(super) const fn position(&self) -> usize {
        self.json.len().wrapping_sub(self.rest.len())
    }

    /// The text from an earlier position to this one. Both are between tokens, so there is such a text.
    pub(super) fn since(&self, earlier: usize) -> &'json str {
        self.json.get(earlier..self.position()).unwrap_or_default()
    }

    /// A string that has been read.
    pub(super) fn text(&self, Quoted { unread_before, unread_after, has_escapes }: Quoted) -> Text<'json> {
        let position = |unread| self.json.len().wrapping_sub(unread);
        // Without its quotation marks.
        let (start, end) = (position(unread_before).saturating_add(1), position(unread_after).saturating_sub(1));
        Text::of_checked(self.json.get(start..end).unwrap_or_default(), has_escapes)
    }

    /// The string at which `unread_before` bytes were unread, where one was read before.
    pub(super) fn text_at(&self, unread_before: u32) -> Option<Text<'json>> {
        let start = self.json.len().checked_sub(usize::try_from(unread_before).ok()?)?;
        let mut lexer = Self { rest: self.json.as_bytes().get(start..)?, ..*self };
        lexer.skip_text().ok().map(|text| lexer.text(text))
    }

    /// The first byte of the next token; `None` at the end of the text.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> Option<u8> {
        if let [0..=b' ', ..] = self.rest {
            self.rest = skip_whitespace(self.rest);
        }
        self.rest.first().copied()
    }

    /// Skips the character that [`peek`](Self::peek) has returned.
    #[inline(always)]
    pub(super) fn skip_character(&mut self) {
        if let [_, rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// Reads the next token; `None` at the end of the text.
    pub(super) fn next(&mut self) -> Result<Option<Token<'json>>, Error> {
        let Some(first) = self.peek() else {
            return Ok(None);
        };
        let token = match first {
            b'"' => self.skip_text().map(|text| Token::Text(self.text(text))),
            b'-' | b'0'..=b'9' => self.take_number().map(Token::Number),
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

    /// Reads a token of one byte.
    fn take_character(&mut self, token: Token<'json>) -> Result<Token<'json>, Error> {
        self.skip_character();
        Ok(token)
    }

    fn take_literal(&mut self, literal: &str, token: Token<'json>) -> Result<Token<'json>, Error> {
        match self.rest.strip_prefix(literal.as_bytes()) {
            Some(rest) => {
                self.rest = rest;
                Ok(token)
            }
            None if literal.as_bytes().starts_with(self.rest) => Err(Error::JsonUnexpectedEnd),
            None => Err(Error::JsonUnexpectedByte),
        }
    }

    /// Reads a number, which comes next.
    #[inline(always)]
    pub(super) fn take_number(&mut self) -> Result<Number<'json>, Error> {
        let start = self.position();
        self.rest = number::skip(self.rest)?;
        Ok(Number::of_checked(self.since(start)))
    }

    /// Checks and skips a string, whose opening quotation mark comes next.
    #[inline(always)]
    pub(super) fn skip_text(&mut self) -> Result<Quoted, Error> {
        let unread_before = self.rest.len();
        self.skip_character();
        self.rest = words::skip_to(self.rest, not_plain);
        let has_escapes = match self.rest {
            [b'"', rest @ ..] => {
                self.rest = rest;
                false
            }
            rest => {
                self.rest = after_escapes(rest)?;
                true
            }
        };
        Ok(Quoted { unread_before, unread_after: self.rest.len(), has_escapes })
    }
}

/// Skips white space (RFC 8259 §2).
// Rare in a token. Like `after_escapes`, it takes and returns the bytes, so that those of a lexer stay in registers.
#[inline(never)]
fn skip_whitespace(mut rest: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n' | b'\r', after @ ..] = rest {
        rest = after;
    }
    rest
}

/// Skips a string to its end, from its first escape on.
#[cold]
fn after_escapes(mut rest: &[u8]) -> Result<&[u8], Error> {
    loop {
        match rest {
            [b'"', after @ ..] => return Ok(after),
            [b'\\', escape @ ..] => rest = escape::read_escape(escape)?.1,
            [] => return Err(Error::JsonUnexpectedEnd),
            _ => return Err(Error::JsonControlCharacter),
        }
        rest = words::skip_to(rest, not_plain);
    }
}

/// Marks quotation marks, backslashes and control characters.
const fn not_plain(word: u64) -> u64 {
    // Exclusive or with 0x02 turns the quotation mark, 0x22, into 0x20 and permutes the control characters; all other bytes become
    // 0x21 or more. So one comparison finds both kinds.
    words::less_than(word ^ words::every(0x02), 0x21) | words::equal_to(word, b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_end_at_the_first_byte_that_is_not_plain() {
        for byte in 0..=0x7f_u8 {
            for length in 0..20 {
                for place in 0..length {
                    let mut inside = vec![b'a'; length];
                    inside[place] = byte;
                    let json = format!("\"{}\",", std::str::from_utf8(&inside).unwrap());
                    let expected = match byte {
                        b'"' => Ok(&json[1..=place]),
                        b'\\' if place + 1 == length => Err(Error::JsonUnexpectedEnd),
                        b'\\' => Err(Error::JsonEscapeMalformed),
                        0..=0x1f => Err(Error::JsonControlCharacter),
                        _ => Ok(&json[1..=length]),
                    };
                    let mut lexer = Lexer::new(&json);
                    let found = lexer.next().map(|token| match token {
                        Some(Token::Text(text)) => text.as_plain().unwrap(),
                        other => panic!("{other:?}"),
                    });
                    assert_eq!(found, expected, "{json:?}");
                }
            }
        }
    }

    #[test]
    fn marks_of_different_kinds_do_not_hide_each_other() {
        let is_plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..=0x1f);
        for others in [b' ', b'!', b'#', b'[', b']', b'~', 0x7f, 0x80, 0xff, b'"', b'\\', 0, 0x1f] {
            for place in 0..8 {
                for byte in 0..=255 {
                    // The bytes after it must not matter.
                    let mut bytes = [b'a'; 8];
                    bytes[place..].fill(others);
                    bytes[place] = byte;
                    let expected = bytes.iter().take_while(|byte| is_plain(byte)).count();
                    assert_eq!(words::skip_to(&bytes, not_plain), &bytes[expected..], "{bytes:02x?}");
                }
            }
        }
    }
}
