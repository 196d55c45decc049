//! Certificates, and the TLS of servers that ask for them.

use std::sync::Arc;

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    server::{
        NoClientAuth, WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};

pub(crate) use crate::https::Authority;

/// A certificate with its key, as PEM files and as DER.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) pem: String,
    pub(crate) key_pem: String,
}

impl Identity {
    fn new((certificate, key): (rcgen::Certificate, KeyPair)) -> Self {
        Self { certificate: certificate.der().clone(), pem: certificate.pem(), key_pem: key.serialize_pem() }
    }
}

impl Authority {
    pub(crate) fn client(&self, name: &str) -> Identity {
        self.client_with(name, KeyPair::generate().unwrap())
    }

    /// A client with an RSA key.
    pub(crate) fn rsa_client(&self, name: &str, pkcs8: &[u8]) -> Identity {
        let key = PrivatePkcs8KeyDer::from(pkcs8);
        self.client_with(name, KeyPair::from_pkcs8_der_and_sign_algo(&key, &rcgen::PKCS_RSA_SHA256).unwrap())
    }

    fn client_with(&self, name: &str, key: KeyPair) -> Identity {
        let mut parameters = CertificateParams::new([format!("{name}.example")]).unwrap();
        parameters.distinguished_name.push(DnType::OrganizationName, "Example <Ltd> & Söhne");
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        parameters.use_authority_key_identifier_extension = true;
        Identity::new(self.issue_for(&parameters, key))
    }

    /// The TLS of a server for 127.0.0.1 that asks for certificates.
    pub(crate) fn mutual(&self, clients: Clients, protocols: &[&str]) -> ServerConfig {
        let identity = Identity::new(self.issue(&CertificateParams::new(["127.0.0.1".to_owned()]).unwrap()));
        let provider = Arc::new(ring::default_provider());
        let verifier: Arc<dyn ClientCertVerifier> = match clients {
            Clients::Unasked => Arc::new(NoClientAuth),
            Clients::Any => Arc::new(AnyCertificate(provider.clone(), |_| true)),
            Clients::WithRsaKeys => Arc::new(AnyCertificate(provider.clone(), |scheme| {
                scheme.as_str().is_some_and(|name| name.starts_with("RSA"))
            })),
            Clients::Issued => {
                let mut roots = RootCertStore::empty();
                roots.add(self.certificate.clone()).unwrap();
                WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone()).build().unwrap()
            }
        };
        let key = rustls_pki_types::pem::PemObject::from_pem_slice(identity.key_pem.as_bytes());
        let key: PrivateKeyDer<'static> = key.unwrap();
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![identity.certificate], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }
}

/// Whose handshakes succeed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clients {
    /// Everyone's, since the server asks for no certificate.
    Unasked,
    /// Everyone's, with any certificate or none.
    Any,
    /// Everyone's, but only RSA keys can sign the handshake.
    WithRsaKeys,
    /// Those with a certificate of the authority.
    Issued,
}

/// Accepts any certificate whose key the client holds, or none.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>, fn(&SignatureScheme) -> bool);

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes().into_iter().filter(self.1).collect()
    }
}
