//! One TLS connection to the API, and requests on it, over HTTP/1.1 or HTTP/2 as both sides agree.

use std::{error::Error as StdError, future::Future, io, sync::Arc, time::Duration};

use http::{
    HeaderMap, HeaderValue, Request, StatusCode, Version,
    header::{ACCEPT, HOST, USER_AGENT, WWW_AUTHENTICATE},
};
use http_body_util::{BodyExt, Empty};
use hyper::{
    body::{Bytes, Incoming},
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{ClientConfig, ConfigBuilder, HandshakeKind, client::Resumption, client::WantsClientCert};
use rustls_pki_types::ServerName;
use tokio::{task::JoinSet, time::timeout};
use tokio_rustls::TlsConnector;

use super::identity::Identity;
use crate::issuer::{self, HttpsUrl, Unreachable, causes};

/// A client with one certificate, or without one.
pub(super) struct Client {
    /// For connections after a full handshake.
    new: Arc<ClientConfig>,
    /// For connections that resume the session of another one, if the server lets them.
    resuming: Arc<ClientConfig>,
}

impl Client {
    pub(super) fn new(trusted: &ConfigBuilder<ClientConfig, WantsClientCert>, identity: Option<&Identity>) -> Self {
        let mut config = match identity {
            Some(identity) => trusted.clone().with_client_cert_resolver(identity.resolver()),
            None => trusted.clone().with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let resuming = config.clone();
        config.resumption = Resumption::disabled();
        Self { new: config.into(), resuming: resuming.into() }
    }

    /// Connects after a full handshake.
    pub(super) async fn connect(&self, url: &HttpsUrl) -> Result<Connection, Outcome> {
        Connection::open(url, &self.new).await
    }

    /// Connects, and resumes the session of an earlier such connection if there is one.
    pub(super) async fn resume(&self, url: &HttpsUrl) -> Result<Connection, Outcome> {
        Connection::open(url, &self.resuming).await
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered {
        status: StatusCode,
        /// The value of `WWW-Authenticate`.
        challenge: Option<String>,
    },
    /// The server ended the handshake or the connection without an answer.
    Closed(String),
    /// There is no server, or it does not do its part. This says nothing about the request.
    Failed(String),
}

/// An open connection.
pub(super) struct Connection {
    sender: Sender,
    /// Its TLS and HTTP, for the reader of a report.
    pub(super) protocols: String,
    pub(super) is_resumed: bool,
    /// Dropping the set ends the connection.
    background: JoinSet<Result<(), hyper::Error>>,
}

enum Sender {
    Http1(http1::SendRequest<Empty<Bytes>>),
    Http2(http2::SendRequest<Empty<Bytes>>),
}

impl Connection {
    async fn open(url: &HttpsUrl, tls: &Arc<ClientConfig>) -> Result<Self, Outcome> {
        let name = ServerName::try_from(url.host().to_owned()).map_err(|error| Outcome::Failed(error.to_string()))?;
        let tcp = issuer::connect(url).await.map_err(|unreachable| {
            Outcome::Failed(match unreachable {
                Unreachable::Name(error) => error.to_string(),
                Unreachable::Addresses(failures) => format!("no connection: {failures}"),
            })
        })?;
        let handshake = TlsConnector::from(tls.clone()).connect(name, tcp);
        let stream = within("the TLS handshake", handshake).await?.map_err(|error| of_tls(&error))?;
        let (_, connection) = stream.get_ref();
        let is_http2 = connection.alpn_protocol() == Some(b"h2");
        let is_resumed = connection.handshake_kind() == Some(HandshakeKind::Resumed);
        let tls = connection.protocol_version().and_then(|version| version.as_str()).unwrap_or("TLS");
        let protocols =
            format!("{}, {}", tls.replace("TLSv1_", "TLS 1."), if is_http2 { "HTTP/2" } else { "HTTP/1.1" });
        let mut background = JoinSet::new();
        let sender = if is_http2 {
            let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
            let (sender, connection) = within("HTTP", handshake).await?.map_err(|error| of_http(&error))?;
            background.spawn(connection);
            Sender::Http2(sender)
        } else {
            let handshake = http1::handshake(TokioIo::new(stream));
            let (sender, connection) = within("HTTP", handshake).await?.map_err(|error| of_http(&error))?;
            background.spawn(connection);
            Sender::Http1(sender)
        };
        Ok(Self { sender, protocols, is_resumed, background })
    }

    /// Sends a GET request with these header fields, and waits for the whole answer.
    pub(super) async fn get(&mut self, url: &HttpsUrl, fields: &HeaderMap) -> Outcome {
        match within("the answer", self.exchange(url, fields)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => match self.end().await {
                Some(end) => of_http(&end),
                None => of_http(&error),
            },
            Err(outcome) => outcome,
        }
    }

    /// Why the connection has ended, if it has: an alert of the server, for example, which the failed request does not name.
    async fn end(&mut self) -> Option<hyper::Error> {
        let end = timeout(END_TIMEOUT, self.background.join_next()).await;
        end.ok()??.ok()?.err()
    }

    /// Whether another request can be sent.
    pub(super) async fn is_open(&mut self) -> bool {
        let ready = async {
            match &mut self.sender {
                Sender::Http1(sender) => sender.ready().await.is_ok(),
                Sender::Http2(sender) => sender.ready().await.is_ok(),
            }
        };
        within("the connection", ready).await == Ok(true)
    }

    async fn exchange(&mut self, url: &HttpsUrl, fields: &HeaderMap) -> Result<Outcome, hyper::Error> {
        let mut request = Request::new(Empty::new());
        *request.headers_mut() = fields.clone();
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        let answer = match &mut self.sender {
            Sender::Http1(sender) => {
                // A URL that was read is a target, and an authority is a header's value.
                request.headers_mut().insert(HOST, HeaderValue::from_str(url.authority()).unwrap_or(EMPTY));
                *request.uri_mut() = url.target().parse().unwrap_or_default();
                sender.ready().await?;
                sender.send_request(request).await?
            }
            Sender::Http2(sender) => {
                *request.version_mut() = Version::HTTP_2;
                let whole = format!("https://{}{}", url.authority(), url.target());
                *request.uri_mut() = whole.parse().unwrap_or_default();
                sender.ready().await?;
                sender.send_request(request).await?
            }
        };
        let (head, body) = answer.into_parts();
        let challenge = head.headers.get(WWW_AUTHENTICATE);
        let challenge = challenge.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        skip(body).await;
        Ok(Outcome::Answered { status: head.status, challenge })
    }
}

/// Reads a body to its end, so that the connection can be used again. Of a longer one, the rest is left, and the connection closes.
async fn skip(mut body: Incoming) {
    let mut length = 0_usize;
    while let Some(Ok(frame)) = body.frame().await {
        length = length.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        if length > BODY_LEN {
            return;
        }
    }
}

async fn within<T>(what: &str, future: impl Future<Output = T>) -> Result<T, Outcome> {
    let late = |_| Outcome::Failed(format!("{what} took more than {} seconds", STEP_TIMEOUT.as_secs()));
    timeout(STEP_TIMEOUT, future).await.map_err(late)
}

/// A failed handshake: an alert of the server, the end of the connection, or a mistake that this side has found.
fn of_tls(error: &io::Error) -> Outcome {
    let text = causes(error);
    match rustls_cause(error) {
        Some(rustls::Error::AlertReceived(_)) | None => Outcome::Closed(text),
        Some(_) => Outcome::Failed(text),
    }
}

/// A failed request. With TLS 1.3, the server judges the certificate only after the client's part of the handshake, so its
/// alert arrives here.
fn of_http(error: &hyper::Error) -> Outcome {
    let text = causes(error);
    let is_of_this_side =
        || matches!(rustls_cause(error), Some(error) if !matches!(error, rustls::Error::AlertReceived(_)));
    if error.is_parse() || is_of_this_side() { Outcome::Failed(text) } else { Outcome::Closed(text) }
}

/// The TLS library's error among the causes of another one.
fn rustls_cause<'error>(error: &'error (dyn StdError + 'static)) -> Option<&'error rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(error);
        }
        // An io::Error with another error inside shows only the causes of that one.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| error.source());
    }
    None
}

/// The `User-Agent` of each request, so that an operator recognizes them in a log.
pub(super) const AGENT: &str = concat!("certbound-probe/", env!("CARGO_PKG_VERSION"));

const EMPTY: HeaderValue = HeaderValue::from_static("");

/// How long the handshake, and an answer, may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the end of a connection may take after a request on it has failed.
const END_TIMEOUT: Duration = Duration::from_millis(500);

/// Longest body that is read. Its content does not matter.
const BODY_LEN: usize = 1024 * 1024;
