//! Directives on each level: what is inherited, and what is replaced.

use certbound_nginx_tests::{
    client::Connection,
    message::Request,
    nginx::{Directory, Nginx},
    tokens::{Algorithm, Issuer, Token},
};

/// Several issuers and policies, set on every level.
#[tokio::test]
async fn each_level_inherits_what_it_does_not_set() {
    const SITE: &str = r#"
        certbound on;
        USUAL_POLICY;
        certbound_binding if_present;
        root files;

        server {
            listen 127.0.0.1:PLAIN_PORT;
            server_name one.example;
            location / { }
            location /off { certbound off; }
            location /strict { certbound_binding required; }
            location /scope {
                certbound_scope admin;
                location /scope/nested { }
                location /scope/nested/other { certbound_scope other; }
                location /scope/nested/off { certbound off; }
            }
            location /es384 { certbound_algorithms ES384; }
            location /two {
                certbound_jwks two.json;
                certbound_issuer https://two.example;
                location /two/nested { certbound_audience https://two-api.example; }
            }
        }

        server {
            listen 127.0.0.1:PLAIN_PORT;
            server_name two.example;
            certbound_jwks two.json;
            certbound_issuer https://two.example;
            location / { }
            location /one { certbound_jwks jwks.json; certbound_issuer https://as.example; }
        }

        server {
            listen 127.0.0.1:PLAIN_PORT;
            server_name off.example;
            certbound off;
            location / { }
            location /on { certbound on; }
        }
    "#;
    let (one, two) = (Issuer::new("one-"), Issuer::new("two-"));
    let directory = Directory::with_keys_of(&one);
    directory.write("two.json", two.jwks());
    directory.write_secrets(&["secret", "off/secret", "on/secret", "strict/secret", "es384/secret", "one/secret"]);
    directory.write_secrets(&["scope/secret", "scope/nested/secret", "scope/nested/other/secret"]);
    directory.write_secrets(&["scope/nested/off/secret", "two/secret", "two/nested/secret"]);
    let nginx = Nginx::start(directory, SITE);

    let of_two = || Token::unbound().claim("iss", r#""https://two.example""#);
    let tokens = [
        Token::unbound().signed_by(&one),
        of_two().signed_by(&two),
        Token::unbound().claim("scope", r#""admin""#).signed_by(&one),
        Token::unbound().claim("scope", r#""other""#).signed_by(&one),
        Token::unbound().algorithm(Algorithm::ES384).signed_by(&one),
        of_two().claim("aud", r#""https://two-api.example""#).signed_by(&two),
    ];
    // The verdicts on the tokens, in order.
    let [foreign, scope] = ["key_unknown", "insufficient_scope"];
    let [unbound, weak] = ["confirmation_missing", "algorithm_not_allowed"];
    for (host, path, verdicts) in [
        ("one.example", "/secret", ["ok", foreign, "ok", "ok", "ok", foreign]),
        ("one.example", "/off/secret", [""; 6]),
        ("one.example", "/strict/secret", [unbound, foreign, unbound, unbound, unbound, foreign]),
        ("one.example", "/scope/secret", [scope, foreign, "ok", scope, scope, foreign]),
        ("one.example", "/scope/nested/secret", [scope, foreign, "ok", scope, scope, foreign]),
        ("one.example", "/scope/nested/other/secret", [scope, foreign, scope, "ok", scope, foreign]),
        ("one.example", "/scope/nested/off/secret", [""; 6]),
        ("one.example", "/es384/secret", [weak, weak, weak, weak, "ok", weak]),
        ("one.example", "/two/secret", [foreign, "ok", foreign, foreign, foreign, "audience_mismatch"]),
        ("one.example", "/two/nested/secret", [foreign, "audience_mismatch", foreign, foreign, foreign, "ok"]),
        ("two.example", "/secret", [foreign, "ok", foreign, foreign, foreign, "audience_mismatch"]),
        ("two.example", "/one/secret", ["ok", foreign, "ok", "ok", "ok", foreign]),
        ("off.example", "/secret", [""; 6]),
        ("off.example", "/on/secret", ["ok", foreign, "ok", "ok", "ok", foreign]),
    ] {
        let mut connection = Connection::plain(nginx.plain(), host).await;
        for (token, verdict) in tokens.iter().zip(verdicts) {
            let answer = connection.send(Request::get(path).bearer(token)).await;
            let access = nginx.access(answer.case).await;
            let status = match verdict {
                "" | "ok" => 200,
                "insufficient_scope" => 403,
                _ => 401,
            };
            assert_eq!((access.verdict.as_str(), answer.status), (verdict, status), "{host} {path}");
        }
    }
}
