//! The token for the tests that run under Miri, where ring cannot sign one.

use std::{env, fs, path::Path};

use certbound::{Algorithm, Thumbprint};

use crate::support::{Issuer, usual_claims, usual_header};

/// With `CERTBOUND_BLESS=1` it writes the files.
#[test]
fn the_files_are_current() {
    let issuer = Issuer::new();
    let thumbprint = Thumbprint::of_der(b"certificate");
    let claims = usual_claims()
        .with("cnf", &format!(r#"{{"x5t#S256":"{thumbprint}"}}"#))
        .with("exp", "4102444800")
        .with("scope", r#""read""#);
    let header = usual_header().with("alg", r#""RS256""#).with("kid", r#""RS256""#);
    // PKCS #1 v1.5 is deterministic.
    let token = issuer.token(Algorithm::RS256, header.json(), claims.json());
    let jwks = format!(r#"{{"keys":[{}]}}"#, issuer.jwk(Algorithm::RS256, r#""kid":"RS256""#));
    for (name, text) in [("rs256.jwt", token), ("rs256.jwks.json", jwks)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name);
        if env::var_os("CERTBOUND_BLESS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, format!("{text}\n")).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap_or_default().trim_end(), text, "run with CERTBOUND_BLESS=1");
    }
}
