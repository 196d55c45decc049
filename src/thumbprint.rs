//! The SHA-256 thumbprint of a certificate, and its comparison in constant time.

use base64ct::{Base64UrlUnpadded, Encoding};
use core::fmt;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{Error, base64url, hex};

/// The SHA-256 value of a certificate's DER, as in `x5t#S256` (RFC 8705 §3.1).
///
/// It has no `==`. [`matches`](Self::matches) compares in constant time, so the duration of a rejection reveals nothing
/// about the expected thumbprint.
///
/// ```
/// use certbound::Thumbprint;
///
/// let bound = Thumbprint::from_x5t_s256("A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0")?;
/// let presented = Thumbprint::from_hex("0380ed2f626650c840b2f263e6d2b29fae12ab39ae5db32b25ad27efad72e6fd")?;
/// assert!(bound.matches(&presented));
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Thumbprint([u8; Self::LEN]);

impl Thumbprint {
    /// Length of a thumbprint in bytes: 32.
    ///
    /// ```
    /// assert_eq!(certbound::Thumbprint::LEN, 32);
    /// ```
    pub const LEN: usize = 32;

    /// Hashes the DER of a certificate.
    ///
    /// It does not parse the bytes. A TLS terminator passes the exact DER of the certificate that it has parsed; use
    /// [`Certificate::from_der`](crate::Certificate::from_der) to check bytes from elsewhere.
    ///
    /// ```
    /// use certbound::Thumbprint;
    ///
    /// let hashed = Thumbprint::of_der(b"abc");
    /// assert_eq!(hashed.x5t_s256().as_str(), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    /// ```
    pub fn of_der(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// The thumbprint with these 32 bytes, for a TLS library that has already hashed the certificate.
    ///
    /// ```
    /// use certbound::Thumbprint;
    ///
    /// assert!(Thumbprint::from_sha256([7; 32]).matches(&Thumbprint::from_sha256([7; 32])));
    /// ```
    pub const fn from_sha256(sha256: [u8; Self::LEN]) -> Self {
        Self(sha256)
    }

    /// Reads 64 hexadecimal digits in either case.
    ///
    /// # Errors
    /// [`Error::ThumbprintHexMalformed`] for anything else, colons and white space included.
    ///
    /// ```
    /// use certbound::{Error, Thumbprint};
    ///
    /// assert!(Thumbprint::from_hex(&"aB".repeat(32)).is_ok());
    /// assert_eq!(Thumbprint::from_hex("aB:aB").unwrap_err(), Error::ThumbprintHexMalformed);
    /// ```
    pub fn from_hex(digits: &str) -> Result<Self, Error> {
        hex::digest(digits.as_bytes()).map(Self).ok_or(Error::ThumbprintHexMalformed)
    }

    /// Reads the value of an `x5t#S256` member.
    ///
    /// # Errors
    /// [`Error::ThumbprintMalformed`] for anything but 43 characters of unpadded canonical base64url.
    ///
    /// ```
    /// use certbound::{Error, Thumbprint};
    ///
    /// let padded = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0=";
    /// assert_eq!(Thumbprint::from_x5t_s256(padded).unwrap_err(), Error::ThumbprintMalformed);
    /// ```
    pub fn from_x5t_s256(text: &str) -> Result<Self, Error> {
        base64url::decode_array(text.as_bytes()).map(Self).ok_or(Error::ThumbprintMalformed)
    }

    /// The value of an `x5t#S256` member.
    ///
    /// ```
    /// let thumbprint = certbound::Thumbprint::from_sha256([0; 32]);
    /// assert_eq!(thumbprint.x5t_s256().as_str(), "A".repeat(43));
    /// ```
    pub fn x5t_s256(&self) -> X5tS256 {
        let mut text = [0; X5tS256::LEN];
        // 32 bytes encode to exactly 43 characters, so this cannot fail. If it did, the zeros would not parse as a
        // thumbprint.
        let _ = Base64UrlUnpadded::encode(&self.0, &mut text);
        X5tS256(text)
    }

    /// The 32 bytes.
    ///
    /// ```
    /// assert_eq!(certbound::Thumbprint::from_sha256([7; 32]).as_sha256(), &[7; 32]);
    /// ```
    pub const fn as_sha256(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Returns whether both are equal, in constant time.
    ///
    /// ```
    /// use certbound::Thumbprint;
    ///
    /// assert!(!Thumbprint::of_der(b"mine").matches(&Thumbprint::of_der(b"yours")));
    /// ```
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.words().ct_eq(&other.words()).into()
    }

    /// The bytes as words: subtle hides each item that it compares from the compiler, which takes a while for 32 bytes.
    fn words(&self) -> [u64; Self::LEN / size_of::<u64>()] {
        let mut words = [0; Self::LEN / size_of::<u64>()];
        for (word, bytes) in words.iter_mut().zip(self.0.as_chunks().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        words
    }
}

impl fmt::Display for Thumbprint {
    /// The `x5t#S256` form.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.x5t_s256().as_str())
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Thumbprint({self})")
    }
}

/// The value of an `x5t#S256` member: 43 characters of base64url.
///
/// ```
/// let text = certbound::Thumbprint::of_der(b"abc").x5t_s256();
/// assert_eq!(text.as_str().len(), certbound::X5tS256::LEN);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct X5tS256([u8; Self::LEN]);

impl X5tS256 {
    /// Length in characters: 43.
    ///
    /// ```
    /// assert_eq!(certbound::X5tS256::LEN, 43);
    /// ```
    pub const LEN: usize = 43;

