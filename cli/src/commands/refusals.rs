//! Finds everything that a verifier would refuse about a token whose signature is not checked.
//!
//! The core checks claims only after a valid signature, and stops at the first broken rule. Therefore the payload is
//! signed again with a local key that is trusted nowhere else, and the real [`Verifier`] checks that token. Each error is
//! recorded and repaired, and the check runs again until it succeeds. No rule is implemented here a second time.

use certbound::{Error, KeySet, Policy, Thumbprint, TokenType, UnixTime, Verifier, scratch_len};
use ed25519_dalek::{Signer, SigningKey};

use crate::token::{Members, Unverified, encode_base64url};

/// The broken rules, in the order in which a verifier with the default policy checks them.
///
/// The policy's issuer and audience are taken from the token, and the connection is assumed to have the certificate that
/// the token is bound to: the correct ones are unknown here.
pub(super) fn find(token: &[u8], unverified: &Unverified, now: UnixTime) -> Vec<Error> {
    let signing_key = SigningKey::from_bytes(&LOCAL_KEY);
    let Ok(keys) = local_keys(&signing_key) else { return Vec::new() };
    let mut refusals = Vec::new();
    check_header(token, unverified, &keys, &mut refusals);
    check_claims(unverified, &keys, &signing_key, now, &mut refusals);
    refusals
}

/// Checks everything up to the signature.
fn check_header(token: &[u8], unverified: &Unverified, keys: &KeySet<4>, refusals: &mut Vec<Error>) {
    let verifier = Verifier::new(Policy::new("https://as.example", &["https://api.example"]), keys);
    let mut header = unverified.header.clone();
    let mut parts = unverified.parts.clone();
    let mut token = token.to_vec();
    for _ in 0..ROUNDS {
        let mut scratch = vec![0; scratch_len(token.len())];
        let Err(error) = verifier.verify(&token, None, UnixTime::from_seconds(0), &mut scratch) else { return };
        // The keys are local, so the only valid finding about a signature by another key is its length.
        let is_about_token = error.code() < 400 || error == Error::SignatureLength;
        if is_about_token && !refusals.contains(&error) {
            refusals.push(error);
        }
        match error {
            Error::CriticalHeader => header.remove("crit"),
            Error::UnencodedPayload => header.remove("b64"),
            Error::AlgorithmMissing | Error::AlgorithmMalformed | Error::AlgorithmUnsupported => {
                // The signature length of an unknown algorithm is unknown, too.
                header.set("alg", "\"EdDSA\"");
                replace_signature(&mut parts);
            }
            Error::KeyIdMalformed | Error::KeyUnknown => header.remove("kid"),
            Error::TypeMissing | Error::TypeMalformed | Error::TypeNotAllowed => header.set("typ", "\"at+jwt\""),
            Error::SignatureNotBase64url => replace_signature(&mut parts),
            _ => return,
        }
        if let Some(part) = parts.first_mut() {
            *part = encode_base64url(&serde_json::to_vec(&header).unwrap_or_default()).into_bytes();
        }
        token = parts.join(&b'.');
    }
}

/// Replaces the signature with 64 zero bytes.
fn replace_signature(parts: &mut Vec<Vec<u8>>) {
    parts.truncate(2);
    parts.push(encode_base64url(&[0; 64]).into_bytes());
}

/// Checks everything after the signature.
fn check_claims(
    unverified: &Unverified,
    keys: &KeySet<4>,
    signing_key: &SigningKey,
    now: UnixTime,
    refusals: &mut Vec<Error>,
) {
    let mut claims = unverified.claims.clone();
    let mut payload = unverified.claims_json.clone().unwrap_or_default();
    let mut issuer: String = claims.read_member("iss").unwrap_or_else(|| "https://as.example".to_owned());
    let audience = claims.strings("aud").into_iter().find(|audience| !audience.is_empty());
    let audience = audience.unwrap_or_else(|| "https://api.example".to_owned());
    let bound = claims.bound_thumbprint().and_then(|text| Thumbprint::from_x5t_s256(&text).ok());
    for _ in 0..ROUNDS {
        let audiences = [audience.as_str()];
        let policy = Policy::new(&issuer, &audiences).token_type(TokenType::Any);
        let token = sign(&payload, signing_key);
        let mut scratch = vec![0; scratch_len(token.len())];
        let Err(error) = Verifier::new(policy, keys).verify(&token, bound.as_ref(), now, &mut scratch) else { return };
        if refusals.contains(&error) {
            return;
        }
        refusals.push(error);
        match error {
            Error::IssuerMissing | Error::IssuerMalformed => set_string(&mut claims, "iss", &issuer),
            // An empty issuer never matches, not even a policy with an empty issuer.
            Error::IssuerMismatch => {
                issuer = "https://as.example".to_owned();
                set_string(&mut claims, "iss", &issuer);
            }
            Error::AudienceMissing | Error::AudienceMalformed | Error::AudienceMismatch => {
                set_string(&mut claims, "aud", &audience);
            }
            Error::ExpiryMissing | Error::ExpiryMalformed | Error::ExpiryOutOfRange | Error::TokenExpired => {
                claims.set("exp", &now.seconds().saturating_add(1).to_string());
            }
            Error::NotBeforeMalformed | Error::NotBeforeOutOfRange | Error::TokenNotYetValid => claims.remove("nbf"),
            Error::IssuedAtMalformed | Error::IssuedAtOutOfRange => claims.remove("iat"),
            Error::SubjectMalformed => claims.remove("sub"),
            Error::ClientIdMalformed => claims.remove("client_id"),
            Error::TokenIdMalformed => claims.remove("jti"),
            Error::ScopeMalformed => claims.remove("scope"),
            // The binding is the last rule, so its errors need no repair; JSON errors come first and cannot be repaired.
            _ => return,
        }
        payload = serde_json::to_vec(&claims).unwrap_or_default();
    }
}

