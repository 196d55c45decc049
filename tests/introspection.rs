//! Introspection responses (RFC 7662 §2.2, RFC 8705 §3.2).

mod support;

use certbound::{Binding, Claim, Confirmation, Error, Introspection, Thumbprint, introspection_scratch_len};
use support::{CERTIFICATE_A, CERTIFICATE_C};

fn verdict(response: &str, binding: Binding, certificate: Option<&[u8]>) -> Result<bool, Error> {
    let mut scratch = vec![0xaa; introspection_scratch_len(response.len())];
    let certificate = certificate.map(Thumbprint::of_der);
    Introspection::verify(response.as_bytes(), binding, certificate.as_ref(), &mut scratch)
        .map(|token| token.confirmation().is_some())
}

fn bound(further: &str) -> String {
    format!(r#"{{"active":true,"cnf":{}{further}}}"#, Confirmation::new(Thumbprint::of_der(CERTIFICATE_A)))
}

#[test]
fn only_active_tokens_pass() {
    let verdict = |response: &str| verdict(response, Binding::IfPresent, Some(CERTIFICATE_A));
    assert_eq!(verdict(r#"{"active":true}"#), Ok(false));
    assert_eq!(verdict(r#"{"\u0061ctive":true}"#), Ok(false));
    assert_eq!(verdict(r#"{"active":false}"#), Err(Error::TokenInactive));
    assert_eq!(verdict("{}"), Err(Error::ActiveMissing));
    assert_eq!(verdict(r#"{"Active":true}"#), Err(Error::ActiveMissing));
    for active in [r#""true""#, "1", "null", "[true]", "{}"] {
        assert_eq!(verdict(&format!(r#"{{"active":{active}}}"#)), Err(Error::ActiveMalformed), "{active}");
    }
    assert_eq!(verdict("[true]"), Err(Error::IntrospectionNotObject));
    assert_eq!(verdict(r#"{"active":true,"active":true}"#), Err(Error::JsonDuplicateName));
    assert_eq!(verdict(r#"{"active":false,"\u0061ctive":true}"#), Err(Error::JsonDuplicateName));
    assert_eq!(verdict(r#"{"active":true}0"#), Err(Error::JsonTrailingBytes));
    assert_eq!(verdict(""), Err(Error::JsonUnexpectedEnd));
}

#[test]
fn the_binding_rule_is_that_of_tokens() {
    let required = |response: &str, certificate| verdict(response, Binding::Required, certificate);
    assert_eq!(required(&bound(""), Some(CERTIFICATE_A)), Ok(true));
    assert_eq!(required(&bound(""), Some(CERTIFICATE_C)), Err(Error::CertificateMismatch));
    assert_eq!(required(&bound(""), None), Err(Error::CertificateMissing));
    assert_eq!(required(r#"{"active":true}"#, Some(CERTIFICATE_A)), Err(Error::ConfirmationMissing));

    let optional = |response: &str, certificate| verdict(response, Binding::IfPresent, certificate);
    assert_eq!(optional(&bound(""), Some(CERTIFICATE_A)), Ok(true));
    assert_eq!(optional(&bound(""), Some(CERTIFICATE_C)), Err(Error::CertificateMismatch));
    assert_eq!(optional(&bound(""), None), Err(Error::CertificateMissing));
    assert_eq!(optional(r#"{"active":true}"#, None), Ok(false));
    for (cnf, error) in [
        ("null", Error::ConfirmationMalformed),
        (r#""x""#, Error::ConfirmationMalformed),
        ("{}", Error::ConfirmationMethodUnsupported),
        (r#"{"jkt":"x"}"#, Error::ConfirmationMethodUnsupported),
        (r#"{"x5t#S256":"x"}"#, Error::ThumbprintMalformed),
    ] {
        let response = format!(r#"{{"active":true,"cnf":{cnf}}}"#);
        assert_eq!(optional(&response, Some(CERTIFICATE_A)), Err(error), "{cnf}");
        assert_eq!(required(&response, Some(CERTIFICATE_A)), Err(error), "{cnf}");
    }
}

#[test]
fn claims_are_read_with_their_escapes_resolved() {
    let response = bound(r#","sub":"\u00e9\n","scope":"a b","username":"\"q\"""#);
    let mut scratch = vec![0; introspection_scratch_len(response.len())];
    let certificate = Thumbprint::of_der(CERTIFICATE_A);
    let token =
        Introspection::verify(response.as_bytes(), Binding::Required, Some(&certificate), &mut scratch).unwrap();
    assert_eq!(token.subject(), Some("é\n"));
    assert_eq!(token.claim("username"), Some(Claim::String("\"q\"")));
    assert!(token.has_scope("b"));
    assert!(token.confirmation().unwrap().thumbprint().matches(&certificate));
}

#[test]
fn scratch_of_the_stated_length_is_enough() {
    let response = format!(r#"{{"active":true,"a":"{}"}}"#, r#"\""#.repeat(500));
    let verify =
        |length| Introspection::verify(response.as_bytes(), Binding::IfPresent, None, &mut vec![0; length]).map(|_| ());
    assert_eq!(verify(introspection_scratch_len(response.len())), Ok(()));
    assert_eq!(verify(response.len()), Err(Error::ScratchTooSmall));
    assert_eq!(verify(0), Err(Error::ScratchTooSmall));
}
