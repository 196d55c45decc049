//! Valid configurations that protect nothing, or reject every client: `nginx -t` warns about each, and prints nothing about
//! its correct twin.

use certbound_nginx_tests::{nginx::Directory, tokens::Issuer};

fn directory() -> Directory {
    Directory::with_keys_of(&Issuer::new(""))
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
fn nginx_warns_if_a_directive_has_no_effect() {
    let directory = &directory();
    for (name, line) in [
        ("certbound_jwks", "certbound_jwks jwks.json;"),
        ("certbound_issuer", "certbound_issuer https://as.example;"),
        ("certbound_issuer", "certbound_issuer https://as.example jwks.json;"),
        ("certbound_audience", "certbound_audience https://api.example;"),
        ("certbound_scope", "certbound_scope a;"),
        ("certbound_scope", "certbound_scope a methods=PUT;"),
        ("certbound_claim", "certbound_claim $a a;"),
        ("certbound_require", "certbound_require $uri;"),
        ("certbound_status_zone", "certbound_status_zone a 32k;"),
        ("certbound_algorithms", "certbound_algorithms ES256;"),
        ("certbound_binding", "certbound_binding required;"),
        ("certbound_token_type", "certbound_token_type any;"),
        ("certbound_leeway", "certbound_leeway 5s;"),
        ("certbound_realm", "certbound_realm api;"),
        ("certbound_resource_metadata", "certbound_resource_metadata https://api.example/;"),
        ("certbound_forwarded", "certbound_forwarded pem X-Client-Cert;"),
        ("certbound_trusted_proxy", "certbound_trusted_proxy 10.0.0.1;"),
        ("certbound_introspection", "certbound_introspection /introspect;"),
        ("certbound_introspect", "certbound_introspect all;"),
        ("certbound_introspection_cache", "certbound_introspection_cache 10s;"),
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
        // Another location with certbound on does not help.
        let others = format!("location / {{ {line} }} location /on {{ certbound on; USUAL_POLICY; }}");
        warned(directory, &server(&others), &words);
    }
    // No warning if certbound is on below, on the same level, or above.
    silent(directory, &format!("USUAL_POLICY;\n{}", server("location / { certbound on; }")));
    silent(directory, &server("USUAL_POLICY; location / { location /on { certbound on; } }"));
    silent(directory, &server("location / { certbound on; certbound_scope a; USUAL_POLICY; }"));
    silent(directory, &format!("certbound on; USUAL_POLICY; {}", server("location / { certbound_scope a; }")));
    silent(directory, &server("location / { }"));
}

#[test]
fn nginx_warns_of_keys_that_no_issuer_has() {
    let directory = &directory();
    directory.write("other.json", Issuer::new("").jwks());
    let [plain, with_file] =
        ["certbound_issuer https://as.example;", "certbound_issuer https://two.example other.json;"];
    let on = "certbound on; certbound_audience https://api.example;";
    let above = |issuers: &str| format!("\ncertbound_jwks jwks.json;\n{issuers} {}", server(on));
    let beside = |issuers: &str| {
        format!("certbound_audience a; {issuers}\n{}", server("certbound_jwks jwks.json; certbound on;"))
    };
    for site in [above(with_file), beside(with_file)] {
        warned(directory, &site, &["\"certbound_jwks\"", "is not used", "site.conf:"]);
    }
    for issuers in [plain.to_owned(), format!("{plain} {with_file}"), format!("{with_file} {plain}")] {
        silent(directory, &above(&issuers));
        silent(directory, &beside(&issuers));
    }
    // One location that uses them is enough; a location with other keys does not count.
    let two = |first: &str, second: &str| {
        let server = server(&format!("{on} location / {{ {first} }} location /a {{ {second} }}"));
        format!("certbound_jwks jwks.json; {plain}\n{server}")
    };
    silent(directory, &two(with_file, ""));
    silent(directory, &two("certbound_jwks other.json;", ""));
}

#[test]
fn nginx_warns_of_withdrawn_keys() {
    let directory = &directory();
    directory.write("none.json", r#"{"keys":[]}"#);
    let site = |issuers: &str| format!("\n{issuers}\n{}", server("certbound on; certbound_audience a;"));
    let [one, other] =
        ["certbound_issuer https://as.example jwks.json;", "certbound_issuer https://two.example none.json;"];
    let named = ["certbound_issuer \"/", "/none.json\" in ", "site.conf:2 ", "lists no keys"];
    let (all, some) = ("every token will be rejected", "every token signed with them will be rejected");
    warned(directory, &site(other), &[&named[..], &[all]].concat());
    warned(directory, &site(&format!("{one} {other}")), &[&named[..], &[some]].concat());
    warned(directory, &site(&format!("{other} {one}")), &[&named[..], &[some]].concat());
    // Two issuers that have only these keys.
    let twin = other.replace("two.example", "three.example");
    warned(directory, &site(&format!("{other} {twin}")), &[&named[..], &[all]].concat());
    silent(directory, &site(one));
}

#[test]
fn nginx_warns_of_proxies_that_may_be_a_mistake() {
    let directory = &directory();
    let site = |proxies: &str| {
        server(&format!(
            "certbound on; USUAL_POLICY; certbound_forwarded pem A;\ncertbound_trusted_proxy {proxies};\nlocation / {{ }}"
        ))
    };
    for (proxy, words) in [
        ("10.0.0.1/8", "low address bits of \"10.0.0.1/8\""),
        ("0.0.0.0/0", "\"0.0.0.0/0\" in \"certbound_trusted_proxy\" directive trusts every peer"),
        ("0.0.0.0/00", "\"0.0.0.0/00\" in \"certbound_trusted_proxy\" directive trusts every peer"),
        ("::ffff:0.0.0.0/96", "\"::ffff:0.0.0.0/96\" in \"certbound_trusted_proxy\" directive trusts every peer"),
        ("::/0", "\"::/0\" in \"certbound_trusted_proxy\" directive trusts every peer"),
    ] {
        warned(directory, &site(proxy), &[words, "site.conf:3"]);
        warned(directory, &site(&format!("10.0.0.1 {proxy} unix:")), &[words, "site.conf:3"]);
    }
    for proxies in [
        "10.0.0.1",
        "10.0.0.0/8",
        "0.0.0.0/1",
        "10.0.0.1/32",
        "::1",
        "::/1",
        "::ffff:0.0.0.0/97",
        "unix:",
        "10.0.0.1 10.0.0.2\n unix:",
    ] {
        silent(directory, &site(proxies));
    }
}

#[test]
fn nginx_warns_if_return_answers_before_the_check() {
    let directory = &directory();
    let location = |content: &str| server(&format!("location /secret {{\ncertbound on; USUAL_POLICY;\n{content} }}"));
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

    // A location that `auth_request` uses to check requests for others.
    let permit = |answer: &str| {
        server(&format!(
            "location / {{ auth_request /permit; }} location = /permit {{ internal; certbound on; USUAL_POLICY; {answer} }}"
        ))
    };
    warned(directory, &permit("return 204;"), &["\"/permit\"", "\"return\""]);
    silent(directory, &permit("proxy_pass http://127.0.0.1:1;"));

    // A server.
    let whole = |answer: &str| server(&format!("certbound on; USUAL_POLICY; {answer} location / {{ empty_gif; }}"));
    warned(directory, &whole("return 200;"), &["server \"api.example\"", "\"return\""]);
    silent(directory, &whole(""));

    // An inherited `certbound on` may be meant for other locations, if the answer discloses nothing.
    let inherited = |answer: &str| {
        server(&format!("certbound on; USUAL_POLICY; location / {{ empty_gif; }} location /inherited {{ {answer} }}"))
    };
    warned(directory, &inherited("return 200 secret;"), &["\"/inherited\"", "\"return\""]);
    silent(directory, &inherited("return 301 https://elsewhere.example;"));
}

#[test]
fn nginx_warns_if_a_server_requests_no_certificate() {
    let directory = &directory();
    let site = |listen: &str, verify: &str, binding: &str| {
        format!(
            "server {{\nlisten 127.0.0.1:{listen}; server_name api.example; {verify}\n\
            location / {{ certbound on; USUAL_POLICY; {binding} }} }}"
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
    // It is enough if one of two `listen` directives has TLS.
    silent(
        directory,
        &site("PLAIN_PORT; listen 127.0.0.1:TLS_PORT ssl", "ssl_verify_client optional_no_ca;", required),
    );
    // The certificate may be forwarded.
    let forwarded = "certbound_forwarded pem X-Client-Cert; certbound_trusted_proxy 10.0.0.1;";
    for listen in [tls, plain] {
        for binding in [required, if_present] {
            silent(directory, &site(listen, "", &format!("{binding} {forwarded}")));
        }
    }
    let mixed = format!("}} location /a {{ certbound on; USUAL_POLICY; {forwarded}");
    let words = ["\"ssl\"", "every token will be rejected, except where certificates are forwarded"];
    warned(directory, &site(plain, "", &mixed), &words);
    // No warning where certbound is off.
    silent(directory, "server { listen 127.0.0.1:PLAIN_PORT; location / { certbound off; } }");

    // Each server separately; a location that requires the binding determines the consequence.
    let two = |first: &str| {
        format!(
            "USUAL_POLICY; server {{ listen 127.0.0.1:PLAIN_PORT; server_name one.example; {first} }}\n{}",
            server("certbound on;")
        )
    };
    silent(directory, &two(""));
    let both = "location / { certbound on; certbound_binding if_present; } location /a { certbound on; }";
    warned(directory, &two(both), &["one.example", "every token will be rejected"]);
}
