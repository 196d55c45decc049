//! Requests that are sent one after the other, each over a new connection.

use std::net::SocketAddr;

use tokio::runtime::{Builder, Runtime};

use crate::{
    client::{Http, Tls},
    envoy::Envoy,
    log::Access,
    message::{Answer, Request},
    pki::Identity,
    stage::Stage,
};

/// Sends requests to an Envoy.
pub struct Visitor<'stage> {
    stage: &'stage Stage,
    envoy: &'stage Envoy<'stage>,
    address: SocketAddr,
    runtime: Runtime,
}

impl<'stage> Visitor<'stage> {
    /// For the listener of this Envoy.
    pub fn new(stage: &'stage Stage, envoy: &'stage Envoy<'stage>) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self { stage, envoy, address: envoy.address(), runtime }
    }

    /// The answer to a request over a connection with this certificate.
    pub fn ask(&self, identity: Option<&Identity>, request: Request) -> Answer {
        let client = self.stage.client(identity, Tls::V1_3, Http::V1_1);
        self.runtime.block_on(async { client.connect(self.address, "localhost").await.send(request).await })
    }

    /// What the access log says about an answered request.
    pub fn access(&self, answer: &Answer) -> Access {
        self.runtime.block_on(self.envoy.access(answer.case))
    }

    /// The verdict on a request: `ok`, or the reason why it was rejected.
    pub fn verdict(&self, identity: Option<&Identity>, request: Request) -> String {
        let answer = self.ask(identity, request);
        let access = self.access(&answer);
        let verdict = access.metadata["status"].as_str().unwrap_or_else(|| panic!("no verdict: {access:?}")).to_owned();
        let is_accepted = verdict == "ok";
        assert_eq!(answer.status == 200, is_accepted, "{access:?}");
        assert_eq!(access.details == format!("certbound_{verdict}"), !is_accepted, "{access:?}");
        verdict
    }

    /// The verdict on server A's request with this token.
    pub fn verdict_on(&self, token: &str) -> String {
        self.verdict(Some(&self.stage.server_a), Request::get("/").bearer(token))
    }
}
