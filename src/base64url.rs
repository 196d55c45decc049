//! Unpadded canonical base64url (RFC 7515 §2, RFC 4648 §5).
//!
//! Decoding uses two lookup tables, which are not constant time: base64ct hides its input and takes three times as long. The
//! input here is tokens and public keys, so an attacker who can measure the time has sent them or may read them anyway.

use base64ct::{Base64UrlUnpadded, Encoding};

/// Decodes `text` into the start of `output`.
///
/// Returns `None` if `output` is too short or `text` is not canonical base64url: another alphabet, padding, white
/// space, an impossible length, or unused bits at the end that are not zero (a second encoding of the same bytes).
pub fn decode<'output>(text: &[u8], output: &'output mut [u8]) -> Option<&'output mut [u8]> {
    let (groups, last) = text.as_chunks();
    let output = output.get_mut(..groups.len().checked_mul(3)?.checked_add(last.len().saturating_sub(1))?)?;
    let (places, last_places) = output.as_chunks_mut();
    // Invalid characters are checked for once, at the end.
    let mut all = 0;
    for (place, group) in places.iter_mut().zip(groups) {
        let (bits, marks) = bits_of(*group);
        all |= marks;
        *place = octets_of(bits);
    }
    // Pad the last group with characters for zero bits, so that unused bits appear in the octets that it does not fill.
    let ((bits, marks), left_over) = match *last {
        [] => ((0, 0), 0),
        [a, b] => (bits_of([a, b, ZERO, ZERO]), 0xffff),
        [a, b, c] => (bits_of([a, b, c, ZERO]), 0xff),
        _ => return None,
    };
    for (place, octet) in last_places.iter_mut().zip(octets_of(bits)) {
        *place = octet;
    }
    ((all | marks) & INVALID == 0 && bits & left_over == 0).then_some(output)
}

/// Decodes a text in place, and returns the decoded bytes at its start.
///
/// Returns `None` if [`decode`] does; the text is then destroyed.
pub(crate) fn decode_in_place(text: &mut [u8]) -> Option<&mut [u8]> {
    let (mut read, mut written): (usize, usize) = (0, 0);
    while read < text.len() {
        // Copy a multiple of four characters. They decode to fewer bytes, which never overwrite unread characters.
        let mut memory = [0; 64];
        let rest = text.get(read..)?;
        let characters = memory.get_mut(..rest.len().min(64))?;
        for (place, character) in characters.iter_mut().zip(rest) {
            *place = *character;
        }
        read = read.checked_add(characters.len())?;
        written = written.checked_add(decode(characters, text.get_mut(written..)?)?.len())?;
    }
    text.get_mut(..written)
}

/// The 24 bits that four characters encode, the first most significant, and a word that has [`INVALID`] set if one of them is
/// invalid; the bits then mean nothing.
///
/// With a second table for the first character of a pair, whose bits are shifted already, two characters cost two loads and
/// one operation.
#[inline(always)]
fn bits_of([a, b, c, d]: [u8; 4]) -> (u32, u16) {
    let bits = |table: &[u16; 256], character| table.get(usize::from(character)).copied().unwrap_or(INVALID);
    let high = bits(&SHIFTED_BITS, a) | bits(&BITS, b);
    let low = bits(&SHIFTED_BITS, c) | bits(&BITS, d);
    (u32::from(high) << 12 | u32::from(low), high | low)
}

#[inline(always)]
const fn octets_of(bits: u32) -> [u8; 3] {
    let [_, first, second, third] = bits.to_be_bytes();
    [first, second, third]
}

/// The character for six zero bits.
const ZERO: u8 = b'A';

/// Marks an invalid character, above the twelve bits of a pair.
const INVALID: u16 = 1 << 12;

/// The six bits that each character encodes, or [`INVALID`].
static BITS: [u16; 256] = table(0);

/// The same bits, shifted above those of the next character.
static SHIFTED_BITS: [u16; 256] = table(6);

const fn table(shift: u32) -> [u16; 256] {
    let mut table = [INVALID; 256];
    let (mut rest, mut character): (&mut [u16], u16) = (&mut table, 0);
    while let Some((place, others)) = rest.split_first_mut() {
        if let Some(bits) = bits_of_character(character) {
            *place = bits.wrapping_shl(shift);
        }
        (rest, character) = (others, character.wrapping_add(1));
    }
    table
}

/// RFC 4648 §5, table 2.
const fn bits_of_character(character: u16) -> Option<u16> {
    match character {
        // A to Z, a to z, 0 to 9.
        0x41..=0x5a => Some(character.wrapping_sub(0x41)),
        0x61..=0x7a => Some(character.wrapping_sub(0x61).wrapping_add(26)),
        0x30..=0x39 => Some(character.wrapping_sub(0x30).wrapping_add(52)),
        // Minus and underscore.
        0x2d => Some(62),
        0x5f => Some(63),
        _ => None,
    }
}

