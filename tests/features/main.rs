//! A build with some features: what it contains works, and what it leaves out is rejected as unsupported.
//!
//! Unlike the other tests, these compile with any features. The tests of algorithms assert one thing if the feature is there and
//! another if it is not; those of other parts need their feature. `make features` runs them for several builds.

#[allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]
#[path = "../support/keys.rs"]
mod keys;

use certbound::{Algorithm, Error, KeySet, Policy, Thumbprint, UnixTime, Verifier, scratch_len};

use crate::keys::{Issuer, base64url};

const NOW: UnixTime = UnixTime::from_seconds(1_900_000_000);
const CERTIFICATE: &[u8] = b"the certificate of Server A";

/// Every algorithm, whether the build contains it, and the error for its key if not.
const ALGORITHMS: [(Algorithm, bool, Error); 10] = [
    (Algorithm::ES256, cfg!(feature = "es256"), Error::CurveUnsupported),
    (Algorithm::ES384, cfg!(feature = "es384"), Error::CurveUnsupported),
    (Algorithm::ES512, cfg!(feature = "es512"), Error::CurveUnsupported),
    (Algorithm::EdDSA, cfg!(feature = "eddsa"), Error::CurveUnsupported),
    (Algorithm::RS256, cfg!(feature = "rsa"), Error::KeyTypeUnsupported),
    (Algorithm::RS384, cfg!(feature = "rsa"), Error::KeyTypeUnsupported),
    (Algorithm::RS512, cfg!(feature = "rsa"), Error::KeyTypeUnsupported),
    (Algorithm::PS256, cfg!(feature = "rsa"), Error::KeyTypeUnsupported),
    (Algorithm::PS384, cfg!(feature = "rsa"), Error::KeyTypeUnsupported),
    (Algorithm::PS512, cfg!(feature = "rsa"), Error::KeyTypeUnsupported),
];

#[test]
fn the_list_has_the_algorithms_of_the_build() {
    let contained: Vec<_> =
        ALGORITHMS.into_iter().filter(|(_, is_contained, _)| *is_contained).map(|(algorithm, ..)| algorithm).collect();
    assert_eq!(Algorithm::ALL, contained);
    for (algorithm, is_contained, _) in ALGORITHMS {
        assert_eq!(Algorithm::from_name(algorithm.name()), is_contained.then_some(algorithm));
    }
    assert_eq!(Algorithm::from_name("Ed25519").is_some(), cfg!(feature = "eddsa"));
}

#[test]
fn a_key_that_is_left_out_is_unsupported() {
    let issuer = Issuer::new();
    for (algorithm, is_contained, error) in ALGORITHMS {
        let key = KeySet::<1>::from_jwk(issuer.jwk(algorithm, "").as_bytes());
        assert_eq!(key.map(|_| ()), if is_contained { Ok(()) } else { Err(error) }, "{algorithm:?}");
    }
}

