//! What the guide states of TLS, of claims and as known facts. If Envoy changes one of them, change the guide.

use serde_json::json;

use super::lab::{GUIDE, Lab, minor_version};

const PER_ROUTE: &str =
    "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilterPerRoute";

#[test]
fn tls_decides_which_certificates_arrive() {
    // Of the client without a certificate, with one of a known authority, and with a self-signed one that the token is bound to.
    let statuses = |change: &dyn Fn(&mut Lab)| {
        let mut lab = Lab::new();
        change(&mut lab);
        let digest = "openssl x509 -in partner.pem -outform DER | openssl dgst -sha256 -binary | base64url";
        let partner = lab.token_with("'$thumbprint'", &format!("'$({digest})'"));
        let envoy = lab.start();
        let bearer = format!("Authorization: Bearer {}", envoy.lab.read("token"));
        [
            envoy.ask(&["-H", &bearer], "/accounts").status,
            envoy.ask_as("client", &[], "/accounts").status,
            envoy.ask_with("partner", &partner, &[], "/accounts").status,
        ]
    };
    assert_eq!(statuses(&|lab| lab.tls()["require_client_certificate"] = json!(true)), [0, 200, 0]);
    assert_eq!(statuses(&|_| {}), [401, 200, 0]);
    assert_eq!(
        statuses(&|lab| {
            let validation = &mut lab.tls()["common_tls_context"]["validation_context"];
            validation["trust_chain_verification"] = json!("ACCEPT_UNTRUSTED");
        }),
        [401, 200, 200]
    );
    assert_eq!(
        statuses(&|lab| {
            lab.tls()["common_tls_context"].as_object_mut().unwrap().remove("validation_context");
        }),
        [401, 401, 401]
    );
}

#[test]
fn only_the_filter_itself_removes_claim_headers_on_open_routes() {
    let mut lab = Lab::new();
    let route = |path: &str, settings| {
        json!({
            "match": {"path": path}, "route": {"cluster": "backend"}, "typed_per_filter_config": {"certbound": settings},
        })
    };
    lab.insert_route(route(
        "/enabled-false",
        json!({
            "@type": PER_ROUTE,
            "dynamic_module_config": {"name": "certbound_envoy"},
            "filter_config": {"@type": "type.googleapis.com/google.protobuf.Struct", "value": {"enabled": false}},
        }),
    ));
    lab.insert_route(route(
        "/disabled-true",
        json!({
            "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": true,
        }),
    ));
    let envoy = lab.start();
    let forged = ["-H", "x-client-id: forged", "-H", "x_client_id: forged"];
    for (path, got) in [("/enabled-false", "client= scope="), ("/disabled-true", "client=forged scope=")] {
        let answer = envoy.ask(&forged, path);
        assert!(answer.status == 200 && answer.text.contains(got), "{path}: {answer:?}");
    }
    let answer = envoy.ask_as("client", &forged, "/accounts");
    assert!(answer.text.contains("client=server-a scope="), "{answer:?}");
}

#[test]
fn a_path_in_another_spelling_needs_the_same_scopes() {
    let envoy = Lab::new().start();
    for path in ["/admin", "/admin/", "//admin/", "/x/../admin/", "/./admin", "/%61dmin"] {
        let answer = envoy.ask_as("client", &["--path-as-is"], path);
        assert_eq!(answer.status, 403, "{path}: {answer:?}");
    }
    // A slash that is escaped is a redirect to the path without it.
    assert_eq!(envoy.ask_as("client", &["--path-as-is"], "/x%2f..%2fadmin").status, 307);
}

/// Backends may take these paths for `/admin`. None may reach them with the scopes of another route.
#[test]
fn a_path_that_no_route_names_does_not_reach_the_backend() {
    let envoy = Lab::new().start();
    let status = |path: &str| envoy.ask_as("client", &["--path-as-is"], path).status;
    for (path, expected) in [
        ("/accounts", 200),
        ("/accounts/7?a=b;c", 200),
        ("/accounts/..\\admin", 403),
        ("/Admin", 404),
        ("/administrator", 404),
        ("/accounts7", 404),
        ("/", 404),
        ("/admin;x", 400),
        ("/admin%3bx", 400),
        // Envoy 1.39 and later take it for `/admin`, too.
        ("/accounts/..;/admin", if minor_version() < 39 { 400 } else { 403 }),
        ("/accounts;/../admin", 403),
        ("/health;x", 400),
    ] {
        assert_eq!(status(path), expected, "{path}");
    }
    // Unlike with a route for all paths.
    let mut lab = Lab::new();
    let routes = lab.manager()["route_config"]["virtual_hosts"][0]["routes"].as_array_mut().unwrap();
    routes.remove(0);
    routes.push(json!({"match": {"prefix": "/"}, "route": {"cluster": "backend"}}));
    let envoy = lab.start();
    for path in ["/admin;x", "/Admin"] {
        assert_eq!(envoy.ask_as("client", &["--path-as-is"], path).status, 200, "{path}");
    }
}

