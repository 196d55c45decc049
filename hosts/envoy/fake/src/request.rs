//! A request, and what became of it.

use std::{collections::BTreeMap, ffi::c_void, ptr, rc::Rc};

use crate::{
    hooks,
    route::RouteConfiguration,
    state::{ConfigurationState, Metadata, RequestState, Response},
};

/// A request with its connection.
#[derive(Clone, Debug, Default)]
pub struct Request {
    headers: Vec<(String, String)>,
    /// The SHA-256 value of the client's certificate in hex; empty without one; `None` without TLS.
    peer_sha256: Option<String>,
    peer_address: Option<String>,
    worker: u32,
    route: Option<Rc<RouteConfiguration>>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The answer; `None` if the request continues.
    pub response: Option<Response>,
    /// The headers with which it continues.
    pub headers: Vec<(String, String)>,
    /// Its dynamic metadata, in the filter's namespace.
    pub metadata: BTreeMap<String, Metadata>,
}

impl Request {
    /// A request over TLS without a client certificate, on the first worker.
    pub fn new() -> Self {
        let peer_address = Some("192.0.2.1:50000".to_owned());
        Self { peer_sha256: Some(String::new()), peer_address, ..Self::default() }
    }

    /// A request with a bearer token, over TLS with the certificate of this SHA-256 value in hex.
    pub fn with_token(token: &str, peer_sha256: &str) -> Self {
        let request = Self::new().header("authorization", &format!("Bearer {token}"));
        Self { peer_sha256: Some(peer_sha256.to_owned()), ..request }
    }

    /// With the certificate of this SHA-256 value in hex.
    pub fn with_peer(self, peer_sha256: &str) -> Self {
        Self { peer_sha256: Some(peer_sha256.to_owned()), ..self }
    }

    /// Without TLS.
    pub fn without_tls(self) -> Self {
        Self { peer_sha256: None, ..self }
    }

    /// From this address.
    pub fn from(self, peer_address: &str) -> Self {
        Self { peer_address: Some(peer_address.to_owned()), ..self }
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// On this worker.
    pub fn on_worker(self, worker: u32) -> Self {
        Self { worker, ..self }
    }

    /// To this route.
    pub fn to(self, route: &Rc<RouteConfiguration>) -> Self {
        Self { route: Some(Rc::clone(route)), ..self }
    }

    pub(crate) fn send(self, configuration: &ConfigurationState, module: *const c_void) -> Outcome {
        let mut state = RequestState {
            configuration,
            headers: self.headers,
            peer_sha256: self.peer_sha256,
            peer_address: self.peer_address,
            worker: self.worker,
            route: self.route.as_ref().map_or(ptr::null(), |route| route.module()),
            response: None,
            metadata: BTreeMap::new(),
        };
        let continues = hooks::request((&raw mut state).cast(), module);
        let RequestState { headers, response, metadata, .. } = state;
        assert_eq!(continues, response.is_none(), "a request continues, or is answered");
        Outcome { response, headers, metadata }
    }
}

impl Outcome {
    /// Whether the request continues, or the response code details of its answer.
    pub fn verdict(&self) -> Result<(), &str> {
        self.response.as_ref().map_or(Ok(()), |response| Err(response.details.as_str()))
    }

    /// The value of a header, of the request or of the answer.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.response.as_ref().map_or(&self.headers, |response| &response.headers);
        headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// A text of the dynamic metadata.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        match self.metadata.get(key) {
            Some(Metadata::Text(text)) => Some(text),
            _ => None,
        }
    }
}
