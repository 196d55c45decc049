//! Single requests over TLS 1.3 and HTTP/1.1, for tests without tasks; and the clients that both hosts share.

use std::net::SocketAddr;

pub use certbound_host_tests::client::*;

use crate::{
    message::{Answer, Request},
    pki::Identity,
    stage::Stage,
};

/// Sends a request over a new connection with this certificate.
pub fn get(
    stage: &Stage,
    address: SocketAddr,
    identity: Option<&Identity>,
    path: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(name, value));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        stage.client(identity, Tls::V1_3, Http::V1_1).connect(address, "localhost").await.send(request).await
    })
}

/// Sends a request with a bearer token.
pub fn get_with_token(
    stage: &Stage,
    address: SocketAddr,
    identity: Option<&Identity>,
    path: &str,
    token: &str,
) -> Answer {
    get(stage, address, identity, path, &[("authorization", &format!("Bearer {token}"))])
}
