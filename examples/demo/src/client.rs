//! An HTTPS client that presents its certificate, if it has one, in every handshake.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use certbound::Thumbprint;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, StatusCode,
    body::Bytes,
    client::conn::http1,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, WWW_AUTHENTICATE},
};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, ServerName},
};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use crate::{pki::Identity, result::Result, tls};

/// The address of a server, and the name in its certificate.
#[derive(Clone, Copy)]
pub(crate) struct Endpoint {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
}

/// The response to a call.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// The value of `WWW-Authenticate`.
    pub(crate) challenge: Option<String>,
    /// The JSON body, or null.
    pub(crate) body: Value,
}

/// A caller.
pub(crate) struct Client {
    /// Its name in the demo.
    pub(crate) name: &'static str,
    pub(crate) identity: Option<Identity>,
    tls: Arc<ClientConfig>,
}

impl Client {
    pub(crate) fn new(
        name: &'static str,
        authority: &CertificateDer<'static>,
        identity: Option<Identity>,
    ) -> Result<Self> {
        let tls = tls::client_config(authority, identity.as_ref())?.into();
        Ok(Self { name, identity, tls })
    }

    /// The thumbprint of its certificate, if it has one.
    pub(crate) fn thumbprint(&self) -> Option<Thumbprint> {
        self.identity.as_ref().map(|identity| Thumbprint::of_der(identity.certificate()))
    }

    /// Fetches a resource, with a bearer token if there is one (RFC 6750 §2.1).
    pub(crate) async fn get(&self, endpoint: Endpoint, path: &str, token: Option<&str>) -> Result<Answer> {
        let mut request = Request::builder().method(Method::GET).uri(path).header(HOST, endpoint.name);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(endpoint, request.body(Full::default())?).await
    }

    /// Sends a form.
    pub(crate) async fn post(&self, endpoint: Endpoint, path: &str, form: &[(&str, &str)]) -> Result<Answer> {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, endpoint.name)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(form))?;
        self.send(endpoint, request).await
    }

    async fn send(&self, endpoint: Endpoint, request: Request<Full<Bytes>>) -> Result<Answer> {
        timeout(CALL_TIMEOUT, self.exchange(endpoint, request)).await?
    }

    /// Makes one request on a new connection, so every scene presents the certificate again.
    async fn exchange(&self, endpoint: Endpoint, request: Request<Full<Bytes>>) -> Result<Answer> {
        let stream = TcpStream::connect(endpoint.address).await?;
        let stream = TlsConnector::from(self.tls.clone()).connect(ServerName::try_from(endpoint.name)?, stream).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        drop(sender);
        connection.await??;

        let challenge =
            head.headers.get(WWW_AUTHENTICATE).map(|value| value.to_str().map(str::to_owned)).transpose()?;
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? };
        Ok(Answer { status: head.status, challenge, body })
    }
}

/// On loopback a call takes milliseconds.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
