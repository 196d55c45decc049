//! Answers Prometheus over HTTP.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::{
    Method, Request, Response, StatusCode,
    header::{ALLOW, CONTENT_TYPE},
};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};

use super::metrics::Metrics;
use crate::failure::Failure;

/// Listens on an address.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::Unusable(format!("--metrics {address}: {error}; pass a free address of this machine"))
    })
}

/// Serves the metrics until the future is dropped.
pub(crate) async fn serve(listener: TcpListener, metrics: watch::Receiver<Metrics>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let metrics = metrics.clone();
                tokio::spawn(async move {
                    // A client that fails or takes too long is its own problem.
                    let _ = timeout(CONNECTION_TIMEOUT, serve_connection(stream, metrics)).await;
                    drop(place);
                });
            }
            // Usually too many open files, which passes.
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn serve_connection(stream: TcpStream, metrics: watch::Receiver<Metrics>) -> Result<(), hyper::Error> {
    let service = service_fn(|request| {
        let response = answer(&request, &metrics);
        async { Ok::<_, Infallible>(response) }
    });
    http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service).await
}

fn answer(request: &Request<Incoming>, metrics: &watch::Receiver<Metrics>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    let mut header = |name, value| response.headers_mut().insert(name, http::HeaderValue::from_static(value));
    let status = if request.uri().path() != "/metrics" {
        StatusCode::NOT_FOUND
    } else if !matches!(*request.method(), Method::GET | Method::HEAD) {
        header(ALLOW, "GET, HEAD");
        StatusCode::METHOD_NOT_ALLOWED
    } else if let Ok(text) = metrics.borrow().text(SystemTime::now()) {
        header(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
        *response.body_mut() = Full::from(text);
        StatusCode::OK
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    *response.status_mut() = status;
    response
}

/// Most connections at the same time. Prometheus has one.
const CONNECTIONS: usize = 16;

/// How long a connection may last. An answer takes milliseconds.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);

const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
