//! Configurations: what is rejected, with which reason, and beside it what is accepted.

use certbound_envoy_fake::{Envoy, Version};
use serde_json::{Value, json};

use crate::setup::Setup;

fn envoy() -> Envoy {
    Envoy::new(Version::V1_40)
}

/// Asserts that this configuration is rejected, and that the log says what each of these texts says.
fn assert_rejected(json: &str, reasons: &[&str]) {
    let log = envoy().configure(json).map(drop).unwrap_err();
    assert!(log.starts_with("certbound: configuration rejected: "), "{log}");
    for reason in reasons {
        assert!(log.contains(reason), "{log:?} does not say {reason:?}");
    }
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[test]
fn the_complete_configuration_is_accepted() {
    let setup = Setup::new();
    let issuers = json!([
        {"issuer": "https://as.example", "jwks_file": setup.keys_path()},
        {"issuer": "https://as2.example", "jwks_cluster": "as2", "jwks_uri": "https://as2.example/jwks", "refresh_seconds": 300},
    ]);
    let complete = json!({
        "issuers": issuers, "audiences": ["https://api.example"], "binding": "required", "token_type": "at+jwt",
        "algorithms": ["ES256", "PS256", "Ed25519"], "leeway_seconds": 0, "scopes": [], "realm": "api",
        "cache_entries": 1024, "resource_metadata": "", "claim_headers": {"x-sub": "sub", "x-org": "org.id"},
        "metadata_claims": ["sub", "client_id"], "strip_token": false,
        "forwarded": {"format": "xfcc", "header": "x-forwarded-client-cert", "trusted_proxies": ["10.0.0.0/8"]},
    });
    let configuration = envoy().configure(&complete.to_string()).unwrap();
    assert_eq!(configuration.send(setup.request()).verdict(), Ok(()));
    envoy().validate(&complete.to_string()).unwrap();
}

#[test]
fn members_are_checked_and_named() {
    let setup = Setup::new();
    let file = setup.keys_path();
    let accepted = |members: Value| envoy().configure(&setup.json_with(members)).map(drop);
    let rejected = |members: Value, reasons: &[&str]| assert_rejected(&setup.json_with(members), reasons);
    let issuer = |members: Value| {
        let mut issuer = json!({"issuer": "https://as.example"});
        issuer.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        json!({"issuers": [issuer]})
    };

    for members in [
        json!({}),
        json!({"binding": "if_present", "token_type": "any", "leeway_seconds": 600, "cache_entries": 0}),
        json!({"realm": "a \"b\"", "resource_metadata": "https://api.example/metadata", "scopes": ["read:all"]}),
        json!({"claim_headers": {"X-Sub": "sub"}, "metadata_claims": ["https://as.example/plan"], "strip_token": true}),
        json!({"forwarded": null}),
        issuer(json!({"jwks_cluster": "as", "jwks_uri": "http://as.example", "refresh_seconds": 1})),
    ] {
        accepted(members.clone()).unwrap_or_else(|log| panic!("{members}: {log}"));
    }

    rejected(json!({"audience": "x"}), &["audience", "unknown field"]);
    rejected(json!({"issuers": []}), &["issuers: at least one issuer is needed"]);
    rejected(
        json!({"issuers": [setup.json()["issuers"][0], setup.json()["issuers"][0]]}),
        &["issuers: ", "listed twice"],
    );
    rejected(issuer(json!({})), &["issuers[0]", "the source of its keys is missing"]);
    rejected(issuer(json!({"jwks_file": file, "issuer": ""})), &["issuers[0]", "issuer is empty"]);
    rejected(issuer(json!({"jwks_file": file, "jwks_url": "x"})), &["issuers[0]", "jwks_url", "unknown field"]);
    let both = json!({"jwks_file": file, "jwks_cluster": "as", "jwks_uri": "https://as.example/jwks"});
    rejected(issuer(both), &["issuers[0]", "two sources of keys"]);
    rejected(issuer(json!({"jwks_file": file, "refresh_seconds": 5})), &["refresh_seconds belongs to jwks_uri"]);
    rejected(issuer(json!({"jwks_file": ""})), &["issuers[0]", "jwks_file is empty"]);
    rejected(issuer(json!({"jwks_cluster": "as"})), &["jwks_cluster needs jwks_uri"]);
    rejected(issuer(json!({"jwks_uri": "https://as.example/jwks"})), &["jwks_uri needs jwks_cluster"]);
    rejected(issuer(json!({"jwks_cluster": "", "jwks_uri": "https://as.example/jwks"})), &["jwks_cluster is empty"]);
    rejected(issuer(json!({"jwks_cluster": "as", "jwks_uri": "as.example/jwks"})), &["jwks_uri: expected https://"]);
    for seconds in [0, 86_401] {
        let members = json!({"jwks_cluster": "as", "jwks_uri": "https://as.example", "refresh_seconds": seconds});
        rejected(issuer(members), &["issuers[0]", "refresh_seconds must be from 1 to 86400"]);
    }
    rejected(json!({"issuers": [["https://as.example", file]]}), &["issuers[0]: invalid type: sequence"]);
    rejected(json!({"forwarded": ["pem", "x-c", ["10.0.0.1"]]}), &["forwarded: invalid type: sequence"]);
    rejected(json!({"audiences": []}), &["audiences: at least one audience"]);
    rejected(json!({"audiences": ["a", ""]}), &["audiences: "]);
    rejected(json!({"audiences": "a"}), &["audiences: invalid type: string"]);
    rejected(json!({"binding": "optional"}), &["binding: \"optional\" is neither required nor if_present"]);
    rejected(json!({"token_type": "JWT"}), &["token_type: \"JWT\" is neither at+jwt nor jwt nor any"]);
    rejected(json!({"algorithms": []}), &["algorithms: at least one algorithm"]);
    rejected(json!({"algorithms": ["HS256"]}), &["algorithms: \"HS256\" is none of ES256, "]);
    rejected(json!({"leeway_seconds": 601}), &["leeway_seconds: at most 600 seconds"]);
    rejected(json!({"leeway_seconds": -1}), &["leeway_seconds: invalid value"]);
    rejected(json!({"scopes": ["a b"]}), &["scopes: \"a b\" is no scope"]);
    rejected(json!({"scopes": [""]}), &["scopes: \"\" is no scope"]);
    rejected(json!({"realm": "ä"}), &["realm: only printable ASCII"]);
    rejected(json!({"realm": "a\r\nb"}), &["realm: only printable ASCII"]);
    rejected(
        json!({"cache_entries": 1_048_577}),
        &["cache_entries: 1048577 entries are more than 1048576", "choose fewer"],
    );
    rejected(json!({"resource_metadata": "api.example"}), &["resource_metadata: expected a URL with https://"]);
    rejected(
        json!({"claim_headers": {"authorization": "sub"}}),
        &["claim_headers", "\"authorization\" cannot be a header"],
    );
    rejected(
        json!({"claim_headers": {"content_length": "sub"}}),
        &["claim_headers", "\"content_length\" cannot be a header"],
    );
    rejected(json!({"claim_headers": {":path": "sub"}}), &["claim_headers", "\":path\" cannot be a header"]);
    rejected(json!({"claim_headers": {"x y": "sub"}}), &["claim_headers", "\"x y\" cannot be a header"]);
    rejected(json!({"claim_headers": {"x-a": "sub", "X-A": "sub"}}), &["claim_headers", "\"x-a\" is listed twice"]);
    rejected(json!({"claim_headers": {"x-a": "a..b"}}), &["claim_headers", "\"a..b\" is no name of a claim"]);
    rejected(json!({"metadata_claims": [""]}), &["metadata_claims: \"\" is no name of a claim"]);
    rejected(json!({"metadata_claims": ["status"]}), &["metadata_claims: \"status\" is what the filter itself writes"]);
    let headers = |len: usize| -> Value { (0..len).map(|number| (format!("x-{number}"), json!("sub"))).collect() };
    for (member, list) in
        [("claim_headers", &headers as &dyn Fn(usize) -> Value), ("metadata_claims", &|len| json!(vec!["sub"; len]))]
    {
        accepted(json!({member: list(16)})).unwrap();
        rejected(json!({member: list(17)}), &[member, "17 claims are listed, and at most 16 are allowed: list fewer"]);
    }
    rejected(json!({"strip_token": "no"}), &["strip_token: invalid type: string"]);
    let forwarded = |format: &str, header: &str, proxies: &[&str]| json!({"forwarded": {"format": format, "header": header, "trusted_proxies": proxies}});
    rejected(
        forwarded("der", "x-c", &["10.0.0.1"]),
        &["forwarded: format: \"der\" is none of rfc9440, xfcc, pem, base64"],
    );
    rejected(forwarded("pem", "", &["10.0.0.1"]), &["forwarded: header: \"\" cannot be a header"]);
    rejected(forwarded("pem", "Authorization", &["10.0.0.1"]), &["forwarded: header: \"authorization\" cannot"]);
    rejected(forwarded("pem", "x-c", &[]), &["forwarded: trusted_proxies: at least one address"]);
    rejected(forwarded("pem", "x-c", &["10.0.0.1/8"]), &["forwarded: trusted_proxies: \"10.0.0.1/8\" has bits behind"]);
    rejected(json!({"forwarded": {"format": "pem", "header": "x-c"}}), &["forwarded", "trusted_proxies"]);
    for name in ["x-c", "x_c"] {
        let mut same = forwarded("pem", "X-C", &["10.0.0.1"]);
        same["claim_headers"] = json!({name: "sub"});
        rejected(same, &[&format!("claim_headers: {name:?} is the header of forwarded certificates")]);
    }
}

#[test]
fn the_text_must_be_one_json_object() {
    let setup = Setup::new();
    let json = setup.json_with(json!({}));
    assert_rejected("", &["filter_config is missing"]);
    assert_rejected(" \n", &["filter_config is missing"]);
    for array in ["[]", r#"[[{"issuer":"https://as.example","jwks_file":"a"}],["https://api.example"]]"#] {
        assert_rejected(array, &["invalid type: sequence, expected an object"]);
    }
    assert_rejected("{}", &["issuers"]);
    assert_rejected(&json[1..], &[]);
    assert_rejected(&format!("{json}x"), &["trailing characters"]);
    let twice = json.replacen('{', r#"{"audiences":["a"],"#, 1);
    assert_rejected(&twice, &["audiences", "duplicate field"]);
    let twice = setup.json_with(json!({"claim_headers": {"x-a": "sub"}})).replace("{\"x-a\"", "{\"x-a\":\"a\",\"x-a\"");
    assert_rejected(&twice, &["claim_headers", "\"x-a\" is listed twice"]);
    let log = envoy().configure_filter("jwt", &json).map(drop).unwrap_err();
    assert!(log.contains("filter_name: \"jwt\" is not \"certbound\""), "{log}");
}

#[test]
fn a_file_of_keys_must_be_there_and_usable() {
    let setup = Setup::new();
    let json = setup.json_with(json!({}));
    let name = "issuers[0].jwks_file: ";
    for validates in [false, true] {
        let rejected = |reason: &str| {
            let verdict = if validates { envoy().validate(&json) } else { envoy().configure(&json).map(drop) };
            let log = verdict.unwrap_err();
            assert!(log.contains(name) && log.contains(reason), "{log:?} does not say {reason:?}");
        };
        setup.write_keys("{");
        rejected("json_unexpected_end");
        setup.write_keys(r#"{"keys":[{"kty":"oct"}]}"#);
        rejected("key_set_without_usable_key");
        setup.write_keys(&" ".repeat(256 * 1024 + 1));
        rejected("json_too_long");
        setup.write_keys(&setup.many_keys(65));
        rejected("key_set_full: there are more than 64 usable keys");
        std::fs::remove_file(setup.keys_path()).unwrap();
        rejected("No such file");
        std::fs::create_dir(setup.keys_path()).unwrap();
        rejected("not a regular file");
        std::fs::remove_dir(setup.keys_path()).unwrap();
        setup.write_keys(&crate::setup::jwks_of(&setup.issuer));
        if validates { envoy().validate(&json).unwrap() } else { drop(envoy().configure(&json).unwrap()) }
    }
}

#[test]
fn a_validated_configuration_fetches_nothing() {
    let issuer =
        json!({"issuer": "https://as.example", "jwks_cluster": "validated", "jwks_uri": "https://as.example/jwks"});
    let json = json!({"issuers": [issuer], "audiences": ["https://api.example"]}).to_string();
    envoy().validate(&json).unwrap();
    let error = envoy().validate(&json.replace("audiences", "audience")).unwrap_err();
    assert!(error.contains("audience"), "{error}");
}

#[test]
fn members_of_routes_are_checked_and_named() {
    let rejected = |json: &str, reasons: &[&str]| {
        let log = envoy().configure_route(json).map(drop).unwrap_err();
        assert!(log.starts_with("certbound: configuration of a route rejected: "), "{log}");
        assert!(reasons.iter().all(|reason| log.contains(reason)), "{log:?} does not say {reasons:?}");
    };
    for json in [
        "{}",
        r#"{"enabled": false}"#,
        r#"{"enabled": true, "scopes": []}"#,
        r#"{"audiences": ["a"], "binding": "if_present", "token_type": "jwt", "algorithms": ["ES256"], "scopes": ["a"],
            "realm": "a", "claim_headers": {"x-a": "a"}, "metadata_claims": ["a"]}"#,
    ] {
        envoy().configure_route(json).unwrap();
    }
    rejected("", &["filter_config is missing"]);
    for array in ["[]", "[false]"] {
        rejected(array, &["invalid type: sequence, expected an object"]);
    }
    rejected(r#"{"enabled": "no"}"#, &["enabled: invalid type"]);
    rejected(r#"{"enabled": true, "enabled": false}"#, &["duplicate field `enabled`"]);
    for member in ["issuers", "leeway_seconds", "cache_entries", "strip_token", "forwarded", "off"] {
        rejected(&format!(r#"{{"{member}": 0}}"#), &[member, "unknown field"]);
    }
    rejected(r#"{"audiences": []}"#, &["audiences: at least one audience"]);
    rejected(r#"{"audiences": null}"#, &["audiences: invalid type: null"]);
    rejected(r#"{"binding": "off"}"#, &["binding: \"off\" is neither"]);
    rejected(r#"{"algorithms": ["none"]}"#, &["algorithms: \"none\" is none of"]);
    rejected(r#"{"scopes": ["\""]}"#, &["scopes: "]);
    rejected(r#"{"claim_headers": {"host": "a"}}"#, &["claim_headers", "\"host\" cannot be a header"]);
    let many = json!({"metadata_claims": vec!["sub"; 17]}).to_string();
    rejected(&many, &["metadata_claims: 17 claims are listed"]);
    rejected(r#"{"enabled": false, "scopes": ["a"]}"#, &["enabled: false leaves nothing to demand"]);
}
