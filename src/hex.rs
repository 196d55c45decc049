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

/// The 32 bytes of a digest; `None` unless there are exactly 64 digits.
///
/// It reads eight digits at a time, without a branch for each: those of a digest cannot be predicted.
pub(crate) fn digest(digits: &[u8]) -> Option<[u8; 32]> {
    let (groups, rest) = digits.as_chunks::<8>();
    let mut bytes = [0; 32];
    let (places, _) = bytes.as_chunks_mut::<4>();
    if groups.len() != places.len() || !rest.is_empty() {
        return None;
    }
    let mut are_digits = true;
    for (place, group) in places.iter_mut().zip(groups) {
        let group = u64::from_le_bytes(*group);
        are_digits &= are_all_digits(group);
        // A letter has bit 6, and the lower bits of `a` are 1.
        let letters = group >> 6 & EACH;
        let values = (group & EACH.wrapping_mul(0x0f)).wrapping_add(letters.wrapping_mul(9));
        // Each pair in its first byte.
        let [first, _, second, _, third, _, fourth, _] = (values << 4 | values >> 8).to_le_bytes();
        *place = [first, second, third, fourth];
    }
    are_digits.then_some(bytes)
}

/// Whether each of the eight characters is a digit.
const fn are_all_digits(characters: u64) -> bool {
    /// The highest bit of each byte from `least` on, if all bytes are below 0x80: no sum exceeds its byte.
    const fn from(characters: u64, least: u64) -> u64 {
        characters.wrapping_add(EACH.wrapping_mul(0x80_u64.wrapping_sub(least)))
    }
    let lower_case = characters | EACH.wrapping_mul(0x20);
    // From `0` to `9`, and from `a` to `f`.
    let digits = from(characters, 0x30) & !from(characters, 0x3a);
    let letters = from(lower_case, 0x61) & !from(lower_case, 0x67);
    let highest = EACH.wrapping_mul(0x80);
    characters & highest == 0 && (digits | letters) & highest == highest
}

/// 1 in each byte.
const EACH: u64 = u64::from_ne_bytes([1; 8]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_have_the_bytes_of_their_pairs() {
        let usual = b"0380ed2f626650c840b2f263e6d2b29fAE12AB39AE5DB32B25AD27EFAD72E6FD";
        let slow = |digits: &[u8; 64]| {
            let mut bytes = [0; 32];
            let (pairs, _) = digits.as_chunks::<2>();
            for (place, pair) in bytes.iter_mut().zip(pairs) {
                *place = byte(*pair)?;
            }
            Some(bytes)
        };
        assert_eq!(digest(usual), slow(usual));
        assert!(digest(usual).is_some());
        for place in [0, 1, 2, 3, 4, 5, 6, 7, 30, 31, 62, 63] {
            for character in 0..=u8::MAX {
                let mut digits = *usual;
                digits[place] = character;
                assert_eq!(digest(&digits), slow(&digits), "{character} at {place}");
                // Its neighbour must not make up for it.
                digits[place ^ 1] = b'0';
                assert_eq!(digest(&digits), slow(&digits), "{character} at {place}, beside 0");
            }
        }
        for len in 0..64 {
            assert_eq!(digest(&usual[..len]), None, "{len}");
        }
        assert_eq!(digest(&[&usual[..], b"0"].concat()), None);
        assert_eq!(digest(&usual.repeat(2)), None);
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
