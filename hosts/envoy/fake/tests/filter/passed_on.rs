//! Claims in dynamic metadata and in headers, and the token itself.

use certbound_envoy_fake::{Metadata, Request, Version};
use serde_json::json;

use crate::setup::{Setup, request, route, stolen};

#[test]
fn listed_claims_become_metadata() {
    let setup = Setup::new();
    let token_of = |version| {
        setup.token_with(|claims| {
            claims
                .with("jti", &format!(r#""{version:?}""#))
                .with("org", r#"{"id": "M\u00fcller \ud83d\ude00", "size": 1.5e2, "is_active": true, "none": null}"#)
                .with("roles", r#"["a", "b"]"#)
                .with("https://as.example/plan", r#""gold""#)
        })
    };
    let claims = json!([
        "sub",
        "org.id",
        "org.size",
        "org.is_active",
        "org.none",
        "org",
        "roles",
        "https://as.example/plan",
        "missing",
        "sub.x"
    ]);
    for version in Version::ALL {
        let (token, configuration) =
            (token_of(version), setup.configure_in(version, json!({"metadata_claims": claims})));
        for hits in 0..2 {
            let outcome = configuration.send(request(&token));
            assert_eq!(outcome.verdict(), Ok(()));
            let text = |text: &str| Metadata::Text(text.to_owned());
            let expected = [
                ("https://as.example/plan", text("gold")),
                ("issuer", text("https://as.example")),
                ("org", text(r#"{"id": "M\u00fcller \ud83d\ude00", "size": 1.5e2, "is_active": true, "none": null}"#)),
                ("org.id", text("Müller 😀")),
                ("org.is_active", Metadata::Boolean(true)),
                ("org.size", Metadata::Number(150.0)),
                ("roles", text(r#"["a", "b"]"#)),
                ("status", text("ok")),
                ("sub", text("server-a")),
            ];
            let expected = expected.map(|(key, value)| (key.to_owned(), value));
            assert_eq!(outcome.metadata.into_iter().collect::<Vec<_>>(), expected, "{version:?}");
            assert_eq!(configuration.metric("certbound.cache_hits"), hits);
        }
        let outcome = configuration.send(stolen(&token));
        assert_eq!(outcome.metadata.into_keys().collect::<Vec<_>>(), ["status"], "nothing of a rejected token");
    }
}

/// In Envoy 1.39 and later with the fewest calls, and one by one before.
#[test]
fn as_many_claims_as_can_be_listed_arrive() {
    let setup = Setup::new();
    let names: Vec<_> = (0..16).map(|number| format!("claim{number}")).collect();
    let claims = |claims: crate::support::Members| {
        names.iter().fold(claims, |claims, name| claims.with(name, &format!("\"value of {name}\"")))
    };
    let token = setup.token_with(claims);
    let headers: serde_json::Map<_, _> = names.iter().map(|name| (format!("x-{name}"), json!(name))).collect();
    for version in Version::ALL {
        let configuration = setup.configure_in(version, json!({"metadata_claims": names, "claim_headers": headers}));
        for _ in 0..2 {
            let outcome = configuration.send(request(&token));
            assert_eq!((outcome.verdict(), outcome.metadata.len()), (Ok(()), names.len() + 2), "{outcome:?}");
            for name in &names {
                let expected = format!("value of {name}");
                assert_eq!(outcome.metadata(name), Some(&*expected));
                assert_eq!(outcome.header(&format!("x-{name}")), Some(&*expected));
            }
        }
    }
}

#[test]
fn numbers_that_metadata_cannot_carry_are_left_out() {
    let setup = Setup::new();
    let configuration = setup.configure(json!({"metadata_claims": ["big", "too_big"]}));
    let token = setup.token_with(|claims| claims.with("big", "-1e308").with("too_big", "-1e309"));
    let outcome = configuration.send(request(&token));
    assert_eq!(outcome.verdict(), Ok(()));
    assert_eq!(outcome.metadata.get("big"), Some(&Metadata::Number(-1e308)));
    assert_eq!(outcome.metadata.get("too_big"), None);
}

#[test]
fn long_claims_arrive_whole() {
    let setup = Setup::new();
    let configuration = setup.configure(json!({"claim_headers": {"x-sub": "sub"}, "metadata_claims": ["sub"]}));
    let long = "a".repeat(9000);
    let token = setup.token_with(|claims| claims.with("sub", &format!("\"{long}\"")));
    for hits in 0..3 {
        let outcome = configuration.send(request(&token));
        assert_eq!((outcome.header("x-sub"), outcome.metadata("sub")), (Some(long.as_str()), Some(long.as_str())));
        assert_eq!(configuration.metric("certbound.cache_hits"), hits);
    }
    let too_long = setup.token_with(|claims| claims.with("sub", &format!("\"{}\"", "a".repeat(16384))));
    assert_eq!(configuration.send(request(&too_long)).verdict(), Err("certbound_token_too_long"));
}

#[test]
fn a_route_may_list_other_claims() {
    let setup = Setup::new();
    let configuration = setup.configure(json!({"metadata_claims": ["sub"], "claim_headers": {"x-sub": "sub"}}));
    let none = route(json!({"metadata_claims": [], "claim_headers": {}}));
    let other = route(json!({"metadata_claims": ["client_id"], "claim_headers": {"X-Client": "client_id"}}));
    let send = |request: Request| configuration.send(request.header("x-sub", "forged").header("x-client", "theirs"));

    let outcome = send(setup.request());
    assert_eq!((outcome.metadata("sub"), outcome.header("x-sub")), (Some("server-a"), Some("server-a")));
    assert_eq!(outcome.header("x-client"), Some("theirs"), "a header like any other, here");
    let outcome = send(setup.request().to(&none));
    assert_eq!((outcome.metadata.len(), outcome.header("x-sub")), (1, None));
    let outcome = send(setup.request().to(&other));
    assert_eq!((outcome.metadata("sub"), outcome.header("x-sub")), (None, None));
    assert_eq!((outcome.metadata("client_id"), outcome.header("x-client")), (Some("server-a"), Some("server-a")));
}

/// Each request gets the claims of its token, as its route lists them, also if those of others are cached.
#[test]
fn no_request_gets_the_claims_of_another_token_or_list() {
    let setup = Setup::new();
    let client = |name: &str| {
        let quoted = format!(r#""{name}""#);
        (name.to_owned(), setup.token_with(|claims| claims.with("sub", &quoted).with("client_id", r#""shared""#)))
    };
    let clients = ["server-a", "server-b", "server-c"].map(client);
    // Too few for all of them, so that they also replace each other.
    for cache_entries in [2, 1024] {
        let configuration = setup.configure(json!({
            "metadata_claims": ["sub"], "claim_headers": {"x-sub": "sub"}, "cache_entries": cache_entries,
        }));
        let swapped = route(json!({"metadata_claims": ["client_id"], "claim_headers": {"x-sub": "client_id"}}));
        let longer = route(json!({"metadata_claims": ["client_id", "sub"]}));
        let none = route(json!({"metadata_claims": [], "claim_headers": {}}));
        for _ in 0..3 {
            for (name, token) in &clients {
                let seen = |request: Request| {
                    let outcome = configuration.send(request);
                    assert_eq!(outcome.verdict(), Ok(()));
                    let texts = [outcome.header("x-sub"), outcome.metadata("sub"), outcome.metadata("client_id")];
                    (texts.map(|text| text.map(str::to_owned)), outcome.metadata.len())
                };
                let (name, shared) = (Some(name.clone()), Some("shared".to_owned()));
                assert_eq!(seen(request(token)), ([name.clone(), name.clone(), None], 3));
                assert_eq!(seen(request(token).to(&none)), ([None, None, None], 1));
                assert_eq!(seen(request(token).to(&swapped)), ([shared.clone(), None, shared.clone()], 3));
                assert_eq!(seen(request(token).on_worker(1)), ([name.clone(), name.clone(), None], 3));
                assert_eq!(seen(request(token).to(&longer)), ([name.clone(), name, shared], 4));
                let outcome = configuration.send(stolen(token));
                assert_eq!((outcome.verdict(), outcome.header("x-sub")), (Err("certbound_certificate_mismatch"), None));
                assert_eq!(outcome.metadata.len(), 1, "nothing of a rejected token");
            }
        }
    }
}

#[test]
fn clients_cannot_write_the_headers_of_claims() {
    let setup = Setup::new();
    let configuration = setup.configure(json!({"claim_headers": {"X-Sub": "sub", "x-org": "org.id"}}));
    let forged = |request: Request| {
        request.header("x-sub", "admin").header("x-org", "7").header("x-org", "8").header("x-other", "kept")
    };
    let outcome = configuration.send(forged(setup.request()));
    let headers = ["x-sub", "x-org", "x-other"].map(|name| outcome.header(name));
    assert_eq!(headers, [Some("server-a"), None, Some("kept")]);

    let off = route(json!({"enabled": false}));
    let outcome = configuration.send(forged(Request::new().to(&off)));
    assert_eq!(["x-sub", "x-org", "x-other"].map(|name| outcome.header(name)), [None, None, Some("kept")]);

    // What a header cannot carry unchanged is left out.
    let token = setup.token_with(|claims| claims.with("sub", r#""a\r\nx-admin: 1""#).with("org", r#"{"id": 7}"#));
    let outcome = configuration.send(forged(request(&token)));
    assert_eq!((outcome.verdict(), outcome.header("x-sub"), outcome.header("x-org")), (Ok(()), None, Some("7")));
}

#[test]
fn clients_cannot_write_headers_that_look_like_those_of_claims() {
    let setup = Setup::new();
    let configuration = setup.configure(json!({"claim_headers": {"x-user-id": "sub"}}));
    let forged = |request: Request| {
        let forged = ["x_user_id", "x-user_id", "x.user-id", "x_user_id", "x_org"];
        forged.into_iter().fold(request, |request, name| request.header(name, "admin")).header("x-user-ids", "kept")
    };
    let names = |request: Request| {
        let headers = configuration.send(forged(request)).headers.into_iter().map(|(name, _)| name);
        headers.filter(|name| name != "authorization").collect::<Vec<_>>()
    };
    assert_eq!(names(setup.request()), ["x_org", "x-user-ids", "x-user-id"]);
    let off = route(json!({"enabled": false}));
    assert_eq!(names(Request::new().to(&off)), ["x_org", "x-user-ids"]);
    let other = route(json!({"claim_headers": {"x-org": "org"}}));
    assert_eq!(names(setup.request().to(&other)), ["x-user-ids"]);
}

#[test]
fn the_token_is_passed_on_unless_it_is_stripped() {
    let setup = Setup::new();
    let token = setup.token();
    let header = |strip: bool| {
        let outcome = setup.configure(json!({"strip_token": strip})).send(request(&token));
        assert_eq!(outcome.verdict(), Ok(()));
        outcome.header("authorization").map(str::to_owned)
    };
    assert_eq!(header(false), Some(format!("Bearer {token}")));
    assert_eq!(header(true), None);
    let off = route(json!({"enabled": false}));
    let outcome = setup.configure(json!({"strip_token": true})).send(request("x").to(&off));
    assert_eq!(outcome.header("authorization"), Some("Bearer x"), "a disabled route leaves it alone");
}
