//! A certificate's public key (RFC 5280 §4.1.2.7), for comparison with the keys of a JWK Set (RFC 8705 §2.2).

use super::{
    algorithm_identifier::AlgorithmIdentifier,
    object_identifier::{ObjectIdentifier, object_identifier},
};
use crate::{
    Error,
    der::{self, Element, Reader, tag},
};

/// A SubjectPublicKeyInfo (RFC 5280 §4.1.2.7): a public key and its algorithm.
///
/// The encoding is complete and well-formed. The key may be of any kind and has not been validated: a point may be off
/// its curve, and a modulus may be too short.
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
    /// The whole encoding: what RFC 7250 calls a raw public key.
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

    /// The key in the form of a JWK.
    pub(crate) fn key(&self) -> SpkiKey<'der> {
        let key = match self.algorithm.algorithm {
            EC_PUBLIC_KEY => self.elliptic_curve(),
            ED25519 => self.ed25519(),
            RSA_ENCRYPTION => self.rsa(),
            _ => None,
        };
        key.unwrap_or(SpkiKey::Other)
    }

    /// Reads a key on a named curve (RFC 5480 §2).
    fn elliptic_curve(&self) -> Option<SpkiKey<'der>> {
        let Element { tag: tag::OBJECT_IDENTIFIER, der, .. } = self.algorithm.parameters? else { return None };
        let (curve, length) = match der::read_all(der, ObjectIdentifier::read).ok()? {
            P256 => (NamedCurve::P256, 32),
            P384 => (NamedCurve::P384, 48),
            P521 => (NamedCurve::P521, 66),
            _ => return None,
        };
        // An uncompressed point (SEC 1 §2.3.3).
        let (0x04, coordinates) = self.subject_public_key.split_first().map(|(form, rest)| (*form, rest))? else {
            return None;
        };
        let (x, y) = coordinates.split_at_checked(length)?;
        (y.len() == length).then_some(SpkiKey::Ec { curve, x, y })
    }

    /// Reads an Ed25519 key, whose algorithm has no parameters (RFC 8410 §3 and §4).
    fn ed25519(&self) -> Option<SpkiKey<'der>> {
        let key = self.subject_public_key.try_into().ok()?;
        self.algorithm.parameters.is_none().then_some(SpkiKey::Ed25519(key))
    }

    /// Reads an RSA key, whose algorithm's parameters are NULL (RFC 3279 §2.3.1).
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

/// A public key as the numbers of a JWK (RFC 7518 §6, RFC 8037 §2), not validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpkiKey<'der> {
    /// An uncompressed point. Both coordinates have the length of the curve's field.
    Ec { curve: NamedCurve, x: &'der [u8], y: &'der [u8] },
    /// An Ed25519 key.
    Ed25519(&'der [u8; 32]),
    /// An RSA key. Both numbers are big-endian without leading zeros.
    Rsa { modulus: &'der [u8], exponent: &'der [u8] },
    /// A key that no supported JWK can equal: another algorithm or curve, a compressed point, or a malformed key.
    Other,
}

