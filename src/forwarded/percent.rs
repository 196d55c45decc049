//! Percent-encoding (RFC 3986 §2.1). A plus sign stands for itself, not for a space: it is a character of base64.

use crate::{Error, hex, scratch::Scratch};

/// Decodes `text` into scratch memory of the same length. Returns `None` if a percent sign is not followed by two hexadecimal
/// digits.
pub(super) fn decode<'scratch>(
    text: &[u8],
    scratch: &mut Scratch<'scratch>,
) -> Result<Option<&'scratch mut [u8]>, Error> {
    let memory = scratch.take(text.len())?;
    let (mut rest, mut length) = (text, 0_usize);
    for place in memory.iter_mut() {
        let (byte, after) = match rest {
            [] => break,
            [b'%', high, low, after @ ..] => (hex::byte([*high, *low]), after),
            [b'%', ..] => (None, rest),
            [byte, after @ ..] => (Some(*byte), after),
        };
        let Some(byte) = byte else { return Ok(None) };
        *place = byte;
        rest = after;
        length = length.saturating_add(1);
    }
    Ok(memory.get_mut(..length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Option<std::vec::Vec<u8>> {
        let mut memory = vec![0; text.len()];
        decode(text.as_bytes(), &mut Scratch::new(&mut memory)).unwrap().map(|bytes| bytes.to_vec())
    }

    #[test]
    fn two_digits_of_either_case_are_a_byte() {
        assert_eq!(decoded(""), Some(vec![]));
        assert_eq!(decoded("a%2Bb%2b+%00%fF").as_deref(), Some(&b"a+b++\0\xff"[..]));
        for malformed in ["%", "%2", "a%2", "%2G", "%%41", "%-1", "%+1"] {
            assert_eq!(decoded(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn scratch_memory_is_as_long_as_the_text() {
        let in_memory = |length| decode(b"%41", &mut Scratch::new(&mut vec![0; length])).map(|bytes| bytes.is_some());
        assert_eq!((in_memory(2), in_memory(3)), (Err(Error::ScratchTooSmall), Ok(true)));
    }
}
