//! A client: connections with each version of TLS and HTTP, and without TLS.

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Uri,
    body::Bytes,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, HandshakeKind, RootCertStore, SignatureScheme, SupportedProtocolVersion,
    client::{ResolvesClientCert, Resumption, Tls12Resumption},
    crypto::ring,
    sign::{CertifiedKey, SigningKey},
    version::{TLS12, TLS13},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpSocket, TcpStream, UnixStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    message::{Answer, Request, authorization, concurrently},
    pki::{Authority, Identity},
    sessions::SharedSession,
};

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS 1.2
    V1_2,
    /// TLS 1.3
    V1_3,
}

impl Tls {
    /// All versions.
    pub const ALL: [Self; 2] = [Self::V1_2, Self::V1_3];

    /// Its name in the logs of servers.
    pub fn name(self) -> &'static str {
        match self {
            Self::V1_2 => "TLSv1.2",
            Self::V1_3 => "TLSv1.3",
        }
    }

    fn protocol(self) -> &'static SupportedProtocolVersion {
        match self {
            Self::V1_2 => &TLS12,
            Self::V1_3 => &TLS13,
        }
    }
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Http {
    /// HTTP/1.1
    V1_1,
    /// HTTP/2
    V2,
}

impl Http {
    /// All versions.
    pub const ALL: [Self; 2] = [Self::V1_1, Self::V2];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::V1_1 => "HTTP/1.1",
            Self::V2 => "HTTP/2",
        }
    }

    fn alpn(self) -> &'static [u8] {
        match self {
            Self::V1_1 => b"http/1.1",
            Self::V2 => b"h2",
        }
    }
}

/// Each version of TLS with each version of HTTP.
pub fn versions() -> impl Iterator<Item = (Tls, Http)> {
    Tls::ALL.into_iter().flat_map(|tls| Http::ALL.map(|http| (tls, http)))
}

/// A TLS client with one certificate or none. It resumes the sessions it has.
pub struct Client {
    tls: Arc<ClientConfig>,
    http: Http,
    certificate: Arc<PresentedCertificate>,
    source: Ipv4Addr,
}

impl Client {
    /// A client that trusts the authority, uses only these versions, and presents this certificate.
    pub fn new(authority: &Authority, identity: Option<&Identity>, tls: Tls, http: Http) -> Self {
        let certificate = Arc::new(PresentedCertificate::default());
        certificate.set(identity);
        let config = configuration(authority, certificate.clone(), tls, http.alpn());
        Self { tls: Arc::new(config), http, certificate, source: Ipv4Addr::LOCALHOST }
    }

    /// Connects from this address of the loopback interface.
    pub fn from(mut self, source: Ipv4Addr) -> Self {
        self.source = source;
        self
    }

    /// Sends no server name in handshakes.
    pub fn without_sni(mut self) -> Self {
        Arc::make_mut(&mut self.tls).enable_sni = false;
        self
    }

    /// Resumes TLS 1.2 sessions from the server's cache. TLS 1.3 has only tickets.
    pub fn without_tickets(mut self) -> Self {
        let resumption = Resumption::in_memory_sessions(64).tls12_resumption(Tls12Resumption::SessionIdOnly);
        Arc::make_mut(&mut self.tls).resumption = resumption;
        self
    }

    /// Offers the session of one server to all others.
    pub fn with_one_session_for_all_servers(mut self) -> Self {
        Arc::make_mut(&mut self.tls).resumption = Resumption::store(Arc::new(SharedSession::new()));
        self
    }

    /// Presents this certificate in new handshakes from now on, and keeps its sessions.
    pub fn present(&self, identity: Option<&Identity>) {
        self.certificate.set(identity);
    }

    /// Connects to the server of this name at this address.
    pub async fn connect(&self, to: SocketAddr, name: &str) -> Connection {
        self.try_connect(to, name).await.unwrap()
    }

