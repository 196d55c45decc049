//! An API that judges tokens with the core, except for its planted weaknesses.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use certbound::{
    Certificate, Error, ForwardedFormat, KeySet, Policy, Thumbprint, UnixTime, Verifier, forwarded_scratch_len,
    scratch_len,
};
use http::{HeaderMap, HeaderValue, Request, Response, header::AUTHORIZATION};
use hyper::body::Bytes;
use ring::hmac;
use rustls_pki_types::CertificateDer;
use serde_json::Value;

use crate::{
    server::{Handler, Peer, SETTINGS_ON_A_STREAM, go_away, status},
    support::{AUDIENCE, ISSUER},
};

/// What the API does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weakness {
    IgnoresBinding,
    IgnoresBindingWithoutCertificate,
    ComparesNames,
    ComparesAuthorities,
    IgnoresBindingOfForwarded,
    TrustsClientCert,
    TrustsXForwardedClientCert,
    TrustsXSslCert,
    IgnoresBindingOfResumed,
    TrustsUsedConnections,
    IgnoresSignatureLater,
    AcceptsUnsigned,
    AcceptsAlgNone,
    AcceptsAlgNoneInOtherCase,
    AcceptsHmacByPem,
    AcceptsHmacByDer,
    AcceptsExpired,
    IgnoresAudience,
    AcceptsTwoTokens,
    IsPublic,
}

/// How the API answers otherwise: none of this is a weakness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Refuses with this status, in some cases nonsensical.
    Refuses(u16),
    /// Accepts with this status.
    Accepts(u16),
    /// Closes each connection after an answer.
    Closes,
    /// Closes connections after a refusal.
    ClosesAfterRefusal,
    /// Ends a connection instead of refusing.
    Hangs,
    /// Ends a request of HTTP/2 instead of refusing, for this reason.
    Resets(h2::Reason),
    /// Refuses everything on resumed sessions.
    ForgetsResumed,
    /// Repeats the request's fields in its challenge.
    Echoes,
    /// Repeats the target and the token's claims in its challenge.
    EchoesDecoded,
    /// Has this challenge.
    Challenges(&'static str),
    /// Refuses all other clients with a certificate, whatever their token, with this status.
    RefusesOthers(u16),
    /// Refuses everything after so many requests, with the status 403, as behind a firewall that has seen enough.
    LosesPatience(usize),
    /// Answers everyone but the owner with bytes that are not HTTP/2.
    BreaksHttp2,
    /// Answers everyone but the owner with GOAWAY, for this reason.
    GoesAway(h2::Reason),
    /// Refuses everything on a connection that has carried a refused request.
    Spoils,
    /// Ends the first request of another client with a token, as a load balancer does whose server is down.
    Drops,
}

pub(crate) struct WeakApi {
    pub(crate) weakness: Option<Weakness>,
    pub(crate) manners: Vec<Manner>,
    pub(crate) owner: CertificateDer<'static>,
    pub(crate) keys: KeySet<4>,
    /// The issuer's public key, as PEM and DER.
    pub(crate) public_key: (String, Vec<u8>),
    /// How many requests there have been.
    pub(crate) count: AtomicUsize,
    /// Whether one has been dropped.
    pub(crate) has_dropped: AtomicBool,
}

impl Handler for WeakApi {
    fn bytes(&self, peer: &Peer) -> Option<Vec<u8>> {
        let bytes = |manner: &Manner| match manner {
            Manner::BreaksHttp2 => Some(SETTINGS_ON_A_STREAM.to_vec()),
            Manner::GoesAway(reason) => Some(go_away(*reason)),
            _ => None,
        };
        let is_owner = peer.certificate.as_ref() == Some(&self.owner);
        self.manners.iter().find_map(bytes).filter(|_| !is_owner)
    }

    fn reason(&self) -> h2::Reason {
        let reason = |manner: &Manner| if let Manner::Resets(reason) = manner { Some(*reason) } else { None };
        self.manners.iter().find_map(reason).unwrap_or(h2::Reason::INTERNAL_ERROR)
    }

