//! An HTTPS server on loopback whose handler sees the certificate and the history of each connection.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{HandshakeKind, ServerConfig};
use rustls_pki_types::CertificateDer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use tokio_rustls::TlsAcceptor;

/// A connection.
pub(crate) struct Peer {
    pub(crate) certificate: Option<CertificateDer<'static>>,
    pub(crate) is_resumed: bool,
    /// Whether it has carried a request that was answered with 200.
    has_carried_good: AtomicBool,
    /// Whether it has carried a request that was answered otherwise.
    has_carried_bad: AtomicBool,
}

impl Peer {
    pub(crate) fn has_carried_good(&self) -> bool {
        self.has_carried_good.load(Ordering::Relaxed)
    }

    pub(crate) fn has_carried_bad(&self) -> bool {
        self.has_carried_bad.load(Ordering::Relaxed)
    }
}

/// Answers requests.
pub(crate) trait Handler: Send + Sync + 'static {
    /// The bytes that this client gets instead of answers.
    fn bytes(&self, _: &Peer) -> Option<Vec<u8>> {
        None
    }

    /// Why requests of HTTP/2 end without an answer.
    fn reason(&self) -> h2::Reason {
        h2::Reason::INTERNAL_ERROR
    }

    /// `None` ends the connection without an answer; over HTTP/2, the request alone.
    fn handle(&self, peer: &Peer, request: &Request<Bytes>) -> Option<Response<String>>;
}

/// A running server, which ends when it is dropped.
pub(crate) struct Server {
    port: u16,
    paths: Arc<Mutex<Vec<String>>>,
    stop: Option<oneshot::Sender<()>>,
}

impl Server {
    pub(crate) fn start(tls: ServerConfig, handler: impl Handler) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel();
        let paths = Arc::new(Mutex::new(Vec::new()));
        let server = Self { port, paths: paths.clone(), stop: Some(stop) };
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let (acceptor, handler) = (TlsAcceptor::from(Arc::new(tls)), Arc::new(handler));
                let accept = async {
                    let listener = TcpListener::from_std(listener).unwrap();
                    loop {
                        let (tcp, _) = listener.accept().await.unwrap();
                        tokio::spawn(serve(tcp, acceptor.clone(), handler.clone(), paths.clone()));
                    }
                };
                tokio::select! { () = accept => {}, _ = stopped => {} }
            });
        });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    /// The paths of all requests so far.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.paths.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }
}

/// Serves one connection. `None` if it fails.
async fn serve(
    tcp: TcpStream,
    acceptor: TlsAcceptor,
    handler: Arc<impl Handler>,
    paths: Arc<Mutex<Vec<String>>>,
) -> Option<()> {
    let mut stream = acceptor.accept(tcp).await.ok()?;
    let (_, connection) = stream.get_ref();
    let peer = Arc::new(Peer {
        certificate: connection
            .peer_certificates()
            .and_then(|chain| chain.first().cloned().map(CertificateDer::into_owned)),
        is_resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
        has_carried_good: AtomicBool::new(false),
        has_carried_bad: AtomicBool::new(false),
    });
    let is_http2 = connection.alpn_protocol() == Some(b"h2");
    if let Some(bytes) = handler.bytes(&peer) {
        stream.write_all(&bytes).await.ok()?;
        stream.flush().await.ok()?;
        stream.read_to_end(&mut Vec::new()).await.ok()?;
        return Some(());
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let (peer, handler, paths) = (peer.clone(), handler.clone(), paths.clone());
        async move {
            let (head, body) = request.into_parts();
            let request = Request::from_parts(head, body.collect().await.unwrap().to_bytes());
            paths.lock().unwrap().push(request.uri().path().to_owned());
            let Some(response) = handler.handle(&peer, &request) else {
                return Err(h2::Error::from(handler.reason()));
            };
            let mark = if response.status() == 200 { &peer.has_carried_good } else { &peer.has_carried_bad };
            mark.store(true, Ordering::Relaxed);
            Ok(response.map(|body| Full::new(Bytes::from(body))))
        }
    });
    let io = TokioIo::new(stream);
    if is_http2 {
        http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await.ok()
    } else {
        http1::Builder::new().serve_connection(io, service).await.ok()
    }
}

/// An empty frame with settings, which belong to the connection, on stream 1: an error of the connection (RFC 9113 §6.5).
pub(crate) const SETTINGS_ON_A_STREAM: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 1];

/// The settings of a server, and GOAWAY for this reason, which says that no request was processed (RFC 9113 §6.8).
pub(crate) fn go_away(reason: h2::Reason) -> Vec<u8> {
    let (settings, head) = ([0, 0, 0, 4, 0, 0, 0, 0, 0], [0, 0, 8, 7, 0, 0, 0, 0, 0]);
    [&settings[..], &head, &[0; 4], &u32::from(reason).to_be_bytes()].concat()
}

/// An answer without a body.
pub(crate) fn status(status: u16) -> Response<String> {
    Response::builder().status(status).body(String::new()).unwrap()
}
