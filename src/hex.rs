//! Hexadecimal digits, of either case.

/// The value of one digit.
pub(crate) const fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(character.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(character.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

/// The byte that two digits stand for, the most significant first.
pub(crate) fn byte([high, low]: [u8; 2]) -> Option<u8> {
    Some(digit(high)? << 4 | digit(low)?)
}

/// The bytes that pairs of digits stand for; `None` unless there are exactly `LEN` pairs.
///
/// It has no branch for each digit: those of a digest cannot be predicted.
pub(crate) fn array<const LEN: usize>(digits: &[u8]) -> Option<[u8; LEN]> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != LEN || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; LEN];
    let mut wrong = 0;
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let (high, low) = (digit_or_wrong(*high), digit_or_wrong(*low));
        wrong |= high | low;
        *byte = high << 4 | low;
    }
    (wrong & WRONG == 0).then_some(bytes)
}

/// The value of a digit, or [`WRONG`].
const fn digit_or_wrong(character: u8) -> u8 {
    let digit = character.wrapping_sub(b'0');
    let letter = (character | 0x20).wrapping_sub(b'a');
    if digit < 10 {
        digit
    } else if letter < 6 {
        letter.wrapping_add(10)
    } else {
        WRONG
    }
}

/// A bit that no digit's value has.
const WRONG: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_have_the_bytes_of_their_pairs() {
        for high in 0..=u8::MAX {
            for low in 0..=u8::MAX {
                let (both, expected) = (array::<2>(&[b'7', b'f', high, low]), byte([high, low]));
                assert_eq!(both, expected.map(|byte| [0x7f, byte]), "{high} {low}");
                assert_eq!(array::<2>(&[high, low, b'A', b'0']), expected.map(|byte| [byte, 0xa0]), "{high} {low}");
            }
        }
        for wrong in ["", "0", "01", "0123456", "01234567", "012345678"] {
            assert_eq!(array::<3>(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(array::<3>(b"012345"), Some([1, 0x23, 0x45]));
    }

    #[test]
    fn digits_have_the_values_that_core_gives_them() {
        for character in 0..=u8::MAX {
            assert_eq!(digit(character).map(u32::from), char::from(character).to_digit(16));
        }
        assert_eq!(byte(*b"4f"), Some(0x4f));
        assert_eq!(byte(*b"4g"), None);
    }
}
