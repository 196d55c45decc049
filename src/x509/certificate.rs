//! An X.509 certificate, read completely and without copying (RFC 5280 §4.1).

use core::fmt;

use ::der::asn1::{GeneralizedTime, UtcTime};

use super::{AlternativeNames, Name, SubjectPublicKeyInfo, algorithm_identifier::AlgorithmIdentifier, extensions};
use crate::{
    Error, Thumbprint, UnixTime,
    der::{self, Reader, tag},
    limits,
};

/// A certificate in well-formed, canonical DER.
///
/// Nothing else is checked: not its signature, chain, validity, revocation or purposes. The TLS terminator checks these
/// (RFC 8705 §6.5 and §7.5). Expired certificates are accepted here, and so is version 1, which RFC 8705 uses in
/// Appendix A.
///
/// ```
/// use certbound::Certificate;
///
/// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
/// let certificate = Certificate::from_der(der)?;
/// assert_eq!(certificate.subject().to_string(), "CN=mtls");
/// assert_eq!(certificate.thumbprint().to_string(), "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0");
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Certificate<'der> {
    der: &'der [u8],
    version: u8,
    serial_number: &'der [u8],
    issuer: Name<'der>,
    not_before: UnixTime,
    not_after: UnixTime,
    subject: Name<'der>,
    subject_public_key_info: SubjectPublicKeyInfo<'der>,
    subject_alternative_names: AlternativeNames<'der>,
}

impl<'der> Certificate<'der> {
    /// Reads exactly one certificate, from all of `der`.
    ///
    /// # Errors
    /// Those with the numbers 700 to 713. PEM is rejected as [`Error::DerMalformed`], a chain as
    /// [`Error::DerTrailingBytes`].
    ///
    /// ```
    /// use certbound::{Certificate, Error};
    ///
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert!(Certificate::from_der(der).is_ok());
    /// assert_eq!(Certificate::from_der(&der[1..]).unwrap_err(), Error::DerMalformed);
    /// assert_eq!(Certificate::from_der(&[&der[..], der].concat()).unwrap_err(), Error::DerTrailingBytes);
    /// ```
    pub fn from_der(der: &'der [u8]) -> Result<Self, Error> {
        der::read_all(der, |reader| {
            reader.nested(tag::SEQUENCE, |fields| {
                let to_be_signed = fields.tagged(tag::SEQUENCE)?.contents;
                let signature_algorithm = AlgorithmIdentifier::read(fields)?;
                fields.octets_of_bit_string()?;
                der::read_all(to_be_signed, |fields| Self::read_to_be_signed(der, signature_algorithm, fields))
            })
        })
    }

    /// Reads the fields of a TBSCertificate in the order of RFC 5280 §4.1.
    fn read_to_be_signed(
        der: &'der [u8],
        outer_algorithm: AlgorithmIdentifier<'der>,
        fields: &mut Reader<'der>,
    ) -> Result<Self, Error> {
        let version = read_version(fields).map_err(der::within(Error::CertificateVersion))?;
        let serial_number = read_serial_number(fields).map_err(der::within(Error::SerialNumberMalformed))?;
        if AlgorithmIdentifier::read(fields)?.der != outer_algorithm.der {
            return Err(Error::SignatureAlgorithmMismatch);
        }
        let issuer = Name::read(fields)?;
        let (not_before, not_after) = read_validity(fields).map_err(der::within(Error::ValidityMalformed))?;
        let subject = Name::read(fields)?;
        let subject_public_key_info =
            SubjectPublicKeyInfo::read(fields).map_err(der::within(Error::PublicKeyMalformed))?;
        read_unique_identifiers(version, fields)?;
        let subject_alternative_names =
            read_extensions(version, fields).map_err(der::within(Error::ExtensionsMalformed))?;
        Ok(Self {
            der,
            version,
            serial_number,
            issuer,
            not_before,
            not_after,
            subject,
            subject_public_key_info,
            subject_alternative_names,
        })
    }

