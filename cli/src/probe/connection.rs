//! One TLS connection to the API, and requests on it, over HTTP/1.1 or HTTP/2 as both sides agree.

use std::{future::Future, sync::Arc, time::Duration};

use http::{
    HeaderMap, HeaderValue, Request, Response, Version,
    header::{ACCEPT, HOST, USER_AGENT, WWW_AUTHENTICATE},
};
use http_body_util::{BodyExt, Empty};
use hyper::{
    body::{Bytes, Incoming},
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, ConfigBuilder, HandshakeKind,
    client::{Resumption, WantsClientCert},
};
use rustls_pki_types::ServerName;
use tokio::{task::JoinSet, time::timeout};
use tokio_rustls::TlsConnector;

use super::{
    identity::Identity,
    outcome::{Ending, Outcome, Watched, ends_request_alone, of_http, of_tls},
    presenter::{Presented, Presenter},
    sessions::Kept,
};
use crate::issuer::{self, HttpsUrl, Unreachable};

/// A client with one certificate, or without one.
pub(super) struct Client {
    /// For connections after a full handshake.
    new: Arc<ClientConfig>,
    /// For connections that resume the session of one of those, if the server lets them.
    resuming: Arc<ClientConfig>,
    kept: Arc<Kept>,
    presenter: Option<Arc<Presenter>>,
}

impl Client {
    pub(super) fn new(trusted: &ConfigBuilder<ClientConfig, WantsClientCert>, identity: Option<&Identity>) -> Self {
        let presenter = identity.map(Identity::presenter);
        let mut new = match &presenter {
            Some(presenter) => trusted.clone().with_client_cert_resolver(presenter.clone()),
            None => trusted.clone().with_no_client_auth(),
        };
        new.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let kept = Arc::new(Kept::new());
        let mut resuming = new.clone();
        resuming.resumption = Resumption::store(kept.sessions());
        new.resumption = Resumption::store(kept.clone());
        Self { new: new.into(), resuming: resuming.into(), kept, presenter }
    }

    /// Connects after a full handshake. If it has a certificate that it cannot present, there is no connection.
    pub(super) async fn connect(&self, url: &HttpsUrl) -> Result<Connection, Outcome> {
        self.open(url, &self.new).await
    }

    /// Whether it has a certificate, and the server did not ask for one in the latest full handshake, also because that ended
    /// before.
    pub(super) fn is_unasked(&self) -> bool {
        self.presented() == Some(Presented::NotAsked)
    }

    /// Whether an earlier connection has a session that can be resumed. One of a handshake without the client's certificate does
    /// not count.
    pub(super) fn has_session(&self) -> bool {
        self.kept.has_any() && self.presented().is_none_or(|presented| presented == Presented::Certificate)
    }

    /// Connects, and resumes the session of an earlier connection if the server lets it.
    pub(super) async fn resume(&self, url: &HttpsUrl) -> Result<Connection, Outcome> {
        self.open(url, &self.resuming).await
    }

    async fn open(&self, url: &HttpsUrl, tls: &Arc<ClientConfig>) -> Result<Connection, Outcome> {
        if let Some(presenter) = &self.presenter {
            presenter.forget();
        }
        let connection = Connection::open(url, tls).await;
        match self.presented() {
            Some(Presented::NothingFits) => Err(Outcome::NotPresented),
            _ => connection,
        }
    }

    fn presented(&self) -> Option<Presented> {
        self.presenter.as_ref().map(|presenter| presenter.latest())
    }
}

