//! Checks that tokens form one JSON value, within the limit for nesting and without duplicate names.

use heapless::Vec;

use super::{
    Value,
    lexer::{Lexer, Quoted},
    name,
    wanted::Wanted,
};
use crate::{Error, limits};

/// Checks a whole text, and collects the members of the outermost object that are wanted. Returns whether a string has
/// escapes.
pub(super) fn check<'json>(json: &'json str, mut wanted: Wanted<'json, '_>) -> Result<bool, Error> {
    let mut lexer = Lexer::new(json);
    // Not in one structure, which the compiler would fill with zeros as a whole.
    let mut containers = Vec::new();
    let mut hashes = Vec::new();
    let mut places = Vec::new();
    let mut open = OpenContainers { containers: &mut containers, hashes: &mut hashes, places: &mut places };
    let mut has_escapes = false;
    // Where the value of the last member of the outermost object starts.
    let mut value_start = 0;
    loop {
        // A member or an element.
        if open.innermost() == Some(Container::Object) {
            if lexer.peek() != Some(b'"') {
                return Err(unexpected(lexer));
            }
            let inside = lexer.rest().get(1..).unwrap_or_default();
            let name = lexer.skip_text()?;
            has_escapes |= name.has_escapes;
            let hash = if name.has_escapes { name::hash_unescaped(lexer.text(name)) } else { name::hash_plain(inside) };
            open.add_name(lexer, name, hash)?;
            if open.is_outermost() {
                wanted.begin(hash, || lexer.text(name));
            }
            if lexer.peek() != Some(b':') {
                return Err(unexpected(lexer));
            }
            lexer.skip_character();
            if open.is_outermost() {
                value_start = lexer.position();
            }
        }
        match lexer.peek() {
            Some(b'"') => {
                let text = lexer.skip_text()?;
                has_escapes |= text.has_escapes;
                if open.is_outermost() {
                    wanted.end(|| Some(Value::Text(lexer.text(text))));
                }
            }
            Some(b'{') => {
                open.begin(Container::Object)?;
                lexer.skip_character();
                if lexer.peek() != Some(b'}') {
                    continue;
                }
            }
            Some(b'[') => {
                open.begin(Container::Array)?;
                lexer.skip_character();
                if lexer.peek() != Some(b']') {
                    continue;
                }
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = lexer.take_number()?;
                if open.is_outermost() {
                    wanted.end(|| Some(Value::Number(number)));
                }
            }
            _ => {
                // `next` is a call that needs an address, so it gets a copy: then `lexer` stays in registers in the other cases,
                // which saves a tenth of the instructions for typical claims.
                let mut after = lexer;
                let token = after.next()?.ok_or(Error::JsonUnexpectedEnd)?;
                lexer = after;
                let value = Value::of_scalar(token).ok_or(Error::JsonUnexpectedByte)?;
                if open.is_outermost() {
                    wanted.end(|| Some(value));
                }
            }
        }
        // What follows it.
        loop {
            let next = lexer.peek();
            let Some(container) = open.innermost() else {
                return if next.is_none() { Ok(has_escapes) } else { Err(trailing(lexer)) };
            };
            if next != Some(b',') && next != Some(container.closing()) {
                return Err(unexpected(lexer));
            }
            lexer.skip_character();
            if next == Some(b',') {
                break;
            }
            open.end();
            if open.is_outermost() {
                wanted.end(|| Value::of_container(lexer.since(value_start)));
            }
        }
    }
}

/// The error for a next token that the grammar does not allow.
#[cold]
fn unexpected(mut lexer: Lexer<'_>) -> Error {
    match lexer.next() {
        Err(error) => error,
        Ok(None) => Error::JsonUnexpectedEnd,
        Ok(Some(_)) => Error::JsonUnexpectedByte,
    }
}

/// The error for a token after the value.
#[cold]
fn trailing(mut lexer: Lexer<'_>) -> Error {
    lexer.next().err().unwrap_or(Error::JsonTrailingBytes)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Array,
    Object,
}

impl Container {
    const fn closing(self) -> u8 {
        match self {
            Self::Array => b']',
            Self::Object => b'}',
        }
    }
}

/// An array or an object that is open.
struct Open {
    container: Container,
    /// The index of the first of its names among those of all open objects.
    first_name: usize,
    /// Has a bit for the hash of each of its names. If the bit of a new name is not set, no earlier one has the same hash.
    seen: u64,
}

/// The arrays and objects that are open, innermost last.
struct OpenContainers<'memory> {
    containers: &'memory mut Vec<Open, { limits::JSON_DEPTH }>,
    /// The hashes of the names of all open objects, contiguous so that the compiler can compare several at once.
    hashes: &'memory mut Vec<u32, { limits::JSON_OPEN_MEMBERS }>,
    /// For each of these names, how many bytes are unread before it. It locates the name, which is rarely needed, in less
    /// memory than a slice.
    places: &'memory mut Vec<u32, { limits::JSON_OPEN_MEMBERS }>,
}

impl OpenContainers<'_> {
    fn innermost(&self) -> Option<Container> {
        self.containers.last().map(|open| open.container)
    }

    /// Whether only the outermost container is open.
    fn is_outermost(&self) -> bool {
        self.containers.len() == 1
    }

    fn begin(&mut self, container: Container) -> Result<(), Error> {
        self.containers.push(Open { container, first_name: self.hashes.len(), seen: 0 }).map_err(|_| Error::JsonTooDeep)
    }

    fn end(&mut self) {
        if let Some(open) = self.containers.pop() {
            self.hashes.truncate(open.first_name);
            self.places.truncate(open.first_name);
        }
    }

    /// Adds a name to the innermost object.
    ///
    /// The hash is compared with at most `JSON_OPEN_MEMBERS` earlier ones, and the characters with those of at most
    /// `JSON_NAMES_ALIKE` names, so the cost is linear in the text even though names with the same hash are easy to make.
    fn add_name(&mut self, lexer: Lexer<'_>, name: Quoted, hash: u32) -> Result<(), Error> {
        let open = self.containers.last_mut().ok_or(Error::JsonUnexpectedByte)?;
        let (first_name, bit) = (open.first_name, 1_u64.wrapping_shl(hash));
        let is_perhaps_known = open.seen & bit != 0;
        open.seen |= bit;
        if is_perhaps_known {
            self.check_alike(lexer, name, hash, first_name)?;
        }
        let place = u32::try_from(name.unread_before).map_err(|_| Error::JsonTooLong)?;
        self.hashes.push(hash).map_err(|_| Error::JsonTooManyMembers)?;
        self.places.push(place).map_err(|_| Error::JsonTooManyMembers)
    }

    /// Checks that the innermost object does not have this name, and not too many with the same hash.
    fn check_alike(&self, lexer: Lexer<'_>, name: Quoted, hash: u32, first_name: usize) -> Result<(), Error> {
        let name = lexer.text(name);
        let hashes = self.hashes.get(first_name..).unwrap_or_default();
        if !hashes.contains(&hash) {
            return Ok(());
        }
        let places = self.places.get(first_name..).unwrap_or_default();
        let same_hash = || hashes.iter().zip(places).filter(|(earlier, _)| **earlier == hash);
        if same_hash().any(|(_, place)| lexer.text_at(*place).is_none_or(|earlier| earlier.equals(name))) {
            return Err(Error::JsonDuplicateName);
        }
        if same_hash().count() >= limits::JSON_NAMES_ALIKE { Err(Error::JsonTooManyMembers) } else { Ok(()) }
    }
}
