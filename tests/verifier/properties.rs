//! No input makes a reader panic, and written values are read back unchanged.

use std::sync::LazyLock;

use crate::support::{CERTIFICATE_A, CERTIFICATE_C, Issuer, NOW, base64url, usual_claims, usual_header, usual_policy};
use certbound::{
    Binding, Certificate, Chain, ClientMetadata, Confirmation, DistinguishedName, Introspection, KeySet, Thumbprint,
    UnixTime, Verifier,
};
use proptest::prelude::*;

static ISSUER: LazyLock<Issuer> = LazyLock::new(Issuer::new);
static KEYS: LazyLock<KeySet<8>> = LazyLock::new(|| ISSUER.keys());

/// Calls every function that reads bytes.
fn call_every_reader(bytes: &[u8], scratch: &mut [u8]) {
    let certificate = Thumbprint::of_der(CERTIFICATE_A);
    let now = UnixTime::from_seconds(NOW);
    let _ = Verifier::new(usual_policy(), &KEYS).verify(bytes, Some(&certificate), now, scratch).map(|token| {
        let _ = (token.subject(), token.scopes().count(), token.deserialize::<serde::de::IgnoredAny>());
    });
    let _ = KeySet::<2>::from_jwks(bytes);
    let _ = Introspection::verify(bytes, Binding::IfPresent, None, scratch).map(|token| {
        let _ = (token.claim("a"), token.deserialize::<serde::de::IgnoredAny>());
    });
    let mut memory = scratch.to_vec();
    let client = ClientMetadata::from_json(bytes, &mut memory);
    if let Ok(certificate) = Certificate::from_der(bytes) {
        let _ = (certificate.subject().to_string(), certificate.subject_alternative_names().count());
        let _ = client.map(|client| client.authenticate(&certificate, Chain::Validated));
    }
    if let Ok(text) = core::str::from_utf8(bytes) {
        let _ = DistinguishedName::parse(text);
        let _ = (Thumbprint::from_hex(text), Thumbprint::from_x5t_s256(text));
    }
}

/// A text that a reader accepts, with a few bytes changed, added or removed.
fn almost_accepted() -> impl Strategy<Value = Vec<u8>> {
    let accepted = prop_oneof![
        Just(ISSUER.usual_token().into_bytes()),
        Just(ISSUER.jwks().into_bytes()),
        Just(include_bytes!("../vectors/rfc8705/certificate.der").to_vec()),
        Just(include_bytes!("../../examples/quick_start/introspection.json").to_vec()),
        Just(include_bytes!("../../examples/quick_start/client.json").to_vec()),
        Just(b"CN=client+UID=7,O=Example\\, Inc.,2.5.4.6=#13024445".to_vec()),
    ];
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..4_u8);
    (accepted, prop::collection::vec(change, 0..4)).prop_map(|(mut bytes, changes)| {
        for (index, byte, kind) in changes {
            let index = index.index(bytes.len());
            match kind {
                0 => bytes[index] = byte,
                1 => bytes[index] ^= 1 << (byte % 8),
                2 => bytes.insert(index, byte),
                _ => bytes.truncate(index.max(1)),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..256), scratch in 0..512_usize) {
        call_every_reader(&bytes, &mut vec![0; scratch]);
    }

    #[test]
    fn almost_accepted_texts(bytes in almost_accepted(), scratch in 0..4096_usize) {
        call_every_reader(&bytes, &mut vec![0; scratch]);
    }

    #[test]
    fn any_header_and_claims_that_the_issuer_signs(header in ".{0,64}", claims in ".{0,64}") {
        let mut scratch = [0; 1024];
        call_every_reader(ISSUER.token(certbound::Algorithm::ES256, header, &claims).as_bytes(), &mut scratch);
        let usual = usual_header().json();
        call_every_reader(ISSUER.token(certbound::Algorithm::ES256, usual, claims).as_bytes(), &mut scratch);
    }

    #[test]
    fn only_the_bound_certificate_is_accepted_whatever_the_claims(
        name in "[a-z]{1,8}", value in any::<String>(), certificate in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        prop_assume!(!["iss", "aud", "exp", "nbf", "iat", "sub", "jti", "scope", "cnf"].contains(&name.as_str()));
        let bound = Thumbprint::of_der(&certificate);
        let claims = usual_claims()
            .with(&name, &serde_json::to_string(&value).unwrap())
            .with("cnf", &Confirmation::new(bound).to_string());
        let token = ISSUER.token(certbound::Algorithm::ES256, usual_header().json(), claims.json());
        let verifier = Verifier::new(usual_policy(), &KEYS);
        let mut scratch = [0; certbound::scratch_len(4096)];
        let now = UnixTime::from_seconds(NOW);
        let accepted = verifier.verify(token.as_bytes(), Some(&bound), now, &mut scratch).unwrap();
        prop_assert_eq!(accepted.claim(&name), Some(certbound::Claim::String(&value)));
        let thief = Thumbprint::of_der(CERTIFICATE_C);
        prop_assert!(verifier.verify(token.as_bytes(), Some(&thief), now, &mut scratch).is_err());
    }

    #[test]
    fn thumbprints_are_read_as_written(sha256: [u8; 32]) {
        let thumbprint = Thumbprint::from_sha256(sha256);
        let text = thumbprint.x5t_s256();
        prop_assert_eq!(text.as_str(), base64url(&sha256));
        prop_assert!(Thumbprint::from_x5t_s256(text.as_str()).unwrap().matches(&thumbprint));
        let hex: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        prop_assert!(Thumbprint::from_hex(&hex).unwrap().matches(&thumbprint));
        prop_assert!(Thumbprint::from_hex(&hex.to_uppercase()).unwrap().matches(&thumbprint));
        let cnf: serde_json::Value = serde_json::to_value(Confirmation::new(thumbprint)).unwrap();
        prop_assert_eq!(cnf, serde_json::json!({ "x5t#S256": text.as_str() }));
    }

    #[test]
    fn thumbprints_match_only_themselves(sha256: [u8; 32], bit in 0..256_usize) {
        let mut other = sha256;
        other[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!Thumbprint::from_sha256(sha256).matches(&Thumbprint::from_sha256(other)));
    }
}