    fn handle(&self, peer: &Peer, request: &Request<Bytes>) -> Option<Response<String>> {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let is_other = peer.certificate.as_ref().is_some_and(|certificate| *certificate != self.owner);
        for manner in &self.manners {
            match manner {
                Manner::RefusesOthers(code) if is_other => return Some(status(*code)),
                Manner::Spoils if peer.has_carried_bad() => return Some(status(401)),
                Manner::Drops
                    if is_other
                        && request.headers().contains_key(AUTHORIZATION)
                        && !self.has_dropped.swap(true, Ordering::Relaxed) =>
                {
                    return None;
                }
                Manner::LosesPatience(limit) if count >= *limit => return Some(status(403)),
                _ => {}
            }
        }
        let is_accepted = self.judge(peer, request.headers()) && !(self.has(Manner::ForgetsResumed) && peer.is_resumed);
        let hangs = self.manners.iter().any(|manner| matches!(manner, Manner::Hangs | Manner::Resets(_)));
        if !is_accepted && hangs {
            return None;
        }
        let code = |pick: fn(&Manner) -> Option<u16>, usual| self.manners.iter().find_map(pick).unwrap_or(usual);
        let code = match is_accepted {
            true => code(|manner| if let Manner::Accepts(code) = manner { Some(*code) } else { None }, 200),
            false => code(|manner| if let Manner::Refuses(code) = manner { Some(*code) } else { None }, 401),
        };
        let mut answer = status(code);
        answer.body_mut().push_str("accounts");
        let headers = answer.headers_mut();
        if !is_accepted && self.has(Manner::Echoes) {
            let echo = format!("Bearer error=\"invalid_token\", error_description=\"{:?}\"", request.headers());
            headers.insert("www-authenticate", echo.replace('"', "'").parse().unwrap());
        }
        if !is_accepted && self.has(Manner::EchoesDecoded) {
            let token =
                request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().unwrap().split(' ').nth(1));
            let claims = token.map(|token| decoded(token, 1).to_string()).unwrap_or_default();
            let echo = format!("Bearer {} {}", request.uri().path_and_query().unwrap(), claims.replace('"', "'"));
            headers.insert("www-authenticate", echo.parse().unwrap());
        }
        if let Some(Manner::Challenges(text)) = self.manners.iter().find(|one| matches!(one, Manner::Challenges(_))) {
            headers.insert("www-authenticate", HeaderValue::from_bytes(text.as_bytes()).unwrap());
        }
        let closes = self.has(Manner::Closes) || !is_accepted && self.has(Manner::ClosesAfterRefusal);
        if closes {
            headers.insert("connection", "close".parse().unwrap());
        }
        Some(answer)
    }
}

impl WeakApi {
    fn has(&self, manner: Manner) -> bool {
        self.manners.contains(&manner)
    }

    fn is(&self, weakness: Weakness) -> bool {
        self.weakness == Some(weakness)
    }

    fn judge(&self, peer: &Peer, headers: &HeaderMap) -> bool {
        if self.is(Weakness::IsPublic) || self.is(Weakness::TrustsUsedConnections) && peer.has_carried_good() {
            return true;
        }
        let values: Vec<_> = headers.get_all(AUTHORIZATION).iter().collect();
        if values.is_empty() || values.len() > 1 && !self.is(Weakness::AcceptsTwoTokens) {
            return false;
        }
        let Some(token) = values[0].to_str().unwrap().strip_prefix("Bearer ") else { return false };
        let thumbprint = self.thumbprint(peer, headers, token);
        let mut scratch = vec![0; scratch_len(token.len())];
        let now = UnixTime::from_seconds(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs());
        let policy = Policy::new(ISSUER, &[AUDIENCE]);
        match Verifier::new(policy, &self.keys).verify(token.as_bytes(), thumbprint.as_ref(), now, &mut scratch) {
            Ok(_) => true,
            Err(Error::TokenExpired) => self.is(Weakness::AcceptsExpired),
            Err(Error::AudienceMismatch) => self.is(Weakness::IgnoresAudience),
            Err(Error::SignatureInvalid) => self.is(Weakness::IgnoresSignatureLater) && peer.has_carried_good(),
            Err(_) => self.is_believed(token),
        }
    }

