//! Each key of a set is either usable or reported, and p256 agrees which P-256 keys are points of the curve.
#![no_main]

use base64ct::{Base64UrlUnpadded, Encoding};
use certbound::{Error, KeySet};
use certbound_fuzz::oracle;
use p256::{Sec1Point, ecdsa::VerifyingKey};

libfuzzer_sys::fuzz_target!(|jwks: &[u8]| {
    let mut passed_over = Vec::new();
    let keys = match KeySet::<8>::from_jwks_reporting(jwks, |key| passed_over.push((key.index, key.reason))) {
        Ok(keys) => keys,
        Err(Error::KeySetWithoutUsableKey) => return,
        Err(_) => return,
    };
    let Some(theirs) = oracle(jwks) else { return };
    let listed = theirs["keys"].as_array().unwrap();
    assert_eq!(keys.len() + passed_over.len(), listed.len());
    let is_passed_over =
        |index: usize| passed_over.iter().find(|(other, _)| *other == index).map(|(_, reason)| *reason);
    let usable = listed.iter().enumerate().filter(|(index, _)| is_passed_over(*index).is_none());
    for (ours, (_, theirs)) in keys.keys().zip(usable) {
        assert!(ours.kind().starts_with(theirs["kty"].as_str().unwrap()));
        assert_eq!(ours.key_id(), theirs.get("kid").map(|id| id.as_str().unwrap()));
        assert_eq!(ours.kind() == "EC P-256", point(theirs).is_some_and(|key| key.is_some()));
    }
    for (index, theirs) in listed.iter().enumerate() {
        if is_passed_over(index) == Some(Error::KeyPointInvalid) && theirs["kty"] == "EC" && theirs["crv"] == "P-256" {
            assert_eq!(point(theirs), Some(None));
        }
    }
});

/// The key of a JWK as read by p256, if its members have the right form.
fn point(jwk: &serde_json::Value) -> Option<Option<VerifyingKey>> {
    (jwk["kty"] == "EC" && jwk["crv"] == "P-256").then_some(())?;
    let coordinate = |name: &str| Base64UrlUnpadded::decode_vec(jwk[name].as_str()?).ok()?.try_into().ok();
    let (x, y): ([u8; 32], [u8; 32]) = (coordinate("x")?, coordinate("y")?);
    let point = Sec1Point::from_affine_coordinates(&x.into(), &y.into(), false);
    Some(VerifyingKey::from_sec1_point(&point).ok())
}
