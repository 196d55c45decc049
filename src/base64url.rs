//! Unpadded canonical base64url (RFC 7515 §2, RFC 4648 §5).

use base64ct::{Base64UrlUnpadded, Encoding};

/// Decodes `text` into the front of `output`.
///
/// `None` where `text` is not base64url: another alphabet, padding, white space, a length that no bytes have, or bits
/// left over at the end (a second spelling of the same bytes), and where `output` is too short.
pub fn decode<'output>(text: &[u8], output: &'output mut [u8]) -> Option<&'output mut [u8]> {
    let length = Base64UrlUnpadded::decode(text, output).ok()?.len();
    output.get_mut(..length)
}

/// Decodes `text` into exactly `N` bytes.
pub(crate) fn decode_array<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut output = [0; N];
    (decode(text, &mut output)?.len() == N).then_some(output)
}

/// The characters that encode `octets`. There is one spelling only, so comparing it spares decoding.
pub(crate) fn encode(octets: &[u8]) -> impl Iterator<Item = u8> {
    octets.chunks(3).flat_map(|chunk| {
        let mut characters = [0; 4];
        let length = Base64UrlUnpadded::encode(chunk, &mut characters).map_or(0, str::len);
        characters.into_iter().take(length)
    })
}

/// How many bytes `length` characters decode to, at the most.
pub(crate) const fn decoded_len(length: usize) -> usize {
    // Three bytes for every four characters; dividing first keeps it from overflowing.
    (length / 4).saturating_mul(3).saturating_add(length % 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_example_of_rfc_7515_appendix_c() {
        assert_eq!(decode_array(b"A-z_4ME"), Some([3, 236, 255, 224, 193]));
    }

    #[test]
    fn encoding_is_the_inverse() {
        assert!(encode(&[3, 236, 255, 224, 193]).eq(*b"A-z_4ME"));
        for length in 0..20 {
            let octets: std::vec::Vec<u8> = (0..length).map(|octet| octet * 13).collect();
            let text: std::vec::Vec<u8> = encode(&octets).collect();
            assert_eq!(decode(&text, &mut [0; 20]).as_deref(), Some(&octets[..]));
        }
    }

    #[test]
    fn an_empty_text_is_no_bytes() {
        assert_eq!(decode(b"", &mut []).as_deref(), Some(&[][..]));
    }

    #[test]
    fn every_other_spelling_is_refused() {
        let mut output = [0; 16];
        for text in ["QQ==", "QQ=", "Q", "QQ\n", " QQ", "Q Q", "+/+/", "QR", "QUJ", "QQ\0", "Q\u{e9}", "QQ."] {
            assert_eq!(decode(text.as_bytes(), &mut output), None, "{text:?}");
        }
        assert_eq!(decode(b"QQ", &mut output).as_deref(), Some(&b"A"[..]));
        assert_eq!(decode(b"QUI", &mut output).as_deref(), Some(&b"AB"[..]));
    }

    #[test]
    fn a_decoded_length_is_enough_and_hardly_more() {
        for length in (0..40).filter(|length| length % 4 != 1) {
            let octets = length * 3 / 4;
            assert!((octets..octets + 3).contains(&decoded_len(length)), "{length}");
            let mut output = vec![0; decoded_len(length)];
            assert_eq!(decode(&vec![b'A'; length], &mut output).map(|octets| octets.len()), Some(octets));
        }
        assert_eq!(decoded_len(usize::MAX), usize::MAX / 4 * 3 + 3);
    }

    #[test]
    fn a_short_output_is_refused() {
        assert_eq!(decode(b"QUJD", &mut [0; 2]), None);
        assert_eq!(decode(b"QUJD", &mut [0; 3]).as_deref(), Some(&b"ABC"[..]));
        assert_eq!(decode_array::<4>(b"QUJD"), None);
    }
}
