//! Checks that tokens form one JSON value, within the limit for nesting and without duplicate names.

use heapless::Vec;

use super::{
    Text,
    lexer::{Lexer, Token},
};
use crate::{Error, limits};

/// Checks a whole text.
pub(super) fn check(json: &str) -> Result<(), Error> {
    let mut lexer = Lexer::new(json);
    let mut open = OpenContainers::of(json);
    let mut expected = Expected::Value;
    // The text from the next token on, including the white space before it.
    let mut rest = json;
    while let Some(token) = lexer.next()? {
        expected = match (expected, token) {
            (Expected::Value | Expected::ElementOrEnd, Token::BeginObject) => {
                open.begin(Container::Object)?;
                Expected::NameOrEnd
            }
            (Expected::Value | Expected::ElementOrEnd, Token::BeginArray) => {
                open.begin(Container::Array)?;
                Expected::ElementOrEnd
            }
            (
                Expected::Value | Expected::ElementOrEnd,
                Token::Null | Token::Boolean(_) | Token::Number(_) | Token::Text(_),
            ) => open.after_value(),
            (Expected::Name | Expected::NameOrEnd, Token::Text(name)) => {
                open.add_name(name, rest)?;
                Expected::NameSeparator
            }
            (Expected::NameSeparator, Token::NameSeparator) => Expected::Value,
            (Expected::NextMemberOrEnd, Token::ValueSeparator) => Expected::Name,
            (Expected::NextElementOrEnd, Token::ValueSeparator) => Expected::Value,
            (Expected::NameOrEnd | Expected::NextMemberOrEnd, Token::EndObject)
            | (Expected::ElementOrEnd | Expected::NextElementOrEnd, Token::EndArray) => {
                open.end();
                open.after_value()
            }
            (Expected::Nothing, _) => return Err(Error::JsonTrailingBytes),
            _ => return Err(Error::JsonUnexpectedByte),
        };
        rest = lexer.rest();
    }
    match expected {
        Expected::Nothing => Ok(()),
        _ => Err(Error::JsonUnexpectedEnd),
    }
}

/// What the grammar allows next.
#[derive(Clone, Copy)]
enum Expected {
    Value,
    ElementOrEnd,
    NextElementOrEnd,
    NameOrEnd,
    Name,
    NameSeparator,
    NextMemberOrEnd,
    Nothing,
}

#[derive(Clone, Copy)]
enum Container {
    Array,
    Object,
}

/// The arrays and objects that are open, innermost last.
struct OpenContainers<'json> {
    json: &'json str,
    containers: Vec<(Container, usize), { limits::JSON_DEPTH }>,
    /// The hashes of the names of all open objects, contiguous so that the compiler can compare several at once. Each
    /// entry of `containers` has the index of its first hash.
    hashes: Vec<u32, { limits::JSON_OPEN_MEMBERS }>,
    /// For each of these names, the length of the text from the name on. It locates the name, which is rarely needed,
    /// in less memory than a slice.
    rest_lens: Vec<u32, { limits::JSON_OPEN_MEMBERS }>,
}

impl<'json> OpenContainers<'json> {
    const fn of(json: &'json str) -> Self {
        Self { json, containers: Vec::new(), hashes: Vec::new(), rest_lens: Vec::new() }
    }

    fn begin(&mut self, container: Container) -> Result<(), Error> {
        self.containers.push((container, self.hashes.len())).map_err(|_| Error::JsonTooDeep)
    }

    fn end(&mut self) {
        if let Some((_, first_name)) = self.containers.pop() {
            self.hashes.truncate(first_name);
            self.rest_lens.truncate(first_name);
        }
    }

    fn after_value(&self) -> Expected {
        match self.containers.last() {
            None => Expected::Nothing,
            Some((Container::Array, _)) => Expected::NextElementOrEnd,
            Some((Container::Object, _)) => Expected::NextMemberOrEnd,
        }
    }

    /// Adds a name to the innermost object. `rest` is the text from the name on.
    ///
    /// The hash is compared with at most `JSON_OPEN_MEMBERS` earlier ones, and the characters with those of at most
    /// `JSON_NAMES_ALIKE` names, so the cost is linear in the text even though FNV-1a collisions are easy to make.
    fn add_name(&mut self, name: Text<'json>, rest: &str) -> Result<(), Error> {
        let hash = name.hash();
        let first_name = self.containers.last().map_or(0, |(_, first_name)| *first_name);
        let hashes = self.hashes.get(first_name..).unwrap_or_default();
        if hashes.contains(&hash) {
            let rest_lens = self.rest_lens.get(first_name..).unwrap_or_default();
            let same_hash = || hashes.iter().zip(rest_lens).filter(|(earlier, _)| **earlier == hash);
            if same_hash().any(|(_, rest_len)| self.name_at(*rest_len).is_none_or(|earlier| earlier.equals(name))) {
                return Err(Error::JsonDuplicateName);
            }
            if same_hash().count() >= limits::JSON_NAMES_ALIKE {
                return Err(Error::JsonTooManyMembers);
            }
        }
        let rest_len = u32::try_from(rest.len()).map_err(|_| Error::JsonTooLong)?;
        self.hashes.push(hash).map_err(|_| Error::JsonTooManyMembers)?;
        self.rest_lens.push(rest_len).map_err(|_| Error::JsonTooManyMembers)
    }

    /// The name at the start of the last `rest_len` bytes of the text, where it was read before.
    fn name_at(&self, rest_len: u32) -> Option<Text<'json>> {
        let start = self.json.len().checked_sub(usize::try_from(rest_len).ok()?)?;
        match Lexer::new(self.json.get(start..)?).next() {
            Ok(Some(Token::Text(name))) => Some(name),
            _ => None,
        }
    }
}
