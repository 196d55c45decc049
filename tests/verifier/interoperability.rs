//! What issuers outside RFC 9068 write: the token type `JWT`, and the algorithm name `Ed25519`.

use certbound::{Algorithm, Error, KeySet, TokenType};

use crate::support::{CERTIFICATE_A, Issuer, judge, usual_claims, usual_header, usual_policy};

#[test]
fn the_type_jwt_accepts_jwt_and_access_tokens_and_nothing_else() {
    let issuer = Issuer::new();
    for (typ, by_default, as_jwt) in [
        ("-typ", Err(Error::TypeMissing), Ok(())),
        (r#"typ: "JWT""#, Err(Error::TypeNotAllowed), Ok(())),
        (r#"typ: "jwt""#, Err(Error::TypeNotAllowed), Ok(())),
        (r#"typ: "application/jwt""#, Err(Error::TypeNotAllowed), Ok(())),
        (r#"typ: "Application/JWT""#, Err(Error::TypeNotAllowed), Ok(())),
        (r#"typ: "at+jwt""#, Ok(()), Ok(())),
        (r#"typ: "application/at+jwt""#, Ok(()), Ok(())),
        (r#"typ: "JWT2""#, Err(Error::TypeNotAllowed), Err(Error::TypeNotAllowed)),
        (r#"typ: """#, Err(Error::TypeNotAllowed), Err(Error::TypeNotAllowed)),
        (r#"typ: " JWT""#, Err(Error::TypeNotAllowed), Err(Error::TypeNotAllowed)),
        (r#"typ: "text/jwt""#, Err(Error::TypeNotAllowed), Err(Error::TypeNotAllowed)),
        (r#"typ: "dpop+jwt""#, Err(Error::TypeNotAllowed), Err(Error::TypeNotAllowed)),
        (r#"typ: "id+jwt""#, Err(Error::TypeNotAllowed), Err(Error::TypeNotAllowed)),
        (r#"typ: "JOSE""#, Err(Error::TypeNotAllowed), Err(Error::TypeNotAllowed)),
        ("typ: null", Err(Error::TypeMalformed), Err(Error::TypeMalformed)),
        (r#"typ: ["JWT"]"#, Err(Error::TypeMalformed), Err(Error::TypeMalformed)),
    ] {
        let token = issuer.token(Algorithm::ES256, usual_header().changed(typ), usual_claims().json());
        let verdict = |policy| judge(&issuer.jwks(), policy, Some(CERTIFICATE_A), &token, |_| ());
        assert_eq!(verdict(usual_policy()), by_default, "{typ}");
        assert_eq!(verdict(usual_policy().token_type(TokenType::Jwt)), as_jwt, "{typ}");
    }
}

#[test]
fn the_error_for_a_jwt_names_the_settings_that_accept_it() {
    for error in [Error::TypeMissing, Error::TypeNotAllowed] {
        assert!(error.remedy().contains("certbound_token_type jwt") && error.remedy().contains("--typ jwt"));
    }
}

#[test]
fn ed25519_and_eddsa_name_the_same_algorithm() {
    let issuer = Issuer::new();
    for of_token in ["Ed25519", "EdDSA"] {
        let header = usual_header().with("alg", &format!(r#""{of_token}""#)).without("kid");
        let token = issuer.token(Algorithm::EdDSA, header.json(), usual_claims().json());
        for of_key in [r#""alg":"Ed25519""#, r#""alg":"EdDSA""#, ""] {
            let jwks = format!(r#"{{"keys":[{}]}}"#, issuer.jwk(Algorithm::EdDSA, of_key));
            let verdict = |algorithms: &[Algorithm]| {
                judge(&jwks, usual_policy().algorithms(algorithms), Some(CERTIFICATE_A), &token, |_| ())
            };
            assert_eq!(verdict(&[Algorithm::from_name(of_token).unwrap()]), Ok(()), "{of_token} {of_key}");
            assert_eq!(verdict(&[Algorithm::ES256]), Err(Error::AlgorithmNotAllowed), "{of_token} {of_key}");
        }
    }
    assert_eq!(Algorithm::from_name("Ed25519"), Algorithm::from_name("EdDSA"));
}

#[test]
fn other_names_of_curves_and_of_cose_are_no_algorithms() {
    let issuer = Issuer::new();
    for name in ["ed25519", "ED25519", "Ed448", "Ed25519ph", "ESP256", "ESP384", "ESP512", "P-256"] {
        assert_eq!(Algorithm::from_name(name), None, "{name}");
        let header = usual_header().with("alg", &format!(r#""{name}""#)).without("kid");
        let token = issuer.token(Algorithm::EdDSA, header.json(), usual_claims().json());
        let verdict = judge(&issuer.jwks(), usual_policy(), Some(CERTIFICATE_A), &token, |_| ());
        assert_eq!(verdict, Err(Error::AlgorithmUnsupported), "{name}");
    }
    let token = issuer.usual_token();
    assert_eq!(judge(&issuer.jwks(), usual_policy(), Some(CERTIFICATE_A), &token, |_| ()), Ok(()));
}

#[test]
fn a_key_for_ed25519_is_unusable_with_another_kind() {
    let issuer = Issuer::new();
    let jwks = |further| format!(r#"{{"keys":[{}]}}"#, issuer.jwk(Algorithm::ES256, further));
    let keys = |further| KeySet::<8>::from_jwks(jwks(further).as_bytes()).map(|keys| keys.len());
    assert_eq!(keys(r#""alg":"Ed25519""#), Err(Error::KeySetWithoutUsableKey));
    assert_eq!(keys(r#""alg":"ES256""#), Ok(1));
}
