//! Padded canonical base64 (RFC 4648 §4), in which proxies forward certificates.

use crate::base64url;

/// Decodes a text in place, and returns the decoded bytes at its start.
///
/// Returns `None` if `text` is not canonical base64: another alphabet, missing or further padding, white space, or unused
/// bits at the end that are not zero. The text is then destroyed.
pub(crate) fn decode_in_place(text: &mut [u8]) -> Option<&mut [u8]> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let characters = match text {
        [characters @ .., b'=', b'='] | [characters @ .., b'='] => characters,
        characters => characters,
    };
    // The other alphabet differs in two characters (RFC 4648 §5).
    for character in characters.iter_mut() {
        *character = match *character {
            b'+' => b'-',
            b'/' => b'_',
            b'-' | b'_' => return None,
            other => other,
        };
    }
    base64url::decode_in_place(characters)
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Encoding};

    use super::*;

    fn decode(text: &[u8]) -> Option<std::vec::Vec<u8>> {
        decode_in_place(&mut text.to_vec()).map(|octets| octets.to_vec())
    }

    #[test]
    fn reads_the_examples_of_rfc_4648_section_10() {
        let examples = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        for (length, text) in examples.iter().enumerate() {
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(&b"foobar"[..length]));
        }
        assert_eq!(decode(b"+/+/"), Some(vec![0xfb, 0xff, 0xbf]));
    }

    #[test]
    fn other_encodings_are_rejected() {
        for text in [
            "Zg", "Zg=", "Zg===", "Z===", "====", "=Zg=", "Zg==Zg==", "Zh==", "Zm9=", "-_-_", "Zm9v\n", "Zm 9v", "Zm%3",
        ] {
            assert_eq!(decode(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(decode(b"Zg==").as_deref(), Some(&b"f"[..]));
        assert_eq!(decode(b"Zm8=").as_deref(), Some(&b"fo"[..]));
    }

    /// base64ct is the oracle, for every byte in every position.
    #[test]
    fn base64ct_agrees() {
        for usual in ["AAAA", "//8=", "/w==", "AAAA++++", "AAAA//8=", "AAAA/w=="] {
            for place in 0..usual.len() {
                for byte in 0..=255 {
                    let mut text = usual.as_bytes().to_vec();
                    text[place] = byte;
                    let mut expected = [0; 8];
                    let expected = Base64::decode(&text, &mut expected).ok();
                    assert_eq!(decode(&text).as_deref(), expected, "{text:02x?}");
                }
            }
        }
    }
}
