//! Introspection responses (RFC 7662 §2.2, RFC 8705 §3.2).

use crate::support::{CERTIFICATE_A, CERTIFICATE_C, NOW, usual_policy};
use certbound::{
    Binding, Claim, Confirmation, Error, Introspection, Policy, Thumbprint, UnixTime, introspection_scratch_len, limits,
};

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
fn the_binding_follows_the_rule_for_tokens() {
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

/// The verdict, by this policy, on a response for a bound token with these further members.
fn by_policy(policy: Policy<'_>, further: &str) -> Result<Option<u64>, Error> {
    let response = bound(further);
    let mut scratch = vec![0xaa; introspection_scratch_len(response.len())];
    let certificate = Thumbprint::of_der(CERTIFICATE_A);
    let now = UnixTime::from_seconds(NOW);
    Introspection::verify_against(&policy, response.as_bytes(), Some(&certificate), now, &mut scratch)
        .map(|token| token.expires_at().map(UnixTime::seconds))
}

#[test]
fn present_members_follow_the_rules_for_tokens() {
    let verdict = |further: &str| by_policy(usual_policy(), further);
    assert_eq!(verdict(""), Ok(None));
    assert_eq!(
        verdict(r#","iss":"https://as.example","aud":["x","https://api.example"],"exp":1900000001,"nbf":1900000000"#),
        Ok(Some(1_900_000_001))
    );
    for (further, error) in [
        (r#","iss":"https://as.example/""#, Error::IssuerMismatch),
        (r#","iss":7"#, Error::IssuerMalformed),
        (r#","aud":"https://other.example""#, Error::AudienceMismatch),
        (r#","aud":[]"#, Error::AudienceMismatch),
        (r#","aud":{"a":"https://api.example"}"#, Error::AudienceMalformed),
        (r#","exp":1900000000"#, Error::TokenExpired),
        (r#","exp":"1900000001""#, Error::ExpiryMalformed),
        (r#","exp":null"#, Error::ExpiryMalformed),
        (r#","exp":1900000001000"#, Error::ExpiryOutOfRange),
        (r#","nbf":1900000001"#, Error::TokenNotYetValid),
        (r#","nbf":true"#, Error::NotBeforeMalformed),
        (r#","nbf":-1"#, Error::NotBeforeOutOfRange),
    ] {
        assert_eq!(verdict(further), Err(error), "{further}");
    }
}

#[test]
fn issuer_and_audience_are_checked_if_the_policy_names_them() {
    let other = r#","iss":"https://other.example","aud":"https://other.example""#;
    assert_eq!(by_policy(usual_policy(), other), Err(Error::IssuerMismatch));
    assert_eq!(by_policy(Policy::new("", &["https://api.example"]), other), Err(Error::AudienceMismatch));
    assert_eq!(by_policy(Policy::new("https://as.example", &[]), other), Err(Error::IssuerMismatch));
    assert_eq!(by_policy(Policy::new("", &[]), other), Ok(None));
    // Times are always checked.
    assert_eq!(by_policy(Policy::new("", &[]), r#","exp":1"#), Err(Error::TokenExpired));
}

#[test]
fn the_policy_determines_leeway_binding_and_scopes() {
    assert_eq!(by_policy(usual_policy().leeway_seconds(1), r#","exp":1900000000"#), Ok(Some(1_900_000_000)));
    assert_eq!(by_policy(usual_policy().leeway_seconds(limits::LEEWAY_SECONDS_MAX + 1), ""), Err(Error::LeewayTooLong));
    let scopes = usual_policy().required_scopes(&["read", "write"]);
    assert_eq!(by_policy(scopes, r#","scope":"write read""#), Ok(None));
    assert_eq!(by_policy(scopes, r#","scope":"write""#), Err(Error::InsufficientScope));
    assert_eq!(by_policy(scopes, ""), Err(Error::InsufficientScope));

    let unbound = |policy: Policy<'_>| {
        let now = UnixTime::from_seconds(NOW);
        Introspection::verify_against(&policy, br#"{"active":true}"#, None, now, &mut [0; 64]).map(|_| ())
    };
    assert_eq!(unbound(usual_policy()), Err(Error::ConfirmationMissing));
    assert_eq!(unbound(usual_policy().binding(Binding::IfPresent)), Ok(()));
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
fn scratch_of_the_documented_length_is_enough() {
    let response = format!(r#"{{"active":true,"a":"{}"}}"#, r#"\""#.repeat(500));
    let verify =
        |length| Introspection::verify(response.as_bytes(), Binding::IfPresent, None, &mut vec![0; length]).map(|_| ());
    assert_eq!(verify(introspection_scratch_len(response.len())), Ok(()));
    assert_eq!(verify(response.len()), Err(Error::ScratchTooSmall));
    assert_eq!(verify(0), Err(Error::ScratchTooSmall));
}