/// A curve with a name in JWKs (RFC 7518 §6.2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedCurve {
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

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use hex_literal::hex;

    use super::*;
    use crate::Certificate;

    const RFC_8705: &[u8] = include_bytes!("../../tests/vectors/rfc8705/certificate.der");

    const EC_P256: &[u8] = &hex!("301306072a8648ce3d020106082a8648ce3d030107");
    const EC_P384: &[u8] = &hex!("301006072a8648ce3d020106052b81040022");
    const EC_P521: &[u8] = &hex!("301006072a8648ce3d020106052b81040023");
    const EC_K256: &[u8] = &hex!("301006072a8648ce3d020106052b8104000a");
    const RSA: &[u8] = &hex!("300d06092a864886f70d0101010500");

    /// Passes the key of this SubjectPublicKeyInfo to `check`.
    fn with_key(algorithm: &[u8], key: &[u8], check: impl FnOnce(SpkiKey<'_>)) {
        let mut bits = vec![0x03];
        let length = u8::try_from(key.len() + 1).unwrap();
        bits.extend(if length < 0x80 { vec![length] } else { vec![0x81, length] });
        bits.extend([&[0], key].concat());
        let contents = [algorithm, &bits].concat();
        let length = u8::try_from(contents.len()).unwrap();
        let header = if length < 0x80 { vec![0x30, length] } else { vec![0x30, 0x81, length] };
        let der: Vec<u8> = [header, contents].concat();
        let read = der::read_all(&der, SubjectPublicKeyInfo::read).unwrap();
        assert_eq!(read.as_der(), der);
        check(read.key());
    }

    #[track_caller]
    fn is_other(algorithm: &[u8], key: &[u8]) {
        with_key(algorithm, key, |key| assert_eq!(key, SpkiKey::Other));
    }

    #[test]
    fn the_key_of_rfc_8705_equals_its_jwk() {
        let key = Certificate::from_der(RFC_8705).unwrap().subject_public_key_info().key();
        let x = &hex!("d727cb1c2a57a858f109e1c71cc5434dc2ec7296f4eca531b9d06638c9fc0bb4");
        let y = &hex!("f3f728670c52ecb7c0e2f38b4bd5ae9de21785b1865afb0349bd2d1fa2312e6f");
        assert_eq!(key, SpkiKey::Ec { curve: NamedCurve::P256, x, y });
    }

    #[test]
    fn points_have_two_coordinates_of_the_field_length() {
        for (algorithm, curve, length) in
            [(EC_P256, NamedCurve::P256, 32), (EC_P384, NamedCurve::P384, 48), (EC_P521, NamedCurve::P521, 66)]
        {
            let point = |form: u8, length: usize| [vec![form], vec![7; length]].concat();
            with_key(algorithm, &point(4, 2 * length), |key| {
                assert_eq!(key, SpkiKey::Ec { curve, x: &vec![7; length], y: &vec![7; length] });
            });
            is_other(algorithm, &point(4, 2 * length - 1));
            is_other(algorithm, &point(4, 2 * length + 1));
            is_other(algorithm, &point(2, length));
            is_other(algorithm, &point(6, 2 * length));
            is_other(algorithm, &[]);
        }
        is_other(EC_K256, &[4; 65]);
        // Without a curve, and with explicit curve parameters.
        is_other(&hex!("300906072a8648ce3d0201"), &[4; 65]);
        is_other(&hex!("300b06072a8648ce3d02013000"), &[4; 65]);
    }

    #[test]
    fn ed25519_keys_have_32_octets_and_no_parameters() {
        with_key(&hex!("300506032b6570"), &[9; 32], |key| assert_eq!(key, SpkiKey::Ed25519(&[9; 32])));
        is_other(&hex!("300506032b6570"), &[9; 31]);
        is_other(&hex!("300706032b65700500"), &[9; 32]);
        // X25519 and Ed448
        is_other(&hex!("300506032b656e"), &[9; 32]);
        is_other(&hex!("300506032b6571"), &[9; 57]);
    }

    #[test]
    fn rsa_keys_are_two_numbers() {
        with_key(RSA, &hex!("300902020080 0203010001"), |key| {
            assert_eq!(key, SpkiKey::Rsa { modulus: &[0x80], exponent: &[1, 0, 1] });
        });
        is_other(RSA, &hex!("3008020180 0203010001"));
        is_other(RSA, &hex!("300902020080 0203010001 00"));
        is_other(RSA, &hex!("300b02020080 0203010001 0500"));
        is_other(RSA, &hex!("300402020080"));
        // Without NULL, and RSASSA-PSS
        is_other(&hex!("300b06092a864886f70d010101"), &hex!("300902020080 0203010001"));
        is_other(&hex!("300d06092a864886f70d01010a0500"), &hex!("300902020080 0203010001"));
    }
}
