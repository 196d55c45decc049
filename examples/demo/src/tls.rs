//! Mutual TLS, and which component checks which property of a client's certificate.
//!
//! | Question | Checked by |
//! |---|---|
//! | Does the caller hold the certificate's private key? | TLS, in every handshake: [`AnyCertificate`] below |
//! | Did a trusted authority issue it, and is it valid now? | the TLS terminator, if needed: [`ChainValidator`] |
//! | Is it the certificate of the client that the caller claims to be? | the core, at the Token Service (RFC 8705 §2) |
//! | Is it the certificate that the token is bound to? | the core, at Server B (RFC 8705 §3) |
//!
//! A handshake therefore completes with any certificate or none, as with NGINX's `ssl_verify_client optional_no_ca`.
//! This is safe. A self-signed client has no chain (RFC 8705 §2.2), and Server B needs none either: the Token Service
//! has already checked the certificate, and the token is bound to exactly this one. It also lets the core, and not a
//! TLS alert, report that a caller has presented no certificate.

use std::sync::Arc;

use certbound::Chain;
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, UnixTime},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    version::TLS13,
};

use crate::{pki::Identity, result::Result};

/// The TLS configuration of a server: it requests a certificate, and accepts any or none.
pub(crate) fn server_config(identity: &Identity) -> Result<ServerConfig> {
    let provider = Arc::new(ring::default_provider());
    let client_verifier = Arc::new(AnyCertificate { provider: provider.clone() });
    Ok(ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(client_verifier)
        .with_single_cert(vec![identity.certificate().clone()], identity.private_key())?)
}

/// The TLS configuration of a client: it trusts the authority, and presents its certificate if it has one.
pub(crate) fn client_config(authority: &CertificateDer<'static>, identity: Option<&Identity>) -> Result<ClientConfig> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(roots(authority)?);
    Ok(match identity {
        Some(identity) => config.with_client_auth_cert(vec![identity.certificate().clone()], identity.private_key())?,
        None => config.with_no_client_auth(),
    })
}

/// Accepts any client certificate, regardless of its issuer, if the client proves that it holds the private key.
#[derive(Debug)]
struct AnyCertificate {
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    /// Accepts every certificate. [`ChainValidator`] and the core check it later.
    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    /// Checks the proof of possession. Without it a copy of Server A's certificate, which is public, would be enough. rustls
    /// requires a method for each version of TLS.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Validates a client certificate's chain up to the authority: signatures, validity and purpose (RFC 5280 §6).
///
/// `tls_client_auth` compares names, and a name is only as trustworthy as its issuer, so the core requires the result
/// (RFC 8705 §2.1).
pub(crate) struct ChainValidator(Arc<dyn ClientCertVerifier>);

impl ChainValidator {
    pub(crate) fn new(authority: &CertificateDer<'static>) -> Result<Self> {
        let provider = Arc::new(ring::default_provider());
        Ok(Self(WebPkiClientVerifier::builder_with_provider(roots(authority)?.into(), provider).build()?))
    }

    pub(crate) fn judge(&self, certificate: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> Chain {
        match self.0.verify_client_cert(certificate, intermediates, UnixTime::now()) {
            Ok(_) => Chain::Validated,
            Err(_) => Chain::NotValidated,
        }
    }
}

fn roots(authority: &CertificateDer<'static>) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone())?;
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use std::io;

    use rustls::{
        ClientConnection, Connection, ServerConnection,
        client::ResolvesClientCert,
        sign::{CertifiedKey, SingleCertAndKey},
    };

    use super::*;
    use crate::pki::Authority;

    #[test]
    fn a_handshake_accepts_any_certificate_or_none() {
        let authority = Authority::new().unwrap();
        let issued = authority.issue_client("server-a").unwrap();
        let homemade = Identity::self_signed("server-a").unwrap();
        for (identity, certificates) in [(Some(&issued), 1), (Some(&homemade), 1), (None, 0)] {
            let client = client_config(authority.certificate(), identity).unwrap();
            let server = handshake(&authority, client).unwrap();
            assert_eq!(server.peer_certificates().unwrap_or_default().len(), certificates);
        }
    }

    #[test]
    fn a_certificate_without_its_private_key_fails_the_handshake() {
        let authority = Authority::new().unwrap();
        let server_a = authority.issue_client("server-a").unwrap();
        let thief = authority.issue_client("server-c").unwrap();
        let attempt = |key: &Identity| {
            let key = ring::sign::any_supported_type(&key.private_key()).unwrap();
            let presented = CertifiedKey::new(vec![server_a.certificate().clone()], key);
            let mut client = client_config(authority.certificate(), None).unwrap();
            client.client_auth_cert_resolver =
                Arc::new(SingleCertAndKey::from(presented)) as Arc<dyn ResolvesClientCert>;
            handshake(&authority, client).map(|_| ())
        };
        assert_eq!(attempt(&server_a), Ok(()));
        assert_eq!(attempt(&thief), Err(rustls::CertificateError::BadSignature.into()));
    }

    #[test]
    fn a_chain_must_lead_to_the_authority() {
        let authority = Authority::new().unwrap();
        let chains = ChainValidator::new(authority.certificate()).unwrap();
        let issued = authority.issue_client("server-a").unwrap();
        let homemade = Identity::self_signed("server-a").unwrap();
        assert_eq!(chains.judge(issued.certificate(), &[]), Chain::Validated);
        assert_eq!(chains.judge(homemade.certificate(), &[]), Chain::NotValidated);
    }

    /// Performs a handshake in memory.
    fn handshake(authority: &Authority, client: ClientConfig) -> Result<ServerConnection, rustls::Error> {
        let server = server_config(&authority.issue_server("api.example").unwrap()).unwrap();
        let mut server = Connection::from(ServerConnection::new(server.into())?);
        let client = ClientConnection::new(client.into(), "api.example".try_into().unwrap())?;
        let mut client = Connection::from(client);
        while server.is_handshaking() || client.wants_write() {
            transfer(&mut client, &mut server)?;
            transfer(&mut server, &mut client)?;
        }
        match server {
            Connection::Server(server) => Ok(server),
            Connection::Client(_) => unreachable!(),
        }
    }

    fn transfer(from: &mut Connection, to: &mut Connection) -> Result<(), rustls::Error> {
        let mut wire = Vec::new();
        while from.wants_write() {
            from.write_tls(&mut wire).unwrap();
        }
        let mut wire = io::Cursor::new(wire);
        while to.read_tls(&mut wire).unwrap() > 0 {
            to.process_new_packets()?;
        }
        Ok(())
    }
}
