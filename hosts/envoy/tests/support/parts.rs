//! Parts of Envoy's configuration that single tests add to a listener.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    configuration::{Form, cluster, per_route, typed},
    stage::Stage,
};

/// The HTTP connection manager of a listener.
pub fn manager(listener: &mut Value) -> &mut Value {
    &mut listener["filter_chains"][0]["filters"][0]["typed_config"]
}

/// A virtual host that answers all accepted requests with 200, with these settings of the filter.
pub fn virtual_host(domain: &str, form: Form, settings: &Value) -> Value {
    json!({
        "name": domain,
        "domains": [domain],
        "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}],
        "typed_per_filter_config": per_route(form, settings),
    })
}

/// Sends the requests for paths with this prefix to a cluster.
pub fn forward(listener: &mut Value, prefix: &str, cluster: &str) {
    let routes = manager(listener)["route_config"]["virtual_hosts"][0]["routes"].as_array_mut().unwrap();
    let route = routes.iter_mut().find(|route| route["match"]["prefix"] == prefix).unwrap();
    route.as_object_mut().unwrap().remove("direct_response");
    route["route"] = json!({"cluster": cluster});
}

/// Adds an HTTP filter between certbound and the router.
pub fn add_filter(listener: &mut Value, name: &str, config: Value) {
    manager(listener)["http_filters"].as_array_mut().unwrap().insert(1, json!({"name": name, "typed_config": config}));
}

/// Replaces the access log by one in JSON.
pub fn log_json(listener: &mut Value, path: &Path, format: Value) {
    manager(listener)["access_log"] = json!([{"name": "log", "typed_config": {
        "@type": typed("extensions.access_loggers.file.v3.FileAccessLog"),
        "path": path,
        "log_format": {"json_format": format},
    }}]);
}

/// An issuer in the filter's configuration whose keys are fetched from this cluster. See [`source_of`].
pub fn fetched_issuer(issuer: &str, cluster: &str, refresh_seconds: u64) -> Value {
    json!({
        "issuer": issuer,
        "jwks_cluster": cluster,
        "jwks_uri": format!("https://{cluster}.example/jwks"),
        "refresh_seconds": refresh_seconds,
    })
}

/// The name of its source of keys in the log and in metrics.
pub fn source_of(cluster: &str) -> String {
    format!("{cluster} https://{cluster}.example/jwks")
}

/// A cluster of one host on loopback, which must prove over TLS that it has this name.
pub fn tls_cluster(stage: &Stage, name: &str, port: u16, server: &str) -> Value {
    let mut cluster = cluster(name, port);
    cluster["transport_socket"] = json!({"name": "tls", "typed_config": {
        "@type": typed("extensions.transport_sockets.tls.v3.UpstreamTlsContext"),
        "sni": server,
        "common_tls_context": {"validation_context": {
            "trusted_ca": {"filename": stage.path("authority.pem")},
            "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": server}}],
        }},
    }});
    cluster
}
