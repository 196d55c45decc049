//! The client certificate in a header that a TLS terminator in front adds, such as a load balancer.
//!
//! One file for each format of the header's value: `rfc9440`, `xfcc`, `pem` and `base64`. `percent` reads the encoding that
//! several of them use.
//!
//! The folder imports base64, hexadecimal digits, scratch memory, certificates, thumbprints, errors and limits. It must not
//! know names of headers, or which peers are trusted: the host decides that, and rejects a header that is repeated.

mod base64;
mod pem;
mod percent;
mod rfc9440;
mod xfcc;

use crate::{Certificate, Error, Thumbprint, limits, scratch::Scratch};

/// How a TLS terminator writes the client certificate into a header.
///
/// ```
/// use certbound::ForwardedFormat;
///
/// assert_eq!(ForwardedFormat::from_name("xfcc"), Some(ForwardedFormat::Xfcc));
/// assert_eq!(ForwardedFormat::from_name("XFCC"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ForwardedFormat {
    /// `Client-Cert` (RFC 9440 §2.2): one Byte Sequence (RFC 9651 §3.3.5) without parameters, `:BASE64:`. Padding is required
    /// and unused bits must be zero, as serializers write it (RFC 9651 §4.1.8).
    Rfc9440,
    /// `X-Forwarded-Client-Cert` of Envoy: exactly one element, with `Hash`, `Cert` or both. If it has both, they must agree.
    /// All other keys are ignored.
    Xfcc,
    /// A PEM certificate in one line: percent-encoded (`$ssl_client_escaped_cert` of NGINX, `X-Amzn-Mtls-Clientcert-Leaf` of an
    /// AWS load balancer), or with spaces or tabs in place of line breaks. A plus sign is a plus sign.
    Pem,
    /// Padded base64 of the DER (`%[ssl_c_der,base64]` of HAProxy), plain or percent-encoded. The certificates of its chain may
    /// follow, each after a comma, as Traefik writes them in `X-Forwarded-Tls-Client-Cert`; they are not used.
    Base64,
}

impl ForwardedFormat {
    /// All formats.
    ///
    /// ```
    /// assert_eq!(certbound::ForwardedFormat::ALL.len(), 4);
    /// ```
    pub const ALL: &'static [Self] = &[Self::Rfc9440, Self::Xfcc, Self::Pem, Self::Base64];

    /// The name in configurations: `rfc9440`, `xfcc`, `pem` or `base64`.
    ///
    /// ```
    /// assert_eq!(certbound::ForwardedFormat::Rfc9440.name(), "rfc9440");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rfc9440 => "rfc9440",
            Self::Xfcc => "xfcc",
            Self::Pem => "pem",
            Self::Base64 => "base64",
        }
    }

    /// The format with this name, in lower case.
    ///
    /// ```
    /// # use certbound::ForwardedFormat;
    /// assert_eq!(ForwardedFormat::from_name("pem"), Some(ForwardedFormat::Pem));
    /// assert_eq!(ForwardedFormat::from_name("der"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }
}

/// Bytes of scratch memory that are enough for [`Thumbprint::from_forwarded`] with a value of `value_len` bytes.
///
/// ```
/// use certbound::{forwarded_scratch_len, limits};
///
/// assert_eq!(forwarded_scratch_len(limits::FORWARDED_LEN), 128 * 1024);
/// ```
pub const fn forwarded_scratch_len(value_len: usize) -> usize {
    // Decoding shortens every format, so a copy of the value is the most that is kept.
    value_len
}

impl Thumbprint {
    /// The thumbprint of the client certificate that a TLS terminator has forwarded in a header.
    ///
    /// `value` is the header's value, without white space around it. It must contain exactly one client certificate, which
    /// is read like [`Certificate::from_der`] reads it; an XFCC element with a `Hash` alone contains no certificate to read.
    ///
    /// Call this only for a header that a trusted terminator has set: anyone who can reach this server can send one. The
    /// terminator must have validated the certificate, and must replace or remove the header that a client sends. If the
    /// request has the header twice, reject it with [`Error::ForwardedAmbiguous`].
    ///
    /// # Errors
    /// [`Error::ForwardedMissing`] for an empty value: the client has sent no certificate. All others mean that the request
    /// must be rejected: those with the numbers 731 to 738 if the value is not in this format, or does not have exactly one
    /// certificate, and those with the numbers 700 to 713 if the certificate cannot be read. [`Error::ScratchTooSmall`] if
    /// `scratch` has fewer bytes than [`forwarded_scratch_len`] returns.
    ///
    /// ```
    /// use certbound::{Error, ForwardedFormat, Thumbprint, forwarded_scratch_len};
    ///
    /// // As Apache writes it: with spaces in place of line breaks.
    /// let value = include_str!("../../examples/quick_start/server-a.pem").replace('\n', " ");
    /// let mut scratch = vec![0; forwarded_scratch_len(value.len())];
    /// let forwarded = Thumbprint::from_forwarded(ForwardedFormat::Pem, value.as_bytes(), &mut scratch)?;
    /// assert_eq!(forwarded.to_string(), "EHVa3cMNl7vOjdAqNUQHfKT2K4apTe48JYxY4odmBBA");
    ///
    /// let twice = [value.as_str(), &value].concat();
    /// let mut scratch = vec![0; forwarded_scratch_len(twice.len())];
    /// let rejected = Thumbprint::from_forwarded(ForwardedFormat::Pem, twice.as_bytes(), &mut scratch);
    /// assert_eq!(rejected.unwrap_err(), Error::ForwardedAmbiguous);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn from_forwarded(format: ForwardedFormat, value: &[u8], scratch: &mut [u8]) -> Result<Self, Error> {
        if value.is_empty() {
            return Err(Error::ForwardedMissing);
        }
        if value.len() > limits::FORWARDED_LEN {
            return Err(Error::ForwardedTooLong);
        }
        let mut scratch = Scratch::new(scratch);
        let der = match format {
            ForwardedFormat::Rfc9440 => rfc9440::read(value, &mut scratch),
            // Not every element contains a certificate.
            ForwardedFormat::Xfcc => return xfcc::read(value, &mut scratch),
            ForwardedFormat::Pem => pem::read(value, &mut scratch),
            ForwardedFormat::Base64 => base64::read(value, &mut scratch),
        }?;
        Certificate::from_der(der).map(|certificate| certificate.thumbprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for format in ForwardedFormat::ALL {
            assert_eq!(ForwardedFormat::from_name(format.name()), Some(*format));
        }
    }
}
