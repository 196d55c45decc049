//! A certificate authority.
#![allow(dead_code)] // Each test file uses a part of it.

use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls_pki_types::CertificateDer;

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new([]).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Of two authorities with one name, the wrong one would be asked for a signature.
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("authority {}", COUNT.fetch_add(1, Ordering::Relaxed));
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = parameters.self_signed(&key).unwrap();
        Self { certificate: certificate.der().clone(), pem: certificate.pem(), issuer: Issuer::new(parameters, key) }
    }

    /// A certificate with a new key.
    pub(crate) fn issue(&self, parameters: &CertificateParams) -> (rcgen::Certificate, KeyPair) {
        self.issue_for(parameters, KeyPair::generate().unwrap())
    }

    /// A certificate with this key.
    pub(crate) fn issue_for(&self, parameters: &CertificateParams, key: KeyPair) -> (rcgen::Certificate, KeyPair) {
        (parameters.signed_by(&key, &self.issuer).unwrap(), key)
    }
}
