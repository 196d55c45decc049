//! The recipes of the guide.

use certbound_envoy_tests::stage::until;
use serde_json::{Value, json};

use super::lab::{GUIDE, Lab, blocks, minor_version, recipe, yaml};

#[test]
fn rbac_decides_on_claims() {
    let mut lab = Lab::new();
    let recipes = blocks(GUIDE, "### For other filters", "## Behind a load balancer", "yaml");
    let [rbac, _] = recipes[..] else { panic!("{recipes:?}") };
    lab.insert_filters(&yaml(rbac));
    let other = lab.token_with(r#""client_id":"server-a""#, r#""client_id":"server-b""#);
    let envoy = lab.start();
    assert_eq!(envoy.ask_as("client", &[], "/accounts").status, 200);
    assert_eq!(envoy.ask_as("client", &["--request", "POST"], "/accounts").status, 403);
    assert_eq!(envoy.ask_with("client", &other, &[], "/accounts").status, 403);
    assert_eq!(envoy.ask_as("thief", &[], "/accounts").status, 401);
    assert_eq!(envoy.ask(&[], "/health").status, 403);
    envoy.logged("rbac_access_denied");
}

#[test]
fn each_client_has_its_rate_limit() {
    let mut lab = Lab::new();
    let recipes = blocks(GUIDE, "### For other filters", "## Behind a load balancer", "yaml");
    let [_, limits] = recipes[..] else { panic!("{recipes:?}") };
    // A slow machine must not admit more requests.
    lab.insert_filters(&yaml(&limits.replace("fill_interval: 60s", "fill_interval: 3600s")));
    let other = lab.token_with(r#""client_id":"server-a""#, r#""client_id":"server-b""#);
    let envoy = lab.start();
    let statuses = |token: &str| [(); 3].map(|()| envoy.ask_with("client", token, &[], "/accounts").status);
    assert_eq!(envoy.ask_as("thief", &[], "/accounts").status, 401, "does not count");
    assert_eq!(statuses(&envoy.lab.read("token")), [200, 200, 429]);
    assert_eq!(statuses(&other), [200, 200, 429]);
}

#[test]
fn a_log_collects_thefts() {
    let mut lab = Lab::new();
    let log = recipe("## Answers and logs", "## Claims");
    lab.manager()["access_log"].as_array_mut().unwrap().extend(log.as_array().unwrap().iter().cloned());
    let envoy = lab.start();
    assert_eq!(envoy.ask_as("client", &[], "/accounts").status, 200);
    assert_eq!(envoy.ask(&[], "/accounts").status, 401);
    assert_eq!(envoy.ask(&[], "/health").status, 200);
    assert_eq!(envoy.ask_as("thief", &[], "/accounts").status, 401);
    until("the theft is logged", || envoy.lab.read("stolen.log").ends_with('\n'));
    let stolen = envoy.lab.read("stolen.log");
    assert!(stolen.lines().count() == 1 && stolen.contains("CN=thief"), "{stolen}");
}

#[test]
fn keys_come_by_file_and_by_sync() {
    for (begin, end) in [("### By file", "### By `certbound sync`"), ("### By `certbound sync`", "### By callout")] {
        let mut lab = Lab::new();
        let mut issuers = recipe(begin, end)["issuers"].clone();
        assert!(issuers[0]["jwks_file"].as_str().is_some_and(|path| path.starts_with('/')), "{issuers}");
        issuers[0]["jwks_file"] = json!("jwks.json");
        lab.settings()["issuers"] = issuers;
        assert_eq!(lab.start().ask_as("client", &[], "/accounts").status, 200);
    }
}

#[test]
fn keys_come_by_callout_over_tls() {
    let recipes = blocks(GUIDE, "### By callout", "## TLS", "yaml");
    let [issuers, clusters] = recipes[..] else { panic!("{recipes:?}") };
    // The second time, the server has a certificate for another name.
    for (certificate, is_right) in [("as", true), ("server", false)] {
        let mut lab = Lab::new();
        lab.settings()["issuers"] = yaml(issuers)["issuers"].clone();
        let address = key_service(&mut lab, certificate);
        let mut cluster = yaml(clusters)[0].clone();
        cluster["type"] = json!("STATIC");
        cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"] = address;
        let validation = &mut cluster["transport_socket"]["typed_config"]["common_tls_context"]["validation_context"];
        assert!(validation["trusted_ca"]["filename"].is_string());
        validation["trusted_ca"]["filename"] = json!("ca.pem");
        lab.configuration["static_resources"]["clusters"].as_array_mut().unwrap().push(cluster);
        let envoy = lab.start();
        if is_right {
            until("the keys have arrived", || envoy.ask_as("client", &[], "/accounts").status == 200);
            assert_eq!(envoy.ask_as("thief", &[], "/accounts").status, 401);
        } else {
            until("a fetch has failed", || envoy.lab.read("envoy.log").contains("not loaded"));
            let answer = envoy.ask_as("client", &[], "/accounts");
            assert!(answer.status == 503 && answer.text.contains("retry-after: 5"), "{answer:?}");
            envoy.logged("certbound_keys_pending");
        }
    }
}

/// Adds a listener that serves the keys over TLS, and returns its address.
fn key_service(lab: &mut Lab, certificate: &str) -> Value {
    let port = certbound_host_tests::ports::free_ports().next().unwrap();
    let address = json!({"socket_address": {"address": "127.0.0.1", "port_value": port}});
    let mut listener = lab.configuration["static_resources"]["listeners"][1].clone();
    listener["name"] = json!("as");
    listener["address"] = address.clone();
    let file = |ending: &str| json!({"filename": format!("{certificate}.{ending}")});
    listener["filter_chains"][0]["transport_socket"] = json!({
        "name": "tls",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            "common_tls_context": {"tls_certificates": [{"certificate_chain": file("pem"), "private_key": file("key")}]},
        },
    });
    let hosts = &mut listener["filter_chains"][0]["filters"][0]["typed_config"]["route_config"]["virtual_hosts"];
    hosts[0]["domains"] = json!(["as.example"]);
    hosts[0]["routes"] = json!([{
        "match": {"path": "/jwks"},
        "direct_response": {"status": 200, "body": {"filename": "jwks.json"}},
    }]);
    lab.configuration["static_resources"]["listeners"].as_array_mut().unwrap().push(listener);
    address
}

#[test]
fn a_trusted_proxy_forwards_certificates() {
    let mut forwarded = recipe("## Behind a load balancer", "## Kubernetes")["forwarded"].clone();
    let mut lab = Lab::new();
    lab.settings()["forwarded"] = forwarded.clone();
    if minor_version() < 40 {
        let log = lab.fails();
        assert!(log.contains("certbound: configuration rejected: forwarded: Envoy 1.40 or newer is needed"), "{log}");
        return;
    }
    let header = |lab: &Lab| {
        let pem = lab.read("client.pem");
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        format!("client-cert: :{base64}:")
    };
    // As written, this peer is not one of the proxies.
    let envoy = lab.start();
    let value = header(&envoy.lab);
    assert_eq!(envoy.ask_as("client", &[], "/accounts").status, 200);
    assert_eq!(envoy.ask_as("thief", &["-H", &value], "/accounts").status, 401);

    forwarded["trusted_proxies"][0] = json!("127.0.0.1");
    let mut lab = Lab::new();
    lab.settings()["forwarded"] = forwarded.clone();
    let envoy = lab.start();
    let value = header(&envoy.lab);
    assert_eq!(envoy.ask_as("thief", &["-H", &value], "/accounts").status, 200, "the header alone counts");
    assert_eq!(envoy.ask_as("client", &[], "/accounts").status, 401, "the proxy's certificate does not");
    assert_eq!(envoy.ask_as("thief", &["-H", &value, "-H", &value], "/accounts").status, 401);
    envoy.logged("certbound_forwarded_ambiguous");

    for (details, status) in [(None, 401), (Some("ALWAYS_FORWARD_ONLY"), 200)] {
        let mut lab = Lab::new();
        forwarded["format"] = json!("xfcc");
        forwarded["header"] = json!("x-forwarded-client-cert");
        lab.settings()["forwarded"] = forwarded.clone();
        if let Some(details) = details {
            assert!(GUIDE.contains(&format!("forward_client_cert_details: {details}")));
            lab.manager()["forward_client_cert_details"] = json!(details);
        }
        let pem = lab.read("client.pem").replace('\n', "%0A");
        let envoy = lab.start();
        let value = format!("x-forwarded-client-cert: Cert=\"{pem}\"");
        assert_eq!(envoy.ask_as("thief", &["-H", &value], "/accounts").status, status, "{details:?}");
    }
}
