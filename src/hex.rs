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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_have_the_values_that_core_gives_them() {
        for character in 0..=u8::MAX {
            assert_eq!(digit(character).map(u32::from), char::from(character).to_digit(16));
        }
        assert_eq!(byte(*b"4f"), Some(0x4f));
        assert_eq!(byte(*b"4g"), None);
    }
}
