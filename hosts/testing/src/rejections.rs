//! Tokens that are invalid on any connection, with their reasons.

use crate::{
    message::Request,
    parties::Parties,
    tokens::{self, Issuer, Token, base64url},
};

/// Server A's usual token, modified or forged, and the reason to reject it.
pub fn forged_tokens(parties: &Parties) -> Vec<(String, &'static str)> {
    let (issuer, other_issuer) = (&parties.issuer, Issuer::new(""));
    let usual = || Token::bound_to(&parties.server_a);
    let good = parties.token();
    let thumbprint = tokens::thumbprint(&parties.server_a);
    let mut flipped = tokens::signature(&good);
    flipped[20] ^= 1;
    let claims_of_another = parties.token_of(&parties.thief).split('.').nth(1).unwrap().to_owned();
    let parts: Vec<_> = good.split('.').collect();
    let none = base64url(r#"{"alg":"none","typ":"at+jwt"}"#);
    vec![
        (tokens::with_signature(&good, &flipped), "signature_invalid"),
        (tokens::with_signature(&good, &flipped[..63]), "signature_length"),
        (tokens::with_signature(&good, b""), "signature_length"),
        (format!("{}.{claims_of_another}.{}", parts[0], parts[2]), "signature_invalid"),
        (format!("{none}.{}.", parts[1]), "algorithm_unsupported"),
        (format!("{none}.{}.{}", parts[1], parts[2]), "algorithm_unsupported"),
        (usual().header("alg", r#""HS256""#).signed_by(issuer), "algorithm_unsupported"),
        (usual().header("alg", r#""RS256""#).signed_by(issuer), "key_unsuited"),
        (usual().key_id("unknown").signed_by(issuer), "key_unknown"),
        (usual().header("crit", r#"["b64"]"#).signed_by(issuer), "critical_header"),
        (usual().signed_by(&other_issuer), "signature_invalid"),
        (usual().expires_in(-1).signed_by(issuer), "token_expired"),
        (usual().without_claim("exp").signed_by(issuer), "expiry_missing"),
        (usual().claim("nbf", "4102444800").signed_by(issuer), "token_not_yet_valid"),
        (usual().claim("aud", r#""https://other.example""#).signed_by(issuer), "audience_mismatch"),
        (usual().claim("iss", r#""https://as.example/""#).signed_by(issuer), "issuer_mismatch"),
        (usual().header("typ", r#""JWT""#).signed_by(issuer), "type_not_allowed"),
        (usual().without_header("typ").signed_by(issuer), "type_missing"),
        (Token::unbound().signed_by(issuer), "confirmation_missing"),
        (usual().claim("cnf", r#"{"jkt":"a"}"#).signed_by(issuer), "confirmation_method_unsupported"),
        (usual().claim("cnf", &format!(r#""{thumbprint}""#)).signed_by(issuer), "confirmation_malformed"),
        (usual().claim("cnf", r#"{"x5t#S256":""}"#).signed_by(issuer), "thumbprint_malformed"),
        (format!("{}.{}", parts[0], parts[1]), "token_not_compact"),
        (format!("{good}.{}", parts[1]), "token_not_compact"),
        (format!("{}.{}=.{}", parts[0], parts[1], parts[2]), "signature_invalid"),
        ("opaque".to_owned(), "token_not_compact"),
        ("..".to_owned(), "json_unexpected_end"),
    ]
}

/// Requests for this path, and one with a form for the other path, with the token in a place that must not count (RFC 6750
/// §2.2 and §2.3 are not supported).
pub fn requests_with_token_elsewhere(path: &str, form: &str, token: &str) -> Vec<Request> {
    let get = || Request::get(path);
    vec![
        Request::get(&format!("{path}?access_token={token}")),
        Request::post(form, format!("access_token={token}")),
        get().header("cookie", &format!("access_token={token}; Authorization=Bearer {token}")),
        get().header("proxy-authorization", &format!("Bearer {token}")),
        get().header("x-authorization", &format!("Bearer {token}")),
        get().header("x-forwarded-authorization", &format!("Bearer {token}")),
        get().header("x-access-token", token),
    ]
}

/// Server A's tokens for a path that requires the scopes `read` and `admin`: those with too few, and those with enough.
pub fn scoped_tokens(parties: &Parties) -> [Vec<String>; 2] {
    let scoped = |scope: &&str| {
        Token::bound_to(&parties.server_a).claim("scope", &format!("{scope:?}")).signed_by(&parties.issuer)
    };
    let insufficient = ["read write", "admin", "", "readadmin", "Read Admin"];
    let sufficient = ["read admin", "admin write read"];
    [insufficient.iter().map(scoped).collect(), sufficient.iter().map(scoped).collect()]
}

/// Tokens with a type or an algorithm that a setting does not name, with their reasons. [`exceptions`](crate::accept::exceptions)
/// has the accepted ones.
pub fn tokens_outside_settings(parties: &Parties) -> Vec<(&'static str, String, &'static str)> {
    let bound = || Token::bound_to(&parties.server_a);
    [
        ("/jwt", bound().header("typ", r#""logout+jwt""#), "type_not_allowed"),
        ("/jwt", bound().header("typ", r#""dpop+jwt""#), "type_not_allowed"),
        ("/ed25519", bound(), "algorithm_not_allowed"),
    ]
    .map(|(path, token, reason)| (path, token.signed_by(&parties.issuer), reason))
    .into()
}
