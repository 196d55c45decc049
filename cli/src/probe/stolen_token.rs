//! The token that is stolen: where it comes from, and what it is bound to.

use std::{path::Path, sync::Arc};

use certbound::{Thumbprint, limits};
use ring::digest;
use rustls::ClientConfig;
use serde_json::{Map, Value};

use super::public_key::PublicKey;
use crate::{
    content::Purpose,
    date,
    failure::Failure,
    input,
    issuer::{Fetcher, HttpsUrl, Issuer, metadata, post_form},
    json::{excerpt, quote},
    token::Unverified,
};

/// An access token of the owner.
pub(crate) struct StolenToken {
    pub(super) text: String,
    /// Its content; empty if it is opaque.
    pub(super) content: Unverified,
    pub(super) binding: Binding,
}

/// What a token is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binding {
    /// The owner's certificate.
    Bound,
    /// It is a JWT without `cnf` → `x5t#S256`.
    Missing,
    /// It is opaque, so only the issuer knows.
    Unreadable,
}

impl StolenToken {
    /// Reads the token in a file, or on standard input, where white space around it does not matter.
    pub(crate) fn read(path: &Path) -> Result<String, Failure> {
        let content = input::read(path, limits::TOKEN_LEN)?;
        let text = content.trim_ascii();
        let is_token = !text.is_empty() && text.iter().all(is_of_token);
        match str::from_utf8(text) {
            Ok(text) if is_token && content.len() <= limits::TOKEN_LEN => Ok(text.to_owned()),
            _ => {
                let mistake = Purpose::Token.mistake(&content).unwrap_or_else(|| {
                    "it is not an access token; expected one of at most 16 KiB, without \"Bearer\" (RFC 6750 §2.1); pass only \
                     the token"
                        .to_owned()
                });
                Err(Failure::Unusable(format!("{}: {mistake}", input::name(path))))
            }
        }
    }

    /// Checks the binding of a token. `origin` names it in messages.
    pub(crate) fn new(text: String, origin: &str, owner: &Thumbprint) -> Result<Self, Failure> {
        let content = Unverified::decode(text.as_bytes());
        let is_jwt = content.parts.len() == 3 && !content.header.0.is_empty() && !content.claims.0.is_empty();
        let binding = match content.claims.bound_thumbprint() {
            _ if !is_jwt => Binding::Unreadable,
            None => Binding::Missing,
            Some(bound) if bound == owner.to_string() => Binding::Bound,
            Some(bound) => {
                return Err(Failure::Unusable(format!(
                    "{origin}: the token is bound to the certificate with x5t#S256 {}; expected that of --cert, {}; pass the \
                     certificate that the token was issued for",
                    quote(&bound),
                    quote(&owner.to_string())
                )));
            }
        };
        Ok(Self { text, content, binding })
    }

    /// Whether its `exp` is in the future, and its `nbf`, if it has one, is not.
    pub(crate) fn is_valid(&self, now: u64) -> bool {
        let claims = &self.content.claims;
        let has_begun =
            claims.optional_json("nbf").is_none() || claims.seconds("nbf").is_some_and(|begin| begin <= now);
        has_begun && claims.seconds("exp").is_some_and(|expiry| expiry > now)
    }

    /// Checks a token that must have expired, by far. `origin` names it in messages.
    pub(crate) fn check_expired(&self, origin: &str, now: u64) -> Result<(), Failure> {
        self.check_bound(origin)?;
        let expiry = self.content.claims.seconds("exp");
        if expiry.is_some_and(|expiry| expiry.saturating_add(EXPIRED_SECONDS) <= now) {
            return Ok(());
        }
        Err(Failure::Unusable(format!(
            "{origin}: its exp is {}; expected one at least {EXPIRED_SECONDS} seconds in the past, since an API may allow \
             for clocks that differ so much; pass a token that has expired before",
            expiry.and_then(date::rfc_3339).unwrap_or_else(|| "not readable".to_owned())
        )))
    }

