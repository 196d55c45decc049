//! Server B: returns accounts to callers that present a token over mutual TLS, with the certificate it is bound to.

use certbound::{BearerResponse, Error, KeySet, Policy, Thumbprint, Verifier, limits, scratch_len};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::Bytes,
    header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE},
};
use rustls::pki_types::CertificateDer;
use serde_json::json;

use crate::{
    clock::Clock,
    result::Result,
    server::{self, Handler},
    token_service::{ISSUER, SCOPE},
    verdict::{Log, Verdict},
};

/// The `aud` of a token for it.
pub(crate) const AUDIENCE: &str = "https://api.example";

/// The DNS name in its certificate.
pub(crate) const HOST: &str = "api.example";

/// What it requires of a token. The core's defaults also require a binding and the type at+jwt, without leeway.
const POLICY: Policy<'static> = Policy::new(ISSUER, &[AUDIENCE]).required_scopes(&[SCOPE]);

pub(crate) struct ResourceServer {
    keys: KeySet<8>,
    clock: Clock,
    log: Log,
}

impl ResourceServer {
    /// A server that trusts the keys in this JWK Set of the Token Service.
    pub(crate) fn new(jwks: &[u8], clock: Clock, log: Log) -> Result<Self> {
        Ok(Self { keys: KeySet::from_jwks(jwks)?, clock, log })
    }

    /// Returns the accounts if the core accepts the token.
    fn accounts(&self, certificate: Option<&CertificateDer<'_>>, token: &[u8]) -> Response<String> {
        match self.judge(certificate, token) {
            Ok(caller) => {
                let body = json!({ "caller": caller.client_id, "accounts": ACCOUNTS });
                self.log.write(Verdict::Accepted(format!("caller {}, scope {}", caller.client_id, caller.scope)));
                server::json(StatusCode::OK, &body)
            }
            Err(error) => {
                self.log.write(Verdict::Rejected(error.into()));
                reject(error.bearer_response())
            }
        }
    }

    /// Everything that a TLS terminator does to use the core: pass token, certificate and time, and get the verdict.
    fn judge(&self, certificate: Option<&CertificateDer<'_>>, token: &[u8]) -> Result<Caller, Error> {
        let thumbprint = certificate.map(|der| Thumbprint::of_der(der));
        let mut scratch = [0; scratch_len(limits::TOKEN_LEN)];
        let token =
            Verifier::new(POLICY, &self.keys).verify(token, thumbprint.as_ref(), self.clock.now(), &mut scratch)?;
        Ok(Caller {
            client_id: token.client_id().unwrap_or_default().to_owned(),
            scope: token.scopes().collect::<Vec<_>>().join(" "),
        })
    }
}

/// What an application reads from a verified token: who calls, and what the caller may do.
struct Caller {
    client_id: String,
    scope: String,
}

impl Handler for ResourceServer {
    fn handle(&self, certificates: &[CertificateDer<'_>], request: &Request<Bytes>) -> Response<String> {
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/accounts") => match bearer_token(request.headers()) {
                Ok(token) => self.accounts(certificates.first(), token),
                Err(response) => reject(response),
            },
            _ => server::empty(StatusCode::NOT_FOUND),
        }
    }
}

/// The token in the request (RFC 6750 §2.1); empty if there is none. Two headers are an invalid request.
fn bearer_token(headers: &HeaderMap) -> Result<&[u8], BearerResponse> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next().map(HeaderValue::as_bytes), values.next()) {
        (Some(value), None) => match value.split_at_checked(b"Bearer ".len()) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"Bearer ") => Ok(token.trim_ascii_start()),
            _ => Ok(&[]),
        },
        (None, _) => Ok(&[]),
        (Some(_), Some(_)) => Err(BearerResponse::InvalidRequest),
    }
}

/// The response to the caller (RFC 6750 §3), which does not say which check failed. The log does.
fn reject(response: BearerResponse) -> Response<String> {
    let status = StatusCode::from_u16(response.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = server::empty(status);
    if !status.is_server_error() {
        let challenge = match response.error() {
            Some(error) => format!("Bearer realm=\"{HOST}\", error=\"{error}\""),
            None => format!("Bearer realm=\"{HOST}\""),
        };
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
    }
    answer
}

/// The protected data.
const ACCOUNTS: [&str; 2] = ["DE02 1203 0000 0000 2020 51", "DE02 5001 0517 0137 0750 30"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bearer_token_is_found() {
        assert_eq!(token(&["Bearer abc"]), Ok(&b"abc"[..]));
        assert_eq!(token(&["bearer  abc"]), Ok(&b"abc"[..]));
    }

    #[test]
    fn other_headers_contain_no_token() {
        for headers in [&[][..], &["Basic abc"], &["Bearer"], &["Bearerabc"], &[""]] {
            assert_eq!(token(headers), Ok(&b""[..]), "{headers:?}");
        }
    }

    #[test]
    fn two_authorization_headers_are_an_invalid_request() {
        assert_eq!(token(&["Bearer abc", "Bearer abc"]), Err(BearerResponse::InvalidRequest));
        assert_eq!(reject(BearerResponse::InvalidRequest).status(), 400);
    }

    #[test]
    fn a_server_error_has_no_challenge() {
        let answer = reject(Error::ScratchTooSmall.bearer_response());
        assert_eq!((answer.status().as_u16(), answer.headers().len()), (500, 0));
    }

    fn token(values: &[&'static str]) -> Result<&'static [u8], BearerResponse> {
        let headers = values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_static(value))).collect();
        bearer_token(&headers).map(|token| &*token.to_vec().leak())
    }
}
