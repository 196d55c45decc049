//! Reads a serialized `google.protobuf.Struct`.
//!
//! Envoy turns a `Struct` into JSON, except that 1.38 hands over those of routes as they are serialized. Only objects,
//! arrays, strings and booleans can occur in a valid configuration of a route; numbers are read so that the error is about them.

use serde_json::{Map, Number, Value};

/// The object; `None` if these are not the bytes of a `Struct`, or if a member occurs twice.
pub(crate) fn read(bytes: &[u8]) -> Option<Value> {
    object(bytes, MAX_DEPTH)
}

/// Deepest nesting that is read. Configurations of routes have 2 levels.
const MAX_DEPTH: usize = 16;

fn object(bytes: &[u8], depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    let mut members = Map::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (1, Field::Bytes(entry)) = field(&mut rest)? else { return None };
        let (mut entry, mut name, mut found) = (entry, String::new(), Value::Null);
        while !entry.is_empty() {
            match field(&mut entry)? {
                (1, Field::Bytes(bytes)) => name = text(bytes)?,
                (2, Field::Bytes(bytes)) => found = value(bytes, depth)?,
                _ => return None,
            }
        }
        if members.insert(name, found).is_some() {
            return None;
        }
    }
    Some(Value::Object(members))
}

fn value(bytes: &[u8], depth: usize) -> Option<Value> {
    let mut rest = bytes;
    let read = match field(&mut rest)? {
        (1, Field::Number(_)) => Value::Null,
        (2, Field::Double(bits)) => Number::from_f64(f64::from_bits(bits)).map(Value::Number)?,
        (3, Field::Bytes(bytes)) => Value::String(text(bytes)?),
        (4, Field::Number(number)) => Value::Bool(number != 0),
        (5, Field::Bytes(bytes)) => object(bytes, depth)?,
        (6, Field::Bytes(mut list)) => {
            let depth = depth.checked_sub(1)?;
            let mut elements = Vec::new();
            while !list.is_empty() {
                let (1, Field::Bytes(element)) = field(&mut list)? else { return None };
                elements.push(value(element, depth)?);
            }
            Value::Array(elements)
        }
        _ => return None,
    };
    rest.is_empty().then_some(read)
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

enum Field<'bytes> {
    Number(u64),
    Double(u64),
    Bytes(&'bytes [u8]),
}

/// Takes a field off the front, with its number.
fn field<'bytes>(rest: &mut &'bytes [u8]) -> Option<(u64, Field<'bytes>)> {
    let tag = varint(rest)?;
    let value = match tag & 7 {
        0 => Field::Number(varint(rest)?),
        1 => {
            let (bits, behind) = rest.split_first_chunk()?;
            *rest = behind;
            Field::Double(u64::from_le_bytes(*bits))
        }
        2 => {
            let len = usize::try_from(varint(rest)?).ok()?;
            let (bytes, behind) = rest.split_at_checked(len)?;
            *rest = behind;
            Field::Bytes(bytes)
        }
        _ => return None,
    };
    Some((tag >> 3, value))
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_envoy_1_38_hands_over_is_read() {
        let bytes = b"\n\r\n\x07enabled\x12\x02 \x00\n\x11\n\x06scopes\x12\x072\x05\n\x03\x1a\x01a";
        assert_eq!(read(bytes), Some(json!({"enabled": false, "scopes": ["a"]})));
        assert_eq!(read(b"\n\x0e\n\x01c\x12\t\x11\0\0\0\0\0\0\xf8\x3f"), Some(json!({"c": 1.5})));
        assert_eq!(read(b""), Some(json!({})));
        for len in 1..bytes.len() {
            assert!(len == 15 || read(&bytes[..len]).is_none(), "{len}");
        }
        for wrong in [&b"{}"[..], b"\n{}", b"\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\n\x02\x0a\x05"] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
        assert_eq!(read(&bytes.repeat(2)), None, "each member twice");
        let mut deep = Vec::new();
        for _ in 0..20 {
            let value = [&[0x2a, u8::try_from(deep.len()).unwrap()][..], &deep].concat();
            let entry = [&[0x12, u8::try_from(value.len()).unwrap()][..], &value].concat();
            deep = [&[0x0a, u8::try_from(entry.len()).unwrap()][..], &entry].concat();
        }
        assert_eq!(read(&deep), None, "too deep");
    }
}
