//! Verifies a certificate-bound access token, and rejects it when it is stolen: `cargo run --example quick_start`.

use certbound::{Error, KeySet, Policy, Thumbprint, UnixTime, Verifier, scratch_len};

fn main() -> Result<(), Error> {
    // Once: the issuer's keys, and what this server requires of a token.
    let keys = KeySet::<8>::from_jwks(JWKS)?;
    let policy = Policy::new("https://as.example", &["https://api.example"]);
    let verifier = Verifier::new(policy, &keys);

    // For each request: the token, the thumbprint of the connection's client certificate, and the time.
    let server_a = Thumbprint::from_x5t_s256("EHVa3cMNl7vOjdAqNUQHfKT2K4apTe48JYxY4odmBBA")?;
    let now = UnixTime::from_seconds(1_800_000_000);
    let mut scratch = [0; scratch_len(TOKEN.len())];
    let token = verifier.verify(TOKEN, Some(&server_a), now, &mut scratch)?;
    println!("accepted: {} may {}", token.subject().unwrap_or("unknown"), token.scopes().next().unwrap_or("nothing"));

    // The same token over another connection is rejected.
    let thief = Thumbprint::of_der(b"the thief's certificate");
    let stolen = verifier.verify(TOKEN, Some(&thief), now, &mut scratch).unwrap_err();
    println!("rejected: {}: {stolen}", stolen.name());
    assert_eq!(stolen, Error::CertificateMismatch);
    Ok(())
}

const JWKS: &[u8] = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "2026-11",
    "x": "d4pmFBPluwY_vUyfzihKvNnpgPqyx6a3pzgfQ0k9828"}]}"#;

const TOKEN: &[u8] = b"\
eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSIsImtpZCI6IjIwMjYtMTEifQ.eyJpc3MiOiJodHRwczovL2FzLmV4YW1wbGUiL\
CJhdWQiOiJodHRwczovL2FwaS5leGFtcGxlIiwic3ViIjoic2VydmVyLWEiLCJjbGllbnRfaWQiOiJzZXJ2ZXItYSIsInNjb3BlI\
joiYWNjb3VudHM6cmVhZCIsImlhdCI6MTc5NTAwMDAwMCwiZXhwIjo0MTAyNDQ0ODAwLCJqdGkiOiI4ZjJjIiwiY25mIjp7Ing1d\
CNTMjU2IjoiRUhWYTNjTU5sN3ZPamRBcU5VUUhmS1QySzRhcFRlNDhKWXhZNG9kbUJCQSJ9fQ.8EKM0Ie_ZfJWEjt8Pmw0zMsJfD\
DQn_GYd8dI9q2RSe7Q3FgcNSHT2RqEDFVqw3IB1DxM_1UZ-DEDl4na9C_-BA";
