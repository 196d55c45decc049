//! An HTTPS server on loopback, which passes the certificate of the connection to its handler.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, Response, StatusCode, body::Bytes, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rustls::{ServerConfig, pki_types::CertificateDer};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use crate::{client::Endpoint, result::Result};

/// Handles the requests of a server.
pub(crate) trait Handler: Send + Sync + 'static {
    /// `certificates` is what the client presented in the handshake: its certificate, then the chain; empty if none.
    fn handle(&self, certificates: &[CertificateDer<'_>], request: &Request<Bytes>) -> Response<String>;
}

/// Starts a server for a DNS name, on a port that the system chooses. It runs until the demo ends.
pub(crate) async fn start(name: &'static str, tls: ServerConfig, handler: impl Handler) -> Result<Endpoint> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let endpoint = Endpoint { name, address: listener.local_addr()? };
    let (acceptor, handler) = (TlsAcceptor::from(Arc::new(tls)), Arc::new(handler));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, handler) = (acceptor.clone(), handler.clone());
            tokio::spawn(async move {
                let connection = timeout(CONNECTION_TIMEOUT, serve(stream, acceptor, handler));
                let error = match connection.await {
                    Ok(Ok(())) => return,
                    Ok(Err(error)) => error,
                    Err(elapsed) => elapsed.into(),
                };
                anstream::eprintln!("{name}: connection failed: {error}");
            });
        }
    });
    Ok(endpoint)
}

/// Serves one connection: the handshake, then its requests. The certificate belongs to the connection.
async fn serve(stream: TcpStream, acceptor: TlsAcceptor, handler: Arc<impl Handler>) -> Result<()> {
    let stream = acceptor.accept(stream).await?;
    let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec();
    let service = service_fn(|request| answer(&*handler, &certificates, request));
    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await?;
    Ok(())
}

async fn answer(
    handler: &impl Handler,
    certificates: &[CertificateDer<'_>],
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let response = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => handler.handle(certificates, &Request::from_parts(head, body.to_bytes())),
        Err(_) => empty(StatusCode::BAD_REQUEST),
    };
    Ok(response.map(|body| Full::new(body.into())))
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> Response<String> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

/// A response with a JSON body that must not be stored (RFC 6749 §5.1).
pub(crate) fn json(status: StatusCode, body: &serde_json::Value) -> Response<String> {
    let mut response = empty(status);
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    response.headers_mut().insert("cache-control", hyper::header::HeaderValue::from_static("no-store"));
    *response.body_mut() = body.to_string();
    response
}

/// No connection of the demo lasts longer. A production server would limit each request instead.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest request body. A token request has a few hundred bytes.
const BODY_LIMIT: usize = 16 * 1024;