    /// Checks a token for another audience, which must be valid in every other way.
    pub(crate) fn check_other_audience(&self, origin: &str, now: u64) -> Result<(), Failure> {
        self.check_bound(origin)?;
        if self.is_valid(now) {
            return Ok(());
        }
        Err(Failure::Unusable(format!(
            "{origin}: it is not valid now, by its exp or nbf; expected a token that is, or its refusal would not show that \
             aud is checked; pass a new one"
        )))
    }

    /// Without a binding that can be read, a refusal may have any reason.
    fn check_bound(&self, origin: &str) -> Result<(), Failure> {
        let found = match self.binding {
            Binding::Bound => return Ok(()),
            Binding::Missing => "it is not bound: it has no cnf with x5t#S256",
            Binding::Unreadable => "it is not a signed JWT, so nothing in it can be read",
        };
        Err(Failure::Unusable(format!(
            "{origin}: {found}; expected a JWT that is bound to --cert, or its refusal could have any reason; pass such a \
             token, or leave the option out"
        )))
    }

    /// Checks that this token differs from `token` only in what its attack is about. What an opaque token says is not known.
    pub(crate) fn check_beside(&self, token: &Self, origin: &str, has_same_audience: bool) -> Result<(), Failure> {
        if token.binding == Binding::Unreadable {
            return Ok(());
        }
        let iss = |token: &Self| token.content.claims.read_member::<String>("iss");
        let found = if iss(self) != iss(token) {
            "its iss is not that of the token; expected a token of the same issuer, or its refusal could have that reason; pass \
             one"
        } else if self.has_audience_of(token) != has_same_audience {
            if has_same_audience {
                "it has no aud of the token; expected one for the same API, or its refusal could have that reason; pass one"
            } else {
                "it has the same aud as the token; expected one for another API; pass one"
            }
        } else {
            return Ok(());
        };
        Err(Failure::Unusable(format!("{origin}: {found}")))
    }

    /// Whether both have an audience in common, as far as that can be read.
    fn has_audience_of(&self, other: &Self) -> bool {
        let others = other.content.claims.strings("aud");
        self.content.claims.strings("aud").iter().any(|audience| others.contains(audience))
    }

    /// Whether this is a signed JWT for which a set has no key.
    pub(crate) fn lacks_key_in(&self, jwks: &[u8]) -> bool {
        self.binding != Binding::Unreadable && PublicKey::find(jwks, &self.content.header).is_none()
    }