    /// The whole encoding.
    ///
    /// ```
    /// # use certbound::Certificate;
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert_eq!(Certificate::from_der(der)?.as_der(), der);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn as_der(&self) -> &'der [u8] {
        self.der
    }

    /// The SHA-256 thumbprint (RFC 8705 §3.1).
    ///
    /// ```
    /// # use certbound::{Certificate, Thumbprint};
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert!(Certificate::from_der(der)?.thumbprint().matches(&Thumbprint::of_der(der)));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of_der(self.der)
    }

    /// The version: 1, 2 or 3 (RFC 5280 §4.1.2.1, where the encoded number is one less).
    ///
    /// ```
    /// # use certbound::Certificate;
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert_eq!(Certificate::from_der(der)?.version(), 1);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The serial number (RFC 5280 §4.1.2.2): 1 to 20 octets, big-endian, without leading zeros.
    ///
    /// ```
    /// # use certbound::Certificate;
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert_eq!(Certificate::from_der(der)?.serial_number(), [2]);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn serial_number(&self) -> &'der [u8] {
        self.serial_number
    }

    /// The name of the issuer (RFC 5280 §4.1.2.4), as the certificate states it.
    ///
    /// ```
    /// # use certbound::Certificate;
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert_eq!(Certificate::from_der(der)?.issuer().to_string(), "CN=mtls");
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn issuer(&self) -> Name<'der> {
        self.issuer
    }

    /// The name of the subject (RFC 5280 §4.1.2.6), which may be empty.
    ///
    /// ```
    /// # use certbound::Certificate;
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert_eq!(Certificate::from_der(der)?.subject().to_string(), "CN=mtls");
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn subject(&self) -> Name<'der> {
        self.subject
    }

    /// The first second of the validity period (RFC 5280 §4.1.2.5). This crate does not compare it with a clock.
    ///
    /// ```
    /// # use certbound::Certificate;
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert_eq!(Certificate::from_der(der)?.not_before().seconds(), 1_539_866_229);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// The last second of the validity period (RFC 5280 §4.1.2.5). This crate does not compare it with a clock.
    ///
    /// ```
    /// # use certbound::Certificate;
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert_eq!(Certificate::from_der(der)?.not_after().seconds(), 1_651_495_029);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// The public key (RFC 5280 §4.1.2.7).
    ///
    /// ```
    /// # use certbound::Certificate;
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert_eq!(Certificate::from_der(der)?.subject_public_key_info().as_der().len(), 91);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn subject_public_key_info(&self) -> SubjectPublicKeyInfo<'der> {
        self.subject_public_key_info
    }

    /// The subject alternative names (RFC 5280 §4.2.1.6); empty if there is no such extension.
    ///
    /// ```
    /// # use certbound::Certificate;
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert!(Certificate::from_der(der)?.subject_alternative_names().next().is_none());
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn subject_alternative_names(&self) -> AlternativeNames<'der> {
        self.subject_alternative_names
    }
}

impl fmt::Debug for Certificate<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Certificate")
            .field("thumbprint", &self.thumbprint())
            .field("subject", &self.subject)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// Reads the version. DER omits the default, v1 (X.690 §11.5).
fn read_version(fields: &mut Reader<'_>) -> Result<u8, Error> {
    let Some(explicit) = fields.optional(tag::explicit(0))? else { return Ok(1) };
    match der::read_all(explicit.contents, Reader::unsigned_integer)? {
        [1] => Ok(2),
        [2] => Ok(3),
        _ => Err(Error::CertificateVersion),
    }
}

fn read_serial_number<'der>(fields: &mut Reader<'der>) -> Result<&'der [u8], Error> {
    // Issuers must not use zero, but RFC 5280 §4.1.2.2 asks readers to accept it.
    let serial_number = fields.unsigned_integer()?;
    if serial_number.len() > limits::SERIAL_NUMBER_LEN {
        return Err(Error::SerialNumberMalformed);
    }
    Ok(serial_number)
}

fn read_validity(fields: &mut Reader<'_>) -> Result<(UnixTime, UnixTime), Error> {
    fields.nested(tag::SEQUENCE, |times| Ok((read_time(times)?, read_time(times)?)))
}

/// Reads a time. GeneralizedTime is also accepted for years before 2050: unambiguous, although issuers must use
/// UTCTime.
fn read_time(times: &mut Reader<'_>) -> Result<UnixTime, Error> {
    let since_1970 = if times.next_is(tag::UTC_TIME) {
        times.decode_as::<UtcTime>()?.to_unix_duration()
    } else {
        times.decode_as::<GeneralizedTime>()?.to_unix_duration()
    };
    Ok(UnixTime::from_seconds(since_1970.as_secs()))
}

/// Skips issuerUniqueID and subjectUniqueID, which exist only in v2 and v3 (RFC 5280 §4.1.2.8).
fn read_unique_identifiers(version: u8, fields: &mut Reader<'_>) -> Result<(), Error> {
    for number in [1, 2] {
        let identifier = fields.optional(tag::implicit(number))?;
        if identifier.is_some() && version == 1 {
            return Err(Error::CertificateVersion);
        }
        if identifier.is_some_and(|identifier| !is_bit_string(identifier.contents)) {
            return Err(Error::DerMalformed);
        }
    }
    Ok(())
}

/// Returns whether these are the contents of a BIT STRING: the first octet counts the unused bits, which are zero
/// (X.690 §11.2.1).
fn is_bit_string(contents: &[u8]) -> bool {
    match contents {
        [0] => true,
        [unused @ 0..=7, .., last] => last.trailing_zeros() >= u32::from(*unused),
        _ => false,
    }
}

/// Reads the extensions, which exist only in v3 (RFC 5280 §4.1.2.9).
fn read_extensions<'der>(version: u8, fields: &mut Reader<'der>) -> Result<AlternativeNames<'der>, Error> {
    match fields.optional(tag::explicit(3))? {
        None => Ok(AlternativeNames::NONE),
        Some(_) if version != 3 => Err(Error::CertificateVersion),
        Some(explicit) => der::read_all(explicit.contents, extensions::read),
    }
}
