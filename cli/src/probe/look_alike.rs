//! A self-signed copy of a certificate: what a thief can make who has seen the original.

use der::Tag;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::{
    asn1::{bit_string, elements, sequence, value},
    identity::Identity,
    public_key::{P256, elliptic_curve},
};

/// A certificate with the serial number, subject, validity and extensions of `original`, but with a new key.
///
/// It is signed with that key, so its issuer is its subject. Only the extensions that identify keys are left out.
pub(super) fn look_alike(original: &Identity) -> Result<Identity, NoCopy> {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).map_err(|_| NoCopy::Random)?;
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random)
        .map_err(|_| NoCopy::Random)?;
    let body = body(original.certificate(), key.public_key().as_ref()).ok().flatten().ok_or(NoCopy::Certificate)?;
    let signature = key.sign(&random, &body).map_err(|_| NoCopy::Random)?;
    let certificate = bit_string(signature.as_ref()).and_then(|bits| sequence(&[&body, ECDSA_WITH_SHA256, &bits]));
    let certificate = CertificateDer::from(certificate.map_err(|_| NoCopy::Certificate)?);
    let key = PrivatePkcs8KeyDer::from(pkcs8.as_ref().to_vec());
    Identity::new(vec![certificate], key.into()).map_err(|_| NoCopy::Certificate)
}

/// Why there is no copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoCopy {
    /// The system provides no random numbers.
    Random,
    /// The original, or the copy, is not a certificate.
    Certificate,
}

/// The signed part (RFC 5280 §4.1), for the public key `point`.
fn body(certificate: &[u8], point: &[u8]) -> der::Result<Option<Vec<u8>>> {
    let parts = elements(certificate)?;
    let Some(body) = parts.first() else { return Ok(None) };
    let fields = elements(body)?;
    // Version 1 is written by leaving it out.
    let (version, fields) = match fields.split_first() {
        Some((version, fields)) if version.first() == Some(&VERSION) => (*version, fields),
        _ => (&[][..], &fields[..]),
    };
    let [serial_number, _algorithm, _issuer, validity, subject, _key, rest @ ..] = fields else { return Ok(None) };
    let key = elliptic_curve(P256, point)?;
    let mut body = vec![version, serial_number, ECDSA_WITH_SHA256, subject, validity, subject, &key];
    let extensions = match rest.last() {
        Some(extensions) if extensions.first() == Some(&EXTENSIONS) => kept(extensions)?,
        _ => Vec::new(),
    };
    body.push(&extensions);
    Ok(Some(sequence(&body)?))
}

/// The extensions without those that identify a key.
fn kept(extensions: &[u8]) -> der::Result<Vec<u8>> {
    let mut kept = Vec::new();
    for list in elements(extensions)? {
        for extension in elements(list)? {
            let is_of_key = elements(extension)?.first().is_some_and(|identifier| OF_KEYS.contains(identifier));
            if !is_of_key {
                kept.push(extension);
            }
        }
    }
    if kept.is_empty() {
        return Ok(Vec::new());
    }
    let tag = Tag::ContextSpecific { constructed: true, number: der::TagNumber(3) };
    value(tag, &[&sequence(&kept)?])
}

/// First byte of an encoded version, `[0]`, and of encoded extensions, `[3]`.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// Identifiers of the extensions subjectKeyIdentifier (2.5.29.14) and authorityKeyIdentifier (2.5.29.35).
const OF_KEYS: [&[u8]; 2] = [&[6, 3, 0x55, 0x1d, 14], &[6, 3, 0x55, 0x1d, 35]];

/// The algorithm identifier of ecdsa-with-SHA256 (RFC 5758 §3.2).
const ECDSA_WITH_SHA256: &[u8] = &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

#[cfg(test)]
mod tests {
    use certbound::Certificate;
    use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

    use super::*;

    /// An issued certificate, changed before it is signed.
    fn issued(change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = Issuer::new(authority, KeyPair::generate().unwrap());
        let mut params = CertificateParams::new(["a.example".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::OrganizationName, "Example, Inc.");
        params.distinguished_name.push(DnType::CommonName, "a");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        Identity::new(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into()).unwrap()
    }

    #[test]
    fn a_copy_has_everything_but_the_key() {
        let original = issued(|_| {});
        let copy = look_alike(&original).unwrap();
        let [one, other] = [&original, &copy].map(|identity| Certificate::from_der(identity.certificate()).unwrap());
        assert_eq!(copy.subject, original.subject);
        assert_eq!((one.not_before(), one.not_after()), (other.not_before(), other.not_after()));
        assert_eq!(one.subject_alternative_names().count(), other.subject_alternative_names().count());
        assert!(!copy.thumbprint.matches(&original.thumbprint));
        // Signed by itself: rustls checks chains, so a store with only the copy must accept it.
        let mut roots = rustls::RootCertStore::empty();
        roots.add(copy.certificate().clone()).unwrap();
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            rustls::server::WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap();
        let now = rustls_pki_types::UnixTime::now();
        verifier.verify_client_cert(copy.certificate(), &[], now).unwrap();
        verifier.verify_client_cert(original.certificate(), &[], now).unwrap_err();
    }

    #[test]
    fn names_that_repeat_an_attribute_are_kept() {
        let original = issued(|params| {
            params.distinguished_name.push(DnType::from_oid(&[0, 9, 2342, 19200300, 100, 1, 25]), "example");
            params.subject_alt_names.clear();
            params.extended_key_usages.clear();
        });
        assert_eq!(look_alike(&original).unwrap().subject, original.subject);
    }
}
