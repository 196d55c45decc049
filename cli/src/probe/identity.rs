//! A certificate with its private key, as a client presents it.

use std::{path::Path, sync::Arc};

use certbound::{Certificate, Thumbprint};
use rustls::{crypto::ring, sign::CertifiedKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use super::presenter::Presenter;
use crate::{certificate, content::Purpose, explain::Detail, failure::Failure, input, json::quote};

/// A certificate, the rest of its chain, and its private key.
#[derive(Debug)]
pub(crate) struct Identity {
    key: CertifiedKey,
    certificate: CertificateDer<'static>,
    pub(crate) thumbprint: Thumbprint,
    pub(crate) subject: String,
}

impl Identity {
    /// Reads the files of a certificate, or a chain that begins with it, and of its key.
    pub(crate) fn read(certificate: &Path, key: &Path) -> Result<Self, Failure> {
        let name = input::name(certificate);
        let chain = certificate::read_all(certificate)?;
        let key_name = input::name(key);
        let key = read_key(key)?;
        Self::new(chain, key).map_err(|error| match error {
            Unusable::Certificate(error) => Failure::unusable(&name, error, &Detail::default()),
            Unusable::Pair(rustls::Error::InconsistentKeys(_)) => Failure::Unusable(format!(
                "{key_name}: the private key does not belong to the certificate in {name}; expected its key; pass both \
                 files of the same client"
            )),
            Unusable::Pair(error) => Failure::Unusable(format!(
                "{key_name}: the private key cannot be used: {}; expected an ECDSA key on P-256 or P-384, an RSA key or an \
                 Ed25519 key; pass another client's",
                quote(&error.to_string())
            )),
        })
    }

    /// The first certificate of `chain` must be the one of `key`.
    pub(super) fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, Unusable> {
        let leaf = chain.first().cloned().unwrap_or_else(|| CertificateDer::from(Vec::new()));
        let read = Certificate::from_der(&leaf).map_err(Unusable::Certificate)?;
        let (thumbprint, subject) = (read.thumbprint(), read.subject().to_string());
        let key = CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(Unusable::Pair)?;
        Ok(Self { key, certificate: leaf, thumbprint, subject })
    }

    /// The certificate alone.
    pub(super) const fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// What presents it in the handshakes of one client.
    pub(crate) fn presenter(&self) -> Arc<Presenter> {
        Arc::new(Presenter::new(self.key.clone()))
    }
}

/// Why certificate and key are not usable.
#[derive(Debug)]
pub(super) enum Unusable {
    Certificate(certbound::Error),
    Pair(rustls::Error),
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, Failure> {
    let content = input::read(path, KEY_FILE_LEN)?;
    let key = PrivateKeyDer::from_pem_slice(&content).ok().or_else(|| PrivateKeyDer::try_from(content.clone()).ok());
    key.filter(|_| content.len() <= KEY_FILE_LEN).ok_or_else(|| {
        let mistake = Purpose::PrivateKey.mistake(&content);
        let sentence = mistake.unwrap_or_else(|| Purpose::PrivateKey.sentence("neither PEM nor DER"));
        Failure::Unusable(format!("{}: {sentence}", input::name(path)))
    })
}

/// Longest file with a private key. An RSA key of 16384 bits has 13 KiB, and a certificate may precede it.
const KEY_FILE_LEN: usize = 256 * 1024;