    /// Connects to the server of this name, or returns its failure.
    pub async fn try_connect(&self, to: SocketAddr, name: &str) -> Result<Connection, Failure> {
        let stream = self.try_open(to, name).await?;
        let handshake = stream.get_ref().1.handshake_kind();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(self.http.alpn()));
        let sender = match self.http {
            Http::V1_1 => Sender::http1(stream).await?,
            Http::V2 => {
                let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
                tokio::spawn(connection);
                Sender::Http2(sender)
            }
        };
        Ok(Connection { sender, name: name.to_owned(), resumed: handshake == Some(HandshakeKind::Resumed) })
    }

    /// Connects to the server of this name, for raw requests.
    pub async fn open(&self, to: SocketAddr, name: &str) -> RawConnection {
        RawConnection(self.try_open(to, name).await.unwrap())
    }

    async fn try_open(&self, to: SocketAddr, name: &str) -> Result<TlsStream<TcpStream>, Failure> {
        let stream = connect_from(self.source, to).await?;
        // HTTP/1.1 requests are one write each, and must not wait for the last response's acknowledgement.
        stream.set_nodelay(true)?;
        Ok(TlsConnector::from(self.tls.clone()).connect(name.to_owned().try_into()?, stream).await?)
    }
}

async fn connect_from(source: Ipv4Addr, to: SocketAddr) -> Result<TcpStream, Failure> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((source, 0).into())?;
    Ok(socket.connect(to).await?)
}

/// The TLS configuration for this version and protocol.
pub(crate) fn configuration(
    authority: &Authority,
    certificate: Arc<PresentedCertificate>,
    tls: Tls,
    protocol: &[u8],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(authority.identity().certificate().clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[tls.protocol()])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(certificate);
    config.alpn_protocols = vec![protocol.to_vec()];
    config.resumption = Resumption::in_memory_sessions(64);
    config
}

/// Why there was no answer.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Whether the server closed the connection without processing the request, as it does when it reloads its configuration:
/// before the client had written it, or with a GOAWAY in HTTP/2 (RFC 9113 §6.8). Any client may then repeat the request.
pub fn is_unprocessed(failure: &Failure) -> bool {
    let Some(failure) = failure.downcast_ref::<hyper::Error>() else { return false };
    let error = failure.source().and_then(|source| source.downcast_ref::<h2::Error>());
    let is_go_away =
        |error: &h2::Error| error.is_go_away() && error.is_remote() && error.reason() == Some(h2::Reason::NO_ERROR);
    failure.is_canceled() || failure.is_closed() || error.is_some_and(is_go_away)
}

/// Whether the server closed an HTTP/1.1 connection without a byte of the answer. It may close any idle connection, also
/// while the next request is on its way (RFC 9112 §9.5), as nginx does when it reloads its configuration.
pub fn is_closed_while_idle(failure: &Failure) -> bool {
    failure.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message)
}

/// The certificate of a [`Client`]. rustls resumes a session only with the resolver that created it, so all handshakes share
/// this one.
#[derive(Debug, Default)]
pub(crate) struct PresentedCertificate(Mutex<Option<Arc<CertifiedKey>>>);

impl PresentedCertificate {
    pub(crate) fn set(&self, identity: Option<&Identity>) {
        let key =
            |identity: &Identity| -> Arc<dyn SigningKey> { ring::sign::any_supported_type(&identity.key()).unwrap() };
        let presented =
            identity.map(|identity| Arc::new(CertifiedKey::new(vec![identity.certificate().clone()], key(identity))));
        *self.0.lock().unwrap() = presented;
    }
}

impl ResolvesClientCert for PresentedCertificate {
    fn resolve(&self, _root_hint_subjects: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.lock().unwrap().clone()
    }

    fn has_certs(&self) -> bool {
        self.0.lock().unwrap().is_some()
    }
}

/// A kept-alive connection.
pub struct Connection {
    sender: Sender,
    name: String,
    resumed: bool,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Sender {
    async fn http1(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Self, Failure> {
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self::Http1(sender))
    }
}

impl Connection {
    /// Connects without TLS.
    pub async fn plain(to: SocketAddr, name: &str) -> Self {
        Self::plain_from(Ipv4Addr::LOCALHOST, to, name).await
    }

