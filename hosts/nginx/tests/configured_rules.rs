//! Directives for scopes, claims and metrics that do not fit together, or not with those of others.

use certbound_nginx_tests::{nginx::Directory, tokens::Issuer};

const ENABLED: &str = "server { listen 127.0.0.1:PLAIN_PORT; certbound on; USUAL_POLICY; }";

/// Verified claims must not be replaced by other values.
#[test]
fn a_variable_for_a_claim_belongs_to_certbound() {
    let directory = Directory::with_keys_of(&Issuer::new(""));
    for (other, site) in [
        ("tenant", "certbound_claim $tenant a; map $uri $tenant { default b; }"),
        ("tenant", "certbound_claim $tenant a; server { set $tenant b; }"),
        ("$tenant", "map $uri $tenant { default b; } certbound_claim $tenant a;"),
        ("host", "certbound_claim $host a;"),
        ("certbound_sub", "certbound_claim $certbound_sub a;"),
    ] {
        let words = directory.check(site).expect_err(site);
        assert!(words.contains("[emerg]") && words.contains(&format!("\"{other}\"")), "{site}: {words}");
    }
    let words = directory.check("certbound_require $undefined;").unwrap_err();
    assert!(words.contains("unknown \"undefined\" variable"), "{words}");
    directory.check("certbound_require $defined_later; server { certbound_claim $defined_later a; }").unwrap();
}

/// A level has at most 16 lines of scopes.
#[test]
fn the_number_of_scope_directives_is_limited() {
    let directory = Directory::with_keys_of(&Issuer::new(""));
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let pairs = (0..methods.len()).flat_map(|one| (one..methods.len()).map(move |other| (one, other)));
    let lists = pairs.map(|(one, other)| match one == other {
        true => methods[one].to_owned(),
        false => format!("{},{}", methods[one], methods[other]),
    });
    let lines: Vec<_> =
        lists.chain(["LOCK".to_owned()]).map(|list| format!("certbound_scope a methods={list};\n")).collect();
    assert_eq!(lines.len(), 16);
    directory.check(&lines.concat()).unwrap();
    let words = directory.check(&(lines.concat() + "certbound_scope a;")).unwrap_err();
    assert!(
        words.contains("too many \"certbound_scope\" directives, at most 16") && words.contains("site.conf:17"),
        "{words}"
    );
}

#[test]
fn metrics_need_a_zone_that_nothing_else_uses() {
    let directory = Directory::with_keys_of(&Issuer::new(""));
    let words = directory.check("\nserver { certbound_metrics; }").unwrap_err();
    for expected in ["[emerg]", "site.conf:2", "\"certbound_metrics\"", "\"certbound_status_zone\""] {
        assert!(words.contains(expected), "{words}");
    }
    let words = directory.check("certbound_metrics;").unwrap_err();
    assert!(words.contains("not allowed here"), "{words}");
    let words =
        directory.check("certbound_status_zone a 32k; server { certbound_metrics; certbound_metrics; }").unwrap_err();
    assert!(words.contains("\"certbound_metrics\" directive is duplicate"), "{words}");
    let words = directory.check("certbound_status_zone a 32k; server { certbound_status_zone a 64k; }").unwrap_err();
    assert!(words.contains("conflicts with already declared size"), "{words}");
    for other in ["limit_req_zone $uri zone=a:32k rate=1r/s;", "ssl_session_cache shared:a:32k;"] {
        let words = directory.check(&format!("{other} certbound_status_zone a 32k;")).unwrap_err();
        assert!(words.contains("already declared for a different use"), "{words}");
    }
    // That of the keys has a name too.
    let words = directory.check(&format!("certbound_status_zone certbound_jwks 768k; {ENABLED}")).unwrap_err();
    assert!(words.contains("already declared for a different use"), "{words}");
}