/// Decodes `text` into exactly `N` bytes.
pub(crate) fn decode_array<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut output = [0; N];
    (decode(text, &mut output)?.len() == N).then_some(output)
}

/// Encodes `octets`. The encoding is canonical, so texts can be compared without decoding them.
pub(crate) fn encode(octets: &[u8]) -> impl Iterator<Item = u8> {
    octets.chunks(3).flat_map(|chunk| {
        let mut characters = [0; 4];
        let length = Base64UrlUnpadded::encode(chunk, &mut characters).map_or(0, str::len);
        characters.into_iter().take(length)
    })
}

/// An upper bound for the number of bytes that `length` characters decode to.
pub(crate) const fn decoded_len(length: usize) -> usize {
    // Three bytes for every four characters. Dividing first avoids an overflow.
    (length / 4).saturating_mul(3).saturating_add(length % 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_in_place_gives_the_same_bytes() {
        let alphabet: std::vec::Vec<u8> =
            (0..=255).filter(|byte| bits_of_character(u16::from(*byte)).is_some()).collect();
        for length in 0..200 {
            let mut text: std::vec::Vec<u8> = alphabet.iter().copied().cycle().skip(length).take(length).collect();
            for last in [None, Some(b'A'), Some(b'Q'), Some(b'w'), Some(b'='), Some(0)] {
                if let (Some(last), Some(place)) = (last, text.last_mut()) {
                    *place = last;
                }
                let (mut output, mut in_place) = ([0; 200], text.clone());
                assert_eq!(decode_in_place(&mut in_place), decode(&text, &mut output), "{text:?}");
            }
        }
    }

    #[test]
    fn reads_the_example_of_rfc_7515_appendix_c() {
        assert_eq!(decode_array(b"A-z_4ME"), Some([3, 236, 255, 224, 193]));
    }

    #[test]
    fn encoding_is_the_inverse_of_decoding() {
        assert!(encode(&[3, 236, 255, 224, 193]).eq(*b"A-z_4ME"));
        for length in 0..20 {
            let octets: std::vec::Vec<u8> = (0..length).map(|octet| octet * 13).collect();
            let text: std::vec::Vec<u8> = encode(&octets).collect();
            assert_eq!(decode(&text, &mut [0; 20]).as_deref(), Some(&octets[..]));
        }
    }

    #[test]
    fn an_empty_text_decodes_to_no_bytes() {
        assert_eq!(decode(b"", &mut []).as_deref(), Some(&[][..]));
    }

    #[test]
    fn other_encodings_are_rejected() {
        let mut output = [0; 16];
        for text in ["QQ==", "QQ=", "Q", "QQ\n", " QQ", "Q Q", "+/+/", "QR", "QUJ", "QQ\0", "Q\u{e9}", "QQ."] {
            assert_eq!(decode(text.as_bytes(), &mut output), None, "{text:?}");
        }
        assert_eq!(decode(b"QQ", &mut output).as_deref(), Some(&b"A"[..]));
        assert_eq!(decode(b"QUI", &mut output).as_deref(), Some(&b"AB"[..]));
    }

    /// base64ct is the oracle, for every byte in every position and for all pairs of bytes at the end.
    #[test]
    fn base64ct_agrees() {
        let agree = |text: &[u8]| {
            let mut output = [0; 16];
            let mut expected = [0; 16];
            let expected = Base64UrlUnpadded::decode(text, &mut expected).ok();
            assert_eq!(decode(text, &mut output).as_deref(), expected, "{text:02x?}");
        };
        for length in 1..=9 {
            for place in 0..length {
                for byte in 0..=255 {
                    let mut text = vec![b'A'; length];
                    text[place] = byte;
                    agree(&text);
                    text.fill(b'_');
                    text[place] = byte;
                    agree(&text);
                }
            }
        }
        for first in 0..=255 {
            for second in 0..=255 {
                agree(&[first, second]);
                agree(&[b'z', first, second]);
            }
        }
    }

    #[test]
    fn the_decoded_length_is_a_close_upper_bound() {
        for length in (0..40).filter(|length| length % 4 != 1) {
            let octets = length * 3 / 4;
            assert!((octets..octets + 3).contains(&decoded_len(length)), "{length}");
            let mut output = vec![0; decoded_len(length)];
            assert_eq!(decode(&vec![b'A'; length], &mut output).map(|octets| octets.len()), Some(octets));
        }
        assert_eq!(decoded_len(usize::MAX), usize::MAX / 4 * 3 + 3);
    }

    #[test]
    fn a_short_output_is_rejected() {
        assert_eq!(decode(b"QUJD", &mut [0; 2]), None);
        assert_eq!(decode(b"QUJD", &mut [0; 3]).as_deref(), Some(&b"ABC"[..]));
        assert_eq!(decode_array::<4>(b"QUJD"), None);
    }
}
