//! Presents a certificate in handshakes, and notes whether the server has let it: rustls sends an empty certificate, without an
//! error, if the key can make no signature that the server accepts.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::{
    ClientConfig, ConfigBuilder, SignatureScheme,
    client::{ResolvesClientCert, WantsClientCert},
    sign::CertifiedKey,
};

/// A certificate with its key, and what became of it in the latest full handshake.
#[derive(Debug)]
pub(crate) struct Presenter {
    key: Arc<CertifiedKey>,
    latest: Mutex<Presented>,
}

/// What became of a certificate in a full handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Presented {
    /// The server has not asked for a certificate, or has not come so far.
    #[default]
    NotAsked,
    /// The key can make no signature that the server accepts, so an empty certificate was sent.
    NothingFits,
    Certificate,
}

impl Presenter {
    pub(super) fn new(key: CertifiedKey) -> Self {
        Self { key: key.into(), latest: Mutex::default() }
    }

    /// The TLS of a client that presents it to the issuer.
    pub(crate) fn mutual(self: &Arc<Self>, trusted: &ConfigBuilder<ClientConfig, WantsClientCert>) -> ClientConfig {
        let mut config = trusted.clone().with_client_cert_resolver(self.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config
    }

    /// Forgets the latest handshake, before the next one.
    pub(super) fn forget(&self) {
        self.note(Presented::NotAsked);
    }

    pub(crate) fn latest(&self) -> Presented {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, presented: Presented) {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = presented;
    }
}

impl ResolvesClientCert for Presenter {
    /// The names of authorities that the server accepts are only hints (RFC 8446 §4.2.4), and a thief ignores them.
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let fits = self.key.key.choose_scheme(schemes).is_some();
        self.note(if fits { Presented::Certificate } else { Presented::NothingFits });
        fits.then(|| self.key.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}
