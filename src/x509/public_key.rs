//! A certificate's public key (RFC 5280 §4.1.2.7), as far as it compares with one in a JWK Set (RFC 8705 §2.2).

use super::{
    algorithm_identifier::AlgorithmIdentifier,
    object_identifier::{ObjectIdentifier, object_identifier},
};
use crate::{
    Error,
    der::{self, Element, Reader, tag},
};

/// A SubjectPublicKeyInfo (RFC 5280 §4.1.2.7): a public key and the algorithm it is for.
///
/// It is whole and well-formed, but the key itself may be of any kind, and nobody has checked that its numbers make a
/// key: a point may lie off its curve, a modulus may be short.
///
/// ```
/// use certbound::Certificate;
///
/// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
/// let key = Certificate::from_der(der)?.subject_public_key_info();
/// assert_eq!(key.as_der().len(), 91);
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct SubjectPublicKeyInfo<'der> {
    algorithm: AlgorithmIdentifier<'der>,
    subject_public_key: &'der [u8],
    der: &'der [u8],
}

impl<'der> SubjectPublicKeyInfo<'der> {
    /// The whole encoding: what HTTP public key pins and RFC 7250 raw public keys consist of.
    ///
    /// ```
    /// use certbound::Certificate;
    ///
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert_eq!(Certificate::from_der(der)?.subject_public_key_info().as_der()[..2], [0x30, 0x59]);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn as_der(&self) -> &'der [u8] {
        self.der
    }

    /// Reads a SubjectPublicKeyInfo.
    pub(crate) fn read(reader: &mut Reader<'der>) -> Result<Self, Error> {
        let element = reader.tagged(tag::SEQUENCE)?;
        der::read_all(element.contents, |fields| {
            Ok(Self {
                algorithm: AlgorithmIdentifier::read(fields)?,
                subject_public_key: fields.octets_of_bit_string()?,
                der: element.der,
            })
        })
    }

    /// The key as the numbers that a JWK has.
    pub(crate) fn key(&self) -> SpkiKey<'der> {
        let key = match self.algorithm.algorithm {
            EC_PUBLIC_KEY => self.elliptic_curve(),
            ED25519 => self.ed25519(),
            RSA_ENCRYPTION => self.rsa(),
            _ => None,
        };
        key.unwrap_or(SpkiKey::Other)
    }

    /// A key on a named curve (RFC 5480 §2).
    fn elliptic_curve(&self) -> Option<SpkiKey<'der>> {
        let Element { tag: tag::OBJECT_IDENTIFIER, der, .. } = self.algorithm.parameters? else { return None };
        let (curve, length) = match der::read_all(der, ObjectIdentifier::read).ok()? {
            P256 => (Curve::P256, 32),
            P384 => (Curve::P384, 48),
            P521 => (Curve::P521, 66),
            _ => return None,
        };
        // An uncompressed point (SEC 1 §2.3.3).
        let (0x04, coordinates) = self.subject_public_key.split_first().map(|(form, rest)| (*form, rest))? else {
            return None;
        };
        let (x, y) = coordinates.split_at_checked(length)?;
        (y.len() == length).then_some(SpkiKey::Ec { curve, x, y })
    }

    /// An Ed25519 key; the algorithm has no parameters (RFC 8410 §3 and §4).
    fn ed25519(&self) -> Option<SpkiKey<'der>> {
        let key = self.subject_public_key.try_into().ok()?;
        self.algorithm.parameters.is_none().then_some(SpkiKey::Ed25519(key))
    }

    /// An RSA key; the algorithm's parameters are NULL (RFC 3279 §2.3.1).
    fn rsa(&self) -> Option<SpkiKey<'der>> {
        let Element { tag: tag::NULL, contents: [], .. } = self.algorithm.parameters? else { return None };
        der::read_all(self.subject_public_key, |reader| {
            reader.nested(tag::SEQUENCE, |fields| {
                Ok(SpkiKey::Rsa { modulus: fields.unsigned_integer()?, exponent: fields.unsigned_integer()? })
            })
        })
        .ok()
    }
}

impl core::fmt::Debug for SubjectPublicKeyInfo<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("SubjectPublicKeyInfo")
            .field("algorithm", &self.algorithm.algorithm)
            .finish_non_exhaustive()
    }
}

/// A public key as the numbers that a JWK has (RFC 7518 §6, RFC 8037 §2). None of them has been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpkiKey<'der> {
    /// A point on a curve, its coordinates of the curve's length.
    Ec { curve: Curve, x: &'der [u8], y: &'der [u8] },
    /// An Ed25519 key.
    Ed25519(&'der [u8; 32]),
    /// An RSA key, both numbers big-endian and without leading zeros.
    Rsa { modulus: &'der [u8], exponent: &'der [u8] },
    /// A key that no JWK of ours can equal: of another algorithm or curve, a compressed point, or malformed within.
    Other,
}

/// A curve that JWKs name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    /// P-256, or secp256r1.
    P256,
    /// P-384, or secp384r1.
    P384,
    /// P-521, or secp521r1.
    P521,
}

/// id-ecPublicKey (RFC 5480 §2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier<'static> = object_identifier!("1.2.840.10045.2.1");
/// id-Ed25519 (RFC 8410 §3).
const ED25519: ObjectIdentifier<'static> = object_identifier!("1.3.101.112");
/// rsaEncryption (RFC 3279 §2.3.1).
const RSA_ENCRYPTION: ObjectIdentifier<'static> = object_identifier!("1.2.840.113549.1.1.1");
/// secp256r1, secp384r1 and secp521r1 (RFC 5480 §2.1.1.1).
const P256: ObjectIdentifier<'static> = object_identifier!("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier<'static> = object_identifier!("1.3.132.0.34");
const P521: ObjectIdentifier<'static> = object_identifier!("1.3.132.0.35");
