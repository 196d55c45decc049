//! Checks that tokens form one JSON value, that it is not nested too deep, and that no object has a name twice.

use heapless::Vec;

use super::{
    Text,
    lexer::{Lexer, Token},
};
use crate::{Error, limits};

/// Checks a whole text.
pub(super) fn check(json: &str) -> Result<(), Error> {
    let mut lexer = Lexer::new(json);
    let mut open = OpenContainers::default();
    let mut expected = Expected::Value;
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
                open.add_name(name)?;
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

/// The arrays and objects that have begun and not ended, innermost last.
#[derive(Default)]
struct OpenContainers<'json> {
    containers: Vec<(Container, usize), { limits::JSON_DEPTH }>,
    /// The names of all open objects; a container's own begin where the number beside it says.
    names: Vec<Text<'json>, { limits::JSON_OPEN_MEMBERS }>,
    /// Their hashes, which are compared first: side by side, so that several are at once.
    hashes: Vec<u32, { limits::JSON_OPEN_MEMBERS }>,
}

impl<'json> OpenContainers<'json> {
    fn begin(&mut self, container: Container) -> Result<(), Error> {
        self.containers.push((container, self.names.len())).map_err(|_| Error::JsonTooDeep)
    }

    fn end(&mut self) {
        if let Some((_, first_name)) = self.containers.pop() {
            self.names.truncate(first_name);
            self.hashes.truncate(first_name);
        }
    }

    fn after_value(&self) -> Expected {
        match self.containers.last() {
            None => Expected::Nothing,
            Some((Container::Array, _)) => Expected::NextElementOrEnd,
            Some((Container::Object, _)) => Expected::NextMemberOrEnd,
        }
    }

    /// Adds a name to the innermost object.
    ///
    /// It is compared by its hash with at most `JSON_OPEN_MEMBERS` earlier names, and by its characters with at most
    /// `JSON_NAMES_ALIKE`, so the cost is linear in the text: collisions of the hash are easily made.
    fn add_name(&mut self, name: Text<'json>) -> Result<(), Error> {
        let hash = name.hash();
        let first_name = self.containers.last().map_or(0, |(_, first_name)| *first_name);
        let names = self.names.get(first_name..).unwrap_or_default();
        let hashes = self.hashes.get(first_name..).unwrap_or_default();
        if hashes.contains(&hash) {
            let alike = || names.iter().zip(hashes).filter(|(_, earlier)| **earlier == hash);
            if alike().any(|(earlier, _)| earlier.equals(name)) {
                return Err(Error::JsonDuplicateName);
            }
            if alike().count() >= limits::JSON_NAMES_ALIKE {
                return Err(Error::JsonTooManyMembers);
            }
        }
        self.names.push(name).map_err(|_| Error::JsonTooManyMembers)?;
        self.hashes.push(hash).map_err(|_| Error::JsonTooManyMembers)
    }
}
