//! Servers that trust several issuers, each with its own keys.

use std::{fmt::Write as _, sync::LazyLock};

use certbound_nginx_tests::{
    client::{Connection, Http},
    log::Access,
    message::Request,
    nginx::{Directory, Nginx},
    stage::Stage,
    tokens::{Algorithm, Issuer, Token, jwks},
};

const ONE: &str = "https://as.example";
const TWO: &str = "https://two.example";
const THREE: &str = "https://three.example";

const SITE: &str = r#"
    certbound on;
    certbound_realm api;
    certbound_audience https://api.example;
    certbound_issuer https://as.example jwks.json;
    certbound_issuer https://two.example two.json;
    root files;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;

        # Inherits both issuers, with or without a file on the level.
        location / { }
        location /jwks/ { certbound_jwks jwks.json; certbound_issuer https://as.example; certbound_issuer https://two.example two.json; }
        location /uncached/ { certbound_cache off; }
        location /scope/ { certbound_scope admin; }

        # Replaces them.
        location /two/ {
            certbound_issuer https://two.example two.json;
            location /two/nested/ { }
            location /two/nested/one/ { certbound_issuer https://as.example jwks.json; }
        }
        location /swapped/ {
            certbound_issuer https://as.example two.json;
            certbound_issuer https://two.example jwks.json;
        }
        location /three/ {
            certbound_issuer https://as.example jwks.json;
            certbound_issuer https://two.example two.json;
            certbound_issuer https://three.example three.json;
        }

        # The same file for two issuers, named twice or once.
        location /shared/ {
            certbound_issuer https://as.example jwks.json;
            certbound_issuer https://two.example jwks.json;
            certbound_issuer https://three.example three.json;
        }
        location /shared/jwks/ {
            certbound_jwks jwks.json;
            certbound_issuer https://as.example;
            certbound_issuer https://three.example three.json;
            certbound_issuer https://two.example;
        }
    }

    # Another server that inherits them, and one that does not.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name both.example;
        ssl_verify_client optional_no_ca;
    }
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name three.example;
        ssl_verify_client optional_no_ca;
        certbound_issuer https://three.example three.json;
        location / { }
        location /two/ { certbound_issuer https://two.example two.json; }
    }
"#;

/// Three issuers, whose keys have the same names.
struct Issuers {
    stage: Stage,
    two: Issuer,
    three: Issuer,
}

static ISSUERS: LazyLock<Issuers> = LazyLock::new(|| {
    let [two, three] = [(); 2].map(|()| Issuer::new(""));
    let stage = Stage::start_with(&["api.example", "both.example", "three.example"], SITE, |directory| {
        directory.write("two.json", two.jwks());
        directory.write("three.json", three.jwks());
        for folder in
            ["", "jwks/", "uncached/", "scope/", "two/", "two/nested/", "two/nested/one/", "swapped/", "three/"]
        {
            directory.write_secrets(&[&format!("{folder}secret")]);
        }
        directory.write_secrets(&["shared/secret", "shared/jwks/secret"]);
    });
    Issuers { stage, two, three }
});

