//! Envoy's configuration.

use serde_json::{Value, json};

use crate::{log::LOG_FORMAT, stage::Stage};

/// How the filter's configuration is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A `StringValue` with JSON.
    Text,
    /// A `Struct`.
    Struct,
}

/// A listener over TLS, which asks for client certificates, with the filter and an access log.
///
/// It answers all accepted requests itself: with 200, the header `x-sub` of the request in `x-echo`,
/// and the headers `x_sub` and `x_other` in `x-echo-others`.
pub fn listener(stage: &Stage, form: Form, settings: &Value, routes: &[(&str, Value)]) -> Value {
    let filter = json!({
        "name": "certbound",
        "typed_config": {
            "@type": typed("extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter"),
            "dynamic_module_config": {"name": "certbound_envoy"},
            "filter_name": "certbound",
            "filter_config": packed(form, settings),
        },
    });
    let router =
        json!({"name": "router", "typed_config": {"@type": typed("extensions.filters.http.router.v3.Router")}});
    let answer = |prefix: &str| {
        json!({
            "match": {"prefix": prefix},
            "direct_response": {"status": 200},
            "response_headers_to_add": [
                {"header": {"key": "x-echo", "value": "%REQ(X-SUB)%"}},
                {"header": {"key": "x-echo-others", "value": "%REQ(X_SUB)% %REQ(X_OTHER)%"}},
            ],
        })
    };
    let route = |(prefix, settings): &(&str, Value)| {
        let mut route = answer(prefix);
        route["typed_per_filter_config"] = per_route(form, settings);
        route
    };
    let routes: Vec<Value> = routes.iter().map(route).chain([answer("/")]).collect();
    let log = json!({"name": "log", "typed_config": {
        "@type": typed("extensions.access_loggers.file.v3.FileAccessLog"),
        "path": stage.path("access.log"),
        "log_format": {"text_format_source": {"inline_string": LOG_FORMAT}},
    }});
    let manager = json!({
        "@type": typed("extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "http",
        "access_log": [log],
        "http_filters": [filter, router],
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
    });
    let file = |name: &str| json!({"filename": stage.path(name)});
    let tls = json!({
        "@type": typed("extensions.transport_sockets.tls.v3.DownstreamTlsContext"),
        "common_tls_context": {
            "alpn_protocols": ["h2", "http/1.1"],
            "validation_context": {"trusted_ca": file("authority.pem")},
            "tls_certificates": [{"certificate_chain": file("server.pem"), "private_key": file("server.key")}],
        },
    });
    json!({
        "@type": typed("config.listener.v3.Listener"),
        "name": "https",
        "address": address(0),
        "filter_chains": [{
            "filters": [{"name": "http", "typed_config": manager}],
            "transport_socket": {"name": "tls", "typed_config": tls},
        }],
    })
}

/// What a route, a virtual host or a list of routes has as `typed_per_filter_config`.
pub fn per_route(form: Form, settings: &Value) -> Value {
    json!({"certbound": {
        "@type": typed("extensions.filters.http.dynamic_modules.v3.DynamicModuleFilterPerRoute"),
        "dynamic_module_config": {"name": "certbound_envoy"},
        "filter_config": packed(form, settings),
    }})
}

/// The configuration with which Envoy starts: listeners come from the file `lds.json`.
pub fn bootstrap(stage: &Stage, clusters: &[Value]) -> Value {
    json!({
        "node": {"id": "test", "cluster": "test"},
        "admin": {"address": address(0)},
        "static_resources": {"clusters": clusters},
        "dynamic_resources": {"lds_config": {"path_config_source": {
            "path": stage.path("lds.json"),
            "watched_directory": {"path": stage.folder()},
        }}},
    })
}

/// What `lds.json` contains.
pub fn discovery(listener: &Value) -> Value {
    json!({"version_info": "1", "resources": [listener]})
}

/// A configuration with this listener, without discovery.
pub fn with_listener(stage: &Stage, listener: &Value, clusters: &[Value]) -> Value {
    let mut bootstrap = bootstrap(stage, clusters);
    let mut listener = listener.clone();
    listener.as_object_mut().unwrap().remove("@type");
    bootstrap["static_resources"]["listeners"] = json!([listener]);
    bootstrap.as_object_mut().unwrap().remove("dynamic_resources");
    bootstrap
}

/// A cluster of one host on loopback.
pub fn cluster(name: &str, port: u16) -> Value {
    let endpoint = json!({"endpoint": {"address": address(port)}});
    json!({
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    })
}

fn address(port: u16) -> Value {
    json!({"socket_address": {"address": "127.0.0.1", "port_value": port}})
}

/// The URL of the type of a message of Envoy's.
pub fn typed(name: &str) -> String {
    format!("type.googleapis.com/envoy.{name}")
}

fn packed(form: Form, settings: &Value) -> Value {
    match form {
        Form::Text => json!({
            "@type": "type.googleapis.com/google.protobuf.StringValue",
            "value": settings.to_string(),
        }),
        Form::Struct => json!({"@type": "type.googleapis.com/google.protobuf.Struct", "value": settings}),
    }
}
