//! Views of a checked text, which borrow from it and walk it lazily.

use super::{
    Number, Text,
    lexer::{Lexer, Token},
};
use crate::Error;

/// One JSON value.
#[derive(Clone, Copy, Debug)]
pub enum Value<'json> {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number.
    Number(Number<'json>),
    /// A string.
    Text(Text<'json>),
    /// An array.
    Array(Array<'json>),
    /// An object.
    Object(Object<'json>),
}

impl<'json> Value<'json> {
    /// The value of a text that the grammar has checked.
    pub(super) fn of_checked(json: &'json str) -> Result<Self, Error> {
        Self::of_container(json).or_else(|| read_value(&mut Lexer::new(json))).ok_or(Error::JsonUnexpectedEnd)
    }

    /// The array or object that is the whole of a checked text.
    pub(super) fn of_container(json: &'json str) -> Option<Self> {
        // Without the outer white space the whole text is one value, so there is no need to find the end of it.
        let json = json.trim_ascii();
        match json.as_bytes() {
            [b'{', ..] => Some(Self::Object(Object { json })),
            [b'[', ..] => Some(Self::Array(Array { json })),
            _ => None,
        }
    }

    /// The value that is a single token.
    pub(super) const fn of_scalar(token: Token<'json>) -> Option<Self> {
        match token {
            Token::Null => Some(Self::Null),
            Token::Boolean(boolean) => Some(Self::Boolean(boolean)),
            Token::Number(number) => Some(Self::Number(number)),
            Token::Text(text) => Some(Self::Text(text)),
            _ => None,
        }
    }

    /// The string, if it is one.
    pub fn as_text(self) -> Option<Text<'json>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(self) -> Option<Number<'json>> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn as_object(self) -> Option<Object<'json>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The array, if it is one.
    pub fn as_array(self) -> Option<Array<'json>> {
        match self {
            Self::Array(array) => Some(array),
            _ => None,
        }
    }
}

/// A JSON object.
#[derive(Clone, Copy, Debug)]
pub struct Object<'json> {
    json: &'json str,
}

impl<'json> Object<'json> {
    /// The text of the object, including its braces.
    pub const fn as_str(self) -> &'json str {
        self.json
    }

    /// Names and values, in the order of the text.
    pub fn members(self) -> impl Iterator<Item = (Text<'json>, Value<'json>)> {
        let mut lexer = after_first(self.json, "{");
        core::iter::from_fn(move || {
            let name = loop {
                match lexer.next() {
                    Ok(Some(Token::Text(name))) => break name,
                    Ok(Some(Token::ValueSeparator)) => {}
                    _ => return None,
                }
            };
            let Ok(Some(Token::NameSeparator)) = lexer.next() else {
                return None;
            };
            Some((name, read_value(&mut lexer)?))
        })
    }

    /// The value of the member `name`; names are compared after unescaping.
    pub fn member(self, name: &str) -> Option<Value<'json>> {
        self.members().find(|(key, _)| key.is(name)).map(|(_, value)| value)
    }

    /// The value of an optional member: `None` if it is missing or null, since many serializers write a missing value
    /// as null.
    ///
    /// Use it only for documents that operators provide (key sets, client metadata). In tokens, a member that is null
    /// is present.
    pub fn optional_member(self, name: &str) -> Option<Value<'json>> {
        self.member(name).filter(|value| !matches!(value, Value::Null))
    }
}

/// A JSON array.
#[derive(Clone, Copy, Debug)]
pub struct Array<'json> {
    json: &'json str,
}

impl<'json> Array<'json> {
    /// The text of the array, including its brackets.
    #[cfg_attr(not(feature = "internals"), allow(dead_code))]
    pub const fn as_str(self) -> &'json str {
        self.json
    }

    /// The elements, in the order of the text.
    pub fn elements(self) -> impl Iterator<Item = Value<'json>> {
        let mut lexer = after_first(self.json, "[");
        core::iter::from_fn(move || {
            let mut next = lexer;
            if let Ok(Some(Token::ValueSeparator)) = next.next() {
                lexer = next;
            }
            read_value(&mut lexer)
        })
    }
}

/// The tokens of a container after its opening character.
fn after_first<'json>(json: &'json str, opening: &str) -> Lexer<'json> {
    Lexer::new(json.strip_prefix(opening).unwrap_or_default())
}

/// Reads one value; `None` at the end of the container.
fn read_value<'json>(lexer: &mut Lexer<'json>) -> Option<Value<'json>> {
    lexer.peek()?;
    let start = lexer.position();
    match lexer.next().ok()?? {
        Token::BeginArray | Token::BeginObject => {
            skip_container(lexer)?;
            Value::of_container(lexer.since(start))
        }
        token => Value::of_scalar(token),
    }
}

/// Skips the rest of a container whose opening token `lexer` has just read.
fn skip_container(lexer: &mut Lexer<'_>) -> Option<()> {
    let mut depth: usize = 1;
    while depth > 0 {
        match lexer.next().ok()?? {
            Token::BeginArray | Token::BeginObject => depth = depth.saturating_add(1),
            Token::EndArray | Token::EndObject => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::json::{Members, Name, read, read_members};

    #[test]
    fn members_are_found_by_their_unescaped_names() {
        let json = br#" { "a" : [1, {"b": []}] , "\u0063nf" : { "x" : "y" } , "z":null } "#;
        let object = read(json).unwrap().as_object().unwrap();
        assert_eq!(object.member("cnf").unwrap().as_object().unwrap().as_str(), r#"{ "x" : "y" }"#);
        assert_eq!(object.member("a").unwrap().as_array().unwrap().as_str(), r#"[1, {"b": []}]"#);
        assert!(matches!(object.member("z"), Some(Value::Null)));
        assert!(object.member("b").is_none());
        assert!(object.optional_member("z").is_none() && object.optional_member("b").is_none());
        assert!(object.optional_member("a").is_some());
        assert_eq!(object.members().count(), 3);
        let names = ["b", "z", "a", "cnf"].map(Name::new);
        let Members { values: [none, null, array, confirmation], .. } =
            read_members(json, &names, Error::JsonTrailingBytes).unwrap();
        assert!(none.is_none() && matches!(null, Some(Value::Null)));
        assert!(array.unwrap().as_array().is_some() && confirmation.unwrap().as_object().is_some());
    }

    #[test]
    fn outer_white_space_is_not_part_of_a_value() {
        for json in ["{ }", "[ 1 , [] ]", r#"{"a":{}}"#] {
            let padded = format!(" \t\r\n{json}\n\r\t ");
            let value = read(padded.as_bytes()).unwrap();
            let text = value.as_object().map(Object::as_str).or(value.as_array().map(Array::as_str));
            assert_eq!(text, Some(json));
        }
        assert!(read(b" \n1.5 ").unwrap().as_number().is_some_and(|number| number.as_str() == "1.5"));
    }

    #[test]
    fn elements_come_in_order() {
        let array = read(br#"[1, [], {}, "x", true, [[2]], null]"#).unwrap().as_array().unwrap();
        let kinds: Vec<_> = array.elements().map(|value| std::mem::discriminant(&value)).collect();
        assert_eq!(kinds.len(), 7);
        assert!(read(b"[]").unwrap().as_array().unwrap().elements().next().is_none());
        assert!(read(b"{}").unwrap().as_object().unwrap().members().next().is_none());
    }
}
