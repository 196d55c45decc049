//! Walks a checked text with its strings unescaped.
//!
//! [`unescape`] first copies all strings that have escapes. A cursor finds each copy, since it reads all strings of the
//! text, including names, in the order in which they were copied.

use super::{
    Number, Text,
    lexer::{Lexer, Token},
};

/// Unescapes all strings of a checked text that have escapes, and writes them to `output` one after the other. Returns
/// their total length, which never exceeds that of the text; `None` if `output` is too short.
pub(crate) fn unescape(json: &str, output: &mut [u8]) -> Option<usize> {
    let mut lexer = Lexer::new(json);
    let mut length: usize = 0;
    while let Ok(Some(token)) = lexer.next() {
        if let Token::Text(text) = token
            && text.as_plain().is_none()
        {
            length = length.checked_add(text.copy_to(output.get_mut(length..)?)?.len())?;
        }
    }
    Some(length)
}

/// A value. Strings are unescaped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Item<'json> {
    Null,
    Boolean(bool),
    Number(Number<'json>),
    String(&'json str),
    Array(Container<'json>),
    Object(Container<'json>),
}

/// An array or an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Container<'json> {
    json: &'json str,
    inside: Cursor<'json>,
}

impl<'json> Container<'json> {
    /// The text, from the opening to the closing character.
    pub(crate) const fn as_str(self) -> &'json str {
        self.json
    }

    /// A cursor before the first element or member.
    pub(crate) const fn inside(self) -> Cursor<'json> {
        self.inside
    }
}

/// A position between two tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'json> {
    lexer: Lexer<'json>,
    /// Copies of the strings with escapes that follow this position.
    unescaped: &'json str,
}

impl<'json> Cursor<'json> {
    /// The start of a checked text. `unescaped` is the output of [`unescape`] for this text.
    pub(crate) const fn new(json: &'json str, unescaped: &'json str) -> Self {
        Self { lexer: Lexer::new(json), unescaped }
    }

    /// Reads the next element of an array; `None` at its end, where the cursor stays.
    pub(crate) fn next_element(&mut self) -> Option<Item<'json>> {
        self.skip_separator();
        self.next_value()
    }

    /// Reads the next name and value of an object; `None` at its end, where the cursor stays.
    pub(crate) fn next_member(&mut self) -> Option<(&'json str, Item<'json>)> {
        self.skip_separator();
        let Item::String(name) = self.next_value()? else {
            return None;
        };
        let Ok(Some(Token::NameSeparator)) = self.lexer.next() else {
            return None;
        };
        Some((name, self.next_value()?))
    }

    /// Reads a value, including all that is nested in it; `None` at the end of a container or of the text.
    pub(crate) fn next_value(&mut self) -> Option<Item<'json>> {
        self.lexer.peek()?;
        let mut next = *self;
        let item = match next.lexer.next().ok()?? {
            Token::Null => Item::Null,
            Token::Boolean(boolean) => Item::Boolean(boolean),
            Token::Number(number) => Item::Number(number),
            Token::Text(text) => Item::String(next.take_string(text)?),
            Token::BeginArray => Item::Array(next.take_container(self)?),
            Token::BeginObject => Item::Object(next.take_container(self)?),
            Token::EndArray | Token::EndObject | Token::NameSeparator | Token::ValueSeparator => return None,
        };
        *self = next;
        Some(item)
    }

    fn skip_separator(&mut self) {
        let mut lexer = self.lexer;
        if let Ok(Some(Token::ValueSeparator)) = lexer.next() {
            self.lexer = lexer;
        }
    }

    /// The string of a token that the lexer has just read.
    fn take_string(&mut self, text: Text<'json>) -> Option<&'json str> {
        if let Some(plain) = text.as_plain() {
            return Some(plain);
        }
        let (string, rest) = self.unescaped.split_at_checked(text.unescaped_len())?;
        self.unescaped = rest;
        Some(string)
    }

    /// Skips to the end of the container that starts at `before` and whose opening token has just been read.
    fn take_container(&mut self, before: &Self) -> Option<Container<'json>> {
        let inside = *self;
        let mut depth: usize = 1;
        while depth > 0 {
            match self.lexer.next().ok()?? {
                Token::BeginArray | Token::BeginObject => depth = depth.saturating_add(1),
                Token::EndArray | Token::EndObject => depth = depth.saturating_sub(1),
                Token::Text(text) => {
                    self.take_string(text)?;
                }
                _ => {}
            }
        }
        Some(Container { json: self.lexer.since(before.lexer.position()), inside })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_unescaped_at_every_position() {
        let json = r#"{"\u0061": ["\"", {"\/": "\ud83d\ude00"}], "plain": "b", "c": "\n", "d": {"\t": 0}, "e": "\\"}"#;
        let mut memory = [0; 64];
        let length = unescape(json, &mut memory).unwrap();
        let unescaped = core::str::from_utf8(&memory[..length]).unwrap();
        assert_eq!(unescaped, "a\"/😀\n\t\\");
        assert_eq!(unescape(json, &mut [0; 64][..length]), Some(length));
        assert_eq!(unescape(json, &mut [0; 64][..length - 1]), None);

        let Some(Item::Object(object)) = Cursor::new(json, unescaped).next_value() else { panic!() };
        assert_eq!(object.as_str(), json);
        let mut members = object.inside();
        let Some(("a", Item::Array(array))) = members.next_member() else { panic!() };
        assert_eq!(array.as_str(), r#"["\"", {"\/": "\ud83d\ude00"}]"#);
        assert!(matches!(members.next_member(), Some(("plain", Item::String("b")))));
        assert!(matches!(members.next_member(), Some(("c", Item::String("\n")))));
        assert!(matches!(members.next_member(), Some(("d", Item::Object(_)))));
        assert!(matches!(members.next_member(), Some(("e", Item::String("\\")))));
        assert!(members.next_member().is_none() && members.next_member().is_none());

        let mut elements = array.inside();
        assert!(matches!(elements.next_element(), Some(Item::String("\""))));
        let Some(Item::Object(inner)) = elements.next_element() else { panic!() };
        assert!(matches!(inner.inside().next_member(), Some(("/", Item::String("😀")))));
        assert!(elements.next_element().is_none() && elements.next_element().is_none());
    }
}
