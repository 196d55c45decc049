//! What a route, a virtual host or a list of routes changes, with requests on both sides of each difference.

use certbound_envoy_tests::{
    configuration::{Form, cluster, listener, per_route, with_listener},
    envoy::Envoy,
    key_service::KeyService,
    message::Request,
    parts::{forward, manager, virtual_host},
    stage::Stage,
    tokens::{Algorithm, ISSUER, Token},
    visitor::Visitor,
};
use serde_json::{Value, json};

/// What a route or virtual host changes.
struct Difference {
    name: &'static str,
    settings: Value,
    /// A token that is accepted there.
    token: fn(&Stage) -> String,
    /// The verdict on this token elsewhere.
    elsewhere: &'static str,
    /// The verdict on the usual token there.
    usual: &'static str,
}

fn differences() -> [Difference; 7] {
    let difference = |name, settings, token, elsewhere, usual| Difference { name, settings, token, elsewhere, usual };
    [
        difference(
            "audiences",
            json!({"audiences": ["https://other.example", "https://third.example"]}),
            |stage| usual(stage).claim("aud", r#""https://third.example""#).signed_by(&stage.issuer),
            "audience_mismatch",
            "audience_mismatch",
        ),
        difference(
            "binding",
            json!({"binding": "if_present"}),
            |stage| Token::unbound().signed_by(&stage.issuer),
            "confirmation_missing",
            "ok",
        ),
        difference(
            "jwt",
            json!({"token_type": "jwt"}),
            |stage| usual(stage).header("typ", r#""JWT""#).signed_by(&stage.issuer),
            "type_not_allowed",
            "ok",
        ),
        difference(
            "any-type",
            json!({"token_type": "any"}),
            |stage| usual(stage).header("typ", r#""x""#).signed_by(&stage.issuer),
            "type_not_allowed",
            "ok",
        ),
        difference(
            "algorithms",
            json!({"algorithms": ["PS256", "EdDSA"]}),
            |stage| usual(stage).algorithm(Algorithm::EdDSA).signed_by(&stage.issuer),
            "algorithm_not_allowed",
            "algorithm_not_allowed",
        ),
        difference(
            "scopes",
            json!({"scopes": ["write", "admin"]}),
            |stage| usual(stage).claim("scope", r#""admin write""#).signed_by(&stage.issuer),
            "insufficient_scope",
            "insufficient_scope",
        ),
        difference(
            "no-scopes",
            json!({"scopes": []}),
            |stage| usual(stage).without_claim("scope").signed_by(&stage.issuer),
            "insufficient_scope",
            "ok",
        ),
    ]
}

fn usual(stage: &Stage) -> Token {
    Token::bound_to(&stage.server_a)
}

/// The filter's members, which routes change.
fn settings(stage: &Stage) -> Value {
    stage.settings(json!({
        "algorithms": ["ES256"],
        "scopes": ["read"],
        "realm": "api",
        "claim_headers": {"x-sub": "sub"},
        "metadata_claims": ["sub"],
        "strip_token": true,
    }))
}

#[test]
fn a_route_and_a_virtual_host_change_what_is_demanded() {
    for form in [Form::Text, Form::Struct] {
        let stage = Stage::new();
        let (differences, off) = (differences(), json!({"enabled": false}));
        let paths = differences.each_ref().map(|difference| format!("/{}", difference.name));
        let routes = paths.iter().map(String::as_str).zip(differences.iter().map(|other| other.settings.clone()));
        let routes: Vec<(&str, Value)> = routes.chain([("/off", off.clone())]).collect();
        let mut listener = listener(&stage, form, &settings(&stage), &routes);
        let hosts = differences.iter().map(|difference| (difference.name, &difference.settings)).chain([("off", &off)]);
        let hosts = hosts.map(|(name, settings)| virtual_host(&format!("{name}.example"), form, settings));
        manager(&mut listener)["route_config"]["virtual_hosts"].as_array_mut().unwrap().extend(hosts);
        let envoy = Envoy::start(&stage, &with_listener(&stage, &listener, &[]));
        let visitor = Visitor::new(&stage, &envoy);
        let verdict = |request: Request| visitor.verdict(Some(&stage.server_a), request);

        let usual_token = stage.token();
        assert_eq!(verdict(Request::get("/").bearer(&usual_token)), "ok");
        for difference in differences {
            let Difference { name, token, elsewhere, usual, .. } = difference;
            let (token, at_route) = (token(&stage), format!("/{name}"));
            assert_eq!(verdict(Request::get("/").bearer(&token)), elsewhere, "{name}");
            // A policy rejects some tokens from every client.
            let stolen = if matches!(usual, "algorithm_not_allowed" | "audience_mismatch") {
                usual
            } else {
                "certificate_mismatch"
            };
            let at_host = || Request::get("/").host(&format!("{name}.example"));
            let there: [(&str, &dyn Fn() -> Request); 2] = [("route", &|| Request::get(&at_route)), ("host", &at_host)];
            for (place, request) in there {
                let place = format!("{form:?}, the {place} {name}");
                assert_eq!(verdict(request().bearer(&token)), "ok", "{place}");
                assert_eq!(verdict(request().bearer(&usual_token)), usual, "{place}");
                let found = visitor.verdict(Some(&stage.thief), request().bearer(&usual_token));
                assert_eq!(found, stolen, "{place}");
            }
        }
        assert_eq!(verdict(Request::get("/")), "token_missing");
        for there in [Request::get("/off"), Request::get("/").host("off.example")] {
            let answer = visitor.ask(None, there.bearer("not a token"));
            assert_eq!(answer.status, 200, "{form:?}");
        }
    }
}

#[test]
fn the_nearest_settings_count_as_a_whole() {
    let stage = Stage::new();
    let routes = [("/realm", json!({"realm": "reports"})), ("/scopes", json!({"scopes": ["admin"]}))];
    let mut listener = listener(&stage, Form::Text, &settings(&stage), &routes);
    let form = Form::Struct;
    let mut host = virtual_host("host.example", form, &json!({"realm": "host", "scopes": ["host"]}));
    let answer = json!({"status": 200});
    let near = per_route(form, &json!({"realm": "near"}));
    let route = json!({"match": {"prefix": "/near"}, "direct_response": answer, "typed_per_filter_config": near});
    host["routes"].as_array_mut().unwrap().insert(0, route);
    let on = per_route(form, &json!({"enabled": true}));
    let mut off = virtual_host("off.example", form, &json!({"enabled": false}));
    let route = json!({"match": {"prefix": "/on"}, "direct_response": answer, "typed_per_filter_config": on});
    off["routes"].as_array_mut().unwrap().insert(0, route);
    let routes = &mut manager(&mut listener)["route_config"];
    routes["virtual_hosts"].as_array_mut().unwrap().extend([host, off]);
    routes["typed_per_filter_config"] = per_route(form, &json!({"realm": "all", "binding": "if_present"}));
    let envoy = Envoy::start(&stage, &with_listener(&stage, &listener, &[]));
    let visitor = Visitor::new(&stage, &envoy);

    let challenge = |request: Request| {
        let answer = visitor.ask(Some(&stage.server_a), request);
        assert_eq!(answer.status, 401);
        answer.header("www-authenticate").join("|")
    };
    let at = |host: &str, path: &str| Request::get(path).host(host);
    assert_eq!(challenge(at("localhost", "/")), r#"Bearer realm="all""#);
    assert_eq!(challenge(at("localhost", "/realm")), r#"Bearer realm="reports""#);
    assert_eq!(challenge(at("localhost", "/scopes")), r#"Bearer realm="api""#, "the filter's, not that of all routes");
    assert_eq!(challenge(at("host.example", "/")), r#"Bearer realm="host""#);
    assert_eq!(challenge(at("host.example", "/near")), r#"Bearer realm="near""#);
    assert_eq!(challenge(at("off.example", "/on")), r#"Bearer realm="api""#);
    assert_eq!(visitor.ask(None, at("off.example", "/")).status, 200);

    let verdict = |request: Request, token: &str| visitor.verdict(Some(&stage.server_a), request.bearer(token));
    let token = stage.token();
    let unbound = Token::unbound().signed_by(&stage.issuer);
    assert_eq!(verdict(at("localhost", "/"), &unbound), "ok");
    assert_eq!(verdict(at("localhost", "/realm"), &unbound), "confirmation_missing");
    assert_eq!(verdict(at("localhost", "/realm"), &token), "ok");
    assert_eq!(verdict(at("host.example", "/"), &token), "insufficient_scope");
    assert_eq!(verdict(at("host.example", "/near"), &token), "ok");
}

/// What the backend gets: claims as headers, and the token or not.
#[test]
fn the_backend_gets_what_routes_pass_on() {
    let stage = Stage::new();
    let backend = KeyService::start(200, "");
    let routes = [
        ("/off", json!({"enabled": false})),
        ("/client", json!({"claim_headers": {"X-Client": "client_id"}, "metadata_claims": ["client_id", "size"]})),
        ("/none", json!({"claim_headers": {}, "metadata_claims": []})),
    ];
    let kept = json!({"strip_token": false, "cache_entries": 0});
    for (members, strips) in [(json!({}), true), (kept, false)] {
        let mut settings = settings(&stage);
        settings.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let mut listener = listener(&stage, Form::Text, &settings, &routes);
        for prefix in ["/", "/off", "/client", "/none"] {
            forward(&mut listener, prefix, "backend");
        }
        let envoy = Envoy::start(&stage, &with_listener(&stage, &listener, &[cluster("backend", backend.port())]));
        let visitor = Visitor::new(&stage, &envoy);
        let forged = |path: &str| {
            let forged = [("x-sub", "admin"), ("x_sub", "admin"), ("x.sub", "admin"), ("x-client", "admin")];
            let headers = forged.into_iter().chain([("X_Client", "admin"), ("x-other", "kept")]);
            headers.fold(Request::get(path), |request, (name, value)| request.header(name, value))
        };
        let token = format!("Bearer {}", stage.token_with(|token| token.claim("size", "1.5")));
        // The names that a backend may confuse, what the route lists, and the token.
        let passed_on = |request: Request| {
            let answer = visitor.ask(Some(&stage.server_a), request.header("authorization", &token));
            assert_eq!(answer.status, 200);
            let head = backend.last_request();
            let fields: Vec<(&str, &str)> = head.lines().filter_map(|line| line.split_once(": ")).collect();
            let named = |name: &str| -> Vec<String> {
                let alike = |other: &str| other.to_ascii_lowercase().replace(['_', '.'], "-") == name;
                fields.iter().filter(|(other, _)| alike(other)).map(|(_, value)| (*value).to_owned()).collect()
            };
            assert_eq!(named("x-other"), ["kept"], "{head}");
            ["x-sub", "x-client", "authorization"].map(named)
        };
        let kept = if strips { vec![] } else { vec![token.clone()] };
        let server_a = || vec!["server-a".to_owned()];
        let admin = || vec!["admin".to_owned(); 2];
        for _ in 0..2 {
            assert_eq!(passed_on(forged("/")), [server_a(), admin(), kept.clone()]);
            assert_eq!(passed_on(forged("/client")), [vec![], server_a(), kept.clone()]);
            assert_eq!(passed_on(forged("/none")), [vec![], admin(), kept.clone()]);
            assert_eq!(
                passed_on(forged("/off")),
                [vec![], admin(), vec![token.clone()]],
                "nothing but what the filter lists"
            );
        }

        let metadata = |path: &str| {
            let answer = visitor.ask(Some(&stage.server_a), Request::get(path).header("authorization", &token));
            visitor.access(&answer).metadata
        };
        assert_eq!(metadata("/"), json!({"status": "ok", "issuer": ISSUER, "sub": "server-a"}));
        assert_eq!(
            metadata("/client"),
            json!({"status": "ok", "issuer": ISSUER, "client_id": "server-a", "size": 1.5})
        );
        assert_eq!(metadata("/none"), json!({"status": "ok"}));
        assert_eq!(metadata("/off"), Value::Null);
    }
}
