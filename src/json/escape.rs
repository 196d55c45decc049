//! Escape sequences of JSON strings (RFC 8259 §7).

use crate::{Error, hex};

/// Reads the escape sequence at the start of `rest`, without its backslash. Returns the character and the remaining
/// bytes.
pub(super) fn read_escape(rest: &[u8]) -> Result<(char, &[u8]), Error> {
    let (kind, rest) = rest.split_first().ok_or(Error::JsonUnexpectedEnd)?;
    let character = match kind {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return read_code_point(rest),
        _ => return Err(Error::JsonEscapeMalformed),
    };
    Ok((character, rest))
}

/// Reads the digits after `\u`, and a low surrogate if they are a high surrogate.
fn read_code_point(rest: &[u8]) -> Result<(char, &[u8]), Error> {
    let (unit, rest) = read_code_unit(rest)?;
    if !matches!(unit, SURROGATE_FIRST..=SURROGATE_LAST) {
        let character = char::from_u32(unit).ok_or(Error::JsonSurrogateUnpaired)?;
        return Ok((character, rest));
    }
    let rest = rest.strip_prefix(br"\u").ok_or(Error::JsonSurrogateUnpaired)?;
    let (low, rest) = read_code_unit(rest)?;
    let (Ok(high), Ok(low)) = (u16::try_from(unit), u16::try_from(low)) else {
        return Err(Error::JsonSurrogateUnpaired);
    };
    match char::decode_utf16([high, low]).next() {
        Some(Ok(character)) => Ok((character, rest)),
        _ => Err(Error::JsonSurrogateUnpaired),
    }
}

/// Reads four hexadecimal digits.
fn read_code_unit(rest: &[u8]) -> Result<(u32, &[u8]), Error> {
    let (digits, rest) = rest.split_first_chunk::<4>().ok_or(Error::JsonEscapeMalformed)?;
    let mut unit: u32 = 0;
    for digit in digits {
        let value = hex::digit(*digit).ok_or(Error::JsonEscapeMalformed)?;
        unit = unit << 4 | u32::from(value);
    }
    Ok((unit, rest))
}

const SURROGATE_FIRST: u32 = 0xd800;
const SURROGATE_LAST: u32 = 0xdfff;

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    #[test]
    fn escaped_characters_are_read() {
        for character in (0..=0x10_ffff).step_by(7).filter_map(char::from_u32) {
            let mut units = [0; 2];
            let escaped: String =
                character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let (read, rest) = read_escape(&escaped.as_bytes()[1..]).unwrap();
            assert_eq!((read, rest), (character, &b""[..]));
        }
    }

    #[test]
    fn incomplete_and_unpaired_sequences_are_rejected() {
        for (escape, error) in [
            ("", Error::JsonUnexpectedEnd),
            ("x", Error::JsonEscapeMalformed),
            ("U0041", Error::JsonEscapeMalformed),
            ("u004", Error::JsonEscapeMalformed),
            ("u00g1", Error::JsonEscapeMalformed),
            ("u+041", Error::JsonEscapeMalformed),
            ("ud800", Error::JsonSurrogateUnpaired),
            ("ud800x", Error::JsonSurrogateUnpaired),
            (r"ud800\n", Error::JsonSurrogateUnpaired),
            (r"ud800\u0041", Error::JsonSurrogateUnpaired),
            (r"ud800\ud800", Error::JsonSurrogateUnpaired),
            (r"ud800\ud", Error::JsonEscapeMalformed),
            ("udc00", Error::JsonSurrogateUnpaired),
        ] {
            assert_eq!(read_escape(escape.as_bytes()), Err(error), "{escape:?}");
        }
        assert_eq!(read_escape(br"ud800\udc00!"), Ok(('\u{10000}', &b"!"[..])));
    }
}