/// An open connection. It carries one request at a time, over HTTP/2 as well: the next one waits for the answer, so that the API
/// judges both in this order.
pub(super) struct Connection {
    sender: Sender,
    /// Its TLS and HTTP, for the reader of a report.
    pub(super) protocols: String,
    pub(super) is_resumed: bool,
    /// How the stream below HTTP has ended, if it has.
    ending: Arc<Ending>,
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
        let ending = Arc::new(Ending::default());
        let io = TokioIo::new(Watched::new(stream, ending.clone()));
        let mut background = JoinSet::new();
        // Over HTTP/2 this waits for no settings of the server, so that a server that ends connections is noticed by the first
        // request, as over HTTP/1.1.
        let sender = if is_http2 {
            let handshake = within("HTTP", http2::handshake(TokioExecutor::new(), io)).await?;
            let (sender, connection) = handshake.map_err(|error| of_http(&error, None, &ending))?;
            background.spawn(connection);
            Sender::Http2(sender)
        } else {
            let handshake = within("HTTP", http1::handshake(io)).await?;
            let (sender, connection) = handshake.map_err(|error| of_http(&error, None, &ending))?;
            background.spawn(connection);
            Sender::Http1(sender)
        };
        Ok(Self { sender, protocols, is_resumed, ending, background })
    }

    /// Sends a GET request with these header fields, and waits for the head of the answer, which alone counts. Then skips its
    /// body, as far as the limits allow.
    pub(super) async fn get(&mut self, url: &HttpsUrl, fields: &HeaderMap) -> Outcome {
        self.ending.forget_read();
        let answer = match within("the answer", self.exchange(url, fields)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) if matches!(self.sender, Sender::Http1(_)) && self.ending.has_read() => {
                return Outcome::Failed(format!("the head of the answer is not complete: {}", issuer::causes(&error)));
            }
            Ok(Err(error)) => {
                let end = if ends_request_alone(&error) { None } else { self.end().await };
                return of_http(&error, end.as_ref(), &self.ending);
            }
            Err(outcome) => return outcome,
        };
        let (head, body) = answer.into_parts();
        let challenge = head.headers.get(WWW_AUTHENTICATE);
        let challenge = challenge.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        // If it takes too long, HTTP/1.1 closes the connection, and HTTP/2 ends this request alone.
        let _ = timeout(BODY_TIMEOUT, skip(body)).await;
        Outcome::Answered { status: head.status, challenge }
    }

    /// Why the connection has ended, if it has: an alert of the server, for example, which the failed request does not name.
    async fn end(&mut self) -> Option<hyper::Error> {
        let end = timeout(END_TIMEOUT, self.background.join_next()).await;
        end.ok()??.ok()?.err()
    }

    /// Whether another request can be sent. Over HTTP/2, that is as long as the server has not ended the connection.
    pub(super) async fn is_open(&mut self) -> bool {
        let ready = async {
            match &mut self.sender {
                Sender::Http1(sender) => sender.ready().await.is_ok(),
                Sender::Http2(sender) => sender.ready().await.is_ok(),
            }
        };
        within("the connection", ready).await == Ok(true)
    }

    async fn exchange(&mut self, url: &HttpsUrl, fields: &HeaderMap) -> Result<Response<Incoming>, hyper::Error> {
        let mut request = Request::new(Empty::new());
        *request.headers_mut() = fields.clone();
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        match &mut self.sender {
            Sender::Http1(sender) => {
                // A URL that was read is a target, and an authority is a header's value.
                request.headers_mut().insert(HOST, HeaderValue::from_str(url.authority()).unwrap_or(EMPTY));
                *request.uri_mut() = url.target().parse().unwrap_or_default();
                sender.ready().await?;
                sender.send_request(request).await
            }
            Sender::Http2(sender) => {
                *request.version_mut() = Version::HTTP_2;
                let whole = format!("https://{}{}", url.authority(), url.target());
                *request.uri_mut() = whole.parse().unwrap_or_default();
                sender.ready().await?;
                sender.send_request(request).await
            }
        }
    }
}

/// Reads a body to its end, so that the connection can be used again. The rest of a longer one is left.
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

/// The `User-Agent` of each request, so that an operator recognizes them in a log.
pub(super) const AGENT: &str = concat!("certbound-probe/", env!("CARGO_PKG_VERSION"));

const EMPTY: HeaderValue = HeaderValue::from_static("");

/// How long the handshake, and the head of an answer, may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the end of a connection may take after a request on it has failed.
const END_TIMEOUT: Duration = Duration::from_millis(500);

/// How long a body is read after its head. It only matters whether the connection can be used again, which is no reason to wait
/// for a stream of events.
const BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// Longest body that is read. Its content does not matter.
const BODY_LEN: usize = 1024 * 1024;
