//! The subject alternative names of a certificate (RFC 5280 §4.2.1.6).

use core::{fmt, net::IpAddr};

use crate::{
    Error,
    der::{self, Element, Reader, tag},
};

/// One of a certificate's subject alternative names.
///
/// Names appear as they are encoded: nothing is lowercased, and a wildcard is a name with an asterisk.
///
/// ```
/// use certbound::{AlternativeName, Certificate};
///
/// # fn of(certificate: &Certificate<'_>) -> bool {
/// certificate.subject_alternative_names().any(|name| name == AlternativeName::Dns("client.example"))
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlternativeName<'der> {
    /// A dNSName.
    Dns(&'der str),
    /// A uniformResourceIdentifier.
    Uri(&'der str),
    /// An iPAddress.
    Ip(IpAddr),
    /// An rfc822Name.
    Email(&'der str),
    /// A name of another kind, such as a directoryName. RFC 8705 §2.1.2 does not use it to identify clients.
    Other,
}

impl<'der> AlternativeName<'der> {
    /// Reads a GeneralName. The contents of other kinds are not checked.
    fn read(reader: &mut Reader<'der>) -> Result<Self, Error> {
        const EMAIL: u8 = tag::implicit(1);
        const DNS: u8 = tag::implicit(2);
        const URI: u8 = tag::implicit(6);
        const IP: u8 = tag::implicit(7);
        const OTHER_NAME: u8 = tag::explicit(0);
        const X400_ADDRESS: u8 = tag::explicit(3);
        const DIRECTORY_NAME: u8 = tag::explicit(4);
        const EDI_PARTY_NAME: u8 = tag::explicit(5);
        const REGISTERED_ID: u8 = tag::implicit(8);

        let Element { tag, contents, .. } = reader.element()?;
        match tag {
            EMAIL => ia5_string(contents).map(Self::Email),
            DNS => ia5_string(contents).map(Self::Dns),
            URI => ia5_string(contents).map(Self::Uri),
            IP => address(contents).map(Self::Ip),
            OTHER_NAME | X400_ADDRESS | DIRECTORY_NAME | EDI_PARTY_NAME | REGISTERED_ID => Ok(Self::Other),
            _ => Err(Error::DerMalformed),
        }
    }
}

/// The subject alternative names of a certificate, in order; empty if it has no such extension.
///
/// ```
/// use certbound::Certificate;
///
/// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
/// assert_eq!(Certificate::from_der(der)?.subject_alternative_names().count(), 0);
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct AlternativeNames<'der>(Reader<'der>);

impl<'der> AlternativeNames<'der> {
    /// The names of a certificate without the extension.
    pub(crate) const NONE: Self = Self(Reader::again(&[]));

    /// Reads the extension's value: a non-empty GeneralNames.
    pub(crate) fn from_der(der: &'der [u8]) -> Result<Self, Error> {
        der::read_all(der, |reader| {
            reader.nested(tag::SEQUENCE, |names| {
                let all = Self(*names);
                if names.is_at_end() {
                    return Err(Error::DerMalformed);
                }
                while !names.is_at_end() {
                    AlternativeName::read(names)?;
                }
                Ok(all)
            })
        })
        .map_err(der::within(Error::AlternativeNamesMalformed))
    }
}

impl<'der> Iterator for AlternativeNames<'der> {
    type Item = AlternativeName<'der>;

    fn next(&mut self) -> Option<AlternativeName<'der>> {
        // All names have been checked, so this fails only at the end.
        AlternativeName::read(&mut self.0).ok()
    }
}

impl fmt::Debug for AlternativeNames<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(*self).finish()
    }
}

/// Reads an IA5String, which is ASCII. A NUL is rejected: C programs have taken it for the end of the name
/// (CVE-2009-2408).
fn ia5_string(contents: &[u8]) -> Result<&str, Error> {
    let text = core::str::from_utf8(contents).map_err(|_| Error::DerMalformed)?;
    if text.bytes().all(|character| matches!(character, 1..=0x7F)) { Ok(text) } else { Err(Error::DerMalformed) }
}

/// Reads an address of 4 or 16 octets. Ranges with a mask occur only in name constraints (RFC 5280 §4.2.1.10).
fn address(contents: &[u8]) -> Result<IpAddr, Error> {
    if let Ok(octets) = <[u8; 4]>::try_from(contents) {
        Ok(octets.into())
    } else if let Ok(octets) = <[u8; 16]>::try_from(contents) {
        Ok(octets.into())
    } else {
        Err(Error::DerMalformed)
    }
}
