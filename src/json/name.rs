//! The hash of a member's name.

use super::Text;
use crate::words;

/// The hash of the name at the start of `text`, which has no escapes and ends with a quotation mark or with the text.
///
/// Names with the same hash can be constructed, so the hash alone decides nothing, and
/// [`JSON_NAMES_ALIKE`](crate::limits::JSON_NAMES_ALIKE) limits them.
pub(super) const fn hash_plain(mut text: &[u8]) -> u32 {
    let mut state = State::START;
    loop {
        let word = words::first_word(text);
        let end = words::equal_to(word, b'"');
        match text.split_first_chunk::<{ size_of::<u64>() }>() {
            Some((_, rest)) if end == 0 => (state, text) = (state.with(word), rest),
            _ => return state.with(words::keep_before(word, end)).finish(),
        }
    }
}

/// The hash of a name that may have escapes: that of the same name without them.
pub(super) fn hash_unescaped(name: Text<'_>) -> u32 {
    let (mut state, mut word, mut bits) = (State::START, 0, 0);
    for byte in name.bytes() {
        word |= u64::from(byte).wrapping_shl(bits);
        bits = bits.wrapping_add(u8::BITS);
        if bits == u64::BITS {
            (state, word, bits) = (state.with(word), 0, 0);
        }
    }
    state.with(word).finish()
}

/// The state of the hash function.
#[derive(Clone, Copy)]
struct State(u64);

impl State {
    const START: Self = Self(0);

    /// Mixes in the next eight bytes of a name; the last word of a name, which may be empty, is padded with zeros.
    ///
    /// Each bit of the word reaches the higher bits of the product, and the shift returns them to the lower bits, so that
    /// the next product depends on all of them.
    const fn with(self, word: u64) -> Self {
        let product = (self.0 ^ word).wrapping_mul(FACTOR);
        Self(product ^ product >> 32)
    }

    const fn finish(self) -> u32 {
        let [.., a, b, c, d] = self.0.to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }
}

/// 2⁶⁴ divided by the golden ratio, as in Fibonacci hashing: products with similar words differ in their high bits.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, string::String, vec::Vec};

    use super::*;

    #[test]
    fn every_way_to_hash_a_name_agrees() {
        let text = "a name, as long as four words, é";
        for length in (0..=text.len()).filter(|length| text.is_char_boundary(*length)) {
            let name = &text[..length];
            let expected = hash_unescaped(Text::of_checked(name, false));
            assert_eq!(hash_plain(name.as_bytes()), expected, "{name}");
            for after in ["\"", "\":0}", "\": \"and a longer value\"}"] {
                assert_eq!(hash_plain(format!("{name}{after}").as_bytes()), expected, "{name}{after}");
            }
        }
    }

    #[test]
    fn escapes_do_not_change_the_hash() {
        assert_eq!(hash_plain(b"a name"), hash_unescaped(Text::of_checked(r"a\u0020name", true)));
    }

    /// Names that differ in two places only have the same hash as rarely as random numbers.
    #[test]
    fn similar_names_have_different_hashes() {
        for length in [3, 7, 8, 15, 16, 17, 24, 31] {
            for first in 0..length {
                for second in first + 1..length {
                    let mut hashes: BTreeMap<u32, Vec<String>> = BTreeMap::new();
                    for (one, other) in (b'a'..=b'p').flat_map(|one| (b'a'..=b'p').map(move |other| (one, other))) {
                        let mut name = vec![b'-'; length];
                        (name[first], name[second]) = (one, other);
                        let name = String::from_utf8(name).unwrap();
                        hashes.entry(hash_plain(name.as_bytes())).or_default().push(name);
                    }
                    let alike = hashes.values().map(Vec::len).max();
                    assert_eq!(alike, Some(1), "{length}, {first}, {second}");
                }
            }
        }
    }
}