#[test]
fn routes_are_chosen_before_the_filter_runs() {
    let mut lab = Lab::new();
    lab.insert_route(json!({
        "match": {"prefix": "/", "headers": [{"name": "x-client-id", "string_match": {"exact": "admin"}}]},
        "route": {"cluster": "backend"},
        "response_headers_to_add": [{"header": {"key": "x-route", "value": "by header"}}],
    }));
    let envoy = lab.start();
    let answer = envoy.ask_as("client", &["-H", "x-client-id: admin"], "/accounts");
    assert!(answer.text.contains("x-route: by header") && answer.text.contains("client=server-a "), "{answer:?}");
    assert!(!envoy.ask_as("client", &[], "/accounts").text.contains("x-route"));
}

#[test]
fn a_stripped_token_is_missing_after_an_internal_redirect() {
    for (strip_token, status) in [(true, 401), (false, 200)] {
        let mut lab = Lab::new();
        lab.settings()["strip_token"] = json!(strip_token);
        lab.insert_backend_route(json!({
            "match": {"path": "/moved"}, "redirect": {"path_redirect": "/accounts", "response_code": "FOUND"},
        }));
        lab.insert_route(json!({
            "match": {"path": "/moved"},
            "route": {
                "cluster": "backend",
                "internal_redirect_policy": {"redirect_response_codes": [302], "allow_cross_scheme_redirect": true},
            },
        }));
        let envoy = lab.start();
        assert_eq!(envoy.ask_as("client", &[], "/moved").status, status);
        assert_eq!(envoy.ask_as("thief", &[], "/moved").status, 401);
        envoy.logged(if strip_token { "certbound_token_missing" } else { "internal_redirect" });
    }
}

#[test]
fn large_numbers_lose_precision_in_metadata_only() {
    let mut lab = Lab::new();
    lab.settings()["claim_headers"] = json!({"x-scope": "number"});
    lab.settings()["metadata_claims"] = json!(["number"]);
    let formats = &mut lab.manager()["access_log"][0]["typed_config"]["log_format"]["json_format"];
    formats["number"] = json!("%DYNAMIC_METADATA(certbound:number)%");
    let token = lab.token_with(r#""sub":"server-a""#, r#""sub":"server-a","number":9007199254740993"#);
    let envoy = lab.start();
    let answer = envoy.ask_with("client", &token, &[], "/accounts");
    assert!(answer.text.contains("scope=9007199254740993"), "{answer:?}");
    envoy.logged("900719925474099");
    assert!(!envoy.lab.read("access.log").contains("9007199254740993"), "{}", envoy.lab.read("access.log"));
}

#[test]
fn preflight_requests_pass_if_cors_comes_first() {
    let cors = json!({
        "name": "envoy.filters.http.cors",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors"},
    });
    for (place, status) in [(0, 200), (1, 401)] {
        let mut lab = Lab::new();
        lab.manager()["http_filters"].as_array_mut().unwrap().insert(place, cors.clone());
        lab.manager()["route_config"]["virtual_hosts"][0]["typed_per_filter_config"] = json!({
            "envoy.filters.http.cors": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
                "allow_origin_string_match": [{"exact": "https://app.example"}],
            },
        });
        let envoy = lab.start();
        let preflight =
            ["--request", "OPTIONS", "-H", "origin: https://app.example", "-H", "access-control-request-method: GET"];
        assert_eq!(envoy.ask(&preflight, "/accounts").status, status);
        assert_eq!(envoy.ask(&["-H", "origin: https://app.example"], "/accounts").status, 401);
    }
}

#[test]
fn a_mistake_is_named_as_shown() {
    let mut lab = Lab::new();
    lab.settings()["binding"] = json!("optional");
    let (_, shown) = GUIDE.split_once("```text\ncertbound: configuration rejected").unwrap();
    let line = format!("certbound: configuration rejected{}", shown.lines().next().unwrap());
    let log = lab.fails();
    assert!(log.contains(&line) && log.contains("Failed to initialize dynamic module"), "{line}: {log}");
}
