//! Verifiers that trust several issuers: a token is accepted only if a key of the issuer in its `iss` verifies it.

use base64ct::{Base64UrlUnpadded, Encoding};
use certbound::{
    Algorithm, CacheSlot, CachedVerifier, Error, KeySet, Policy, Thumbprint, TrustedIssuer, UnixTime, Verifier, limits,
};
use p256::ecdsa::{RecoveryId, Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::support::{
    AUDIENCE, CERTIFICATE_A, CERTIFICATE_C, ISSUER, Issuer, NOW, base64url, judge_by_issuers, usual_claims,
    usual_header, usual_policy,
};

const OTHER: &str = "https://as2.example";

#[test]
fn a_token_of_each_issuer_is_accepted() {
    let (issuer, other) = (Issuer::new(), Issuer::new());
    let (keys, other_keys) = (issuer.keys(), other.keys());
    let trusted = [(ISSUER, &keys), (OTHER, &other_keys)];
    assert_eq!(issuer_of(&trusted, &issuer.usual_token()), Ok(ISSUER.to_owned()));
    assert_eq!(issuer_of(&trusted, &token_of(&other, OTHER)), Ok(OTHER.to_owned()));
    // Without a kid, the keys of both are tried.
    let header = usual_header().without("kid");
    let token = other.token(Algorithm::ES256, header.json(), usual_claims().with("iss", &quoted(OTHER)).json());
    assert_eq!(issuer_of(&trusted, &token), Ok(OTHER.to_owned()));
}

#[test]
fn an_issuer_cannot_issue_tokens_of_another() {
    let (issuer, other) = (Issuer::new(), Issuer::new());
    let (keys, other_keys) = (issuer.keys(), other.keys());
    // Both issuers use the same kids.
    let trusted = [(ISSUER, &keys), (OTHER, &other_keys)];
    assert_eq!(verdict(&trusted, &token_of(&other, ISSUER)), Err(Error::IssuerMismatch));
    assert_eq!(verdict(&trusted, &token_of(&issuer, OTHER)), Err(Error::IssuerMismatch));
    assert_eq!(verdict(&trusted, &token_of(&issuer, "https://as3.example")), Err(Error::IssuerMismatch));
    assert_eq!(verdict(&trusted, &token_of(&Issuer::new(), ISSUER)), Err(Error::SignatureInvalid));
    assert_eq!(verdict(&trusted, &token_of(&issuer, ISSUER)), Ok(()));
}

#[test]
fn the_binding_holds_for_every_issuer() {
    let (issuer, other) = (Issuer::new(), Issuer::new());
    let (keys, other_keys) = (issuer.keys(), other.keys());
    let trusted = [(ISSUER, &keys), (OTHER, &other_keys)];
    let token = token_of(&other, OTHER);
    let verdict = |certificate| judge_by_issuers(&trusted, policy(), certificate, &token, |_| ());
    assert_eq!(verdict(Some(CERTIFICATE_A)), Ok(()));
    assert_eq!(verdict(Some(CERTIFICATE_C)), Err(Error::CertificateMismatch));
    assert_eq!(verdict(None), Err(Error::CertificateMissing));
}

#[test]
fn issuers_may_share_a_key() {
    let issuer = Issuer::new();
    let keys = issuer.keys();
    let trusted = [(ISSUER, &keys), (OTHER, &keys)];
    assert_eq!(issuer_of(&trusted, &token_of(&issuer, ISSUER)), Ok(ISSUER.to_owned()));
    assert_eq!(issuer_of(&trusted, &token_of(&issuer, OTHER)), Ok(OTHER.to_owned()));
    assert_eq!(verdict(&trusted, &token_of(&issuer, "https://as3.example")), Err(Error::IssuerMismatch));
}

/// For each ECDSA signature there is a second key that verifies it, and anyone can compute that key.
#[test]
fn a_key_made_to_fit_a_signature_changes_no_verdict() {
    let issuer = Issuer::new();
    let (keys, token) = (issuer.keys(), issuer.usual_token());
    let fitting = KeySet::from_jwks(second_jwks_of(&token, &issuer).as_bytes()).unwrap();
    // The key verifies the signature: otherwise this test would show nothing.
    assert_eq!(issuer_of(&[(ISSUER, &fitting)], &token), Ok(ISSUER.to_owned()));
    assert_eq!(verdict(&[(OTHER, &fitting)], &token), Err(Error::IssuerMismatch));
    assert_eq!(issuer_of(&[(OTHER, &fitting), (ISSUER, &keys)], &token), Ok(ISSUER.to_owned()));
    assert_eq!(issuer_of(&[(ISSUER, &keys), (OTHER, &fitting)], &token), Ok(ISSUER.to_owned()));
}

#[test]
fn withdrawn_keys_of_one_issuer_do_not_affect_another() {
    let (issuer, other) = (Issuer::new(), Issuer::new());
    let withdrawn = KeySet::from_jwks(br#"{"keys":[]}"#).unwrap();
    let keys = other.keys();
    let trusted = [(ISSUER, &withdrawn), (OTHER, &keys)];
    assert_eq!(verdict(&trusted, &token_of(&other, OTHER)), Ok(()));
    assert_eq!(verdict(&trusted, &token_of(&issuer, ISSUER)), Err(Error::SignatureInvalid));
    assert_eq!(verdict(&trusted, &token_of(&other, ISSUER)), Err(Error::IssuerMismatch));
    let all = [(ISSUER, &withdrawn), (OTHER, &withdrawn)];
    assert_eq!(verdict(&all, &token_of(&other, OTHER)), Err(Error::KeysWithdrawn));
    assert_eq!(verdict(&[], &token_of(&other, OTHER)), Err(Error::KeysWithdrawn));
}

#[test]
fn tokens_of_an_issuer_whose_keys_have_not_arrived_are_neither_accepted_nor_invalid() {
    let (issuer, other) = (Issuer::new(), Issuer::new());
    let named = |key_id: &str| {
        let header = usual_header().with("kid", &quoted(key_id)).json();
        other.token(Algorithm::ES256, header, usual_claims().with("iss", &quoted(OTHER)).json())
    };
    let unnamed = |signer: &Issuer| {
        let claims = usual_claims().with("iss", &quoted(OTHER)).json();
        signer.token(Algorithm::ES256, usual_header().without("kid").json(), claims)
    };
    let keys = issuer.keys();
    let trusted = [TrustedIssuer::new(ISSUER, &keys), TrustedIssuer::pending(OTHER)];
    let by = |policy, token: &str| verdict_of(Verifier::for_issuers(policy, &trusted), token);

    assert_eq!(by(policy(), &named("2026-11")), Err(Error::KeysPending));
    assert_eq!(by(policy(), &unnamed(&other)), Err(Error::KeysPending));
    // A key with this kid exists, but fits another algorithm.
    assert_eq!(by(policy(), &named("RS256")), Err(Error::KeysPending));
    // Both issuers share a key.
    assert_eq!(by(policy(), &token_of(&issuer, OTHER)), Err(Error::KeysPending));
    let pending = [TrustedIssuer::pending(OTHER)];
    assert_eq!(verdict_of(Verifier::for_issuers(policy(), &pending), &named("ES256")), Err(Error::KeysPending));

    // The other issuer is unaffected, and so are tokens that a key with their kid rejects.
    assert_eq!(by(policy(), &issuer.usual_token()), Ok(()));
    assert_eq!(by(policy(), &named("ES256")), Err(Error::SignatureInvalid));
    assert_eq!(by(policy(), &token_of(&issuer, "https://as3.example")), Err(Error::IssuerMismatch));
    // A policy that names an issuer does not wait for others.
    assert_eq!(by(usual_policy(), &named("2026-11")), Err(Error::KeyUnknown));
    assert_eq!(by(usual_policy(), &unnamed(&other)), Err(Error::SignatureInvalid));
    assert_eq!(by(usual_policy(), &token_of(&issuer, OTHER)), Err(Error::IssuerMismatch));

    // With the keys, the verdicts are final.
    let other_keys = other.keys();
    let trusted = [(ISSUER, &keys), (OTHER, &other_keys)];
    assert_eq!(verdict(&trusted, &named("2026-11")), Err(Error::KeyUnknown));
    assert_eq!(verdict(&trusted, &unnamed(&other)), Ok(()));
    assert_eq!(verdict(&trusted, &unnamed(&Issuer::new())), Err(Error::SignatureInvalid));
    assert_eq!(verdict(&trusted, &token_of(&issuer, OTHER)), Err(Error::IssuerMismatch));
}

#[test]
fn an_issuer_listed_with_and_without_keys_is_recognised_by_its_keys() {
    let issuer = Issuer::new();
    let keys = issuer.keys();
    let trusted = [TrustedIssuer::pending(ISSUER), TrustedIssuer::new(OTHER, &keys), TrustedIssuer::new(ISSUER, &keys)];
    let verifier = Verifier::for_issuers(policy(), &trusted);
    assert_eq!(verdict_of(verifier, &issuer.usual_token()), Ok(()));
    assert_eq!(
        verdict_of(Verifier::for_issuers(policy(), &trusted[..2]), &issuer.usual_token()),
        Err(Error::KeysPending)
    );
}

#[test]
fn a_kid_is_looked_for_among_the_keys_of_all_issuers() {
    let (issuer, other) = (Issuer::new(), Issuer::new());
    let keys = issuer.keys();
    let named = format!(r#"{{"keys":[{}]}}"#, other.jwk(Algorithm::ES256, r#""kid":"2026-11""#));
    let other_keys = KeySet::from_jwks(named.as_bytes()).unwrap();
    let trusted = [(ISSUER, &keys), (OTHER, &other_keys)];
    let token = |kid: &str| {
        let header = usual_header().with("kid", &quoted(kid)).json();
        other.token(Algorithm::ES256, header, usual_claims().with("iss", &quoted(OTHER)).json())
    };
    assert_eq!(verdict(&trusted, &token("2026-11")), Ok(()));
    assert_eq!(verdict(&trusted, &token("2026-12")), Err(Error::KeyUnknown));
    assert_eq!(verdict(&trusted, &token("RS256")), Err(Error::KeyUnsuited));
}

#[test]
fn without_a_kid_at_most_eight_keys_of_all_issuers_are_tried() {
    let issuer = Issuer::new();
    let header = usual_header().without("kid").json();
    let token = issuer.token(Algorithm::ES256, header, usual_claims().json());
    let keys = |count| {
        let jwks = vec![issuer.jwk(Algorithm::ES256, ""); count].join(",");
        KeySet::<8>::from_jwks(format!(r#"{{"keys":[{jwks}]}}"#).as_bytes()).unwrap()
    };
    let (three, five, six) = (keys(3), keys(5), keys(6));
    assert_eq!(limits::CANDIDATE_KEYS, 8);
    assert_eq!(verdict(&[(ISSUER, &three), (OTHER, &five)], &token), Ok(()));
    assert_eq!(verdict(&[(ISSUER, &three), (OTHER, &six)], &token), Err(Error::TooManyCandidateKeys));
}

/// Otherwise an issuer could make the tokens of another cost as many verifications as it has keys.
#[test]
fn an_issuer_with_too_many_keys_of_one_kid_affects_only_its_own_tokens() {
    let (issuer, other) = (Issuer::new(), Issuer::new());
    let keys = issuer.keys();
    let others = |count| {
        let jwks = vec![other.jwk(Algorithm::ES256, r#""kid":"ES256""#); count].join(",");
        KeySet::<16>::from_jwks(format!(r#"{{"keys":[{jwks}]}}"#).as_bytes()).unwrap()
    };
    let verdict = |others: &KeySet<16>, token: &str| {
        let trusted = [TrustedIssuer::new(OTHER, others), TrustedIssuer::new(ISSUER, &keys)];
        verdict_of(Verifier::for_issuers(policy(), &trusted), token)
    };
    let (as_many_as_allowed, one_more) = (others(limits::CANDIDATE_KEYS), others(limits::CANDIDATE_KEYS + 1));
    assert_eq!(verdict(&as_many_as_allowed, &token_of(&other, OTHER)), Ok(()));
    assert_eq!(verdict(&one_more, &token_of(&other, OTHER)), Err(Error::TooManyCandidateKeys));
    assert_eq!(verdict(&as_many_as_allowed, &issuer.usual_token()), Ok(()));
    assert_eq!(verdict(&one_more, &issuer.usual_token()), Ok(()));
}

#[test]
fn a_policy_that_names_an_issuer_accepts_only_that_one() {
    let (issuer, other) = (Issuer::new(), Issuer::new());
    let (keys, other_keys) = (issuer.keys(), other.keys());
    let trusted = [(ISSUER, &keys), (OTHER, &other_keys)];
    let verdict = |token: &str| judge_by_issuers(&trusted, usual_policy(), Some(CERTIFICATE_A), token, |_| ());
    assert_eq!(verdict(&issuer.usual_token()), Ok(()));
    assert_eq!(verdict(&token_of(&other, OTHER)), Err(Error::IssuerMismatch));
}

#[test]
fn an_issuer_without_a_name_matches_nothing() {
    let issuer = Issuer::new();
    let keys = issuer.keys();
    assert_eq!(verdict(&[("", &keys)], &token_of(&issuer, "")), Err(Error::IssuerMismatch));
    let verifier = Verifier::new(policy(), &keys);
    let mut scratch = [0; 2048];
    let now = UnixTime::from_seconds(NOW);
    let verdict = verifier.verify(token_of(&issuer, "").as_bytes(), None, now, &mut scratch);
    assert_eq!(verdict.unwrap_err(), Error::IssuerMismatch);
    assert_eq!(TrustedIssuer::new("", &keys).name(), "");
}

#[test]
fn a_token_without_a_readable_issuer_is_rejected() {
    let (issuer, other) = (Issuer::new(), Issuer::new());
    let (keys, other_keys) = (issuer.keys(), other.keys());
    let trusted = [(ISSUER, &keys), (OTHER, &other_keys)];
    let verdict = |change: &str| {
        let token = other.token(Algorithm::ES256, usual_header().json(), usual_claims().changed(change));
        verdict(&trusted, &token)
    };
    assert_eq!(verdict("-iss"), Err(Error::IssuerMissing));
    assert_eq!(verdict(r#"iss: ["https://as2.example"]"#), Err(Error::IssuerMalformed));
    assert_eq!(verdict(r#"iss: "https://as2.example""#), Ok(()));
}

fn policy() -> Policy<'static> {
    Policy::for_audiences(&[AUDIENCE])
}

fn verdict(trusted: &[(&str, &KeySet<8>)], token: &str) -> Result<(), Error> {
    issuer_of(trusted, token).map(|_| ())
}

/// The verdict of this verifier, with a cache and without.
fn verdict_of(verifier: Verifier<'_>, token: &str) -> Result<(), Error> {
    let certificate = Thumbprint::of_der(CERTIFICATE_A);
    let (now, mut scratch) = (UnixTime::from_seconds(NOW), [0; 4096]);
    let verdict = verifier.verify(token.as_bytes(), Some(&certificate), now, &mut scratch).map(|_| ());
    let mut slots = [CacheSlot::EMPTY; 2];
    let mut cached = CachedVerifier::new(verifier, &mut slots);
    for _ in 0..2 {
        let again = cached.verify(token.as_bytes(), Some(&certificate), now, &mut scratch).map(|_| ());
        assert_eq!(again, verdict);
    }
    verdict
}

/// The issuer of an accepted token.
fn issuer_of(trusted: &[(&str, &KeySet<8>)], token: &str) -> Result<String, Error> {
    judge_by_issuers(trusted, policy(), Some(CERTIFICATE_A), token, |token| token.issuer().unwrap().to_owned())
}

/// The usual token, signed by `issuer`, with this `iss`.
fn token_of(issuer: &Issuer, name: &str) -> String {
    issuer.token(Algorithm::ES256, usual_header().json(), usual_claims().with("iss", &quoted(name)).json())
}

fn quoted(text: &str) -> String {
    format!(r#""{text}""#)
}

/// A JWK Set with the key that is not the issuer's but verifies this token's ES256 signature, under the usual `kid`.
fn second_jwks_of(token: &str, issuer: &Issuer) -> String {
    let (signing_input, signature) = token.rsplit_once('.').unwrap();
    let signature = Signature::from_slice(&Base64UrlUnpadded::decode_vec(signature).unwrap()).unwrap();
    let digest = Sha256::digest(signing_input);
    let further = r#""kid":"ES256""#;
    let jwks = [0, 1].map(|id| {
        let id = RecoveryId::from_byte(id).unwrap();
        let point = VerifyingKey::recover_from_prehash(&digest, &signature, id).unwrap().to_sec1_point(false);
        let [x, y] = [point.x().unwrap(), point.y().unwrap()].map(|number| base64url(number));
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}",{further}}}"#)
    });
    let own = issuer.jwk(Algorithm::ES256, further);
    let [second]: [String; 1] = jwks.into_iter().filter(|jwk| *jwk != own).collect::<Vec<_>>().try_into().unwrap();
    format!(r#"{{"keys":[{second}]}}"#)
}
