//! A client for HTTP/3.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use h3::client::SendRequest;
use hyper::{
    Uri,
    body::{Buf, Bytes},
};
use quinn::{ClientConfig, Endpoint, TransportConfig, crypto::rustls::QuicClientConfig};

use crate::{
    client::{Failure, PresentedCertificate, Tls, configuration},
    message::{Answer, Request, authorization, concurrently},
    pki::{Authority, Identity},
};

/// A connection over QUIC.
pub struct Connection {
    // The socket is open as long as this exists.
    endpoint: Endpoint,
    sender: SendRequest<h3_quinn::OpenStreams, Bytes>,
    name: String,
}

impl Connection {
    /// Connects to the server of this name at this address, trusts the authority, and presents this certificate.
    pub async fn open(authority: &Authority, identity: Option<&Identity>, to: SocketAddr, name: &str) -> Self {
        let certificate = Arc::new(PresentedCertificate::default());
        certificate.set(identity);
        let tls = configuration(authority, certificate, Tls::V1_3, b"h3");
        let mut config = ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).unwrap()));
        // With segmentation offload, connections to Envoy with many streams stalled: packets were lost.
        let mut transport = TransportConfig::default();
        transport.enable_segmentation_offload(false);
        config.transport_config(Arc::new(transport));
        let endpoint = Endpoint::client(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let connection = endpoint.connect_with(config, to, name).unwrap().await.unwrap();
        // No frames of reserved types after a body: nginx 1.28 mistakes them for a truncated body.
        let mut builder = h3::client::builder();
        let connection = builder.send_grease(false).build(h3_quinn::Connection::new(connection)).await;
        let (mut driver, sender) = connection.unwrap();
        tokio::spawn(async move { driver.wait_idle().await });
        Self { endpoint, sender, name: name.to_owned() }
    }

    /// Sends requests at the same time, on streams of this connection. Returns the answers, each with its request's label.
    pub async fn send_all<Label>(&self, requests: impl Iterator<Item = (Label, Request)>) -> Vec<(Label, Answer)> {
        concurrently(requests, |request| {
            let mut stream = self.beside();
            async move { stream.send(request).await }
        })
        .await
    }

    fn beside(&self) -> Self {
        Self { endpoint: self.endpoint.clone(), sender: self.sender.clone(), name: self.name.clone() }
    }

    /// Sends a request, and waits for the answer.
    pub async fn send(&mut self, request: Request) -> Answer {
        self.try_send(request).await.unwrap()
    }

    /// Sends a request, and returns the answer or the failure.
    pub async fn try_send(&mut self, request: Request) -> Result<Answer, Failure> {
        let Request { method, target, headers, host, body, case } = request;
        let authority = host.as_deref().unwrap_or(&self.name);
        let uri = Uri::builder().scheme("https").authority(authority).path_and_query(target).build()?;
        let mut message = hyper::Request::builder().method(method).uri(uri).body(())?;
        let authorization = authorization(&headers);
        message.headers_mut().extend(headers);
        if !body.is_empty() {
            message.headers_mut().insert("content-length", body.len().into());
        }
        let mut stream = self.sender.send_request(message).await?;
        if !body.is_empty() {
            stream.send_data(body).await?;
        }
        stream.finish().await?;
        let (head, ()) = stream.recv_response().await?.into_parts();
        let mut body = Vec::new();
        while let Some(mut part) = stream.recv_data().await? {
            body.extend_from_slice(&part.copy_to_bytes(part.remaining()));
        }
        Ok(Answer { case, status: head.status.as_u16(), headers: head.headers, body: body.into(), authorization })
    }
}
