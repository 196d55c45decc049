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
    fn a_short_output_is_refused() {
        assert_eq!(decode(b"QUJD", &mut [0; 2]), None);
        assert_eq!(decode(b"QUJD", &mut [0; 3]).as_deref(), Some(&b"ABC"[..]));
        assert_eq!(decode_array::<4>(b"QUJD"), None);
    }
}
