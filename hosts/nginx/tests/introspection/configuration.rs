//! The errors of `nginx -t`, and the levels of the directives.

use certbound_nginx_tests::{nginx::Directory, tokens::Issuer};

const INTROSPECT: &str = "location = /introspect { internal; certbound off; proxy_pass http://127.0.0.1:1; }";

fn server(lines: &str) -> String {
    format!(
        "USUAL_POLICY; server {{ listen 127.0.0.1:PLAIN_PORT; certbound_binding if_present; {lines} {INTROSPECT} }}"
    )
}

#[test]
fn the_directives_are_allowed_on_every_level() {
    let directory = Directory::with_keys_of(&Issuer::new(""));
    for lines in [
        "certbound on; certbound_introspection /introspect;",
        "certbound on; certbound_introspection /introspect; certbound_introspect all; certbound_introspection_cache 30s;",
        "location /a { certbound on; certbound_introspection /introspect; certbound_introspect opaque; }",
        "certbound on; certbound_introspection /introspect; certbound_introspect all; location /a { certbound_introspection off; }",
        "certbound on; certbound_introspection off; certbound_introspection_cache off;",
        "certbound on; certbound_introspection /introspect; certbound_introspection_cache 0; certbound_cache off;",
        "certbound on; certbound_introspection /introspect; certbound_introspection_cache 3600s;",
    ] {
        directory.check(&server(lines)).unwrap_or_else(|words| panic!("{lines}: {words}"));
    }
    directory
        .check(&format!(
            "certbound_introspection /introspect; certbound_introspect all; certbound_introspection_cache 1m; {}",
            server("certbound on;")
        ))
        .unwrap();
}

#[test]
fn the_error_names_what_is_wrong() {
    let directory = Directory::with_keys_of(&Issuer::new(""));
    for (lines, wrong) in [
        ("certbound_introspection https://as.example/introspect;", "the path of an internal location"),
        ("certbound_introspection introspect;", "\"introspect\" in \"certbound_introspection\""),
        ("certbound_introspection @introspect;", "the path of an internal location"),
        ("certbound_introspection '';", "the path of an internal location"),
        ("certbound_introspection /introspect?a=b;", "without a query"),
        ("certbound_introspection /$a;", "must not contain variables"),
        ("certbound_introspection /a; certbound_introspection /b;", "is duplicate"),
        ("certbound_introspect some;", "\"opaque\" or \"all\""),
        ("certbound_introspect all; certbound_introspect all;", "is duplicate"),
        ("certbound_introspection_cache soon;", "\"off\" or a time"),
        ("certbound_introspection_cache -1s;", "\"-1s\""),
        ("certbound_introspection_cache 3601s;", "\"3601s\""),
        ("certbound_introspection_cache 61m;", "at most 3600 seconds"),
        ("certbound_introspection_cache 1s; certbound_introspection_cache 1s;", "is duplicate"),
        ("certbound on; certbound_introspect all;", "has no \"certbound_introspection\""),
        ("certbound on; certbound_introspection_cache 1s;", "\"certbound_introspection_cache\" has no effect"),
    ] {
        let words = directory.check(&server(lines)).unwrap_err();
        assert!(words.contains(wrong) && words.contains("site.conf:1"), "{lines}: {words}");
    }
}

/// What would otherwise fail for each request.
#[test]
fn a_location_that_cannot_ask_is_an_error() {
    let directory = Directory::with_keys_of(&Issuer::new(""));
    let check = |locations: &str| {
        let site = "USUAL_POLICY; server { listen 127.0.0.1:PLAIN_PORT; server_name api.example;
            certbound_binding if_present; certbound_introspection /introspect; location /a { certbound on; }";
        directory.check(&format!("{site} {locations} }}"))
    };
    const PASS: &str = "proxy_pass http://127.0.0.1:1;";
    for good in ["= /introspect", "/introspect", "^~ /intro", "~ ^/introspect$", "/in"] {
        check(&format!("location {good} {{ internal; {PASS} }}")).unwrap_or_else(|words| panic!("{good}: {words}"));
    }
    let [exact, slash] =
        ["= /introspect", "/introspect/"].map(|path| format!("location {path} {{ internal; {PASS} }}"));
    check(&(exact + &slash)).unwrap();
    let without_locations = "USUAL_POLICY; server { listen 127.0.0.1:PLAIN_PORT; certbound_binding if_present;
        certbound on; certbound_introspection /introspect; }";
    assert!(directory.check(without_locations).unwrap_err().contains("has no location for it"));
    for (locations, wrong) in [
        ("".to_owned(), "has no location for it: add one"),
        (slash, "its location with a slash at the end"),
        (format!("location = /introspection {{ internal; {PASS} }}"), "has no location for it"),
        (format!("location = /introspect {{ {PASS} }}"), "set \"internal\" there"),
        (format!("location / {{ {PASS} }}"), "set \"internal\" there"),
        (format!("location = /introspect {{ internal; certbound on; {PASS} }}"), "set \"certbound off\" there"),
        (format!("location / {{ certbound on; {PASS} }}"), "set \"certbound off\" there"),
    ] {
        let words = check(&locations).unwrap_err();
        assert!(words.contains(wrong) && words.contains("\"api.example\""), "{locations}: {words}");
    }
    // Regular expressions and nested locations decide too late for nginx -t.
    for unknown in [
        format!("location / {{ certbound on; location = /introspect {{ internal; certbound off; {PASS} }} }}"),
        format!("location / {{ certbound on; {PASS} }} location ~ introspect {{ internal; certbound off; {PASS} }}"),
    ] {
        check(&unknown).unwrap_or_else(|words| panic!("{unknown}: {words}"));
    }
}
