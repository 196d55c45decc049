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
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        let Some(first) = self.rest.as_bytes().first() else {
            return Ok(None);
        };
        let token = match first {
            b'{' => self.take_literal("{", Token::BeginObject),
            b'}' => self.take_literal("}", Token::EndObject),
            b'[' => self.take_literal("[", Token::BeginArray),
            b']' => self.take_literal("]", Token::EndArray),
            b':' => self.take_literal(":", Token::NameSeparator),
            b',' => self.take_literal(",", Token::ValueSeparator),
            b'n' => self.take_literal("null", Token::Null),
            b't' => self.take_literal("true", Token::Boolean(true)),
            b'f' => self.take_literal("false", Token::Boolean(false)),
            b'"' => self.take_text(),
            b'-' | b'0'..=b'9' => self.take_number(),
            _ => Err(Error::JsonUnexpectedByte),
        };
        token.map(Some)
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
        let inside = self.rest.strip_prefix('"').ok_or(Error::JsonUnexpectedByte)?;
        let mut bytes = inside.as_bytes();
        loop {
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
        self.rest = rest.strip_prefix('"').ok_or(Error::JsonUnexpectedByte)?;
        Ok(Token::Text(Text::of_checked(raw)))
    }
}
