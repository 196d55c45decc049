//! Introspection responses (RFC 7662 §2.2, RFC 8705 §3.2).

use std::sync::LazyLock;

use crate::support::{AUDIENCE, CERTIFICATE_A, CERTIFICATE_C, ISSUER, Issuer, NOW, usual_policy};
use certbound::{
    BearerResponse, Binding, Claim, Confirmation, Error, Introspection, KeySet, Policy, Thumbprint, TrustedIssuer,
    UnixTime, Verifier, introspection_scratch_len, limits,
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

static KEYS: LazyLock<KeySet<8>> = LazyLock::new(|| Issuer::new().keys());

/// The verdict by a verifier of the usual issuer, or also of others, on the response to an opaque token.
fn opaque(issuers: &[&str], response: &str) -> Result<(), Error> {
    by_issuers(issuers, |verifier, certificate, scratch| {
        Introspection::verify_with(verifier, response.as_bytes(), certificate, UnixTime::from_seconds(NOW), scratch)
            .map(|_| ())
    })
}

/// The verdict by such a verifier on the response to a token that it has accepted from the usual issuer.
fn confirmed(issuers: &[&str], response: &str) -> Result<(), Error> {
    by_issuers(issuers, |verifier, certificate, scratch| {
        let (issuer, now) = (Some(issuers[0]), UnixTime::from_seconds(NOW));
        Introspection::confirm(verifier, issuer, response.as_bytes(), certificate, now, scratch).map(|_| ())
    })
}

fn by_issuers<T>(
    issuers: &[&str],
    judge: impl FnOnce(&Verifier<'_>, Option<&Thumbprint>, &mut [u8]) -> Result<T, Error>,
) -> Result<T, Error> {
    let certificate = Thumbprint::of_der(CERTIFICATE_A);
    let policy = Policy::for_audiences(&[AUDIENCE]).required_scopes(&["read"]);
    let trusted: Vec<_> = issuers.iter().map(|name| TrustedIssuer::new(name, &KEYS)).collect();
    let verifier = match issuers {
        [issuer] => Verifier::new(Policy::new(issuer, &[AUDIENCE]).required_scopes(&["read"]), &KEYS),
        _ => Verifier::for_issuers(policy, &trusted),
    };
    judge(&verifier, Some(&certificate), &mut [0; 1024])
}

const READ: &str = r#","scope":"read""#;

#[test]
fn a_malformed_response_is_the_fault_of_the_issuer() {
    for response in [
        "",
        "<html>",
        "[true]",
        "{}",
        r#"{"active":"true"}"#,
        r#"{"active":true,"active":true}"#,
        r#"{"active":true}{}"#,
        r#"{"active":true,"scope":"read""#,
    ] {
        assert_eq!(opaque(&[ISSUER], response), Err(Error::IntrospectionMalformed), "{response}");
        assert_eq!(confirmed(&[ISSUER], response), Err(Error::IntrospectionMalformed), "{response}");
    }
    assert_eq!(Error::IntrospectionMalformed.bearer_response(), BearerResponse::Unavailable);
    assert_eq!(opaque(&[ISSUER], r#"{"active":false}"#), Err(Error::TokenInactive));
    assert_eq!(opaque(&[ISSUER], &bound(READ)), Ok(()));
    // Its members are the token's.
    assert_eq!(opaque(&[ISSUER], &bound(r#","scope":["read"]"#)), Err(Error::ScopeMalformed));
    assert_eq!(opaque(&[ISSUER], &bound(r#","scope":"read","sub":7"#)), Err(Error::SubjectMalformed));
    assert_eq!(opaque(&[ISSUER], &bound(r#","scope":"read","iat":"7""#)), Err(Error::IssuedAtMalformed));
}

#[test]
fn the_response_to_an_opaque_token_follows_the_policy_of_the_verifier() {
    let verdict = |further: &str| opaque(&[ISSUER], &bound(&format!("{READ}{further}")));
    assert_eq!(verdict(r#","iss":"https://as.example","aud":"https://api.example","exp":1900000001"#), Ok(()));
    assert_eq!(verdict(r#","iss":"https://other.example""#), Err(Error::IssuerMismatch));
    assert_eq!(verdict(r#","iss":7"#), Err(Error::IssuerMalformed));
    assert_eq!(verdict(r#","aud":"https://other.example""#), Err(Error::AudienceMismatch));
    assert_eq!(verdict(r#","exp":1900000000"#), Err(Error::TokenExpired));
    assert_eq!(opaque(&[ISSUER], r#"{"active":true,"scope":"read"}"#), Err(Error::ConfirmationMissing));
    assert_eq!(opaque(&[ISSUER], &bound("")), Err(Error::InsufficientScope));
}

#[test]
fn with_several_issuers_the_response_must_name_one() {
    let issuers = [ISSUER, "https://as2.example"];
    let verdict = |iss: &str| opaque(&issuers, &bound(&format!(r#","scope":"read"{iss}"#)));
    assert_eq!(verdict(r#","iss":"https://as.example""#), Ok(()));
    assert_eq!(verdict(r#","iss":"https://as2.example""#), Ok(()));
    assert_eq!(verdict(r#","iss":"https://as3.example""#), Err(Error::IssuerMismatch));
    assert_eq!(verdict(r#","iss":["https://as.example"]"#), Err(Error::IssuerMalformed));
    assert_eq!(verdict(""), Err(Error::IssuerMissing));
    // If the policy names one of them, only that one counts.
    let of_policy = |iss: &str| {
        let policy = Policy::new(ISSUER, &[AUDIENCE]);
        let trusted = issuers.map(|name| TrustedIssuer::new(name, &KEYS));
        let (response, certificate) = (bound(&format!(r#","iss":"{iss}""#)), Thumbprint::of_der(CERTIFICATE_A));
        let (verifier, now) = (Verifier::for_issuers(policy, &trusted), UnixTime::from_seconds(NOW));
        Introspection::verify_with(&verifier, response.as_bytes(), Some(&certificate), now, &mut [0; 1024]).map(|_| ())
    };
    assert_eq!(of_policy(ISSUER), Ok(()));
    assert_eq!(of_policy(issuers[1]), Err(Error::IssuerMismatch));
    // A verifier without issuers accepts nothing.
    assert_eq!(opaque(&[], &bound(READ)), Err(Error::IssuerMissing));
    assert_eq!(opaque(&[], &bound(r#","scope":"read","iss":"https://as.example""#)), Err(Error::IssuerMismatch));
}

#[test]
fn the_response_to_an_accepted_token_may_lack_what_the_token_has() {
    let issuers = [ISSUER, "https://as2.example"];
    assert_eq!(confirmed(&issuers, r#"{"active":true}"#), Ok(()));
    assert_eq!(confirmed(&issuers, r#"{"active":false}"#), Err(Error::TokenInactive));
    assert_eq!(confirmed(&issuers, &bound(r#","scope":"read","iss":"https://as.example""#)), Ok(()));
    for (further, error) in [
        (r#","iss":"https://as2.example""#, Error::IssuerMismatch),
        (r#","iss":null"#, Error::IssuerMalformed),
        (r#","aud":"https://other.example""#, Error::AudienceMismatch),
        (r#","exp":1900000000"#, Error::TokenExpired),
        (r#","nbf":1900000001"#, Error::TokenNotYetValid),
        (r#","scope":"write""#, Error::InsufficientScope),
        (r#","scope":7"#, Error::ScopeMalformed),
    ] {
        assert_eq!(confirmed(&issuers, &bound(further)), Err(error), "{further}");
    }
    let thief = Confirmation::new(Thumbprint::of_der(CERTIFICATE_C));
    let stolen = format!(r#"{{"active":true,"cnf":{thief}}}"#);
    assert_eq!(confirmed(&issuers, &stolen), Err(Error::CertificateMismatch));
    assert_eq!(confirmed(&issuers, r#"{"active":true,"cnf":{}}"#), Err(Error::ConfirmationMethodUnsupported));
}