    /// Whether a token that the core rejects is accepted for its header and signature.
    fn is_believed(&self, token: &str) -> bool {
        let (input, signature) = token.rsplit_once('.').unwrap();
        let algorithm = decoded(token, 0)["alg"].as_str().unwrap().to_owned();
        let has_tag = |secret: &[u8]| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            hmac::verify(&key, input.as_bytes(), &base64url(signature)).is_ok()
        };
        match (algorithm.as_str(), signature) {
            ("ES256", "") => self.is(Weakness::AcceptsUnsigned),
            ("none", "") => self.is(Weakness::AcceptsAlgNone),
            (other, "") if other.eq_ignore_ascii_case("none") => self.is(Weakness::AcceptsAlgNoneInOtherCase),
            ("HS256", _) => {
                self.is(Weakness::AcceptsHmacByPem) && has_tag(self.public_key.0.as_bytes())
                    || self.is(Weakness::AcceptsHmacByDer) && has_tag(&self.public_key.1)
            }
            _ => false,
        }
    }

    /// The thumbprint of the client's certificate, or the one in the token, where the binding is ignored.
    fn thumbprint(&self, peer: &Peer, headers: &HeaderMap, token: &str) -> Option<Thumbprint> {
        let forwarded = |name: &str, format| {
            let value = headers.get(name)?.as_bytes();
            let mut scratch = vec![0; forwarded_scratch_len(value.len())];
            Thumbprint::from_forwarded(format, value, &mut scratch).ok()
        };
        let certificate = peer.certificate.as_deref().map(|der| Certificate::from_der(der).unwrap());
        let owner = Certificate::from_der(&self.owner).unwrap();
        let is_ignored = match self.weakness {
            Some(Weakness::IgnoresBinding) => true,
            Some(Weakness::IgnoresBindingWithoutCertificate) => certificate.is_none(),
            Some(Weakness::ComparesNames) => {
                certificate.as_ref().is_some_and(|other| other.subject().to_string() == owner.subject().to_string())
            }
            Some(Weakness::ComparesAuthorities) => {
                certificate.as_ref().is_some_and(|other| other.issuer().to_string() == owner.issuer().to_string())
            }
            Some(Weakness::IgnoresBindingOfForwarded) => {
                ["client-cert", "x-forwarded-client-cert", "x-ssl-cert"].iter().any(|name| headers.contains_key(*name))
            }
            Some(Weakness::IgnoresBindingOfResumed) => peer.is_resumed,
            _ => false,
        };
        let of_header = match self.weakness {
            Some(Weakness::TrustsClientCert) => forwarded("client-cert", ForwardedFormat::Rfc9440),
            Some(Weakness::TrustsXForwardedClientCert) => forwarded("x-forwarded-client-cert", ForwardedFormat::Xfcc),
            Some(Weakness::TrustsXSslCert) => forwarded("x-ssl-cert", ForwardedFormat::Pem),
            _ => None,
        };
        if is_ignored {
            return Thumbprint::from_x5t_s256(decoded(token, 1)["cnf"]["x5t#S256"].as_str().unwrap()).ok();
        }
        of_header.or_else(|| certificate.map(|certificate| certificate.thumbprint()))
    }
}

fn decoded(token: &str, part: usize) -> Value {
    serde_json::from_slice(&base64url(token.split('.').nth(part).unwrap())).unwrap()
}

fn base64url(text: &str) -> Vec<u8> {
    use base64ct::Encoding;
    base64ct::Base64UrlUnpadded::decode_vec(text).unwrap()
}
