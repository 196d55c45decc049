//! Several listeners of one Envoy: which client certificates they accept, with and without TLS, over TCP and over QUIC.

use serde_json::{Value, json};

use crate::{
    configuration::{Form, listener, with_listener},
    stage::Stage,
};

/// Which client certificates a listener accepts. A client may present none, unless they are required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clients {
    /// Any certificate, also one that is self-signed (`ACCEPT_UNTRUSTED`).
    Any,
    /// Certificates of the authority.
    Issued,
    /// The same, and requires one.
    Required,
    /// The listener requests no certificate.
    NotRequested,
}

/// A listener with this name.
pub fn named(name: &str, stage: &Stage, clients: Clients, settings: &Value, routes: &[(&str, Value)]) -> Value {
    let mut listener = listener(stage, Form::Text, settings, routes);
    listener["name"] = json!(name);
    let tls = &mut listener["filter_chains"][0]["transport_socket"]["typed_config"];
    match clients {
        Clients::Any => {
            tls["common_tls_context"]["validation_context"]["trust_chain_verification"] = json!("ACCEPT_UNTRUSTED");
        }
        Clients::Issued => {}
        Clients::Required => tls["require_client_certificate"] = json!(true),
        Clients::NotRequested => {
            tls["common_tls_context"].as_object_mut().unwrap().remove("validation_context");
        }
    }
    listener
}

/// The listener without TLS.
pub fn without_tls(mut listener: Value) -> Value {
    listener["filter_chains"][0].as_object_mut().unwrap().remove("transport_socket");
    listener
}

/// The listener resumes TLS 1.2 sessions from its cache instead of tickets. TLS 1.3 has only tickets.
pub fn without_tickets(mut listener: Value) -> Value {
    listener["filter_chains"][0]["transport_socket"]["typed_config"]["disable_stateless_session_resumption"] =
        json!(true);
    listener
}

/// The listener accepts Ed25519 certificates, which Envoy does not by default.
pub fn with_ed25519(mut listener: Value) -> Value {
    let algorithms = ["ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256", "rsa_pkcs1_sha256", "ed25519"];
    listener["filter_chains"][0]["transport_socket"]["typed_config"]["common_tls_context"]["tls_params"] =
        json!({"signature_algorithms": algorithms});
    listener
}

/// The listener over QUIC.
pub fn over_quic(mut listener: Value) -> Value {
    listener["address"]["socket_address"]["protocol"] = json!("UDP");
    listener["udp_listener_config"] = json!({"quic_options": {}});
    let chain = &mut listener["filter_chains"][0];
    chain["filters"][0]["typed_config"]["codec_type"] = json!("HTTP3");
    let mut tls = chain["transport_socket"]["typed_config"].take();
    tls.as_object_mut().unwrap().remove("@type");
    tls["common_tls_context"]["alpn_protocols"] = json!(["h3"]);
    chain["transport_socket"] = json!({"name": "quic", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport",
        "downstream_tls_context": tls,
    }});
    listener
}

/// One listener with a filter chain for each server name, from listeners with one chain each. The first also serves clients that
/// send no name.
pub fn by_server_name(chains: &[(&str, Value)]) -> Value {
    let mut all = chains[0].1.clone();
    let inspector = "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector";
    all["listener_filters"] = json!([{"name": "tls_inspector", "typed_config": {"@type": inspector}}]);
    all["default_filter_chain"] = all["filter_chains"][0].clone();
    all["filter_chains"] = chains
        .iter()
        .map(|(name, listener)| {
            let mut chain = listener["filter_chains"][0].clone();
            chain["name"] = json!(name);
            chain["filter_chain_match"] = json!({"server_names": [name]});
            chain
        })
        .collect();
    all
}

/// A configuration with these listeners, without discovery.
pub fn with_listeners(stage: &Stage, listeners: &[Value]) -> Value {
    let mut configuration = with_listener(stage, &listeners[0], &[]);
    for listener in &listeners[1..] {
        let mut listener = listener.clone();
        listener.as_object_mut().unwrap().remove("@type");
        configuration["static_resources"]["listeners"].as_array_mut().unwrap().push(listener);
    }
    configuration
}
