//! The examples in the RFCs, through the whole verifier.

use crate::support::Issuer;
use certbound::{
    Algorithm, Binding, Certificate, Confirmation, Error, Introspection, KeySet, Policy, Thumbprint, UnixTime,
    Verifier, introspection_scratch_len, limits, scratch_len,
};

/// RFC 9068 §3: an access token of this profile. The example has no binding, so the binding is optional here.
#[test]
fn rfc_9068_access_token() {
    let issuer = Issuer::new();
    let header = include_str!("../vectors/rfc9068/header.json");
    let token = issuer.token(Algorithm::RS256, header, include_str!("../vectors/rfc9068/claims.json"));
    let jwks = format!(r#"{{"keys":[{}]}}"#, issuer.jwk(Algorithm::RS256, r#""kid":"RjEwOwOA""#));
    let keys = KeySet::<1>::from_jwks(jwks.as_bytes()).unwrap();
    let policy = Policy::new("https://authorization-server.example.com/", &["https://rs.example.com/"]);
    let mut scratch = [0; scratch_len(limits::TOKEN_LEN)];
    let mut verify = |policy, now| {
        Verifier::new(policy, &keys)
            .verify(token.as_bytes(), None, UnixTime::from_seconds(now), &mut scratch)
            .map(|token| token.client_id().unwrap().to_owned())
    };
    let unbound = policy.binding(Binding::IfPresent).required_scopes(&["openid", "profile", "reademail"]);
    assert_eq!(verify(unbound, 1_639_528_911).as_deref(), Ok("s6BhdRkqt3"));
    assert_eq!(verify(unbound, 1_639_528_912), Err(Error::TokenExpired));
    assert_eq!(verify(policy, 1_639_528_911), Err(Error::ConfirmationMissing));
}

/// RFC 8705 Appendix A: a certificate, and the `cnf` of a token that is bound to it.
#[test]
fn rfc_8705_appendix_a() {
    let certificate = Certificate::from_der(include_bytes!("../vectors/rfc8705/certificate.der")).unwrap();
    let thumbprint = certificate.thumbprint();
    assert_eq!(thumbprint.x5t_s256().as_str(), "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0");

    let mut json = [0; Confirmation::JSON_LEN];
    let cnf = Confirmation::new(thumbprint).write_json(&mut json).unwrap();
    let example: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/rfc8705/confirmation.json")).unwrap();
    let example = example.get("cnf").unwrap_or(&example);
    assert_eq!(serde_json::from_str::<serde_json::Value>(cnf).unwrap(), *example);

    let response = format!(r#"{{"active":true,"cnf":{cnf}}}"#);
    let mut scratch = [0; introspection_scratch_len(128)];
    let mut verify = |certificate: &Thumbprint| {
        Introspection::verify(response.as_bytes(), Binding::Required, Some(certificate), &mut scratch).map(|_| ())
    };
    assert_eq!(verify(&thumbprint), Ok(()));
    assert_eq!(verify(&Thumbprint::of_der(b"another")), Err(Error::CertificateMismatch));
}

/// RFC 8705 §3.2: the thumbprint in the example response was written by hand and is not canonical base64url.
#[test]
fn rfc_8705_introspection_response() {
    let response = include_str!("../vectors/rfc8705/introspection.json");
    let mut scratch = [0; introspection_scratch_len(512)];
    let verdict =
        Introspection::verify(response.as_bytes(), Binding::Required, None, &mut scratch).map(|_| ()).unwrap_err();
    assert_eq!(verdict, Error::ThumbprintMalformed);

    let canonical = response.replace("dg2", "dg0");
    let mut scratch = [0; introspection_scratch_len(512)];
    let bound = Thumbprint::from_x5t_s256("bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg0").unwrap();
    let token = Introspection::verify(canonical.as_bytes(), Binding::Required, Some(&bound), &mut scratch).unwrap();
    assert_eq!(token.subject(), Some("ty.webb@example.com"));
}
