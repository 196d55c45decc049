//! The Token Service: authenticates a client by its certificate, and issues a token bound to this certificate.

use std::{borrow::Cow, collections::HashMap};

use certbound::{AuthenticationMethod, Certificate, ClientMetadata, Confirmation, Error, client_metadata_scratch_len};
use hyper::{Method, Request, Response, StatusCode, body::Bytes};
use rustls::pki_types::CertificateDer;
use serde_json::json;

use crate::{
    clock::Clock,
    jwt::Signer,
    result::Result,
    server::{self, Handler},
    tls::ChainValidator,
    verdict::{Log, Rejection, Verdict},
};

/// The `iss` of its tokens.
pub(crate) const ISSUER: &str = "https://as.example";

/// The DNS name in its certificate.
pub(crate) const HOST: &str = "as.example";

/// Lifetime of a token in seconds.
pub(crate) const LIFETIME: u64 = 300;

pub(crate) struct TokenService {
    /// The JSON registrations of the clients, by `client_id` (RFC 7591 §2, RFC 8705 §2.1.2 and §2.2.2).
    pub(crate) clients: HashMap<&'static str, String>,
    /// The resources it issues tokens for (RFC 8707).
    pub(crate) resources: &'static [&'static str],
    pub(crate) chains: ChainValidator,
    pub(crate) signer: Signer,
    pub(crate) clock: Clock,
    pub(crate) log: Log,
}

