//! Bytes, eight at a time: finds a byte of some kind with a few operations on a `u64` instead of a branch for each byte.
//!
//! A function that looks for bytes of a kind returns a word with *marks*. The lowest bit that is set in it is the most
//! significant bit of the first byte of that kind; the word is zero if there is none. Higher bits mean nothing.

/// The first eight bytes as a word, the first byte least significant. Bytes past the end are zero.
#[inline(always)]
pub(crate) const fn first_word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(word) => u64::from_le_bytes(*word),
        None => padded_word(bytes),
    }
}

/// [`first_word`] for fewer than eight bytes.
const fn padded_word(mut bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    let mut places: &mut [u8] = &mut word;
    while let (Some((byte, others)), Some((place, other_places))) = (bytes.split_first(), places.split_first_mut()) {
        *place = *byte;
        (bytes, places) = (others, other_places);
    }
    u64::from_le_bytes(word)
}

/// A word whose eight bytes are all `byte`.
pub(crate) const fn every(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Marks bytes that are `byte`, which is ASCII.
#[inline(always)]
pub(crate) const fn equal_to(word: u64, byte: u8) -> u64 {
    // Only a byte that equals `byte` is less than one after an exclusive or with it.
    less_than(word ^ every(byte), 1)
}

/// Marks bytes that are less than `bound`, which is at most 0x80.
///
/// The subtraction sets the most significant bit of a byte that borrows, which is one less than `bound`. A byte that had
/// the bit before is masked out. Any other byte has it only after a borrow from a lower byte, so it is never the lowest.
#[inline(always)]
pub(crate) const fn less_than(word: u64, bound: u8) -> u64 {
    word.wrapping_sub(every(bound)) & !word & every(0x80)
}

/// Marks bytes that are no decimal digits, each of them exactly.
pub(crate) const fn not_digits(word: u64) -> u64 {
    // A digit becomes its value. Adding 0x76 to it reaches the most significant bit from ten on, and never the next byte.
    let values = word ^ every(b'0');
    ((values & every(0x7f)).wrapping_add(every(0x76)) | values) & every(0x80)
}

/// Clears the first marked byte and all bytes after it.
pub(crate) const fn keep_before(word: u64, marks: u64) -> u64 {
    // The lowest bit of the first marked byte; zero without a mark, so that the word is kept.
    let first = (marks & marks.wrapping_neg()) >> 7;
    word & first.wrapping_sub(1)
}

/// The number of bytes before the first mark; eight without a mark.
pub(crate) fn bytes_before(marks: u64) -> usize {
    usize::try_from(marks.trailing_zeros() / u8::BITS).unwrap_or_default()
}

/// Skips the bytes before the first that `marks` marks; all bytes if it marks none.
#[inline(always)]
pub(crate) fn skip_to(mut bytes: &[u8], marks: impl Fn(u64) -> u64) -> &[u8] {
    loop {
        let found = marks(first_word(bytes));
        if found != 0 {
            // The padding after the end may be marked as well.
            return bytes.get(bytes_before(found)..).unwrap_or_default();
        }
        match bytes.split_first_chunk::<{ size_of::<u64>() }>() {
            Some((_, rest)) => bytes = rest,
            None => return &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    /// Bytes that might disturb the search for others, by a borrow or a carry.
    const OTHERS: [u8; 16] = [0, 1, 0x1f, b' ', b'!', b'"', b'#', b'-', b'.', b'/', b'0', b'9', b':', 0x7f, 0x80, 0xff];

    /// Each byte at each place, with all others before and after it.
    fn words() -> impl Iterator<Item = [u8; 8]> {
        OTHERS.into_iter().flat_map(|before| {
            OTHERS.into_iter().flat_map(move |after| {
                (0..8).flat_map(move |place| {
                    (0..=255).map(move |byte| {
                        let mut word = [before; 8];
                        word[place..].fill(after);
                        word[place] = byte;
                        word
                    })
                })
            })
        })
    }

    fn count_before(word: [u8; 8], is: impl Fn(u8) -> bool) -> usize {
        word.iter().take_while(|byte| !is(**byte)).count()
    }

    #[test]
    fn the_first_byte_of_a_kind_has_the_first_mark() {
        for bytes in words() {
            let word = first_word(&bytes);
            for sought in [0, b'"', b'.', b'\\', 0x7f, 0x80, 0xff] {
                let expected = count_before(bytes, |byte| byte == sought);
                assert_eq!(bytes_before(equal_to(word, sought)), expected, "{sought} in {bytes:x?}");
            }
            for bound in [1, 0x20, 0x7f, 0x80] {
                let expected = count_before(bytes, |byte| byte < bound);
                assert_eq!(bytes_before(less_than(word, bound)), expected, "below {bound} in {bytes:x?}");
            }
            let expected = count_before(bytes, |byte| !byte.is_ascii_digit());
            assert_eq!(bytes_before(not_digits(word)), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn each_byte_that_is_no_digit_is_marked() {
        for bytes in words() {
            let marks = bytes.map(|byte| if byte.is_ascii_digit() { 0 } else { 0x80 });
            assert_eq!(not_digits(first_word(&bytes)), u64::from_le_bytes(marks), "{bytes:x?}");
        }
    }

    #[test]
    fn bytes_before_the_first_mark_are_kept() {
        for bytes in words() {
            let mut expected = bytes;
            expected[count_before(bytes, |byte| byte == b'"')..].fill(0);
            let word = first_word(&bytes);
            assert_eq!(keep_before(word, equal_to(word, b'"')).to_le_bytes(), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn bytes_past_the_end_are_zero() {
        let bytes: Vec<u8> = (1..=20).collect();
        for start in 0..=bytes.len() {
            let rest = &bytes[start..];
            let expected = (0..8).rev().fold(0, |word, place| word << 8 | u64::from(*rest.get(place).unwrap_or(&0)));
            assert_eq!(first_word(rest), expected);
        }
    }

    #[test]
    fn a_byte_is_found_at_every_place_of_every_length() {
        for length in 0..40 {
            for first in 0..=length {
                for second in first..=length {
                    let mut bytes = vec![b'-'; length];
                    for place in [first, second] {
                        if let Some(byte) = bytes.get_mut(place) {
                            *byte = b'.';
                        }
                    }
                    assert_eq!(skip_to(&bytes, |word| equal_to(word, b'.')), &bytes[first..], "{bytes:?}");
                    // Here the padding is marked.
                    assert_eq!(skip_to(&bytes, |word| less_than(word, b'-')), b"", "{bytes:?}");
                }
            }
        }
    }
}
