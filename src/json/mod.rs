//! A strict JSON reader (RFC 8259) that does not allocate.
//!
//! [`read`] checks the whole text first. It returns views that walk the text lazily, without errors. From the bottom
//! up:
//!
//! - `escape`, `text` and `number` read single strings and numbers; `lexer` splits a text into tokens.
//! - `grammar` checks nesting, limits and duplicate names.
//! - `value` finds the members of objects and the elements of arrays.
//! - `cursor` walks a text with its strings unescaped, and `deserializer` reads what it finds into the caller's types.
//!   Only `deserializer` recurses, once per level of the type ([`limits::JSON_DEPTH`], [`limits::TYPE_WRAPPERS`]).
//!
//! It imports only errors, limits and hexadecimal digits, and must not know what a document means: no claim, key or
//! header by name.

mod cursor;
mod deserializer;
mod escape;
mod grammar;
mod lexer;
mod number;
mod text;
mod value;

pub(crate) use cursor::{Cursor, Item, unescape};
pub(crate) use deserializer::deserialize;
pub use number::Number;
pub(crate) use number::NumberParts;
pub use text::Text;
#[cfg_attr(not(feature = "internals"), allow(unused_imports))]
pub use value::{Array, Object, Value};

use crate::{Error, limits};

/// Reads a text that is exactly one JSON value.
///
/// Stricter than RFC 8259: nesting and members are limited, and duplicate names are errors at every level, even if they
/// are escaped differently.
pub fn read(json: &[u8]) -> Result<Value<'_>, Error> {
    if json.len() > limits::JSON_LEN {
        return Err(Error::JsonTooLong);
    }
    let json = core::str::from_utf8(json).map_err(|_| Error::JsonNotUtf8)?;
    grammar::check(json)?;
    Value::of_checked(json)
}

/// Reads a text that is exactly one JSON object; fails with `otherwise` for any other JSON value.
pub(crate) fn read_object(json: &[u8], otherwise: Error) -> Result<Object<'_>, Error> {
    match read(json)? {
        Value::Object(object) => Ok(object),
        _ => Err(otherwise),
    }
}
