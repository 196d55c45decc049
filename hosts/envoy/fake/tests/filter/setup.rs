//! What the tests share: an issuer with a file of keys, and a configuration to change.

use std::{
    fs,
    path::PathBuf,
    rc::Rc,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use certbound::{Algorithm, Thumbprint};
use certbound_envoy_fake::{Configuration, Envoy, Outcome, Request, RouteConfiguration, Version};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{AUDIENCE, CERTIFICATE_A, CERTIFICATE_C, ISSUER, Issuer, Members, usual_claims, usual_header};

/// An issuer, and a folder with its keys.
pub(crate) struct Setup {
    pub(crate) issuer: Issuer,
    folder: TempDir,
}

impl Setup {
    pub(crate) fn new() -> Self {
        let setup = Self { issuer: Issuer::new(), folder: tempfile::tempdir().unwrap() };
        setup.write_keys(&jwks_of(&setup.issuer));
        setup
    }

    pub(crate) fn keys_path(&self) -> PathBuf {
        self.folder.path().join("jwks.json")
    }

    /// Replaces the file of keys in one step.
    pub(crate) fn write_keys(&self, jwks: &str) {
        let new = self.folder.path().join("new");
        fs::write(&new, jwks).unwrap();
        fs::rename(new, self.keys_path()).unwrap();
    }

    /// A JWK Set with this many usable keys. The last one verifies its tokens.
    pub(crate) fn many_keys(&self, len: usize) -> String {
        let others = (1..len).map(|number| self.issuer.jwk(Algorithm::RS256, &format!(r#""kid":"{number}""#)));
        let keys: Vec<_> = others.chain([self.issuer.jwk(Algorithm::ES256, r#""kid":"ES256""#)]).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }

    /// The shortest configuration.
    pub(crate) fn json(&self) -> Value {
        json!({"issuers": [{"issuer": ISSUER, "jwks_file": self.keys_path()}], "audiences": [AUDIENCE]})
    }

    /// The same with these members.
    pub(crate) fn json_with(&self, members: Value) -> String {
        let mut json = self.json();
        let (Value::Object(json), Value::Object(members)) = (&mut json, members) else { panic!() };
        json.extend(members);
        serde_json::to_string(json).unwrap()
    }

    pub(crate) fn configure(&self, members: Value) -> Configuration {
        self.configure_in(Version::V1_40, members)
    }

    pub(crate) fn configure_in(&self, version: Version, members: Value) -> Configuration {
        Envoy::new(version).configure(&self.json_with(members)).unwrap()
    }

    /// Server A's usual token.
    pub(crate) fn token(&self) -> String {
        self.token_with(|claims| claims)
    }

    /// The same with other claims.
    pub(crate) fn token_with(&self, change: impl FnOnce(Members) -> Members) -> String {
        let claims = usual_claims().with("exp", &(now() + 300).to_string());
        self.issuer.token(Algorithm::ES256, usual_header().json(), change(claims).json())
    }

    /// Server A's request.
    pub(crate) fn request(&self) -> Request {
        request(&self.token())
    }
}

/// A request of Server A with this token.
pub(crate) fn request(token: &str) -> Request {
    Request::with_token(token, &hex_of(CERTIFICATE_A))
}

/// A request of the thief.
pub(crate) fn stolen(token: &str) -> Request {
    Request::with_token(token, &hex_of(CERTIFICATE_C))
}

pub(crate) fn route(json: Value) -> Rc<RouteConfiguration> {
    Rc::new(Envoy::new(Version::V1_40).configure_route(&json.to_string()).unwrap())
}

pub(crate) fn hex_of(certificate: &[u8]) -> String {
    Thumbprint::of_der(certificate).as_sha256().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The keys of an issuer, as a JWK Set.
pub(crate) fn jwks_of(issuer: &Issuer) -> String {
    let jwk = |algorithm: Algorithm| issuer.jwk(algorithm, &format!(r#""kid":"{}""#, algorithm.name()));
    format!(r#"{{"keys":[{},{}]}}"#, jwk(Algorithm::ES256), jwk(Algorithm::EdDSA))
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Asserts that the answer is this one.
pub(crate) fn assert_rejected(outcome: &Outcome, status: u32, name: &str, challenge: Option<&str>) {
    let response = outcome.response.as_ref().unwrap_or_else(|| panic!("not rejected: {outcome:?}"));
    assert_eq!((response.status, response.details.as_str()), (status, format!("certbound_{name}").as_str()));
    assert_eq!(outcome.header("www-authenticate"), challenge);
    assert_eq!(outcome.metadata("status"), Some(name));
}

/// Waits until the condition holds.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(60), "waited too long until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
