//! A cached verdict equals the verifier's, at every time and over every connection.

use std::sync::LazyLock;

use crate::support::{CERTIFICATE_A, CERTIFICATE_C, Issuer, NOW, usual_claims, usual_header, usual_policy};
use certbound::{
    Algorithm, Binding, CacheSlot, CacheStatistics, CachedVerifier, Claim, Error, KeySet, Policy, Thumbprint, UnixTime,
    Verifier, ffi_support, limits, scratch_len,
};
use proptest::prelude::*;

static ISSUER: LazyLock<Issuer> = LazyLock::new(Issuer::new);
static KEYS: LazyLock<KeySet<8>> = LazyLock::new(|| ISSUER.keys());

const SCRATCH_LEN: usize = scratch_len(limits::TOKEN_LEN);

/// A token with the usual claims and a `jti` of this number, signed with the fastest algorithm.
fn token(number: usize) -> String {
    let header = usual_header().with("alg", r#""EdDSA""#).with("kid", r#""EdDSA""#);
    let claims = usual_claims().with("jti", &format!(r#""{number}""#));
    ISSUER.token(Algorithm::EdDSA, header.json(), claims.json())
}

/// The verdict now, over a connection with the certificate of Server A.
fn ask(verifier: &mut CachedVerifier<'_>, token: &str) -> Result<(), Error> {
    ask_at(verifier, token, Some(CERTIFICATE_A), NOW)
}

fn ask_at(verifier: &mut CachedVerifier<'_>, token: &str, certificate: Option<&[u8]>, now: u64) -> Result<(), Error> {
    let certificate = certificate.map(Thumbprint::of_der);
    let now = UnixTime::from_seconds(now);
    verifier.verify(token.as_bytes(), certificate.as_ref(), now, &mut [0; SCRATCH_LEN]).map(|_| ())
}

/// The hits and misses during `body`.
fn counts(verifier: &mut CachedVerifier<'_>, body: impl FnOnce(&mut CachedVerifier<'_>)) -> (u64, u64) {
    let before = verifier.statistics();
    body(verifier);
    (verifier.statistics().hits - before.hits, verifier.statistics().misses - before.misses)
}

#[test]
fn a_token_is_cached_after_its_first_use() {
    let mut slots = [CacheSlot::EMPTY; 8];
    let mut verifier = CachedVerifier::new(Verifier::new(usual_policy(), &KEYS), &mut slots);
    let token = token(0);
    for times in 0..4 {
        assert_eq!(ask(&mut verifier, &token), Ok(()));
        assert_eq!((verifier.statistics().hits, verifier.statistics().misses), (times, 1));
    }
    assert_eq!(verifier.capacity(), 8);
}

#[test]
fn time_and_binding_of_a_cached_token_are_still_checked() {
    let mut slots = [CacheSlot::EMPTY; 8];
    let mut verifier = CachedVerifier::new(Verifier::new(usual_policy().leeway_seconds(10), &KEYS), &mut slots);
    let header = usual_header();
    let claims = usual_claims().with("nbf", "1899999990");
    let token = ISSUER.token(Algorithm::ES256, header.json(), claims.json());
    assert_eq!(ask(&mut verifier, &token), Ok(()));
    let judged = counts(&mut verifier, |verifier| {
        assert_eq!(ask_at(verifier, &token, Some(CERTIFICATE_C), NOW), Err(Error::CertificateMismatch));
        assert_eq!(ask_at(verifier, &token, None, NOW), Err(Error::CertificateMissing));
        assert_eq!(ask_at(verifier, &token, Some(CERTIFICATE_A), NOW + 309), Ok(()));
        assert_eq!(ask_at(verifier, &token, Some(CERTIFICATE_A), NOW + 310), Err(Error::TokenExpired));
        // A clock may also be set back.
        assert_eq!(ask_at(verifier, &token, Some(CERTIFICATE_A), NOW - 20), Ok(()));
        assert_eq!(ask_at(verifier, &token, Some(CERTIFICATE_A), NOW - 21), Err(Error::TokenNotYetValid));
        assert_eq!(ask(verifier, &token), Ok(()));
    });
    assert_eq!(judged, (7, 0));
}

#[test]
fn an_unbound_token_is_cached_as_unbound() {
    let mut slots = [CacheSlot::EMPTY; 8];
    let policy = usual_policy().binding(Binding::IfPresent);
    let mut verifier = CachedVerifier::new(Verifier::new(policy, &KEYS), &mut slots);
    let token = ISSUER.token(Algorithm::ES256, usual_header().json(), usual_claims().without("cnf").json());
    let judged = counts(&mut verifier, |verifier| {
        for certificate in [None, Some(CERTIFICATE_A), Some(CERTIFICATE_C)] {
            assert_eq!(ask_at(verifier, &token, certificate, NOW), Ok(()));
        }
    });
    assert_eq!(judged, (2, 1));
}

#[test]
fn another_signature_over_the_same_claims_is_another_token() {
    let mut slots = [CacheSlot::EMPTY; 8];
    let mut verifier = CachedVerifier::new(Verifier::new(usual_policy(), &KEYS), &mut slots);
    let token = token(0);
    assert_eq!(ask(&mut verifier, &token), Ok(()));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{signed}.{other}{}", &signature[1..]);
    assert_eq!(ask(&mut verifier, &forged), Err(Error::SignatureInvalid));
    assert_eq!(ask(&mut verifier, &format!("{signed}.")), Err(Error::SignatureLength));
    assert_eq!(ask(&mut verifier, &token), Ok(()));
}

#[test]
fn a_token_of_a_withdrawn_key_is_rejected_at_once() {
    let mut slots = [CacheSlot::EMPTY; 8];
    let token = ISSUER.usual_token();
    let verifier = Verifier::new(usual_policy(), &KEYS);
    let mut verifier = CachedVerifier::new(verifier, &mut slots);
    assert_eq!(ask(&mut verifier, &token), Ok(()));
    assert_eq!(ask(&mut verifier, &token), Ok(()));

    let jwks = format!(r#"{{"keys":[{}]}}"#, ISSUER.jwk(Algorithm::EdDSA, ""));
    let fewer = KeySet::<1>::from_jwks(jwks.as_bytes()).unwrap();
    let mut verifier = CachedVerifier::new(Verifier::new(usual_policy(), &fewer), &mut slots);
    assert_eq!(ask(&mut verifier, &token), Err(Error::KeyUnknown));
    assert_eq!((verifier.statistics().hits, verifier.statistics().misses), (0, 1));
}

#[test]
fn rejected_tokens_evict_nothing() {
    let mut slots = [CacheSlot::EMPTY; 4];
    let mut verifier = CachedVerifier::new(Verifier::new(usual_policy(), &KEYS), &mut slots);
    let tokens: Vec<_> = (0..4).map(token).collect();
    for token in &tokens {
        assert_eq!(ask(&mut verifier, token), Ok(()));
    }
    for number in 0..100 {
        assert_eq!(ask(&mut verifier, &format!("e30.{number:04}.AA")), Err(Error::AlgorithmMissing));
    }
    let stolen = token(9);
    assert_eq!(ask_at(&mut verifier, &stolen, Some(CERTIFICATE_C), NOW), Err(Error::CertificateMismatch));
    let judged = counts(&mut verifier, |verifier| {
        for token in &tokens {
            assert_eq!(ask(verifier, token), Ok(()));
        }
    });
    assert_eq!(judged, (4, 0));
}

#[test]
fn the_least_recently_used_token_is_evicted_first() {
    let mut slots = [CacheSlot::EMPTY; 4];
    let mut verifier = CachedVerifier::new(Verifier::new(usual_policy(), &KEYS), &mut slots);
    for number in [0, 1, 2, 3, 0, 4] {
        assert_eq!(ask(&mut verifier, &token(number)), Ok(()));
    }
    // The fifth replaced token 1, because 0 was used again after it.
    for (number, expected) in [(0, (1, 0)), (4, (1, 0)), (2, (1, 0)), (3, (1, 0)), (1, (0, 1))] {
        let judged = counts(&mut verifier, |verifier| assert_eq!(ask(verifier, &token(number)), Ok(())));
        assert_eq!(judged, expected, "{number}");
    }
}

#[test]
fn an_expired_token_is_evicted_before_all_others() {
    let mut slots = [CacheSlot::EMPTY; 4];
    let mut verifier = CachedVerifier::new(Verifier::new(usual_policy(), &KEYS), &mut slots);
    let brief = usual_claims().with("exp", "1900000001");
    let brief = ISSUER.token(Algorithm::ES256, usual_header().json(), brief.json());
    for token in [token(0), token(1), token(2), brief.clone()] {
        assert_eq!(ask(&mut verifier, &token), Ok(()));
    }
    assert_eq!(ask_at(&mut verifier, &token(3), Some(CERTIFICATE_A), NOW + 1), Ok(()));
    let judged = counts(&mut verifier, |verifier| {
        for number in 0..4 {
            assert_eq!(ask(verifier, &token(number)), Ok(()));
        }
    });
    assert_eq!(judged, (4, 0));
    assert_eq!(ask_at(&mut verifier, &brief, Some(CERTIFICATE_A), NOW + 1), Err(Error::TokenExpired));
}

/// With one set for each token, a dozen would have lost theirs.
#[test]
fn tokens_for_half_of_the_slots_are_not_evicted() {
    let mut slots = [CacheSlot::EMPTY; 128];
    let mut verifier = CachedVerifier::new(Verifier::new(usual_policy(), &KEYS), &mut slots);
    let tokens: Vec<_> = (0..64).map(token).collect();
    let mut all = || counts(&mut verifier, |verifier| tokens.iter().for_each(|token| ask(verifier, token).unwrap()));
    assert_eq!(all(), (0, 64));
    assert!(all().0 >= 60);
}

#[test]
fn any_number_of_slots_works() {
    for count in [0, 1, 2, 3, 5, 7, 9] {
        let mut slots = vec![CacheSlot::EMPTY; count];
        let mut verifier = CachedVerifier::new(Verifier::new(usual_policy(), &KEYS), &mut slots);
        for number in 0..20 {
            assert_eq!(ask(&mut verifier, &token(number)), Ok(()));
        }
        let (hits, misses) = counts(&mut verifier, |verifier| assert_eq!(ask(verifier, &token(19)), Ok(())));
        assert_eq!((hits, misses), if count == 0 { (0, 1) } else { (1, 0) }, "{count}");
    }
}

#[test]
fn a_token_that_is_too_long_is_not_hashed() {
    let mut slots = [CacheSlot::EMPTY; 4];
    let mut verifier = CachedVerifier::new(Verifier::new(usual_policy(), &KEYS), &mut slots);
    let longest = "a".repeat(limits::TOKEN_LEN);
    assert_eq!(ask(&mut verifier, &longest), Err(Error::TokenNotCompact));
    assert_eq!(ask(&mut verifier, &(longest + "a")), Err(Error::TokenTooLong));
    assert_eq!(verifier.statistics().misses, 1);
}

#[test]
fn claims_of_a_cached_token_are_those_of_a_new_one() {
    let mut slots = [CacheSlot::EMPTY; 8];
    let mut verifier = CachedVerifier::new(Verifier::new(usual_policy(), &KEYS), &mut slots);
    let claims = usual_claims().with("org", r#""M\u00fcller \"&\" S\u00f6hne""#).with("\\u006eum", "[1,2]");
    let token = ISSUER.token(Algorithm::ES256, usual_header().json(), claims.json());
    let certificate = Thumbprint::of_der(CERTIFICATE_A);
    let now = UnixTime::from_seconds(NOW);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut scratch = [0xaa; SCRATCH_LEN];
        let mut accepted = verifier.verify(token.as_bytes(), Some(&certificate), now, &mut scratch).unwrap();
        let claims = accepted.claims().unwrap();
        assert_eq!(accepted.claims().unwrap().as_json(), claims.as_json());
        assert!(accepted.confirmation().unwrap().thumbprint().matches(&certificate));
        seen.push((
            format!("{:?} {:?}", claims.claim("org"), claims.claim("num")),
            claims.as_json().to_owned(),
            accepted.expires_at(),
        ));
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0].0.contains("Müller"), "{}", seen[0].0);
    assert_eq!(verifier.statistics().hits, 1);

    // Without memory for the claims there is no verdict, as for a new token.
    let mut small = vec![0; token.len() - 1];
    let verdict = verifier.verify(token.as_bytes(), Some(&certificate), now, &mut small);
    assert_eq!(verdict.unwrap_err(), Error::ScratchTooSmall);
}

/// A host may reuse the token's memory at once: nginx does so with its header buffers when a connection is upgraded.
#[test]
fn claims_do_not_depend_on_the_memory_of_the_token() {
    let mut slots = [CacheSlot::EMPTY; 8];
    let mut verifier = CachedVerifier::new(Verifier::new(usual_policy(), &KEYS), &mut slots);
    let certificate = Thumbprint::of_der(CERTIFICATE_A);
    let now = UnixTime::from_seconds(NOW);
    for escapes in 0..40 {
        // Strings with many escapes need the most scratch memory, and this one has exactly the required length.
        let text = format!("\"{}\"", "\\\"".repeat(escapes * escapes));
        let token = ISSUER.token(Algorithm::ES256, usual_header().json(), usual_claims().with("text", &text).json());
        for _ in 0..2 {
            let mut host_memory = token.clone().into_bytes();
            let mut scratch = vec![0xaa; scratch_len(token.len())];
            let mut accepted = verifier.verify(&host_memory, Some(&certificate), now, &mut scratch).unwrap();
            host_memory.fill(b'A');
            let claims = accepted.claims().unwrap();
            assert_eq!(claims.subject(), Some("server-a"));
            assert_eq!(claims.claim("text"), Some(Claim::String(&"\"".repeat(escapes * escapes))));
        }
    }
    assert_eq!(verifier.statistics().hits, 40);
}

#[test]
fn a_resumed_cache_keeps_its_tokens() {
    let mut slots = [CacheSlot::EMPTY; 8];
    let verifier = Verifier::new(usual_policy(), &KEYS);
    let mut first = CachedVerifier::new(verifier, &mut slots);
    assert_eq!(ask(&mut first, &token(0)), Ok(()));
    let statistics = first.statistics();
    let mut second = ffi_support::resume_cache(verifier, &mut slots, statistics);
    assert_eq!(ask(&mut second, &token(0)), Ok(()));
    assert_eq!((second.statistics().hits, second.statistics().misses), (1, 1));
    assert_eq!(CachedVerifier::new(verifier, &mut slots).statistics(), certbound::CacheStatistics::default());
}

#[test]
fn verifiers_that_share_a_cache_do_not_see_tokens_of_each_other() {
    let mut slots = [CacheSlot::EMPTY; 8];
    let policies = [usual_policy(), usual_policy().required_scopes(&["admin"])];
    let [lax, strict] = policies.map(|policy| Verifier::new(policy, &KEYS));
    let mut statistics = CacheStatistics::default();
    let mut ask_of = |verifier, identity| {
        let mut cache = ffi_support::resume_shared_cache(verifier, [identity; 32], &mut slots, statistics);
        let verdict = ask(&mut cache, &token(0));
        let hits = cache.statistics().hits - statistics.hits;
        statistics = cache.statistics();
        (verdict, hits)
    };
    assert_eq!(ask_of(lax, 1), (Ok(()), 0));
    assert_eq!(ask_of(strict, 2), (Err(Error::InsufficientScope), 0));
    assert_eq!(ask_of(lax, 1), (Ok(()), 1));
    assert_eq!(ask_of(strict, 2), (Err(Error::InsufficientScope), 0));
    assert_eq!(ask_of(lax, 3), (Ok(()), 0));
    // What the documentation warns of:
    assert_eq!(ask_of(strict, 1), (Ok(()), 1));
}

#[test]
fn the_cache_key_is_that_of_the_last_token_and_of_the_verifier() {
    let mut slots = [CacheSlot::EMPTY; 8];
    let verifier = Verifier::new(usual_policy(), &KEYS);
    let mut key_of = |identity: u8, token: &str| {
        let statistics = CacheStatistics::default();
        let mut cache = ffi_support::resume_shared_cache(verifier, [identity; 32], &mut slots, statistics);
        assert_eq!(ffi_support::cache_key(&cache), None);
        let verdict = ask(&mut cache, token);
        (verdict, ffi_support::cache_key(&cache))
    };
    let (verdict, key) = key_of(1, &token(0));
    assert!(verdict.is_ok() && key.is_some());
    assert_eq!(key_of(1, &token(0)), (Ok(()), key), "from the cache");
    for (identity, other) in [(1, token(1)), (2, token(0)), (1, token(0) + "x"), (1, String::new())] {
        let (_, other_key) = key_of(identity, &other);
        assert!(other_key.is_some() && other_key != key, "{identity} {other}");
    }
    let longest = "a".repeat(limits::TOKEN_LEN);
    assert!(key_of(1, &longest).1.is_some());
    assert_eq!(key_of(1, &(longest + "a")), (Err(Error::TokenTooLong), None));
}

/// Tokens for every verdict that depends on time and binding.
static TOKENS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let changes = [
        "",
        "exp: 1900000100",
        "exp: 1900000050.5 ; nbf: 1900000010",
        "nbf: 1900000060",
        "-cnf",
        "cnf: {\"jkt\":\"x\"}",
        "aud: \"https://other.example\"",
        "nbf: 1899999950.5 ; exp: 1.9000002e9",
    ];
    let token =
        |change: &&str| ISSUER.token(Algorithm::EdDSA, usual_header().changed(EDDSA), usual_claims().changed(change));
    changes.iter().map(token).chain([String::from("e30.e30.AA")]).collect()
});
const EDDSA: &str = "alg: \"EdDSA\" ; kid: \"EdDSA\"";

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_verdict_always_equals_the_verifiers(
        capacity in 0..6_usize, required: bool, leeway in prop::sample::select(vec![0_u64, 30]),
        requests in prop::collection::vec((0..9_usize, 0..3_usize, 0..400_u64), 1..60),
    ) {
        let binding = if required { Binding::Required } else { Binding::IfPresent };
        let policy: Policy<'_> = usual_policy().binding(binding).leeway_seconds(leeway);
        let plain = Verifier::new(policy, &KEYS);
        let mut slots = vec![CacheSlot::EMPTY; capacity];
        let mut cached = CachedVerifier::new(plain, &mut slots);
        for (token, certificate, seconds) in requests {
            let token = &TOKENS[token];
            let certificate = [None, Some(CERTIFICATE_A), Some(CERTIFICATE_C)][certificate];
            let now = NOW - 100 + seconds;
            let thumbprint = certificate.map(Thumbprint::of_der);
            let mut scratch = [0; SCRATCH_LEN];
            let expected = plain.verify(token.as_bytes(), thumbprint.as_ref(), UnixTime::from_seconds(now), &mut scratch);
            prop_assert_eq!(ask_at(&mut cached, token, certificate, now), expected.map(|_| ()));
        }
    }
}
