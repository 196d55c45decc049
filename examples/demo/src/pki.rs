//! The certificates of the callers and servers: issued by an authority, or self-signed.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::{jwt, result::Result};

/// A certificate and its private key.
pub(crate) struct Identity {
    certificate: CertificateDer<'static>,
    origin: &'static str,
    key: KeyPair,
}

impl Identity {
    /// A self-signed certificate, in which the maker can write any subject.
    pub(crate) fn self_signed(common_name: &str) -> Result<Self> {
        let key = KeyPair::generate()?;
        let certificate = client_params(common_name).self_signed(&key)?.der().clone();
        Ok(Self { certificate, origin: "self-signed", key })
    }

    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Where the certificate comes from, for display.
    pub(crate) fn origin(&self) -> &'static str {
        self.origin
    }

    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }

    /// The public key, as a client with a self-signed certificate registers it (RFC 8705 §2.2.2).
    pub(crate) fn jwk(&self) -> serde_json::Value {
        jwt::p256_jwk(self.key.public_key_raw())
    }
}

/// A certificate authority that all callers and servers trust.
pub(crate) struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = distinguished_name("Example Root");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?.der().clone();
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Issues a certificate for a TLS server with this DNS name, and for localhost, where other programs find it.
    pub(crate) fn issue_server(&self, dns_name: &str) -> Result<Identity> {
        let mut params = CertificateParams::new([dns_name.to_owned(), "localhost".to_owned()])?;
        params.distinguished_name = distinguished_name(dns_name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(params)
    }

    /// Issues a certificate for a TLS client. A real authority would first verify who asks for it.
    pub(crate) fn issue_client(&self, common_name: &str) -> Result<Identity> {
        self.issue(client_params(common_name))
    }

    fn issue(&self, mut params: CertificateParams) -> Result<Identity> {
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?.der().clone();
        Ok(Identity { certificate, origin: "issued by the authority", key })
    }
}

fn client_params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished_name(common_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// In RFC 4514 form, which reverses the order: `CN=…,O=Example,C=DE`.
fn distinguished_name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "DE");
    name.push(DnType::OrganizationName, "Example");
    name.push(DnType::CommonName, common_name);
    name
}
