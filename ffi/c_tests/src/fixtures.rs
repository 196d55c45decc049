//! The keys, certificates and tokens of an issuer and two clients, as files for the C programs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use certbound::{Algorithm, Thumbprint};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer as Authority,
    KeyPair, KeyUsagePurpose,
};

use crate::{
    issuer::{self, Issuer, Members, usual_claims, usual_header},
    program::temporary,
};

/// The time of verification where the clock is an argument. Tokens are valid until the year 2100, or expired in 2001, so the
/// results are the same by the clock of the machine.
pub const NOW: u64 = issuer::NOW;

/// A directory with these files:
///
/// - `jwks.json`: the issuer's keys, five of them usable; `jwks_4096.json`: those of an issuer with an RSA key of 4096 bits;
/// - `ES256.jwt` to `PS512.jwt`, and `RS256_4096.jwt`: valid tokens, bound to `a`; `expired.jwt`, `just_expired.jwt` (by a
///   hundred seconds), `unbound.jwt`, `untyped.jwt`, `narrow.jwt`, `forged.jwt`: invalid ones;
/// - `ca.pem`: the certificate authority; `a.pem`, `a.key`, `a.der`: the client; the same for `c`, the thief; `stranger.pem`,
///   `stranger.key`: a certificate of no authority; `server.pem`, `server.key`: the server, `localhost`;
/// - `client.json`: the registration of `a`; `introspection.json`: the introspection response for its token.
#[derive(Debug)]
pub struct Fixtures(PathBuf);

impl Fixtures {
    /// Creates all files in a directory of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let fixtures = Self(temporary(name));
        let issuer = Issuer::new();
        let oct = r#"{"kty":"oct","kid":"oct","k":"c2VjcmV0"}"#;
        fixtures.write("jwks.json", issuer.jwks().replace("]}", &format!(",{oct}]}}")));
        let longest = Issuer::with_rsa_4096();
        fixtures.write("jwks_4096.json", longest.jwks());
        let thumbprint = fixtures.write_certificates();

        let claims = usual_claims()
            .with("exp", "4102444800")
            .with("cnf", &format!(r#"{{"x5t#S256":"{thumbprint}"}}"#))
            .with("a_list", "[1,2]")
            .with("a_flag", "true")
            .with("nothing", "null")
            .with("escaped", r#""a\u0000b""#);
        for algorithm in ALGORITHMS {
            let token = issuer.token(algorithm, header(algorithm).json(), claims.clone().json());
            fixtures.write(&format!("{}.jwt", algorithm.name()), token);
        }
        let rs256 = longest.token(Algorithm::RS256, header(Algorithm::RS256).json(), claims.clone().json());
        fixtures.write("RS256_4096.jwt", rs256);
        let signed = |header: &Members, claims: &Members| {
            issuer.token(Algorithm::ES256, header.clone().json(), claims.clone().json())
        };
        let header = usual_header();
        fixtures.write("just_expired.jwt", signed(&header, &claims.clone().with("exp", "1899999900")));
        fixtures.write("expired.jwt", signed(&header, &claims.clone().with("exp", "1000000000")));
        fixtures.write("unbound.jwt", signed(&header, &claims.clone().without("cnf")));
        fixtures.write("untyped.jwt", signed(&header.clone().without("typ"), &claims));
        fixtures.write("narrow.jwt", signed(&header, &claims.clone().with("scope", r#""write""#)));
        let forger = Issuer::new();
        fixtures.write("forged.jwt", forger.token(Algorithm::ES256, header.json(), claims.json()));

        let cnf = format!(r#""cnf":{{"x5t#S256":"{thumbprint}"}}"#);
        fixtures.write("introspection.json", format!(r#"{{"active":true,"client_id":"server-a",{cnf}}}"#));
        fixtures.write(
            "client.json",
            r#"{"client_id":"server-a","token_endpoint_auth_method":"tls_client_auth",
                "tls_client_auth_subject_dn":"CN=server-a"}"#,
        );
        fixtures
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.0
    }

    /// The path of a file.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The contents of a text file.
    ///
    /// # Panics
    /// Panics if the file does not exist.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Issues the certificates, and returns the thumbprint of the client's.
    fn write_certificates(&self) -> Thumbprint {
        let key = KeyPair::generate().unwrap();
        let mut root = params("root", &[]);
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        self.write("ca.pem", root.self_signed(&key).unwrap().pem());
        let authority = Authority::new(root, key);

        let issue = |file: &str, mut params: CertificateParams, purpose| {
            let key = KeyPair::generate().unwrap();
            params.extended_key_usages = vec![purpose];
            let certificate = params.signed_by(&key, &authority).unwrap();
            self.write(&format!("{file}.pem"), certificate.pem());
            self.write(&format!("{file}.der"), certificate.der());
            self.write(&format!("{file}.key"), key.serialize_pem());
            Thumbprint::of_der(certificate.der())
        };
        let key = KeyPair::generate().unwrap();
        self.write("stranger.pem", params("server-a", &[]).self_signed(&key).unwrap().pem());
        self.write("stranger.key", key.serialize_pem());
        issue("server", params("localhost", &["localhost"]), ExtendedKeyUsagePurpose::ServerAuth);
        issue("c", params("server-c", &[]), ExtendedKeyUsagePurpose::ClientAuth);
        issue("a", params("server-a", &[]), ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).unwrap();
    }
}

fn header(algorithm: Algorithm) -> Members {
    // The set has one RSA key for all RSA algorithms.
    let kid = match algorithm {
        Algorithm::ES256 | Algorithm::ES384 | Algorithm::ES512 | Algorithm::EdDSA => algorithm.name(),
        _ => Algorithm::RS256.name(),
    };
    usual_header().with("alg", &format!(r#""{}""#, algorithm.name())).with("kid", &format!(r#""{kid}""#))
}

fn params(common_name: &str, dns_names: &[&str]) -> CertificateParams {
    let names: Vec<_> = dns_names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}

const ALGORITHMS: [Algorithm; 10] = [
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::ES512,
    Algorithm::EdDSA,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];