#[test]
fn a_token_of_an_algorithm_that_is_left_out_is_unsupported() {
    let issuer = Issuer::new();
    let every: Vec<_> = ALGORITHMS.map(|(algorithm, ..)| algorithm).into();
    for (algorithm, is_contained, _) in ALGORITHMS {
        let token = token(&issuer, algorithm);
        let (_, signature) = token.rsplit_once('.').unwrap();
        let forged = format!("{}.{signature}", signing_input(algorithm, 1_900_000_301));
        let jwk = issuer.jwk(algorithm, "");
        // Without the algorithm there is no key, so its issuer has an empty set.
        let jwks = format!(r#"{{"keys":[{}]}}"#, if is_contained { &jwk } else { "" });
        let keys = KeySet::<1>::from_jwks(jwks.as_bytes()).unwrap();
        // Even a policy that names an algorithm does not add it.
        for policy in [policy(), policy().algorithms(&every)] {
            let expected = if is_contained { Ok(()) } else { Err(Error::AlgorithmUnsupported) };
            assert_eq!(verdict(&Verifier::new(policy, &keys), &token), expected, "{algorithm:?}");
            let expected = Err(if is_contained { Error::SignatureInvalid } else { Error::AlgorithmUnsupported });
            assert_eq!(verdict(&Verifier::new(policy, &keys), &forged), expected, "{algorithm:?}");
        }
    }
}

#[cfg(feature = "prepared")]
#[test]
fn prepared_keys_verify_what_plain_ones_do() {
    use certbound::{Geometry, PreparedKeys};

    let issuer = Issuer::new();
    for algorithm in Algorithm::ALL {
        let keys = KeySet::<1>::from_jwk(issuer.jwk(*algorithm, "").as_bytes()).unwrap();
        for geometry in Geometry::ALL {
            let length = PreparedKeys::tables_len(&keys, geometry);
            assert!(length <= PreparedKeys::tables_len_max(1, geometry));
            let mut tables = vec![0; length];
            let prepared = PreparedKeys::prepare(&keys, geometry, &mut tables).unwrap();
            let token = token(&issuer, *algorithm);
            assert_eq!(verdict(&Verifier::prepared(policy(), prepared), &token), Ok(()), "{algorithm:?}");
        }
    }
}

#[cfg(feature = "cache")]
#[test]
fn a_cache_repeats_the_verdict() {
    use certbound::{CacheSlot, CachedVerifier};

    let issuer = Issuer::new();
    let certificate = Thumbprint::of_der(CERTIFICATE);
    for (algorithm, is_contained, _) in ALGORITHMS {
        let jwk = issuer.jwk(algorithm, "");
        let jwks = format!(r#"{{"keys":[{}]}}"#, if is_contained { &jwk } else { "" });
        let keys = KeySet::<1>::from_jwks(jwks.as_bytes()).unwrap();
        let mut slots = [CacheSlot::EMPTY; 4];
        let mut verifier = CachedVerifier::new(Verifier::new(policy(), &keys), &mut slots);
        let token = token(&issuer, algorithm);
        for hits in [0, 1] {
            let verdict =
                verifier.verify(token.as_bytes(), Some(&certificate), NOW, &mut [0; scratch_len(4096)]).map(|_| ());
            assert_eq!(verdict, if is_contained { Ok(()) } else { Err(Error::AlgorithmUnsupported) });
            assert_eq!(verifier.statistics().hits, if is_contained { hits } else { 0 });
        }
    }
}

#[cfg(feature = "introspection")]
#[test]
fn introspection_needs_no_algorithm() {
    use certbound::{Binding, Introspection, introspection_scratch_len};

    let certificate = Thumbprint::of_der(CERTIFICATE);
    let response = format!(r#"{{"active":true,"cnf":{{"x5t#S256":"{certificate}"}}}}"#);
    let judge = |certificate: &Thumbprint| {
        let mut scratch = [0; introspection_scratch_len(1024)];
        Introspection::verify(response.as_bytes(), Binding::Required, Some(certificate), &mut scratch).map(|_| ())
    };
    assert_eq!(judge(&certificate), Ok(()));
    assert_eq!(judge(&Thumbprint::of_der(b"another")), Err(Error::CertificateMismatch));
}

/// A token that [`policy`] accepts.
fn token(issuer: &Issuer, algorithm: Algorithm) -> String {
    let signing_input = signing_input(algorithm, 1_900_000_300);
    let signature = issuer.sign(algorithm, signing_input.as_bytes());
    format!("{signing_input}.{}", base64url(&signature))
}

fn signing_input(algorithm: Algorithm, expires_at: u64) -> String {
    let header = format!(r#"{{"alg":"{}","typ":"at+jwt"}}"#, algorithm.name());
    let claims = format!(
        r#"{{"iss":"https://as.example","aud":"https://api.example","exp":{expires_at},"cnf":{{"x5t#S256":"{}"}}}}"#,
        Thumbprint::of_der(CERTIFICATE)
    );
    format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()))
}

fn policy() -> Policy<'static> {
    Policy::new("https://as.example", &["https://api.example"])
}

fn verdict(verifier: &Verifier<'_>, token: &str) -> Result<(), Error> {
    let certificate = Thumbprint::of_der(CERTIFICATE);
    verifier.verify(token.as_bytes(), Some(&certificate), NOW, &mut [0; scratch_len(4096)]).map(|_| ())
}
