//! An accepted token meets the policy's requirements, as read by serde_json. The input is a header, a newline and claims, which
//! a real key signs. No unsigned input is accepted.
#![no_main]

use std::sync::OnceLock;

use certbound::{
    Algorithm, Error, KeySet, Policy, TrustedIssuer, Verifier,
    internals::{Header, json::read},
    limits, scratch_len,
};
use certbound_fuzz::{AUDIENCE, ISSUER, NOW, client, is_bound_to_client, jwks, oracle, sign};

static KEYS: OnceLock<KeySet<1>> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let keys = KEYS.get_or_init(|| KeySet::from_jwks(jwks().as_bytes()).unwrap());
    let verifier = Verifier::new(Policy::new(ISSUER, &[AUDIENCE]).required_scopes(&["read"]), keys);
    let mut scratch = vec![0; scratch_len(limits::TOKEN_LEN)];
    assert!(verifier.verify(input, Some(&client()), NOW, &mut scratch).is_err());

    let Some(newline) = input.iter().position(|byte| *byte == b'\n') else { return };
    let (header, claims) = (&input[..newline], &input[newline + 1..]);
    // Signing costs a hundred times as much as reading.
    if Header::read(header).is_err() || read(claims).is_err() {
        return;
    }
    let token = sign(header, claims);
    let verdict = verifier.verify(token.as_bytes(), Some(&client()), NOW, &mut scratch);
    assert_ne!(verdict.as_ref().err(), Some(&Error::SignatureInvalid));
    // A verifier that also trusts another issuer, here with the same key, gives the same verdict.
    let issuers = ["https://as2.example", ISSUER].map(|name| TrustedIssuer::new(name, keys));
    let policy = Policy::new(ISSUER, &[AUDIENCE]).required_scopes(&["read"]);
    let mut others_scratch = vec![0; scratch_len(limits::TOKEN_LEN)];
    let by_several =
        Verifier::for_issuers(policy, &issuers).verify(token.as_bytes(), Some(&client()), NOW, &mut others_scratch);
    assert_eq!(by_several.map(|_| ()).err(), verdict.as_ref().err().copied());
    let Ok(token) = verdict else { return };
    let (Some(header), Some(claims)) = (oracle(header), oracle(claims)) else { return };
    let is_or_has = |value: &serde_json::Value, expected: &str| {
        value == expected || value.as_array().is_some_and(|values| values.iter().any(|value| value == expected))
    };
    assert_eq!(header["alg"], Algorithm::ES256.name());
    assert!(header["typ"].as_str().unwrap().to_ascii_lowercase().ends_with("at+jwt"));
    assert!(header.get("crit").is_none() && header.get("b64").is_none());
    assert_eq!(claims["iss"], ISSUER);
    assert!(is_or_has(&claims["aud"], AUDIENCE));
    // A double may have lost the fraction by which `exp` is later.
    assert!(claims["exp"].as_f64().unwrap() >= NOW.seconds() as f64);
    assert!(claims.get("nbf").is_none_or(|time| time.as_f64().unwrap() <= NOW.seconds() as f64));
    assert!(claims["scope"].as_str().unwrap().split(' ').any(|scope| scope == "read"));
    assert!(is_bound_to_client(&claims));
    assert!(token.confirmation().unwrap().thumbprint().matches(&client()));
    assert_eq!(token.subject(), claims.get("sub").map(|subject| subject.as_str().unwrap()));
    assert!(serde_json::from_str::<serde_json::Value>(token.as_json()).unwrap() == claims);
});
