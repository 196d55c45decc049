//! Attacks that have worked against other token verifiers, under their common names.

use crate::support::{
    CERTIFICATE_A, CERTIFICATE_C, Issuer, base64url, judge, usual_claims, usual_header, usual_policy,
};
use certbound::{Algorithm, Error, TokenType};
use ring::hmac;

/// The verdict on a token over Server A's connection.
fn verdict(issuer: &Issuer, token: &str) -> Result<(), Error> {
    judge(&issuer.jwks(), usual_policy(), Some(CERTIFICATE_A), token, |_| ())
}

/// The verdict with a policy that accepts any `typ`, the most lenient one for headers.
fn lax_verdict(issuer: &Issuer, token: &str) -> Result<(), Error> {
    let policy = usual_policy().token_type(TokenType::Any);
    judge(&issuer.jwks(), policy, Some(CERTIFICATE_A), token, |_| ())
}

#[test]
fn the_unchanged_token_is_accepted() {
    let issuer = Issuer::new();
    assert_eq!(verdict(&issuer, &issuer.usual_token()), Ok(()));
}

/// CVE-2015-2951, CVE-2018-1000531, CVE-2020-28042: an unsigned token.
#[test]
fn alg_none() {
    let issuer = Issuer::new();
    for spelling in ["none", "None", "NONE", "nOnE", "none ", "\\u006eone", "n\\u006fne", "null", ""] {
        let header = usual_header().with("alg", &format!(r#""{spelling}""#)).json();
        let unsigned = format!("{}.{}.", base64url(header.as_bytes()), base64url(usual_claims().json().as_bytes()));
        for signature in ["", "AA", &"A".repeat(86)] {
            let token = format!("{unsigned}{signature}");
            assert_eq!(lax_verdict(&issuer, &token), Err(Error::AlgorithmUnsupported), "{spelling:?} {signature:?}");
        }
    }
}

/// CVE-2016-5431, CVE-2022-29217: the issuer's public key used as an HMAC secret.
#[test]
fn hmac_with_the_public_key() {
    let issuer = Issuer::new();
    let jwks = issuer.jwks();
    for (name, algorithm) in [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
    {
        for secret in [jwks.as_bytes(), issuer.jwk(Algorithm::RS256, "").as_bytes(), b""] {
            let header = usual_header().with("alg", &format!(r#""{name}""#)).json();
            let signing_input =
                format!("{}.{}", base64url(header.as_bytes()), base64url(usual_claims().json().as_bytes()));
            let tag = hmac::sign(&hmac::Key::new(algorithm, secret), signing_input.as_bytes());
            let token = format!("{signing_input}.{}", base64url(tag.as_ref()));
            assert_eq!(lax_verdict(&issuer, &token), Err(Error::AlgorithmUnsupported));
        }
    }
}

/// A symmetric key in the set never verifies anything.
#[test]
fn a_symmetric_key_among_the_keys() {
    let issuer = Issuer::new();
    let jwks = format!(r#"{{"keys":[{{"kty":"oct","k":"AAAA","kid":"x"}},{}]}}"#, issuer.jwk(Algorithm::ES256, ""));
    let token = issuer.token(Algorithm::ES256, usual_header().with("kid", r#""x""#).json(), usual_claims().json());
    let verdict = judge(&jwks, usual_policy(), Some(CERTIFICATE_A), &token, |_| ());
    assert_eq!(verdict, Err(Error::KeyUnknown));
}

/// CVE-2018-0114: the attacker's key, sent in the header.
#[test]
fn a_key_from_the_header() {
    let (issuer, thief) = (Issuer::new(), Issuer::new());
    let own = thief.jwk(Algorithm::ES256, r#""kid":"ES256""#);
    for (name, value) in [
        ("jwk", own.clone()),
        ("jku", r#""https://evil.example/jwks""#.to_owned()),
        ("x5u", r#""https://evil.example/chain""#.to_owned()),
        ("x5c", r#"["MIIB"]"#.to_owned()),
        ("keys", format!("[{own}]")),
    ] {
        let header = usual_header().with(name, &value).json();
        let token = thief.token(Algorithm::ES256, &header, usual_claims().json());
        assert_eq!(verdict(&issuer, &token), Err(Error::SignatureInvalid), "{name}");
        let token = issuer.token(Algorithm::ES256, &header, usual_claims().json());
        assert_eq!(verdict(&issuer, &token), Ok(()), "{name} is ignored");
    }
}

/// RFC 8725 §2.1: one algorithm's signature under another algorithm's name.
#[test]
fn algorithm_confusion() {
    let issuer = Issuer::new();
    for signed in Algorithm::ALL.iter().copied() {
        for named in Algorithm::ALL.iter().copied().filter(|named| *named != signed) {
            let header = usual_header().with("alg", &format!(r#""{}""#, named.name())).without("kid").json();
            let error = verdict(&issuer, &issuer.token(signed, header, usual_claims().json())).unwrap_err();
            assert!(matches!(error, Error::SignatureInvalid | Error::SignatureLength), "{signed:?} as {named:?}");
        }
    }
}

/// A key for one algorithm does not verify another algorithm of the same key type (RFC 7517 §4.4).
#[test]
fn a_key_for_another_algorithm() {
    let issuer = Issuer::new();
    let jwks = format!(r#"{{"keys":[{}]}}"#, issuer.jwk(Algorithm::RS256, r#""alg":"PS256""#));
    for (algorithm, expected) in [
        (Algorithm::PS256, Ok(())),
        (Algorithm::RS256, Err(Error::KeyUnsuited)),
        (Algorithm::PS384, Err(Error::KeyUnsuited)),
    ] {
        let header = usual_header().with("alg", &format!(r#""{}""#, algorithm.name())).without("kid").json();
        let token = issuer.token(algorithm, header, usual_claims().json());
        let verdict = judge(&jwks, usual_policy(), Some(CERTIFICATE_A), &token, |_| ());
        assert_eq!(verdict, expected, "{algorithm:?}");
    }
}

/// CVE-2022-21449: r and s of zero, and every other trivial pair.
#[test]
fn psychic_signatures() {
    let issuer = Issuer::new();
    let usual = issuer.usual_token();
    let (signing_input, _) = usual.rsplit_once('.').unwrap();
    let order = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad,
        0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let (zero, one, mut small) = ([0; 32], [0; 31].iter().chain(&[1]).copied().collect::<Vec<u8>>(), [0; 32]);
    small[31] = 5;
    for r in [&zero[..], &one, &small, &order] {
        for s in [&zero[..], &one, &small, &order] {
            let token = format!("{signing_input}.{}", base64url(&[r, s].concat()));
            assert_eq!(verdict(&issuer, &token), Err(Error::SignatureInvalid));
        }
    }
}

/// A signature in ASN.1, as TLS libraries write it, is not a JWS signature (RFC 7518 §3.4).
#[test]
fn der_encoded_ecdsa() {
    let issuer = Issuer::new();
    let usual = issuer.usual_token();
    let (signing_input, _) = usual.rsplit_once('.').unwrap();
    let raw = issuer.sign(Algorithm::ES256, signing_input.as_bytes());
    let integer = |octets: &[u8]| [&[2, 33, 0][..], octets].concat();
    let (r, s) = raw.split_at(32);
    let der = [&[0x30, 70][..], &integer(r), &integer(s)].concat();
    assert_eq!(verdict(&issuer, &format!("{signing_input}.{}", base64url(&der))), Err(Error::SignatureLength));
}

/// Header, payload and signature of different tokens do not mix.
#[test]
fn parts_of_several_tokens() {
    let issuer = Issuer::new();
    let one = issuer.usual_token();
    let two = issuer.token(Algorithm::ES256, usual_header().json(), usual_claims().with("sub", r#""b""#).json());
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (one, two) = (parts(&one), parts(&two));
    let mixed = format!("{}.{}.{}", one[0], two[1], one[2]);
    assert_eq!(verdict(&issuer, &mixed), Err(Error::SignatureInvalid));
    // The dot is signed too, so it cannot be moved, not even across four characters that encode three spaces.
    let header = usual_header().json();
    let spaces = " ".repeat(3 + (3 - header.len() % 3) % 3);
    let padded = issuer.token(Algorithm::ES256, header + &spaces, usual_claims().json());
    assert_eq!(verdict(&issuer, &padded), Ok(()));
    let shifted = padded.replacen("ICAg.", ".ICAg", 1);
    assert_ne!(shifted, padded);
    assert_eq!(verdict(&issuer, &shifted), Err(Error::SignatureInvalid));
}

/// The thief writes the thumbprint of its certificate into a stolen token.
#[test]
fn a_replaced_binding() {
    let issuer = Issuer::new();
    let usual = issuer.usual_token();
    let signature = usual.rsplit_once('.').unwrap().1;
    let own = certbound::Thumbprint::of_der(CERTIFICATE_C);
    let claims = usual_claims().with("cnf", &format!(r#"{{"x5t#S256":"{own}"}}"#)).json();
    let token = format!("{}.{}.{signature}", base64url(usual_header().json().as_bytes()), base64url(claims.as_bytes()));
    let verdict = judge(&issuer.jwks(), usual_policy(), Some(CERTIFICATE_C), &token, |_| ());
    assert_eq!(verdict, Err(Error::SignatureInvalid));
}

/// RFC 8725 §2.8: an ID token of the same issuer, in which only the type differs.
#[test]
fn an_id_token_instead_of_an_access_token() {
    let issuer = Issuer::new();
    let header = usual_header().with("typ", r#""JWT""#).json();
    let token = issuer.token(Algorithm::ES256, header, usual_claims().json());
    assert_eq!(verdict(&issuer, &token), Err(Error::TypeNotAllowed));
    assert_eq!(lax_verdict(&issuer, &token), Ok(()));
}

/// Encrypted tokens and tokens in the JSON serialization are rejected.
#[test]
fn other_serializations() {
    let issuer = Issuer::new();
    let usual = issuer.usual_token();
    let parts: Vec<_> = usual.split('.').collect();
    let flattened = format!(r#"{{"protected":"{}","payload":"{}","signature":"{}"}}"#, parts[0], parts[1], parts[2]);
    assert_eq!(verdict(&issuer, &flattened), Err(Error::TokenNotCompact));
    assert_eq!(verdict(&issuer, "eyJhbGciOiJkaXIifQ..iv.ciphertext.tag"), Err(Error::TokenNotCompact));
}

/// Two readers of the same text must not find different values of a claim.
#[test]
fn duplicate_claims() {
    let issuer = Issuer::new();
    let usual = usual_claims().json();
    for twin in [
        r#""exp":9999999999"#,
        r#""\u0065xp":9999999999"#,
        r#""cnf":{}"#,
        r#""\u0063nf":{"x5t#S256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
        r#""c\u006Ef":null"#,
    ] {
        for claims in [format!("{{{twin},{}", &usual[1..]), format!("{},{twin}}}", &usual[..usual.len() - 1])] {
            let token = issuer.token(Algorithm::ES256, usual_header().json(), claims);
            assert_eq!(verdict(&issuer, &token), Err(Error::JsonDuplicateName), "{twin}");
        }
    }
}

/// Bytes that are not UTF-8 are not JSON: overlong forms, halves of surrogate pairs, and others.
#[test]
fn broken_utf_8() {
    let issuer = Issuer::new();
    for sub in [&b"\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80"] {
        let claims = [br#"{"sub":""#, sub, br#"","#, &usual_claims().without("sub").json().as_bytes()[1..]].concat();
        let token = issuer.token(Algorithm::ES256, usual_header().json(), claims);
        assert_eq!(verdict(&issuer, &token), Err(Error::JsonNotUtf8), "{sub:x?}");
    }
    let claims = [b"\xef\xbb\xbf", usual_claims().json().as_bytes()].concat();
    let token = issuer.token(Algorithm::ES256, usual_header().json(), claims);
    assert_eq!(verdict(&issuer, &token), Err(Error::JsonUnexpectedByte), "byte order mark");
}

/// Deep nesting must cost no stack, and no more time than its length.
#[test]
fn nesting() {
    let issuer = Issuer::new();
    for depth in [17, 1_000, 5_000] {
        let claims = usual_claims().with("x", &("[".repeat(depth) + &"]".repeat(depth))).json();
        let token = issuer.token(Algorithm::ES256, usual_header().json(), claims);
        assert_eq!(verdict(&issuer, &token), Err(Error::JsonTooDeep), "{depth}");
        let header = usual_header().with("x", &("[".repeat(900) + &"]".repeat(900))).json();
        let token = issuer.token(Algorithm::ES256, header, usual_claims().json());
        assert_eq!(verdict(&issuer, &token), Err(Error::JsonTooDeep));
    }
    // The claim set is the first level.
    let claims = usual_claims().with("x", &("[".repeat(15) + &"]".repeat(15))).json();
    assert_eq!(verdict(&issuer, &issuer.token(Algorithm::ES256, usual_header().json(), claims)), Ok(()));
}

/// Many names, or names whose hashes collide, must not make the search for duplicates quadratic: their number is limited.
#[test]
fn a_flood_of_names() {
    let issuer = Issuer::new();
    let members = |count: usize| {
        let flood: Vec<_> = (0..count).map(|index| format!(r#""{index}":0"#)).collect();
        usual_claims().with("x", &format!("{{{}}}", flood.join(","))).json()
    };
    // Nine claims precede x, and x counts too.
    let fits = issuer.token(Algorithm::ES256, usual_header().json(), members(246));
    assert_eq!(verdict(&issuer, &fits), Ok(()));
    let over = issuer.token(Algorithm::ES256, usual_header().json(), members(247));
    assert_eq!(verdict(&issuer, &over), Err(Error::JsonTooManyMembers));
}

/// Without a `kid`, each key that fits is tried; with one, only the key that has it.
#[test]
fn another_key_than_that_of_the_kid() {
    let (one, two) = (Issuer::new(), Issuer::new());
    let jwks = format!(
        r#"{{"keys":[{},{},{}]}}"#,
        one.jwk(Algorithm::ES256, r#""kid":"1""#),
        two.jwk(Algorithm::ES256, r#""kid":"2""#),
        two.jwk(Algorithm::ES384, r#""kid":"1""#),
    );
    let verdict = |header: &str| {
        let token = two.token(Algorithm::ES256, usual_header().changed(header), usual_claims().json());
        judge(&jwks, usual_policy(), Some(CERTIFICATE_A), &token, |_| ())
    };
    assert_eq!(verdict("-kid"), Ok(()));
    assert_eq!(verdict(r#"kid: "2""#), Ok(()));
    assert_eq!(verdict(r#"kid: "1""#), Err(Error::SignatureInvalid));
    assert_eq!(verdict(r#"kid: "3""#), Err(Error::KeyUnknown));
    assert_eq!(verdict(r#"kid: """#), Err(Error::KeyUnknown));
}
