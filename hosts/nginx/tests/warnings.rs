//! Valid configurations that protect nothing, or reject every client: `nginx -t` warns about each, and prints nothing about
//! its correct twin.

use certbound_nginx_tests::{nginx::Directory, pki::Authority, tokens::Issuer};

const ISSUER: &str =
    "certbound_jwks jwks.json; certbound_issuer https://as.example; certbound_audience https://api.example;";

fn directory() -> Directory {
    let authority = Authority::new();
    let directory = Directory::new(&authority, &authority.issue_server(&["api.example"]));
    directory.write("jwks.json", Issuer::new("").jwks());
    directory
}

/// The warnings about this configuration, which nginx accepts.
fn warnings(directory: &Directory, http: &str) -> Vec<String> {
    let words = directory.check(http).unwrap_or_else(|words| panic!("{http}: {words}"));
    let is_success = |line: &&str| line.contains("syntax is ok") || line.contains("test is successful");
    words.lines().filter(|line| !is_success(line)).map(str::to_owned).collect()
}

/// Asserts one warning that contains these words.
fn warned(directory: &Directory, http: &str, words: &[&str]) {
    let warnings = warnings(directory, http);
    let [warning] = warnings.as_slice() else { panic!("{http}: one warning expected: {warnings:#?}") };
    for word in ["[warn]", "certbound", "site.conf:"].iter().chain(words) {
        assert!(warning.contains(word), "{http}: {word} expected: {warning}");
    }
}

fn silent(directory: &Directory, http: &str) {
    assert_eq!(warnings(directory, http), [""; 0], "{http}");
}

/// A server with this content that requests certificates.
fn server(content: &str) -> String {
    format!(
        "server {{ listen 127.0.0.1:TLS_PORT ssl; server_name api.example; ssl_verify_client optional_no_ca;\n{content}\n}}"
    )
}

#[test]
fn a_directive_where_certbound_is_never_on() {
    let directory = &directory();
    for (name, line) in [
        ("certbound_jwks", "certbound_jwks jwks.json;"),
        ("certbound_issuer", "certbound_issuer https://as.example;"),
        ("certbound_audience", "certbound_audience https://api.example;"),
        ("certbound_scope", "certbound_scope a;"),
        ("certbound_algorithms", "certbound_algorithms ES256;"),
        ("certbound_binding", "certbound_binding required;"),
        ("certbound_token_type", "certbound_token_type any;"),
        ("certbound_leeway", "certbound_leeway 5s;"),
        ("certbound_realm", "certbound_realm api;"),
        ("certbound_cache", "certbound_cache off;"),
    ] {
        let words = [format!("\"{name}\""), "site.conf:2 ".to_owned()];
        let words = words.each_ref().map(String::as_str);
        // On each level, alone and beside an explicit `off`.
        warned(directory, &format!("\n{line}\nserver {{ }}"), &words);
        warned(directory, &format!("\n{line}\nserver {{ certbound off; }}"), &words);
        warned(directory, &server(line), &words);
        warned(directory, &server(&format!("location / {{ {line} }}")), &words);
        warned(directory, &server(&format!("location / {{ certbound off; {line} }}")), &words);
        // Another location is not a level below.
        let others = format!("location / {{ {line} }} location /on {{ certbound on; {ISSUER} }}");
        warned(directory, &server(&others), &words);
    }
    // On below, on the same level, and above.
    silent(directory, &format!("{ISSUER}\n{}", server("location / { certbound on; }")));
    silent(directory, &server(&format!("{ISSUER} location / {{ location /on {{ certbound on; }} }}")));
    silent(directory, &server(&format!("location / {{ certbound on; certbound_scope a; {ISSUER} }}")));
    silent(directory, &format!("certbound on; {ISSUER} {}", server("location / { certbound_scope a; }")));
    silent(directory, &server("location / { }"));
}

