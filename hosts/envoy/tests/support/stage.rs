//! What most tests need: the parties, and a folder with certificates, the issuer's keys and Envoy's files.

use std::{
    fs,
    ops::Deref,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use certbound_host_tests::{
    parties::Parties,
    tokens::{AUDIENCE, ISSUER, Token},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with what Envoy needs, and the parties that use it.
pub struct Stage {
    folder: TempDir,
    parties: Parties,
}

impl Deref for Stage {
    type Target = Parties;

    fn deref(&self) -> &Parties {
        &self.parties
    }
}

impl Stage {
    /// With new certificates and keys, for the server `localhost`.
    #[expect(clippy::new_without_default, reason = "it generates keys, which a default should not")]
    pub fn new() -> Self {
        Self::for_servers(&["localhost"])
    }

    /// The same for servers of these names.
    pub fn for_servers(names: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("certbound-envoy-").tempdir().unwrap();
        let stage = Self { folder, parties: Parties::new() };
        let server = stage.authority.issue_server(names);
        stage.write("authority.pem", stage.authority.identity().certificate_pem());
        stage.write("server.pem", server.certificate_pem());
        stage.write("server.key", &server.key_pem());
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

    /// The issuer's keys.
    pub fn jwks(&self) -> String {
        self.issuer.jwks()
    }

    /// The filter's configuration with keys from the file, and with these members.
    pub fn settings(&self, members: Value) -> Value {
        let issuers = json!([{"issuer": ISSUER, "jwks_file": self.path("jwks.json")}]);
        let mut settings = json!({"issuers": issuers, "audiences": [AUDIENCE]});
        settings.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        settings
    }

    /// Server A's usual token with this change.
    pub fn token_with(&self, change: impl FnOnce(Token) -> Token) -> String {
        change(Token::bound_to(&self.server_a)).signed_by(&self.issuer)
    }
}

/// Waits until the condition holds.
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < PATIENCE, "waited too long until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The time limit of every wait. No test asserts a shorter time.
pub const PATIENCE: Duration = Duration::from_secs(60);