    /// The first bytes of its SHA-256 digest, which identify it in a log without disclosing it.
    pub(super) fn digest(&self) -> String {
        let digest = digest::digest(&digest::SHA256, self.text.as_bytes());
        digest.as_ref().iter().take(DIGEST_LEN).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A token that the issuer grants to a client by its certificate (RFC 6749 §4.4, RFC 8705 §2).
pub(crate) struct Grant {
    pub(crate) issuer: Issuer,
    pub(crate) client_id: String,
    pub(crate) scope: Option<String>,
    /// RFC 8707.
    pub(crate) resource: Option<String>,
}

impl Grant {
    /// Asks for a token, and for the issuer's JWK Set, which is `None` if it cannot be had. `mutual` presents the owner's
    /// certificate.
    pub(crate) async fn obtain(
        &self,
        fetcher: &mut Fetcher,
        tls: &Arc<ClientConfig>,
        mutual: &Arc<ClientConfig>,
    ) -> Result<(String, Option<Vec<u8>>), Failure> {
        let urls =
            metadata(&self.issuer, fetcher, tls, |metadata| Ok((metadata.token_endpoint()?, metadata.jwks_uri().ok())));
        let (endpoint, jwks_uri) = urls.await.map_err(|problem| Failure::Unusable(problem.text))?;
        let answer =
            post_form(mutual, &endpoint, self.form()).await.map_err(|problem| Failure::Unusable(problem.text))?;
        fetcher.requests = fetcher.requests.saturating_add(1);
        let token = granted(&endpoint, answer.status, &answer.body)?;
        let jwks = match jwks_uri {
            Some(url) => fetcher.get(tls, &url).await.ok().map(|document| document.body.to_vec()),
            None => None,
        };
        Ok((token, jwks))
    }

    fn form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials").append_pair("client_id", &self.client_id);
        for (name, value) in [("scope", &self.scope), ("resource", &self.resource)] {
            if let Some(value) = value {
                form.append_pair(name, value);
            }
        }
        form.finish()
    }
}

/// The token in a token response (RFC 6749 §5.1), or why there is none (§5.2). No message shows more of the response.
fn granted(endpoint: &HttpsUrl, status: http::StatusCode, body: &[u8]) -> Result<String, Failure> {
    let members: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let unusable = |found: String, remedy: &str| {
        Err(Failure::Unusable(format!("{endpoint}: {found}; expected a token response (RFC 6749 §5.1); {remedy}")))
    };
    if let Some(error) = text("error") {
        let description =
            text("error_description").map(|text| format!(" ({})", excerpt(&quote(text)))).unwrap_or_default();
        let found = format!("the issuer grants no token: {}{description}", excerpt(&quote(error)));
        return unusable(found, "check --client-id, --scope, --resource, and the client's registration");
    }
    match text("access_token") {
        Some(_) if !status.is_success() => unusable(format!("the status is {status}"), "check the issuer"),
        Some(_) if !text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) => {
            unusable("token_type is not Bearer".to_owned(), "register the client for certificate-bound tokens")
        }
        Some(token)
            if token.len() <= limits::TOKEN_LEN
                && !token.is_empty()
                && token.bytes().all(|byte| is_of_token(&byte)) =>
        {
            Ok(token.to_owned())
        }
        Some(_) => {
            unusable("the token has more than 16 KiB, or other characters than tokens".to_owned(), "check the issuer")
        }
        None => unusable(format!("the status is {status}, and there is no access_token"), "check --issuer"),
    }
}

