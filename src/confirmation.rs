//! The binding: `cnf` and the one method supported, `x5t#S256` (RFC 7800 §3, RFC 8705 §3.1).

use core::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::{Binding, Error, Thumbprint, json::Value};

/// The `cnf` of a token that is bound to a certificate.
///
/// A token service writes it into the token, with serde or [`write_json`](Self::write_json):
///
/// ```
/// use certbound::{Confirmation, Thumbprint};
///
/// #[derive(serde::Serialize)]
/// struct Claims<'a> {
///     sub: &'a str,
///     cnf: Confirmation,
/// }
///
/// let client_certificate = b"the DER bytes of the client's certificate";
/// let cnf = Confirmation::new(Thumbprint::of_der(client_certificate));
/// let json = serde_json::to_string(&Claims { sub: "a", cnf })?;
/// assert!(json.starts_with(r#"{"sub":"a","cnf":{"x5t#S256":""#));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Confirmation(Thumbprint);

impl Confirmation {
    /// Length of the JSON text in bytes: 58.
    ///
    /// ```
    /// assert_eq!(certbound::Confirmation::JSON_LEN, 58);
    /// ```
    pub const JSON_LEN: usize = 58;

    /// Binds to the certificate with this thumbprint.
    ///
    /// ```
    /// use certbound::{Confirmation, Thumbprint};
    ///
    /// let cnf = Confirmation::new(Thumbprint::from_sha256([0; 32]));
    /// ```
    pub const fn new(thumbprint: Thumbprint) -> Self {
        Self(thumbprint)
    }

    /// The thumbprint of the certificate.
    ///
    /// ```
    /// use certbound::{Confirmation, Thumbprint};
    ///
    /// let mine = Thumbprint::from_sha256([7; 32]);
    /// assert!(Confirmation::new(mine).thumbprint().matches(&mine));
    /// ```
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.0
    }

    /// Writes the value of the `cnf` member as JSON to the start of `output`.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`] if `output` has fewer than [`JSON_LEN`](Self::JSON_LEN) bytes.
    ///
    /// ```
    /// use certbound::{Confirmation, Thumbprint};
    ///
    /// let mut output = [0; Confirmation::JSON_LEN];
    /// let json = Confirmation::new(Thumbprint::from_sha256([0; 32])).write_json(&mut output)?;
    /// assert_eq!(json, r#"{"x5t#S256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn write_json<'output>(&self, output: &'output mut [u8]) -> Result<&'output str, Error> {
        let output = output.get_mut(..Self::JSON_LEN).ok_or(Error::BufferTooSmall)?;
        let x5t_s256 = self.0.x5t_s256();
        let parts = ["{\"", X5T_S256, "\":\"", x5t_s256.as_str(), "\"}"];
        for (place, byte) in output.iter_mut().zip(parts.iter().flat_map(|part| part.bytes())) {
            *place = byte;
        }
        core::str::from_utf8(output).map_err(|_| Error::JsonNotUtf8)
    }

    /// Checks that the certificate of this connection has the thumbprint.
    pub(crate) fn check(&self, certificate: Option<&Thumbprint>) -> Result<(), Error> {
        let presented = certificate.ok_or(Error::CertificateMissing)?;
        if self.thumbprint().matches(presented) { Ok(()) } else { Err(Error::CertificateMismatch) }
    }
}

impl Serialize for Confirmation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut cnf = serializer.serialize_struct("Confirmation", 1)?;
        cnf.serialize_field(X5T_S256, self.0.x5t_s256().as_str())?;
        cnf.end()
    }
}

impl fmt::Display for Confirmation {
    /// The JSON text.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{{\"{X5T_S256}\":\"{}\"}}", self.0)
    }
}

/// Checks the `cnf` of a token against the certificate of this connection (RFC 8705 §3).
///
/// Returns what the token is bound to; `None` for an unbound token that `binding` accepts.
pub fn check(
    cnf: Option<Value<'_>>,
    binding: Binding,
    certificate: Option<&Thumbprint>,
) -> Result<Option<Confirmation>, Error> {
    let Some(cnf) = cnf else {
        return match binding {
            Binding::Required => Err(Error::ConfirmationMissing),
            Binding::IfPresent => Ok(None),
        };
    };
    let bound = read(cnf)?;
    bound.check(certificate)?;
    Ok(Some(bound))
}

/// Reads the value of a `cnf` member. Methods other than `x5t#S256` are ignored.
fn read(cnf: Value<'_>) -> Result<Confirmation, Error> {
    let cnf = cnf.as_object().ok_or(Error::ConfirmationMalformed)?;
    let thumbprint = cnf.member(X5T_S256).ok_or(Error::ConfirmationMethodUnsupported)?;
    let mut memory = [0; crate::X5tS256::LEN];
    let text =
        thumbprint.as_text().and_then(|text| text.unescape_with(&mut memory)).ok_or(Error::ThumbprintMalformed)?;
    Thumbprint::from_x5t_s256(text).map(Confirmation)
}

const X5T_S256: &str = "x5t#S256";

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn all_json_writers_agree_and_match_the_length() {
        let cnf = Confirmation::new(Thumbprint::of_der(b"a certificate"));
        let mut output = [b'x'; Confirmation::JSON_LEN + 2];
        let json = cnf.write_json(&mut output[..Confirmation::JSON_LEN]).unwrap();
        assert_eq!(json, cnf.to_string());
        assert_eq!(json, serde_json::to_string(&cnf).unwrap());
        assert_eq!(cnf.write_json(&mut output).unwrap(), cnf.to_string());
        assert_eq!(&output[Confirmation::JSON_LEN..], b"xx");
    }

    #[test]
    fn a_short_buffer_is_rejected() {
        let cnf = Confirmation::new(Thumbprint::from_sha256([0; 32]));
        for length in 0..Confirmation::JSON_LEN {
            let mut output = [0; Confirmation::JSON_LEN];
            assert_eq!(cnf.write_json(&mut output[..length]), Err(Error::BufferTooSmall));
            assert_eq!(output, [0; Confirmation::JSON_LEN], "nothing is written");
        }
    }
}
