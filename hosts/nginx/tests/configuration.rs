//! The errors of `nginx -t` for wrong configurations.

use std::fs;

use certbound_nginx_tests::{
    client::Connection,
    message::Request,
    nginx::{Directory, Nginx},
    tokens::{Algorithm, Issuer, Token, jwks},
};

/// A complete configuration. Tests remove or insert lines.
const COMPLETE: &str = r#"server {
    listen 127.0.0.1:PLAIN_PORT;
    location / {
        certbound on;
        certbound_jwks jwks.json;
        certbound_issuer https://as.example;
        certbound_audience https://api.example;
    }
}
"#;

/// The complete configuration without this directive.
fn without(name: &str) -> String {
    let lines = COMPLETE.lines().filter(|line| !line.trim().starts_with(&format!("{name} ")));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_complete_configuration_passes() {
    let directory = Directory::with_keys_of(&Issuer::new(""));
    directory.check(COMPLETE).unwrap();
    // Where certbound is off, directives may be missing.
    directory
        .check("server { location / { certbound off; certbound_issuer a; } location /a { certbound_scope b; } }")
        .unwrap();
    let algorithms: Vec<_> = Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect();
    directory.check(&format!("certbound_algorithms {};", algorithms.join(" "))).unwrap();
    directory.check("certbound_leeway 10m; certbound_realm 'costs $, or $-'; certbound_audience urn:a$;").unwrap();
    directory
        .check("certbound_leeway 90s; certbound_realm 'an api'; certbound_cache 16; certbound_scope a b:c;")
        .unwrap();
    directory
        .check("certbound_cache off; certbound_binding if_present; certbound_token_type any; certbound_leeway 0;")
        .unwrap();
    directory.check("certbound_binding required; certbound_token_type at+jwt;").unwrap();
    directory.check("certbound_token_type jwt; certbound_algorithms EdDSA Ed25519;").unwrap();
    directory.check("certbound_forwarded pem X-Client-Cert; certbound_trusted_proxy 10.0.0.1;").unwrap();
    directory
        .check("certbound_scope a methods=GET,HEAD,POST; certbound_scope b c methods=LOCK; certbound_scope a;")
        .unwrap();
    directory
        .check(
            "certbound_claim $a a; certbound_claim $b_1 'https://as.example/b c' d; server { certbound_claim $A b; }",
        )
        .unwrap();
    directory.check(&format!("certbound_claim $deepest {};", "a ".repeat(16))).unwrap();
    directory.check("certbound_require $uri; certbound_require $host$args \"${uri}x\" $certbound_sub;").unwrap();
    directory.check("certbound_status_zone a 32k; server { certbound_status_zone a 32k; certbound_metrics; }").unwrap();
    directory.check("server { location / { certbound_metrics; } } certbound_status_zone 'a b' 1m;").unwrap();
    for url in ["https://api.example", "HTTPS://[::1]:8443/a%20b?c=d&e='f'", "''"] {
        directory.check(&format!("certbound_resource_metadata {url};")).unwrap();
    }
}

#[test]
fn the_error_names_a_wrong_value_its_directive_and_its_line() {
    let directory = Directory::with_keys_of(&Issuer::new(""));
    for (line, wrong) in [
        ("certbound maybe;", "maybe"),
        ("certbound_algorithms ES256 HS256;", "HS256"),
        ("certbound_algorithms none;", "none"),
        ("certbound_algorithms es256;", "es256"),
        ("certbound_binding if-present;", "if-present"),
        ("certbound_token_type JWT;", "\"at+jwt\", \"jwt\" or \"any\""),
        ("certbound_binding maybe;", "\"required\" or \"if_present\""),
        ("certbound_leeway soon;", "soon"),
        ("certbound_leeway -1s;", "-1s"),
        ("certbound_leeway 601s;", "\"601s\""),
        ("certbound_leeway 11m;", "at most 600 seconds"),
        ("certbound_leeway 9999999999999;", "at most 600 seconds"),
        ("certbound_jwks $keys.json;", "\"$keys.json\""),
        ("certbound_issuer $issuer;", "\"$issuer\""),
        ("certbound_issuer https://${host}/;", "\"https://${host}/\""),
        ("certbound_audience https://api.example $1;", "\"$1\""),
        ("certbound_scope read $_scope;", "\"$_scope\""),
        ("certbound_realm 'of $Host';", "must not contain variables"),
        ("certbound_algorithms $algorithm;", "must not contain variables"),
        ("certbound_binding $binding;", "must not contain variables"),
        ("certbound_token_type $type;", "must not contain variables"),
        ("certbound_leeway $leeway;", "must not contain variables"),
        ("certbound_cache $entries;", "must not contain variables"),
        ("certbound_resource_metadata https://$host/;", "must not contain variables"),
        ("certbound_resource_metadata http://api.example/;", "begins with \"https://\""),
        ("certbound_resource_metadata /metadata;", "begins with \"https://\""),
        ("certbound_resource_metadata https://;", "begins with \"https://\""),
        ("certbound_resource_metadata https:///metadata;", "begins with \"https://\""),
        ("certbound_resource_metadata 'https://a/\"b';", "must not contain"),
        ("certbound_resource_metadata 'https://a/\\\\b';", "must not contain"),
        ("certbound_resource_metadata 'https://a/ b';", "must not contain"),
        ("certbound_resource_metadata 'https://a/\u{1}b';", "must not contain"),
        ("certbound_resource_metadata https://ä.example/;", "must not contain"),
        ("certbound_resource_metadata https://a/#b;", "without a fragment"),
        ("certbound_forwarded PEM X-Client-Cert;", "it must be one of rfc9440, xfcc, pem, base64"),
        ("certbound_forwarded der X-Client-Cert;", "\"der\""),
        ("certbound_forwarded '' X-Client-Cert;", "\"\""),
        ("certbound_forwarded pem '';", "the name of a header"),
        ("certbound_forwarded pem 'Client Cert';", "\"Client Cert\""),
        ("certbound_forwarded pem Client-Cert:;", "\"Client-Cert:\""),
        ("certbound_forwarded pem Client-Ä;", "the name of a header"),
        ("certbound_forwarded pem $http_client_cert;", "must not contain variables"),
        ("certbound_forwarded pem;", "invalid number of arguments"),
        ("certbound_forwarded pem a b;", "invalid number of arguments"),
        ("certbound_trusted_proxy proxy.example;", "it must be an address, a CIDR, or \"unix:\""),
        ("certbound_trusted_proxy 10.0.0.1 10.0.0.256;", "\"10.0.0.256\""),
        ("certbound_trusted_proxy 10.0.0.0/33;", "\"10.0.0.0/33\""),
        ("certbound_trusted_proxy unix:/run/proxy.sock;", "\"unix:/run/proxy.sock\""),
        ("certbound_trusted_proxy unix;", "\"unix\""),
        ("certbound_trusted_proxy '';", "\"\""),
        ("certbound_trusted_proxy $proxy;", "must not contain variables"),
        ("certbound_trusted_proxy;", "invalid number of arguments"),
        ("certbound_scope a methods=POST,post;", "\"post\""),
        ("certbound_scope a methods=POST,REPORT;", "it must be one of GET, HEAD, POST, PUT, PATCH"),
        ("certbound_scope a methods=;", "invalid method \"\""),
        ("certbound_scope a methods=GET,;", "invalid method \"\""),
        ("certbound_scope a methods=GET,PUT,GET;", "duplicate method \"GET\""),
        ("certbound_scope a 'methods=GET, PUT';", "\" PUT\""),
        ("certbound_scope methods=GET;", "no scope before"),
        ("certbound_scope methods=GET a;", "must be last"),
        ("certbound_scope a methods=GET methods=PUT;", "must be last"),
        ("certbound_scope a methods=$methods;", "must not contain variables"),
        ("certbound_scope a b c d e f g h i j k l m n o p q methods=PUT;", "17 values"),
        ("certbound_claim $a;", "invalid number of arguments"),
        ("certbound_claim a a;", "invalid variable \"a\""),
        ("certbound_claim $ a;", "invalid variable \"$\""),
        ("certbound_claim $1 a;", "invalid variable \"$1\""),
        ("certbound_claim $a-b a;", "invalid variable \"$a-b\""),
        ("certbound_claim ${a} a;", "invalid variable \"${a}\""),
        ("certbound_claim $a '';", "empty"),
        ("certbound_claim $a a '';", "empty"),
        ("certbound_claim $a $b;", "\"$b\""),
        ("certbound_claim $a 1 2 3 4 5 6 7 8 9 a b c d e f g h;", "17 names"),
        ("certbound_claim $a a; certbound_claim $A b;", "sets the variable \"$A\" again"),
        ("set $taken 1; certbound_claim $taken a;", "already set by another directive"),
        ("certbound_require;", "invalid number of arguments"),
        ("certbound_require 1;", "must contain a variable"),
        ("certbound_require $uri tenant;", "\"tenant\""),
        ("certbound_require '';", "must contain a variable"),
        ("certbound_status_zone a;", "invalid number of arguments"),
        ("certbound_status_zone a 31k;", "it must have at least 32k"),
        ("certbound_status_zone a 0;", "it must have at least 32k"),
        ("certbound_status_zone a big;", "\"big\""),
        ("certbound_status_zone a -1;", "\"-1\""),
        ("certbound_status_zone '' 64k;", "empty"),
        ("certbound_status_zone $zone 64k;", "must not contain variables"),
        ("certbound_metrics on;", "invalid number of arguments"),
        ("certbound_cache many;", "many"),
        ("certbound_cache -1;", "-1"),
        ("certbound_issuer '';", "empty"),
        ("certbound_audience '';", "empty"),
        ("certbound_audience https://api.example '';", "empty"),
        ("certbound_scope 'read \"write\"';", "read \"write\""),
        ("certbound_realm 'a\u{1}b';", "control character"),
        ("certbound_issuer $issuer jwks.json;", "\"$issuer\""),
        ("certbound_issuer a $file;", "\"$file\""),
        ("certbound_issuer '' jwks.json;", "empty"),
        ("certbound_issuer a '';", "it must be the path of a file"),
        ("certbound_issuer a HTTP://as.example/jwks;", "\"HTTP://as.example/jwks\" in \"certbound_issuer\""),
        ("certbound_jwks '';", "it must be the path of a file"),
        ("certbound_jwks https://as.example/jwks;", "fetch the keys of a URL with \"certbound sync\""),
        ("certbound_issuer a b c;", "invalid number of arguments"),
        ("certbound_issuer;", "invalid number of arguments"),
        ("certbound_audience;", "invalid number of arguments"),
        ("certbound_jwks;", "invalid number of arguments"),
        ("if ($args) { certbound off; }", "not allowed here"),
        ("limit_except GET { certbound off; }", "not allowed here"),
    ] {
        let name = line.split([' ', ';']).next().unwrap();
        let site = without(name).replace("location / {\n", &format!("location / {{\n{line}\n"));
        let words = directory.check(&site).expect_err(line);
        let directive = if name.starts_with("certbound") { name } else { "certbound" };
        for expected in [wrong, directive, "site.conf:4", "[emerg]"] {
            assert!(words.contains(expected), "{line}: {expected} expected: {words}");
        }
    }
}

/// The module's list of algorithms must equal the library's.
#[test]
fn the_error_for_a_wrong_algorithm_lists_all_algorithms() {
    let directory = Directory::with_keys_of(&Issuer::new(""));
    let words = directory.check("certbound_algorithms none;").unwrap_err();
    let (_, list) = words.split_once("must be one of ").unwrap();
    let (list, _) = list.split_once(" in ").unwrap();
    // The algorithm EdDSA has two names.
    let names = Algorithm::ALL.iter().map(|algorithm| algorithm.name());
    let names: Vec<_> =
        names.flat_map(|name| if name == "EdDSA" { vec![name, "Ed25519"] } else { vec![name] }).collect();
    assert_eq!(list.split(", ").collect::<Vec<_>>(), names, "{words}");
}

#[test]
fn a_duplicate_directive_is_rejected() {
    let directory = Directory::with_keys_of(&Issuer::new(""));
    const OTHERS: [&str; 13] = [
        "certbound_binding required;",
        "certbound_token_type jwt;",
        "certbound_algorithms ES256;",
        "certbound_leeway 5s;",
        "certbound_scope read;",
        "certbound_scope write methods=GET,HEAD;",
        "certbound_claim $tenant tenant;",
        "certbound_status_zone main 32k;",
        "certbound_realm api;",
        "certbound_resource_metadata https://api.example;",
        "certbound_forwarded pem X-Client-Cert;",
        "certbound_trusted_proxy 10.0.0.1;",
        "certbound_cache off;",
    ];
    let complete = COMPLETE.replace("certbound on;\n", &format!("certbound on;\n{}\n", OTHERS.join("\n")));
    directory.check(&complete).unwrap();
    for line in complete.lines().filter(|line| line.contains("certbound")) {
        let words = directory.check(&complete.replace(line, &format!("{line} {line}"))).expect_err(line);
        assert!(words.contains("duplicate") && words.contains(line.trim().split(' ').next().unwrap()), "{words}");
    }
}

#[test]
fn the_error_names_a_missing_directive() {
    let directory = Directory::with_keys_of(&Issuer::new(""));
    for name in ["certbound_jwks", "certbound_issuer", "certbound_audience"] {
        let site = without(name);
        let words = directory.check(&site).expect_err(name);
        for expected in [name, "site.conf:", "[emerg]"] {
            assert!(words.contains(expected), "{name}: {expected} expected: {words}");
        }
        // In a server without locations.
        let server = site.replace("    location / {\n", "").replace("    }\n", "");
        let words = directory.check(&server).expect_err(name);
        assert!(words.contains(&format!("server \"\" has no \"{name}\"")), "{name}: {words}");
        // An inherited directive is not missing.
        let line = COMPLETE.lines().find(|line| line.contains(name)).unwrap();
        directory.check(&format!("{line}\n{site}")).unwrap();
    }
}

/// Without the list of trusted proxies, either nobody or everybody could set the header.
#[test]
fn a_forwarded_certificate_needs_a_trusted_proxy() {
    let directory = Directory::with_keys_of(&Issuer::new(""));
    let [forwarded, proxy] =
        ["certbound_forwarded pem X-Client-Cert;", "certbound_trusted_proxy 10.0.0.0/8 ::1 unix:;"];
    let [above, inside] = [
        |line: &str| format!("{line}\n{COMPLETE}"),
        |line: &str| COMPLETE.replace("certbound on;\n", &format!("certbound on; {line}\n")),
    ];
    for (alone, missing, other) in
        [(forwarded, "certbound_trusted_proxy", proxy), (proxy, "certbound_forwarded", forwarded)]
    {
        for site in [above(alone), inside(alone)] {
            let words = directory.check(&site).expect_err(alone);
            for expected in ["[emerg]", "location \"/\" has no ", missing, "site.conf:"] {
                assert!(words.contains(expected), "{site}: {expected} expected: {words}");
            }
        }
        let together = format!("{alone} {other}");
        for site in [above(&together), inside(&together), format!("{other}\n{}", inside(alone))] {
            directory.check(&site).unwrap_or_else(|words| panic!("{site}: {words}"));
        }
    }
}

#[test]
fn the_error_names_an_unusable_key_set_and_the_reason() {
    let issuer = Issuer::new("");
    let directory = Directory::with_keys_of(&issuer);
    let many: Vec<_> = (0..65).map(|number| Issuer::new(&number.to_string()).jwk(Algorithm::ES256)).collect();
    fs::create_dir(directory.path("directory")).unwrap();
    directory.write("empty", "");
    directory.write("html", "<html>404 Not Found</html>");
    directory.write("cut", &issuer.jwks()[..100]);
    directory.write("pem", "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n");
    directory.write("unusable", jwks(&[r#"{"kty":"oct","k":"c2VjcmV0"}"#.to_owned()]));
    directory.write("jwk", issuer.jwk(Algorithm::ES256));
    directory.write("twice", issuer.jwks().replace("}]}", r#"}],"keys":[]}"#));
    directory.write("many", jwks(&many));
    directory.write("long", format!("{}{}", issuer.jwks(), " ".repeat(256 * 1024)));
    for (file, reason) in [
        ("missing", "No such file or directory"),
        ("directory", "directory"),
        ("empty", "json_unexpected_end"),
        ("html", "json_unexpected_byte"),
        ("cut", "json_unexpected_end"),
        ("pem", "key_set_is_pem"),
        ("unusable", "key_set_without_usable_key"),
        ("jwk", "key_set_keys_missing"),
        ("twice", "json_duplicate_name"),
        ("many", "64"),
        ("long", "json_too_long"),
    ] {
        let words = directory.check(&COMPLETE.replace("jwks.json", file)).expect_err(file);
        for expected in [file, reason, "certbound", "site.conf:5", "[emerg]"] {
            assert!(words.contains(expected), "{file}: {expected} expected: {words}");
        }
    }
    directory.write("maximum", jwks(&many[..64]));
    directory.check(&COMPLETE.replace("jwks.json", "maximum")).unwrap();
}

/// An issuer may name a file of its own instead of `certbound_jwks`.
#[test]
fn each_issuer_needs_keys() {
    let directory = Directory::with_keys_of(&Issuer::new(""));
    directory.write("two.json", Issuer::new("").jwks());
    directory.write("broken.json", "{");
    let site = |jwks: &str, issuers: &str| {
        let site = without("certbound_jwks").replace("        certbound_issuer https://as.example;\n", issuers);
        site.replace("certbound on;\n", &format!("certbound on; {jwks}\n"))
    };
    let jwks = "certbound_jwks jwks.json;";
    for (jwks, issuers) in [
        ("", "certbound_issuer a jwks.json;\n"),
        ("", "certbound_issuer a jwks.json;\ncertbound_issuer b two.json;\n"),
        ("", "certbound_issuer a jwks.json;\ncertbound_issuer b jwks.json;\n"),
        (jwks, "certbound_issuer a;\ncertbound_issuer b two.json;\n"),
        (jwks, "certbound_issuer a two.json;\ncertbound_issuer b;\n"),
        (jwks, "certbound_issuer a;\ncertbound_issuer b;\n"),
    ] {
        directory.check(&site(jwks, issuers)).unwrap_or_else(|words| panic!("{issuers}: {words}"));
    }
    let absent = "site.conf:4, but location \"/\" has no \"certbound_jwks\"";
    for (jwks, issuers, expected) in [
        ("", "certbound_issuer a;\ncertbound_issuer b;\n", absent),
        ("", "certbound_issuer a;\ncertbound_issuer b two.json;\n", absent),
        ("", "certbound_issuer a two.json;\ncertbound_issuer b;\n", absent),
        ("", "certbound_issuer a two.json;\ncertbound_issuer a two.json;\n", "issuer \"a\" again in "),
        (
            "",
            "certbound_issuer a two.json;\ncertbound_issuer a jwks.json;\n",
            "\"certbound_issuer\" directive is duplicate",
        ),
        (jwks, "certbound_issuer a;\ncertbound_issuer a two.json;\n", "site.conf:6"),
        ("", "certbound_issuer a two.json;\ncertbound_issuer b missing.json;\n", "No such file or directory"),
        ("", "certbound_issuer a two.json;\ncertbound_issuer b broken.json;\n", "broken.json\" in "),
        ("", "certbound_issuer a broken.json;\ncertbound_issuer b two.json;\n", "site.conf:5: json_unexpected_end"),
    ] {
        let words = directory.check(&site(jwks, issuers)).expect_err(issuers);
        assert!(words.contains("[emerg]") && words.contains(expected), "{issuers}: {expected} expected: {words}");
    }
}

/// An issuer may have withdrawn all its keys before nginx starts or reloads.
#[tokio::test]
async fn a_key_set_without_keys_is_accepted_with_a_warning() {
    let issuer = Issuer::new("");
    let directory = Directory::with_keys_of(&issuer);
    directory.write("jwks.json", jwks(&[]));
    let words = directory.check(COMPLETE).unwrap();
    for expected in ["[warn]", "certbound_jwks", "jwks.json\" in ", "site.conf:5", "lists no keys"] {
        assert!(words.contains(expected), "{expected} expected: {words}");
    }
    let nginx = Nginx::start(directory, COMPLETE);
    let token = Token::unbound().signed_by(&issuer);
    let answer = Connection::plain(nginx.plain(), "api.example").await.send(Request::get("/").bearer(&token)).await;
    assert_eq!((answer.status, nginx.access(answer.case).await.verdict.as_str()), (401, "keys_withdrawn"));
}

/// A server may leave the missing directives to its locations. Requests that match no location are rejected.
#[tokio::test]
async fn a_request_that_matches_no_complete_location_is_rejected() {
    let site = COMPLETE.replace(
        "    location / {\n        certbound on;",
        "    certbound on;\n    location /complete {\n    empty_gif;",
    );
    let issuer = Issuer::new("");
    let directory = Directory::with_keys_of(&issuer);
    let words = directory.check(&site).unwrap();
    assert!(words.contains("[warn]") && words.contains("certbound_jwks"), "{words}");
    let nginx = Nginx::start(directory, &site);
    let token = Token::unbound().signed_by(&issuer);
    let mut connection = Connection::plain(nginx.plain(), "api.example").await;
    for (path, status, verdict) in [("/complete", 401, "confirmation_missing"), ("/", 500, "not_initialised")] {
        let answer = connection.send(Request::get(path).bearer(&token)).await;
        let access = nginx.access(answer.case).await;
        assert_eq!((answer.status, access.verdict.as_str(), access.from_token()), (status, verdict, [""; 7]));
    }
}