/// Whether a token may have this character (`b64token`, RFC 6750 §2.1).
pub(super) const fn is_of_token(byte: &u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

/// How long ago a token must have expired: as long as the leeway that is ever allowed.
const EXPIRED_SECONDS: u64 = limits::LEEWAY_SECONDS_MAX;

/// Bytes of a digest that are shown.
const DIGEST_LEN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::encode_base64url;

    #[test]
    fn bindings_are_told_apart() {
        let owner = Thumbprint::of_der(b"owner");
        let token = |claims: &str| {
            let token = [r#"{"alg":"ES256"}"#, claims, "s"].map(|part| encode_base64url(part.as_bytes())).join(".");
            StolenToken::new(token, "token", &owner)
        };
        let bound = |thumbprint: &Thumbprint| token(&format!(r#"{{"cnf":{{"x5t#S256":"{thumbprint}"}}}}"#));
        assert_eq!(bound(&owner).unwrap().binding, Binding::Bound);
        for claims in [r#"{"sub":"a"}"#, r#"{"cnf":{"jkt":"a"}}"#, r#"{"cnf":7}"#] {
            assert_eq!(token(claims).unwrap().binding, Binding::Missing, "{claims}");
        }
        assert_eq!(StolenToken::new("opaque".to_owned(), "token", &owner).unwrap().binding, Binding::Unreadable);
        let other = Thumbprint::of_der(b"other");
        let Err(Failure::Unusable(text)) = bound(&other) else { panic!("a token of another certificate") };
        assert!(text.contains(&other.to_string()) && text.contains(&owner.to_string()), "{text}");
    }

    #[test]
    fn extra_tokens_are_refused_for_one_reason_only() {
        let owner = Thumbprint::of_der(b"owner");
        let cnf = format!(r#""cnf":{{"x5t#S256":"{owner}"}}"#);
        let token = |claims: &str| {
            let token = [r#"{"alg":"ES256"}"#, claims, "s"].map(|part| encode_base64url(part.as_bytes())).join(".");
            StolenToken::new(token, "token", &owner).unwrap()
        };
        let words = |result: Result<(), Failure>| result.err().map(|failure| failure.sentence());
        let now = 10_000;
        for (claims, expired, valid) in [
            (format!(r#"{{{cnf},"exp":9400}}"#), true, false),
            (format!(r#"{{{cnf},"exp":9401}}"#), false, false),
            (format!(r#"{{{cnf},"exp":10000}}"#), false, false),
            (format!(r#"{{{cnf},"exp":10001}}"#), false, true),
            (format!(r#"{{{cnf},"exp":10001,"nbf":10000}}"#), false, true),
            (format!(r#"{{{cnf},"exp":10001,"nbf":10001}}"#), false, false),
            (format!(r#"{{{cnf},"exp":10001,"nbf":"x"}}"#), false, false),
            (format!(r#"{{{cnf}}}"#), false, false),
        ] {
            let token = token(&claims);
            let texts = [token.check_expired("file", now), token.check_other_audience("file", now)].map(words);
            assert_eq!(texts.clone().map(|text| text.is_none()), [expired, valid], "{claims}: {texts:?}");
        }
        let opaque = StolenToken::new("opaque".to_owned(), "token", &owner).unwrap();
        for (token, text) in [(token(r#"{"exp":1}"#), "it is not bound"), (opaque, "it is not a signed JWT")] {
            for result in [token.check_expired("file", now), token.check_other_audience("file", now)] {
                assert!(words(result).is_some_and(|found| found.contains(text)));
            }
        }

        let beside = |claims: &str, has_same| {
            words(token(claims).check_beside(&token(r#"{"iss":"a","aud":["b","c"]}"#), "file", has_same))
        };
        assert_eq!(beside(r#"{"iss":"a","aud":"c"}"#, true), None);
        assert_eq!(beside(r#"{"iss":"a","aud":"d"}"#, false), None);
        for (claims, has_same, text) in [
            (r#"{"iss":"x","aud":"c"}"#, true, "its iss is not"),
            (r#"{"aud":"d"}"#, false, "its iss is not"),
            (r#"{"iss":"a","aud":"d"}"#, true, "it has no aud of"),
            (r#"{"iss":"a","aud":["d","c"]}"#, false, "it has the same aud"),
        ] {
            assert!(beside(claims, has_same).is_some_and(|found| found.contains(text)), "{claims}");
        }
    }

    #[test]
    fn token_responses_are_read() {
        let endpoint = HttpsUrl::parse("https://as.example/token").unwrap();
        let read = |status: u16, body: &str| {
            granted(&endpoint, http::StatusCode::from_u16(status).unwrap(), body.as_bytes())
                .map_err(|failure| failure.sentence())
        };
        let good = r#"{"access_token": "a.b.c", "token_type": "bearer"}"#;
        assert_eq!(read(200, good).unwrap(), "a.b.c");
        for (status, body, words) in [
            (500, good, "the status is 500"),
            (200, &good.replace("bearer", "DPoP"), "token_type is not Bearer"),
            (200, &good.replace(", \"token_type\": \"bearer\"", ""), "token_type is not Bearer"),
            (200, &good.replace("a.b.c", "a b"), "other characters"),
            (200, &good.replace("a.b.c", ""), "other characters"),
            (200, &good.replace("a.b.c", &"a".repeat(limits::TOKEN_LEN + 1)), "more than 16 KiB"),
            (404, "<html>", "the status is 404"),
            (200, "[]", "there is no access_token"),
            (
                401,
                r#"{"error": "invalid_client", "error_description": "no\u001b"}"#,
                r#""invalid_client" ("no\u001b")"#,
            ),
        ] {
            let text = read(status, body).unwrap_err();
            assert!(text.contains(words) && !text.contains("a.b.c"), "{words} is not in {text}");
        }
        assert!(read(200, &good.replace("a.b.c", &"a".repeat(limits::TOKEN_LEN))).is_ok());
    }
}
