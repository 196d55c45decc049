//! A strict JSON reader (RFC 8259) that does not allocate.
//!
//! [`read`] checks the whole text first. It returns views that walk the text lazily, without errors. From the bottom
//! up:
//!
//! - `escape`, `text` and `number` read single strings and numbers; `lexer` splits a text into tokens.
//! - `name` hashes the names of members, `wanted` collects the members that a reader looks for, and `grammar` checks nesting,
//!   limits and duplicate names.
//! - `value` finds the members of objects and the elements of arrays.
//! - `cursor` walks a text with its strings unescaped, and `deserializer` reads what it finds into the caller's types.
//!   Only `deserializer` recurses, once per level of the type ([`limits::JSON_DEPTH`], [`limits::TYPE_WRAPPERS`]).
//!
//! It imports only errors, limits, hexadecimal digits and `words`, and must not know what a document means: no claim, key
//! or header by name.

mod cursor;
mod deserializer;
mod escape;
mod grammar;
mod lexer;
mod name;
mod number;
mod text;
mod value;
mod wanted;

pub(crate) use cursor::{Cursor, Item, unescape};
pub(crate) use deserializer::deserialize;
pub use number::Number;
pub(crate) use number::NumberParts;
pub use text::Text;
#[cfg_attr(not(feature = "internals"), allow(unused_imports))]
pub use value::{Array, Object, Value};
pub(crate) use wanted::Name;
use wanted::Wanted;

use crate::{Error, limits};

/// Reads a text that is exactly one JSON value.
///
/// Stricter than RFC 8259: nesting and members are limited, and duplicate names are errors at every level, even if they
/// are escaped differently.
pub fn read(json: &[u8]) -> Result<Value<'_>, Error> {
    Value::of_checked(check(json, Wanted::new(&[], &mut []))?.0)
}

/// Reads a text that is exactly one JSON object; fails with `otherwise` for any other JSON value.
pub(crate) fn read_object(json: &[u8], otherwise: Error) -> Result<Object<'_>, Error> {
    read_members(json, &[], otherwise).map(|members| members.object)
}

/// A JSON object, with the values of the members that its reader looks for.
pub(crate) struct Members<'json, const N: usize> {
    pub(crate) object: Object<'json>,
    /// In the order of the names.
    pub(crate) values: [Option<Value<'json>>; N],
    /// Whether a string in the object, or a name, has escapes.
    pub(crate) has_escapes: bool,
}

/// Reads a text that is exactly one JSON object, and finds the members with these names; names are compared after
/// unescaping. Fails with `otherwise` for any other JSON value.
pub(crate) fn read_members<'json, const N: usize>(
    json: &'json [u8],
    names: &[Name; N],
    otherwise: Error,
) -> Result<Members<'json, N>, Error> {
    let mut values = [None; N];
    let (json, has_escapes) = check(json, Wanted::new(names, &mut values))?;
    match Value::of_checked(json)? {
        Value::Object(object) => Ok(Members { object, values, has_escapes }),
        _ => Err(otherwise),
    }
}

/// Checks a text. Returns it, and whether a string in it has escapes.
fn check<'json>(json: &'json [u8], wanted: Wanted<'json, '_>) -> Result<(&'json str, bool), Error> {
    if json.len() > limits::JSON_LEN {
        return Err(Error::JsonTooLong);
    }
    let json = core::str::from_utf8(json).map_err(|_| Error::JsonNotUtf8)?;
    Ok((json, grammar::check(json, wanted)?))
}
