//! A strict reader of JSON (RFC 8259) that neither allocates nor recurses.
//!
//! [`read`] accepts a text as a whole or not at all; what it returns are views that walk that text lazily. The layers:
//! `lexer` knows characters, `grammar` knows nesting and duplicates, `value` knows members and elements, `text` and
//! `number` know what single values mean. For claims, `cursor` walks with strings unescaped, and `deserializer` reads what it
//! finds into types of the caller's.

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
/// Stricter than RFC 8259 where the design says so: nesting and members are capped, and duplicate names are errors at
/// every level, however they are escaped.
pub fn read(json: &[u8]) -> Result<Value<'_>, Error> {
    if json.len() > limits::JSON_LEN {
        return Err(Error::JsonTooLong);
    }
    let json = core::str::from_utf8(json).map_err(|_| Error::JsonNotUtf8)?;
    grammar::check(json)?;
    Value::of_checked(json)
}

/// Reads a text that is exactly one JSON object; any other JSON value is the error `otherwise`.
pub(crate) fn read_object(json: &[u8], otherwise: Error) -> Result<Object<'_>, Error> {
    match read(json)? {
        Value::Object(object) => Ok(object),
        _ => Err(otherwise),
    }
}
