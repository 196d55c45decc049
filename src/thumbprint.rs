//! The SHA-256 thumbprint of a certificate, and the only comparison there is of two of them.

use base64ct::{Base64UrlUnpadded, Encoding};
use core::fmt;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{Error, base64url, hex};

/// The SHA-256 value of a certificate's DER: what `x5t#S256` carries (RFC 8705 §3.1).
///
/// It has no `==`: [`matches`](Self::matches) compares in constant time, so that how long a rejection takes tells
/// nothing about the thumbprint wanted.
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
    /// Bytes of a thumbprint: 32.
    ///
    /// ```
    /// assert_eq!(certbound::Thumbprint::LEN, 32);
    /// ```
    pub const LEN: usize = 32;

    /// The thumbprint of whatever bytes `der` holds.
    ///
    /// It does not look into them. A terminator that holds the parsed certificate passes exactly its DER;
    /// [`Certificate::from_der`](crate::Certificate::from_der) checks bytes of another origin.
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

    /// The thumbprint whose 32 bytes are known, as where the terminator has hashed the certificate already.
    ///
    /// ```
    /// use certbound::Thumbprint;
    ///
    /// assert!(Thumbprint::from_sha256([7; 32]).matches(&Thumbprint::from_sha256([7; 32])));
    /// ```
    pub const fn from_sha256(sha256: [u8; Self::LEN]) -> Self {
        Self(sha256)
    }

    /// Reads 64 hexadecimal digits, of either case.
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
        let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
        if pairs.len() != Self::LEN || !rest.is_empty() {
            return Err(Error::ThumbprintHexMalformed);
        }
        let mut sha256 = [0; Self::LEN];
        for (byte, pair) in sha256.iter_mut().zip(pairs) {
            *byte = hex::byte(*pair).ok_or(Error::ThumbprintHexMalformed)?;
        }
        Ok(Self(sha256))
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
        // 43 characters hold 32 bytes exactly, so encoding cannot fail; if it did, no thumbprint reads so.
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

    /// Whether both are the same, in a time that does not depend on where they differ.
    ///
    /// ```
    /// use certbound::Thumbprint;
    ///
    /// assert!(!Thumbprint::of_der(b"mine").matches(&Thumbprint::of_der(b"yours")));
    /// ```
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
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

/// A thumbprint in the form of an `x5t#S256` member: 43 characters of base64url.
///
/// ```
/// let text = certbound::Thumbprint::of_der(b"abc").x5t_s256();
/// assert_eq!(text.as_str().len(), certbound::X5tS256::LEN);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct X5tS256([u8; Self::LEN]);

impl X5tS256 {
    /// Characters of the form: 43.
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
        // Base64url is ASCII; an empty text, were it not, is no thumbprint.
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
    fn hexadecimal_digits_are_64_of_either_case() {
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
    fn x5t_s256_has_one_spelling() {
        let text = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0";
        assert_eq!(Thumbprint::from_x5t_s256(text).unwrap().x5t_s256().as_str(), text);
        for malformed in ["", &text[1..], &format!("{text}="), &format!("{text}A"), &text.replace("v0", "v1"), HEX] {
            assert_eq!(Thumbprint::from_x5t_s256(malformed).unwrap_err(), Error::ThumbprintMalformed, "{malformed}");
        }
    }
}