impl Handler for TokenService {
    fn handle(&self, certificates: &[CertificateDer<'_>], request: &Request<Bytes>) -> Response<String> {
        match (request.method(), request.uri().path()) {
            (&Method::POST, "/token") => self.token(certificates, request.body()),
            (&Method::GET, "/jwks") => server::json(StatusCode::OK, &self.signer.jwk_set()),
            _ => server::empty(StatusCode::NOT_FOUND),
        }
    }
}

impl TokenService {
    /// The token endpoint (RFC 6749 §4.4, RFC 8705 §3).
    fn token(&self, certificates: &[CertificateDer<'_>], form: &[u8]) -> Response<String> {
        let form: HashMap<Cow<str>, Cow<str>> = form_urlencoded::parse(form).collect();
        let field = |name: &str| form.get(name).map(|value| &**value);
        let Some(client_id) = field("client_id") else {
            return reject(StatusCode::BAD_REQUEST, "invalid_request");
        };
        let confirmation = match self.authenticate(client_id, certificates) {
            Ok((method, confirmation)) => {
                self.log.write(Verdict::Accepted(format!("client {client_id}, authenticated by {}", method.name())));
                confirmation
            }
            Err(rejection) => {
                self.log.write(Verdict::Rejected(rejection));
                return reject(StatusCode::UNAUTHORIZED, "invalid_client");
            }
        };
        if field("grant_type") != Some("client_credentials") {
            return reject(StatusCode::BAD_REQUEST, "unsupported_grant_type");
        }
        let Some(resource) = field("resource").filter(|resource| self.resources.contains(resource)) else {
            return reject(StatusCode::BAD_REQUEST, "invalid_target");
        };
        if field("scope") != Some(SCOPE) {
            return reject(StatusCode::BAD_REQUEST, "invalid_scope");
        }
        match self.issue(client_id, resource, &confirmation) {
            Ok(token) => server::json(
                StatusCode::OK,
                &json!({ "access_token": token, "token_type": "Bearer", "expires_in": LIFETIME, "scope": SCOPE }),
            ),
            Err(_) => server::empty(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// Checks that the certificate authenticates the client (RFC 8705 §2). Returns the binding for its token (§3.1).
    fn authenticate(
        &self,
        client_id: &str,
        certificates: &[CertificateDer<'_>],
    ) -> Result<(AuthenticationMethod, Confirmation), Rejection> {
        let registration = self.clients.get(client_id).ok_or(Rejection::UnknownClient)?;
        let mut scratch = vec![0; client_metadata_scratch_len(registration.len())];
        let client = ClientMetadata::from_json(registration.as_bytes(), &mut scratch)?;
        let (leaf, intermediates) = certificates.split_first().ok_or(Error::CertificateMissing)?;
        let certificate = Certificate::from_der(leaf)?;
        // The core compares names but cannot validate chains, so it needs the result from the TLS terminator.
        client.authenticate(&certificate, self.chains.judge(leaf, intermediates))?;
        Ok((client.method(), Confirmation::new(certificate.thumbprint())))
    }

    /// Signs an access token (RFC 9068 §2.2) with the binding in `cnf`.
    fn issue(&self, client_id: &str, resource: &str, confirmation: &Confirmation) -> Result<String> {
        let now = self.clock.now().seconds();
        self.signer.sign(&json!({
            "iss": ISSUER,
            "sub": client_id,
            "client_id": client_id,
            "aud": resource,
            "scope": SCOPE,
            "iat": now,
            "exp": now + LIFETIME,
            "jti": self.signer.unique_id()?,
            "cnf": confirmation,
        }))
    }
}

/// An error response (RFC 6749 §5.2). It does not say which check failed; the log does.
fn reject(status: StatusCode, error: &str) -> Response<String> {
    server::json(status, &json!({ "error": error }))
}

/// The only scope in this demo.
pub(crate) const SCOPE: &str = "read";

#[cfg(test)]
mod tests {
    use std::sync::mpsc::Receiver;

    use super::*;
    use crate::{
        pki::{Authority, Identity},
        verdict::ACCEPTED,
    };

    #[test]
    fn a_token_is_bound_to_the_certificate_of_the_client() {
        let stage = Stage::new();
        let answer = stage.post(Some(&stage.client), &[]);
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["cache-control"], "no-store");

        let body: serde_json::Value = serde_json::from_str(answer.body()).unwrap();
        let (header, claims) = crate::jwt::decode_unverified(body["access_token"].as_str().unwrap()).unwrap();
        let thumbprint = certbound::Thumbprint::of_der(stage.client.certificate());
        assert_eq!(header["typ"], "at+jwt");
        assert_eq!(claims["cnf"], json!({ "x5t#S256": thumbprint.to_string() }));
        assert_eq!(stage.verdict(), ACCEPTED);
    }

    #[test]
    fn other_callers_get_no_token() {
        let stage = Stage::new();
        let impostor = Identity::self_signed("client").unwrap();
        let colleague = stage.authority.issue_client("colleague").unwrap();
        for (caller, client_id, verdict) in [
            (None, "client", "certificate_missing"),
            (Some(&impostor), "client", "chain_not_validated"),
            (Some(&colleague), "client", "subject_mismatch"),
            (Some(&stage.client), "colleague", "client_unknown"),
        ] {
            let answer = stage.post(caller, &[("client_id", client_id)]);
            assert_eq!((answer.status().as_u16(), answer.body().as_str()), (401, r#"{"error":"invalid_client"}"#));
            assert_eq!(stage.verdict(), verdict);
        }
    }

    #[test]
    fn unsupported_requests_are_rejected() {
        let stage = Stage::new();
        for (field, value, error) in [
            ("grant_type", "password", "unsupported_grant_type"),
            ("resource", "https://b.example", "invalid_target"),
            ("scope", "write", "invalid_scope"),
        ] {
            let answer = stage.post(Some(&stage.client), &[(field, value)]);
            assert_eq!((answer.status().as_u16(), answer.body()), (400, &json!({ "error": error }).to_string()));
        }
        let answer = stage.service.token(&[], b"grant_type=client_credentials");
        assert_eq!((answer.status().as_u16(), answer.body().as_str()), (400, r#"{"error":"invalid_request"}"#));
    }

    /// A Token Service with one registered client.
    struct Stage {
        authority: Authority,
        client: Identity,
        service: TokenService,
        log: Receiver<Verdict>,
    }

    impl Stage {
        fn new() -> Self {
            let authority = Authority::new().unwrap();
            let client = authority.issue_client("client").unwrap();
            let registration = json!({
                "token_endpoint_auth_method": "tls_client_auth",
                "tls_client_auth_subject_dn": "CN=client,O=Example,C=DE",
            });
            let (log, verdicts) = Log::open();
            let service = TokenService {
                clients: HashMap::from([("client", registration.to_string())]),
                resources: &["https://a.example"],
                chains: ChainValidator::new(authority.certificate()).unwrap(),
                signer: Signer::generate().unwrap(),
                clock: Clock::default(),
                log,
            };
            Self { authority, client, service, log: verdicts }
        }

        /// Sends a valid token request with the fields of `change` replaced.
        fn post(&self, caller: Option<&Identity>, change: &[(&str, &str)]) -> Response<String> {
            let mut fields = HashMap::from([
                ("grant_type", "client_credentials"),
                ("client_id", "client"),
                ("resource", "https://a.example"),
                ("scope", SCOPE),
            ]);
            fields.extend(change.iter().copied());
            let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            let certificates: Vec<_> = caller.map(|identity| identity.certificate().clone()).into_iter().collect();
            self.service.token(&certificates, form.as_bytes())
        }

        fn verdict(&self) -> &'static str {
            self.log.try_recv().unwrap().name()
        }
    }
}