    /// The characters.
    ///
    /// ```
    /// let text = certbound::Thumbprint::of_der(b"abc").x5t_s256();
    /// assert!(text.as_str().starts_with("ungWv48B"));
    /// ```
    pub fn as_str(&self) -> &str {
        // Base64url is ASCII, so this cannot fail. If it did, the empty string would not parse as a thumbprint.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for X5tS256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    const HEX: &str = "0380ed2f626650c840b2f263e6d2b29fae12ab39ae5db32b25ad27efad72e6fd";

    #[test]
    fn hexadecimal_form_has_64_digits_in_either_case() {
        assert_eq!(Thumbprint::from_hex(HEX).unwrap().to_string(), "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0");
        assert!(Thumbprint::from_hex(HEX).unwrap().matches(&Thumbprint::from_hex(&HEX.to_uppercase()).unwrap()));
        let colons = HEX.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap()).collect::<std::vec::Vec<_>>();
        for malformed in [
            "",
            &HEX[1..],
            &HEX[2..],
            &format!("{HEX}0"),
            &format!("{HEX}00"),
            &colons.join(":"),
            &HEX.replace('0', "g"),
            &HEX.replace('0', "/"),
            &HEX.replace('0', ":"),
            &HEX.replace('0', "@"),
            &format!("{}\n", &HEX[1..]),
            &format!("+{}", &HEX[1..]),
            &format!("é{}", &HEX[2..]),
        ] {
            assert_eq!(Thumbprint::from_hex(malformed).unwrap_err(), Error::ThumbprintHexMalformed, "{malformed}");
        }
    }

    #[test]
    fn a_difference_in_any_bit_counts() {
        let usual = Thumbprint::of_der(b"a certificate");
        assert!(usual.matches(&usual));
        for bit in 0..8 * Thumbprint::LEN {
            let mut sha256 = *usual.as_sha256();
            sha256[bit / 8] ^= 1 << (bit % 8);
            assert!(!usual.matches(&Thumbprint::from_sha256(sha256)), "{bit}");
        }
    }

    #[test]
    fn x5t_s256_has_one_spelling() {
        let text = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0";
        assert_eq!(Thumbprint::from_x5t_s256(text).unwrap().x5t_s256().as_str(), text);
        for malformed in ["", &text[1..], &format!("{text}="), &format!("{text}A"), &text.replace("v0", "v1"), HEX] {
            assert_eq!(Thumbprint::from_x5t_s256(malformed).unwrap_err(), Error::ThumbprintMalformed, "{malformed}");
        }
    }
}