    /// Connects without TLS, from this address of the loopback interface.
    pub async fn plain_from(source: Ipv4Addr, to: SocketAddr, name: &str) -> Self {
        Self::over(connect_from(source, to).await.unwrap(), name).await
    }

    /// Connects to a Unix socket, and first writes this line.
    pub async fn unix(socket: &Path, line: &str, name: &str) -> Self {
        let mut stream = UnixStream::connect(socket).await.unwrap();
        stream.write_all(line.as_bytes()).await.unwrap();
        Self::over(stream, name).await
    }

    async fn over(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, name: &str) -> Self {
        Self { sender: Sender::http1(stream).await.unwrap(), name: name.to_owned(), resumed: false }
    }

    /// Whether its TLS session is resumed.
    pub fn resumed(&self) -> bool {
        self.resumed
    }

    /// Sends a request, and waits for the answer.
    pub async fn send(&mut self, request: Request) -> Answer {
        self.try_send(request).await.unwrap()
    }

    /// Sends a request, and returns the answer or the failure.
    pub async fn try_send(&mut self, request: Request) -> Result<Answer, Failure> {
        let Request { method, target, headers, host, body, case } = request;
        let host = host.as_deref().unwrap_or(&self.name);
        let mut message = hyper::Request::builder().method(method);
        message = match self.sender {
            Sender::Http1(_) => message.uri(target).header("host", host),
            Sender::Http2(_) => {
                message.uri(Uri::builder().scheme("https").authority(host).path_and_query(target).build()?)
            }
        };
        let authorization = authorization(&headers);
        message.headers_mut().ok_or("a malformed request")?.extend(headers);
        let message = message.body(Full::from(body))?;
        let answer = match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await?;
                sender.send_request(message).await?
            }
            Sender::Http2(sender) => sender.send_request(message).await?,
        };
        let (head, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { case, status: head.status.as_u16(), headers: head.headers, body, authorization })
    }

    /// Sends requests at the same time, on streams of this connection. Returns the answers, each with its request's label.
    /// HTTP/2 only.
    pub async fn send_all<Label>(&self, requests: impl Iterator<Item = (Label, Request)>) -> Vec<(Label, Answer)> {
        concurrently(requests, |request| {
            let mut stream = self.beside();
            async move { stream.send(request).await }
        })
        .await
    }

    fn beside(&self) -> Self {
        match &self.sender {
            Sender::Http1(_) => panic!("HTTP/1.1 answers one request after the other"),
            Sender::Http2(sender) => {
                Self { sender: Sender::Http2(sender.clone()), name: self.name.clone(), resumed: self.resumed }
            }
        }
    }
}

/// A connection for raw requests.
pub struct RawConnection(TlsStream<TcpStream>);

impl RawConnection {
    /// Writes a request, and reads the answer for this case.
    pub async fn ask(&mut self, request: &str, case: usize) -> Answer {
        self.0.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        loop {
            assert_ne!(self.0.read_buf(&mut bytes).await.unwrap(), 0, "the server closed without an answer");
            if let Some(answer) = Answer::parse(&mut bytes.as_slice(), case) {
                return answer;
            }
        }
    }

    /// Writes these bytes in one go, and reads until the server closes.
    pub async fn exchange_bytes(mut self, requests: &str) -> String {
        self.0.write_all(requests.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes).await.unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Writes these bytes in one go, and reads until the server closes: the answers, in order, for these cases.
    pub async fn exchange(mut self, requests: &str, cases: &[usize]) -> Vec<Answer> {
        self.0.write_all(requests.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes).await.unwrap();
        let mut rest = bytes.as_slice();
        let answer = |case| Answer::parse(&mut rest, case).unwrap_or_else(|| panic!("no answer to case {case}"));
        let answers: Vec<_> = cases.iter().copied().map(answer).collect();
        assert!(rest.is_empty(), "more answers than requests: {}", String::from_utf8_lossy(rest));
        answers
    }
}