#[test]
fn a_location_that_answers_by_return() {
    let directory = &directory();
    let location = |content: &str| server(&format!("location /secret {{\ncertbound on; {ISSUER}\n{content} }}"));
    for answer in [
        "return 200 secret;",
        "return 204;",
        "return 302 /elsewhere;",
        "return https://elsewhere.example;",
        "set $a b; return 200 $a;",
        "set $a b; if ($args) { return 403; } return 200 secret;",
        "if ($uri = /a) { return 403; } if ($uri ~ ^/b) { set $c d; break; } return 200 secret;",
    ] {
        warned(directory, &location(answer), &["\"/secret\"", "\"return\"", "site.conf:3", "before any token"]);
    }
    for answer in [
        "",
        "empty_gif;",
        "proxy_pass http://127.0.0.1:1;",
        "set $a b; proxy_pass http://127.0.0.1:1;",
        "if ($args) { return 200 nothing; } proxy_pass http://127.0.0.1:1;",
        "if ($args) { return 200 nothing; }",
        // Not analyzed.
        "set $a $uri; proxy_pass http://127.0.0.1:1;",
        // These disclose nothing.
        "return 403;",
        "return 404 nothing;",
        "return 444;",
        "rewrite ^ /elsewhere last;",
    ] {
        silent(directory, &location(answer));
    }

    // A location that decides for others.
    let permit = |answer: &str| {
        server(&format!(
            "location / {{ auth_request /permit; }} location = /permit {{ internal; certbound on; {ISSUER} {answer} }}"
        ))
    };
    warned(directory, &permit("return 204;"), &["\"/permit\"", "\"return\""]);
    silent(directory, &permit("proxy_pass http://127.0.0.1:1;"));

    // A server.
    let whole = |answer: &str| server(&format!("certbound on; {ISSUER} {answer} location / {{ empty_gif; }}"));
    warned(directory, &whole("return 200;"), &["server \"api.example\"", "\"return\""]);
    silent(directory, &whole(""));

    // An inherited `certbound on` may be meant for other locations, if the answer discloses nothing.
    let inherited = |answer: &str| {
        server(&format!("certbound on; {ISSUER} location / {{ empty_gif; }} location /inherited {{ {answer} }}"))
    };
    warned(directory, &inherited("return 200 secret;"), &["\"/inherited\"", "\"return\""]);
    silent(directory, &inherited("return 301 https://elsewhere.example;"));
}

#[test]
fn a_server_that_requests_no_certificate() {
    let directory = &directory();
    let site = |listen: &str, verify: &str, binding: &str| {
        format!(
            "server {{\nlisten 127.0.0.1:{listen}; server_name api.example; {verify}\n\
            location / {{ certbound on; {ISSUER} {binding} }} }}"
        )
    };
    let [tls, plain] = ["TLS_PORT ssl", "PLAIN_PORT"];
    let [required, if_present] = ["", "certbound_binding if_present;"];
    for (listen, verify, reason) in [
        (tls, "", "ssl_verify_client"),
        (tls, "ssl_verify_client off;", "ssl_verify_client"),
        (plain, "", "\"ssl\""),
        (plain, "ssl_verify_client optional_no_ca;", "\"ssl\""),
    ] {
        for (binding, consequence) in
            [(required, "every token will be rejected"), (if_present, "every bound token will be rejected")]
        {
            let words = ["server \"api.example\"", "site.conf:1", "site.conf:3", reason, consequence];
            warned(directory, &site(listen, verify, binding), &words);
        }
    }
    for verify in ["on", "optional"] {
        let verify = format!("ssl_client_certificate ca.pem; ssl_verify_client {verify};");
        silent(directory, &site(tls, &verify, required));
        silent(directory, &format!("{verify} {}", site(tls, "", if_present)));
    }
    silent(directory, &site(tls, "ssl_verify_client optional_no_ca;", required));
    // One `listen` of two is enough.
    silent(
        directory,
        &site("PLAIN_PORT; listen 127.0.0.1:TLS_PORT ssl", "ssl_verify_client optional_no_ca;", required),
    );
    // No warning where certbound is off.
    silent(directory, "server { listen 127.0.0.1:PLAIN_PORT; location / { certbound off; } }");

    // Each server separately; a location that requires the binding determines the consequence.
    let two = |first: &str| {
        format!(
            "{ISSUER} server {{ listen 127.0.0.1:PLAIN_PORT; server_name one.example; {first} }}\n{}",
            server("certbound on;")
        )
    };
    silent(directory, &two(""));
    let both = "location / { certbound on; certbound_binding if_present; } location /a { certbound on; }";
    warned(directory, &two(both), &["one.example", "every token will be rejected"]);
}
