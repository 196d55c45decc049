//! Tokens that a setting of the host accepts, with their verdict without this setting.

use crate::{
    parties::Parties,
    tokens::{Algorithm, Token},
};

/// A token that is accepted below a path.
pub struct Exception {
    /// Names the setting. Each host configures it for this path.
    pub path: &'static str,
    /// The token, bound to server A's certificate if it is bound.
    pub token: String,
    /// Its verdict on `/`, where no such setting is.
    pub otherwise: &'static str,
}

/// What each setting accepts:
///
/// | path | setting |
/// |---|---|
/// | `/if_present` | the binding is required only of tokens with `cnf` |
/// | `/any_type` | any `typ` |
/// | `/jwt` | the `typ` of a JWT, or none |
/// | `/leeway` | 10 minutes of leeway |
/// | `/algorithms` | ES256 and PS256 only |
/// | `/ed25519` | Ed25519 only |
/// | `/scope` | the scopes `read` and `write` are required |
/// | `/audiences` | the audience `https://new.example` too |
/// | `/uncached` | no cache |
pub fn exceptions(parties: &Parties) -> Vec<Exception> {
    let bound = || Token::bound_to(&parties.server_a);
    let eddsa = || bound().algorithm(Algorithm::EdDSA);
    [
        ("/if_present", Token::unbound(), "confirmation_missing"),
        ("/if_present", bound(), "ok"),
        ("/any_type", bound().header("typ", r#""JWT""#), "type_not_allowed"),
        ("/any_type", bound().without_header("typ"), "type_missing"),
        ("/any_type", bound().header("typ", r#""logout+jwt""#), "type_not_allowed"),
        ("/jwt", bound().header("typ", r#""JWT""#), "type_not_allowed"),
        ("/jwt", bound().header("typ", r#""application/jwt""#), "type_not_allowed"),
        ("/jwt", bound().without_header("typ"), "type_missing"),
        ("/jwt", bound(), "ok"),
        ("/leeway", bound().expires_in(-60), "token_expired"),
        ("/algorithms", bound().algorithm(Algorithm::PS256), "ok"),
        // Both names of the algorithm (RFC 9864).
        ("/ed25519", eddsa(), "ok"),
        ("/ed25519", eddsa().header("alg", r#""Ed25519""#), "ok"),
        ("/scope", bound(), "ok"),
        ("/audiences", bound(), "ok"),
        ("/audiences", bound().claim("aud", r#""https://new.example""#), "audience_mismatch"),
        ("/audiences", bound().claim("aud", r#"["https://new.example"]"#), "audience_mismatch"),
        ("/uncached", bound(), "ok"),
    ]
    .map(|(path, token, otherwise)| Exception { path, token: token.signed_by(&parties.issuer), otherwise })
    .into()
}

/// More tokens of server A than the smallest cache holds, each with its `sub`.
pub fn tokens_with_subjects(parties: &Parties) -> Vec<(String, String)> {
    let token = |number| {
        let sub = format!("server-{number}");
        let token = Token::bound_to(&parties.server_a).claim("sub", &format!("{sub:?}")).signed_by(&parties.issuer);
        (sub, token)
    };
    (0..8).map(token).collect()
}