fn set_string(claims: &mut Members, name: &str, value: &str) {
    claims.set(name, &serde_json::to_string(value).unwrap_or_default());
}

/// A token with this payload, signed with the local key.
fn sign(payload: &[u8], signing_key: &SigningKey) -> Vec<u8> {
    let signing_input = format!("{}.{}", encode_base64url(br#"{"alg":"EdDSA"}"#), encode_base64url(payload));
    let signature = signing_key.sign(signing_input.as_bytes());
    format!("{signing_input}.{}", encode_base64url(&signature.to_bytes())).into_bytes()
}

/// The local Ed25519 key, and the base points of P-256, P-384 and P-521 as keys for checking the length of signatures.
fn local_keys(signing_key: &SigningKey) -> Result<KeySet<4>, Error> {
    let ed25519 = encode_base64url(signing_key.verifying_key().as_bytes());
    let jwks = format!(
        r#"{{"keys": [
            {{"kty": "OKP", "crv": "Ed25519", "x": "{ed25519}"}},
            {{"kty": "EC", "crv": "P-256",
                "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}},
            {{"kty": "EC", "crv": "P-384",
                "x": "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3",
                "y": "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f"}},
            {{"kty": "EC", "crv": "P-521",
                "x": "AMaFjga3BATpzZ4-y2YjlbRCnGSBOQU_tSH4KK9ga009uqFLXnfv51ko_h3BJ6L_qN4zSLPBhWpCm_l-fjHC5b1m",
                "y": "ARg5KWp4mjvABFyKX7QsfRvZmPVESVebRGgXr70XJz5mLJfucple9CZAxVC5AT-tB2E1PHCGonLCQIi-lHaf0WZQ"}}
        ]}}"#
    );
    KeySet::from_jwks(jwks.as_bytes())
}

/// Not a secret: only this module trusts its signatures, to check the claims under them.
const LOCAL_KEY: [u8; 32] = [7; 32];

/// More rounds than there are rules that can be repaired.
const ROUNDS: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_900_000_000);

    fn find_in(header: &str, claims: &str, signature: &[u8]) -> Vec<Error> {
        let parts = [header.as_bytes(), claims.as_bytes(), signature].map(encode_base64url);
        let token = parts.join(".");
        find(token.as_bytes(), &Unverified::decode(token.as_bytes()), NOW)
    }

    const HEADER: &str = r#"{"alg": "ES256", "typ": "at+jwt", "kid": "1"}"#;
    const CLAIMS: &str = r#"{"iss": "a", "aud": "b", "exp": 1900000001, "cnf": {"x5t#S256": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"}}"#;

    #[test]
    fn local_keys_are_usable() {
        assert_eq!(local_keys(&SigningKey::from_bytes(&LOCAL_KEY)).unwrap().len(), 4);
    }

    #[test]
    fn a_valid_token_has_no_refusals() {
        assert_eq!(find_in(HEADER, CLAIMS, &[1; 64]), []);
        assert_eq!(find_in(&HEADER.replace("ES256", "RS256"), CLAIMS, &[1; 256]), []);
        assert_eq!(find_in(&HEADER.replace("ES256", "EdDSA"), CLAIMS, &[1; 64]), []);
    }

    #[test]
    fn every_broken_rule_is_found_in_order() {
        let header = r#"{"alg": "none", "typ": "JWT", "kid": 1, "crit": [], "b64": false}"#;
        let claims =
            r#"{"exp": 1, "nbf": 1e12, "iat": "x", "sub": 1, "client_id": 2, "jti": 3, "scope": [], "cnf": []}"#;
        assert_eq!(
            find_in(header, claims, b""),
            [
                Error::CriticalHeader,
                Error::UnencodedPayload,
                Error::AlgorithmUnsupported,
                Error::KeyIdMalformed,
                Error::TypeNotAllowed,
                Error::IssuerMissing,
                Error::AudienceMissing,
                Error::NotBeforeOutOfRange,
                Error::TokenExpired,
                Error::IssuedAtMalformed,
                Error::SubjectMalformed,
                Error::ClientIdMalformed,
                Error::TokenIdMalformed,
                Error::ScopeMalformed,
                Error::ConfirmationMalformed,
            ]
        );
    }

    #[test]
    fn signatures_of_the_wrong_length_are_refused() {
        assert_eq!(find_in(HEADER, CLAIMS, &[1; 70]), [Error::SignatureLength]);
        assert_eq!(find_in(&HEADER.replace("ES256", "ES384"), CLAIMS, &[1; 64]), [Error::SignatureLength]);
        assert_eq!(find_in(&HEADER.replace("ES256", "ES512"), CLAIMS, &[1; 64]), [Error::SignatureLength]);
    }

    #[test]
    fn errors_without_repair_are_reported_once() {
        let twice = CLAIMS.replace("\"aud\"", "\"iss\"");
        assert_eq!(find_in(HEADER, &twice, &[1; 64]), [Error::JsonDuplicateName]);
        assert_eq!(find_in(HEADER, &CLAIMS.replace("\"a\"", "\"\""), &[1; 64]), [Error::IssuerMismatch]);
        let unbound = r#"{"iss": "a", "aud": ["b"], "exp": 1900000001}"#;
        assert_eq!(find_in(HEADER, unbound, &[1; 64]), [Error::ConfirmationMissing]);
    }
}
