//! JWK Sets: which keys are usable, which are skipped and why, and which documents are rejected.

use crate::support::{CERTIFICATE_A, Issuer, NOW, stages, usual_policy};
use certbound::{Algorithm, Error, Geometry, Key, KeySet, PreparedKeys, Thumbprint, UnixTime, Verifier, ffi_support};

#[test]
fn keys() {
    let other = Issuer::new().jwk(Algorithm::ES384, r#""kid":"other""#);
    for stage in stages(include_str!("../vectors/stages/keys.txt")) {
        let mut passed_over = Vec::new();
        let jwks = format!(r#"{{"keys":[{},{other}]}}"#, stage.input);
        let keys = KeySet::<8>::from_jwks_reporting(jwks.as_bytes(), |key| passed_over.push((key.index, key.reason)));
        let keys = keys.unwrap();
        assert_eq!(keys.keys().last().unwrap().key_id(), Some("other"));
        match passed_over[..] {
            [] => {
                assert_eq!(keys.len(), 2);
                stage.expect(Ok(()));
            }
            [(0, reason)] => stage.expect(Err::<(), _>(reason)),
            _ => panic!("{passed_over:?}"),
        }

        // Read alone with `from_jwk`, the key has the same verdict.
        stage.expect(KeySet::<1>::from_jwk(stage.input.as_bytes()));

        // If the only key of a set is passed over, the set cannot verify anything.
        let alone = KeySet::<8>::from_jwks(format!(r#"{{"keys":[{}]}}"#, stage.input).as_bytes());
        let expected = if passed_over.is_empty() { None } else { Some(Error::KeySetWithoutUsableKey) };
        assert_eq!(alone.err(), expected, "{}", stage.input);
    }
}

#[test]
fn a_key_has_a_kind_and_fits_algorithms() {
    let keys = Issuer::new().keys();
    let reported: Vec<_> = keys
        .keys()
        .map(|key| {
            let fitting = Algorithm::ALL.iter().filter(|algorithm| key.fits(**algorithm));
            (key.kind(), fitting.map(|algorithm| algorithm.name()).collect::<Vec<_>>().join(" "))
        })
        .collect();
    let reported: Vec<_> = reported.iter().map(|(kind, fitting)| (*kind, fitting.as_str())).collect();
    assert_eq!(
        reported,
        [
            ("EC P-256", "ES256"),
            ("EC P-384", "ES384"),
            ("EC P-521", "ES512"),
            ("OKP Ed25519", "EdDSA"),
            ("RSA", "RS256 RS384 RS512 PS256 PS384 PS512"),
        ]
    );
}

#[test]
fn sets() {
    let issuer = Issuer::new();
    let key = issuer.jwk(Algorithm::ES256, "");
    let read = |jwks: &str| KeySet::<2>::from_jwks(jwks.as_bytes()).map(|keys| keys.len());
    assert_eq!(read(&format!(r#"{{"keys":[{key}]}}"#)), Ok(1));
    assert_eq!(read(&format!(r#"{{"other":1,"k\u0065ys":[{key}]}}"#)), Ok(1));
    // An empty list means that all keys are withdrawn.
    assert_eq!(read(r#"{"keys":[]}"#), Ok(0));
    assert_eq!(read(r#"{"keys":[ ],"x":1}"#), Ok(0));
    for (jwks, error) in [
        (format!("[{key}]"), Error::KeySetNotObject),
        (key.clone(), Error::KeySetKeysMissing),
        ("{}".to_owned(), Error::KeySetKeysMissing),
        (format!(r#"{{"keys":{key}}}"#), Error::KeySetKeysMissing),
        (r#"{"keys":[7]}"#.to_owned(), Error::KeySetWithoutUsableKey),
        (r#"{"keys":[null]}"#.to_owned(), Error::KeySetWithoutUsableKey),
        (r#"{"keys":null}"#.to_owned(), Error::KeySetKeysMissing),
        ("-----BEGIN PUBLIC KEY-----\n".to_owned(), Error::KeySetIsPem),
        ("\u{feff}\r\n -----BEGIN CERTIFICATE-----".to_owned(), Error::KeySetIsPem),
        ("-----END".to_owned(), Error::JsonNumberMalformed),
        (format!(r#"{{"keys":[{key}],"keys":[]}}"#), Error::JsonDuplicateName),
        (format!(r#"{{"keys":[{key}],"\u006beys":[]}}"#), Error::JsonDuplicateName),
        (format!(r#"{{"keys":[{key}]"#), Error::JsonUnexpectedEnd),
        (format!(r#"{{"keys":[{key}]}}x"#), Error::JsonUnexpectedByte),
        ("<html>".to_owned(), Error::JsonUnexpectedByte),
        (String::new(), Error::JsonUnexpectedEnd),
    ] {
        assert_eq!(read(&jwks), Err(error), "{jwks}");
    }
}

#[test]
fn a_set_with_too_many_usable_keys_is_an_error() {
    let issuer = Issuer::new();
    let set = |count: usize| {
        let unusable = std::iter::repeat_n(r#"{"kty":"oct","k":"AA"}"#.to_owned(), 5);
        let usable = std::iter::repeat_n(issuer.jwk(Algorithm::ES256, ""), count);
        format!(r#"{{"keys":[{}]}}"#, unusable.chain(usable).collect::<Vec<_>>().join(","))
    };
    assert_eq!(KeySet::<2>::from_jwks(set(2).as_bytes()).map(|keys| keys.len()), Ok(2));
    assert_eq!(KeySet::<2>::from_jwks(set(3).as_bytes()).unwrap_err(), Error::KeySetFull);
}

#[test]
fn a_single_key_is_read_like_one_of_a_set() {
    let jwk = Issuer::new().jwk(Algorithm::ES256, r#""kid":"1""#);
    let keys = KeySet::<1>::from_jwk(jwk.as_bytes()).unwrap();
    assert_eq!(keys.keys().next().unwrap().key_id(), Some("1"));
    assert_eq!(KeySet::<0>::from_jwk(jwk.as_bytes()).unwrap_err(), Error::KeySetFull);
    let set = format!(r#"{{"keys":[{jwk}]}}"#);
    assert_eq!(KeySet::<1>::from_jwk(set.as_bytes()).unwrap_err(), Error::KeyTypeMalformed);
    assert_eq!(KeySet::<1>::from_jwk(&jwk.as_bytes()[1..]).unwrap_err(), Error::JsonTrailingBytes);
}

#[test]
fn keys_passed_over_are_reported_with_position_and_kid() {
    let issuer = Issuer::new();
    let jwks = format!(
        r#"{{"keys":[{},{{"kty":"oct","kid":"shar\u0065d"}},7,{{"kty":"oct","kid":"{}"}}]}}"#,
        issuer.jwk(Algorithm::EdDSA, ""),
        "x".repeat(129),
    );
    let mut reported = Vec::new();
    let keys = KeySet::<8>::from_jwks_reporting(jwks.as_bytes(), |key| {
        reported.push((key.index, key.key_id.map(str::to_owned), key.reason));
    });
    assert_eq!(keys.unwrap().len(), 1);
    assert_eq!(
        reported,
        [
            (1, Some("shared".to_owned()), Error::KeyTypeUnsupported),
            (2, None, Error::KeyNotObject),
            (3, None, Error::KeyTypeUnsupported),
        ]
    );
}

#[test]
fn a_text_over_the_limit_is_rejected() {
    let jwks = |length: usize| {
        let set = format!(r#"{{"keys":[{}]}}"#, Issuer::new().jwk(Algorithm::ES256, ""));
        format!("{set}{}", " ".repeat(length - set.len()))
    };
    assert!(KeySet::<2>::from_jwks(jwks(certbound::limits::JSON_LEN).as_bytes()).is_ok());
    let over = KeySet::<2>::from_jwks(jwks(certbound::limits::JSON_LEN + 1).as_bytes());
    assert_eq!(over.unwrap_err(), Error::JsonTooLong);
}

/// The tables of these keys in this geometry.
fn tables(keys: &[Key], geometry: Geometry) -> Vec<u64> {
    let mut tables = vec![0; PreparedKeys::tables_len(keys, geometry)];
    PreparedKeys::prepare(keys, geometry, &mut tables).unwrap();
    tables
}

#[test]
fn tables_are_accepted_only_for_their_keys() {
    let (one, another) = (Issuer::new(), Issuer::new());
    for kind in [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA, Algorithm::RS256] {
        let set = |issuers: &[&Issuer]| {
            let keys: Vec<_> = issuers.iter().map(|issuer| issuer.jwk(kind, "")).collect();
            KeySet::<2>::from_jwks(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes()).unwrap()
        };
        let rsa4096 = Issuer::with_rsa_4096();
        let another = if kind == Algorithm::RS256 { &rsa4096 } else { &another };
        let (own, other) = (set(&[&one]), set(&[another]));
        let prepared = tables(&own, Geometry::Small);
        let open =
            |keys: &[Key], geometry, tables: &[u64]| PreparedKeys::from_tables(keys, geometry, tables).map(|_| ());
        assert_eq!(open(&own, Geometry::Small, &prepared), Ok(()));
        // They are long enough for the other key.
        let long = [&prepared[..], &vec![0; 2000]].concat();
        assert_eq!(open(&other, Geometry::Small, &long), Err(Error::TablesOfOtherKeys), "{kind:?}");
        let both = tables(&set(&[&one, another]), Geometry::Small);
        assert_eq!(open(&set(&[another, &one]), Geometry::Small, &both), Err(Error::TablesOfOtherKeys), "{kind:?}");
        assert_eq!(open(&set(&[&one, another]), Geometry::Small, &both), Ok(()));
        // The tables of a larger geometry are not those of a smaller one.
        let large = tables(&own, Geometry::Large);
        assert_eq!(open(&own, Geometry::Small, &large), Err(Error::TablesOfOtherKeys), "{kind:?}");
        assert_eq!(open(&own, Geometry::Small, &vec![0; prepared.len()]), Err(Error::TablesOfOtherKeys));
        assert_eq!(open(&own, Geometry::Small, &prepared[1..]), Err(Error::TableTooSmall));
        let mut damaged = prepared;
        *damaged.last_mut().unwrap() ^= 1;
        assert_eq!(open(&own, Geometry::Small, &damaged), Err(Error::TablesDamaged));
    }
}

#[test]
fn each_changed_bit_of_pinned_tables_is_noticed() {
    for kind in [Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256] {
        let keys = KeySet::<1>::from_jwk(Issuer::new().jwk(kind, "").as_bytes()).unwrap();
        let tables = tables(&keys, Geometry::Small);
        let mut noticed = 0;
        for place in 0..tables.len() {
            let mut damaged = tables.clone();
            damaged[place] ^= 1 << (place % 64);
            match PreparedKeys::from_tables(&keys, Geometry::Small, &damaged) {
                Err(Error::TablesDamaged | Error::TablesOfOtherKeys) => noticed += 1,
                verdict => assert!(verdict.is_ok()),
            }
        }
        // All but the two unused words of the header.
        assert_eq!(noticed, tables.len() - 2, "{kind:?}");
    }
}

#[test]
fn resumed_tables_verify_only_the_signatures_of_their_keys() {
    let (one, another) = (Issuer::new(), Issuer::new());
    let certificate = Thumbprint::of_der(CERTIFICATE_A);
    let set =
        |issuer: &Issuer| KeySet::<1>::from_jwk(issuer.jwk(Algorithm::ES256, r#""kid":"ES256""#).as_bytes()).unwrap();
    let (own, other) = (set(&one), set(&another));
    let prepared = tables(&own, Geometry::Small);
    let verdict = |keys: &[Key], geometry, tables: &[u64], issuer: &Issuer| {
        let verifier = Verifier::prepared(usual_policy(), ffi_support::resume_keys(keys, geometry, tables));
        let now = UnixTime::from_seconds(NOW);
        verifier.verify(issuer.usual_token().as_bytes(), Some(&certificate), now, &mut [0; 4096]).map(|_| ())
    };
    assert_eq!(verdict(&own, Geometry::Small, &prepared, &one), Ok(()));
    assert_eq!(verdict(&own, Geometry::Small, &prepared, &another), Err(Error::SignatureInvalid));
    for issuer in [&one, &another] {
        assert_eq!(verdict(&other, Geometry::Small, &prepared, issuer), Err(Error::TablesOfOtherKeys));
    }
    assert_eq!(verdict(&own, Geometry::Medium, &prepared, &one), Err(Error::TableTooSmall));
    assert_eq!(verdict(&own, Geometry::Small, &prepared[..prepared.len() - 1], &one), Err(Error::TableTooSmall));
    assert_eq!(verdict(&own, Geometry::Small, &[], &one), Err(Error::TableTooSmall));
}
