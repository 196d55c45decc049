//! What most tests need: certificates, an issuer with a file of keys, and tokens.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use certbound::{Algorithm, Thumbprint};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer as Authority, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{AUDIENCE, ISSUER, Issuer, Members, usual_claims, usual_header};

/// A certificate with its key.
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Identity {
    /// The certificate's DER.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The private key.
    pub fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }
}

/// A folder with what Envoy needs, an issuer, Server A and a thief.
pub struct Stage {
    folder: TempDir,
    authority: CertificateDer<'static>,
    issuer: Issuer,
    /// Server A, which the tokens are bound to.
    pub server_a: Identity,
    /// Has a certificate of the same authority.
    pub thief: Identity,
}

impl Stage {
    /// With new certificates and keys.
    #[expect(clippy::new_without_default, reason = "it generates keys, which a default should not")]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Authority");
        let key = KeyPair::generate().unwrap();
        let authority = params.self_signed(&key).unwrap();
        let signer = Authority::new(params, key);
        let issue = |name: &str| {
            let mut params = CertificateParams::new([name.to_owned()]).unwrap();
            params.distinguished_name.push(DnType::CommonName, name);
            let key = KeyPair::generate().unwrap();
            let certificate = params.signed_by(&key, &signer).unwrap();
            (certificate.pem(), Identity { certificate: certificate.der().clone(), key })
        };
        let folder = tempfile::tempdir().unwrap();
        let (pem, server) = issue("localhost");
        let stage = Self {
            authority: authority.der().clone(),
            issuer: Issuer::new(),
            server_a: issue("a.example").1,
            thief: issue("thief.example").1,
            folder,
        };
        stage.write("authority.pem", &authority.pem());
        stage.write("server.pem", &pem);
        stage.write("server.key", &server.key.serialize_pem());
        stage.write("jwks.json", &stage.jwks());
        stage
    }

    /// The path of the file with this name.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file in one step.
    pub fn write(&self, name: &str, text: &str) {
        let new = self.path("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.path(name)).unwrap();
    }

    pub(crate) fn authority(&self) -> &CertificateDer<'static> {
        &self.authority
    }

    /// The issuer's keys.
    pub fn jwks(&self) -> String {
        format!(r#"{{"keys":[{}]}}"#, self.issuer.jwk(Algorithm::ES256, r#""kid":"ES256""#))
    }

    /// The filter's configuration with keys from the file, and with these members.
    pub fn settings(&self, members: Value) -> Value {
        let issuers = json!([{"issuer": ISSUER, "jwks_file": self.path("jwks.json")}]);
        let mut settings = json!({"issuers": issuers, "audiences": [AUDIENCE]});
        settings.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        settings
    }

    /// Server A's usual token.
    pub fn token(&self) -> String {
        self.token_with(|claims| claims)
    }

    /// The same with other claims.
    pub fn token_with(&self, change: impl FnOnce(Members) -> Members) -> String {
        let thumbprint = Thumbprint::of_der(&self.server_a.certificate);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let claims = usual_claims()
            .with("cnf", &format!(r#"{{"x5t#S256":"{thumbprint}"}}"#))
            .with("exp", &(now + 600).to_string());
        self.issuer.token(Algorithm::ES256, usual_header().json(), change(claims).json())
    }
}

/// Waits until the condition holds.
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(60), "waited too long until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