impl Issuers {
    /// The issuers' names and keys.
    fn list(&self) -> [(&'static str, &Issuer); 3] {
        [(ONE, &self.stage.issuer), (TWO, &self.two), (THREE, &self.three)]
    }

    /// Sends a token of server A in which `iss` has this name, and asserts the verdict.
    async fn judged(
        &self,
        connection: &mut Connection,
        path: &str,
        name: &str,
        keys: &Issuer,
        verdict: &str,
    ) -> Access {
        let token = Token::bound_to(&self.stage.server_a).issuer(name).signed_by(keys);
        let answer = connection.send(Request::get(path).bearer(&token)).await;
        self.stage.nginx.judged(&answer, verdict).await
    }
}

#[tokio::test]
async fn a_token_is_accepted_only_with_a_key_of_its_own_issuer() {
    let issuers = &*ISSUERS;
    let stage = &issuers.stage;
    for http in Http::ALL {
        let mut connection = stage.connect_server_a(http).await;
        let mut thief = stage.connect(Some(&stage.thief), "api.example", http).await;
        for (name, keys) in issuers.list() {
            for &algorithm in Algorithm::ALL {
                for (issuer, _) in issuers.list() {
                    let token = Token::bound_to(&stage.server_a).algorithm(algorithm).issuer(issuer).signed_by(keys);
                    // The issuers of these tests have the same RSA key, and differ in all others.
                    let same_key = ["RS", "PS"].iter().any(|kind| algorithm.name().starts_with(kind));
                    let verdict = match (issuer, name) {
                        (_, THREE) if !same_key => "signature_invalid",
                        (ONE | TWO, _) if same_key || issuer == name => "ok",
                        _ => "issuer_mismatch",
                    };
                    // Twice: the verdict on a cached token must be the same.
                    for _ in 0..2 {
                        let answer = connection.send(Request::get("/secret").bearer(&token)).await;
                        let access = stage.nginx.judged(&answer, verdict).await;
                        assert_eq!(access.issuer, if verdict == "ok" { issuer } else { "" });
                    }
                    let answer = thief.send(Request::get("/secret").bearer(&token)).await;
                    let verdict = if verdict == "ok" { "certificate_mismatch" } else { verdict };
                    stage.nginx.rejected(&answer, verdict).await;
                }
            }
        }
    }
}

/// The issuers that each location accepts, with the keys of the first, second or third issuer.
#[tokio::test]
async fn each_level_inherits_or_replaces_the_list() {
    let issuers = &*ISSUERS;
    let [one, two, three] = issuers.list().map(|(_, keys)| keys);
    let [forged, foreign] = ["signature_invalid", "issuer_mismatch"];
    // The verdicts on the tokens of each issuer with its own keys, and of issuer two with the keys of issuer one.
    for (host, path, verdicts) in [
        ("api.example", "/secret", ["ok", "ok", forged, foreign]),
        ("api.example", "/jwks/secret", ["ok", "ok", forged, foreign]),
        ("api.example", "/uncached/secret", ["ok", "ok", forged, foreign]),
        ("api.example", "/two/secret", [forged, "ok", forged, forged]),
        ("api.example", "/two/nested/secret", [forged, "ok", forged, forged]),
        ("api.example", "/two/nested/one/secret", ["ok", forged, forged, foreign]),
        ("api.example", "/swapped/secret", [foreign, foreign, forged, "ok"]),
        ("api.example", "/three/secret", ["ok", "ok", "ok", foreign]),
        ("api.example", "/shared/secret", ["ok", forged, "ok", "ok"]),
        ("api.example", "/shared/jwks/secret", ["ok", forged, "ok", "ok"]),
        ("both.example", "/secret", ["ok", "ok", forged, foreign]),
        ("three.example", "/secret", [forged, forged, "ok", forged]),
        ("three.example", "/two/secret", [forged, "ok", forged, forged]),
    ] {
        let mut connection = issuers.stage.connect(Some(&issuers.stage.server_a), host, Http::V1_1).await;
        for ((name, keys), verdict) in [(ONE, one), (TWO, two), (THREE, three), (TWO, one)].into_iter().zip(verdicts) {
            for _ in 0..2 {
                let access = issuers.judged(&mut connection, path, name, keys, verdict).await;
                assert_eq!(access.issuer, if verdict == "ok" { name } else { "" }, "{host} {path}");
            }
        }
    }
}

/// The rules after the issuer are the same for each.
#[tokio::test]
async fn other_rules_apply_to_every_issuer() {
    let issuers = &*ISSUERS;
    let stage = &issuers.stage;
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    for (name, keys) in &issuers.list()[..2] {
        let usual = || Token::bound_to(&stage.server_a).issuer(name);
        for (path, token, verdict) in [
            ("/secret", usual(), "ok"),
            ("/secret", usual().expires_in(-1), "token_expired"),
            ("/secret", usual().claim("aud", r#""https://other.example""#), "audience_mismatch"),
            ("/secret", usual().without_claim("cnf"), "confirmation_missing"),
            ("/secret", usual().header("typ", r#""JWT""#), "type_not_allowed"),
            ("/secret", usual().key_id("unknown"), "key_unknown"),
            ("/secret", Token::bound_to(&stage.thief).issuer(name), "certificate_mismatch"),
            ("/scope/secret", usual().claim("scope", r#""admin""#), "ok"),
        ] {
            let answer = connection.send(Request::get(path).bearer(&token.signed_by(keys))).await;
            stage.nginx.judged(&answer, verdict).await;
        }
        let answer = connection.send(Request::get("/scope/secret").bearer(&usual().signed_by(keys))).await;
        let challenge = r#"Bearer realm="api", error="insufficient_scope", scope="admin""#;
        stage.nginx.rejected_with(&answer, "insufficient_scope", challenge).await;
    }
}

/// A server that trusts this many issuers, each with an ES256 key in its own file.
fn many(number: usize) -> String {
    let mut site = "certbound on; certbound_binding if_present; certbound_audience https://api.example;\n".to_owned();
    for issuer in 0..number {
        writeln!(site, "certbound_issuer https://{issuer}.example {issuer}.json;").unwrap();
    }
    site + "server { listen 127.0.0.1:PLAIN_PORT; location / { empty_gif; } }"
}

#[tokio::test]
async fn there_may_be_64_issuers_and_no_more() {
    let issuers: Vec<_> = (0..65).map(|_| Issuer::new("")).collect();
    let directory = Directory::with_keys_of(&issuers[0]);
    for (number, issuer) in issuers.iter().enumerate() {
        directory.write(&format!("{number}.json"), jwks(&[issuer.jwk(Algorithm::ES256)]));
    }
    let words = directory.check(&many(65)).unwrap_err();
    for expected in ["[emerg]", "too many \"certbound_issuer\"", "at most 64", "site.conf:66"] {
        assert!(words.contains(expected), "{expected} expected: {words}");
    }

    let nginx = Nginx::start(directory, &many(64));
    let mut connection = Connection::plain(nginx.plain(), "api.example").await;
    for number in [0, 1, 62, 63] {
        for (keys, verdict) in [(number, "ok"), (64, "signature_invalid"), ((number + 1) % 64, "issuer_mismatch")] {
            let token = Token::unbound().issuer(&format!("https://{number}.example")).signed_by(&issuers[keys]);
            let answer = connection.send(Request::get("/").bearer(&token)).await;
            assert_eq!(nginx.access(answer.case).await.verdict, verdict);
        }
    }
}
