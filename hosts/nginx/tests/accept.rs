//! Accepted requests: each algorithm, version of TLS and HTTP, key type and origin of certificates; and the headers for
//! upstreams.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use certbound_host_tests::accept::{Exception, exceptions, tokens_with_subjects};
use certbound_nginx_tests::{
    client::{Connection, Http, Tls, versions},
    message::Request,
    pki::{Identity, KeyKind},
    stage::Stage,
    tokens::{self, Algorithm, Token},
};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;

    # Requires a certificate from the authority.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name issued.example;
        ssl_client_certificate ca.pem;
        ssl_verify_client on;
        location / { certbound on; empty_gif; }
    }

    # Accepts a certificate from the authority, or none.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name optional.example;
        ssl_client_certificate ca.pem;
        ssl_verify_client optional;
        location / { certbound on; empty_gif; }
        location /if_present { certbound on; certbound_binding if_present; empty_gif; }
    }

    # Accepts any certificate, or none.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        listen 127.0.0.1:PLAIN_PORT;
        server_name any.example;
        ssl_verify_client optional_no_ca;
        location / { certbound on; empty_gif; }
        location /if_present { certbound on; certbound_binding if_present; empty_gif; }
        location /any_type { certbound on; certbound_token_type any; empty_gif; }
        location /jwt { certbound on; certbound_token_type jwt; empty_gif; }
        location /leeway { certbound on; certbound_leeway 10m; empty_gif; }
        location /algorithms { certbound on; certbound_algorithms ES256 PS256; empty_gif; }
        location /ed25519 { certbound on; certbound_algorithms Ed25519; empty_gif; }
        location /scope { certbound on; certbound_scope read write; empty_gif; }
        location /audiences { certbound on; certbound_audience https://new.example https://api.example; empty_gif; }
        # Evaluated in an earlier phase, before the verdict.
        location /early { set $early $certbound_status$certbound_sub$certbound_claims; certbound on; empty_gif; }
        location /uncached { certbound on; certbound_cache off; empty_gif; }
        location /small_cache { certbound on; certbound_cache 2; empty_gif; }
        location /off { certbound off; empty_gif; }
        location /upstream {
            certbound on;
            proxy_pass http://unix:upstream.sock:/;
            proxy_set_header Verified-Issuer $certbound_issuer;
            proxy_set_header Verified-Sub $certbound_sub;
            proxy_set_header Verified-Client-Id $certbound_client_id;
            proxy_set_header Verified-Scope $certbound_scope;
            proxy_set_header Verified-Jti $certbound_jti;
            proxy_set_header Verified-Exp $certbound_exp;
            proxy_set_header Verified-Thumbprint $certbound_thumbprint;
            proxy_set_header Verified-Claims $certbound_claims;
            proxy_set_header Verified-Status $certbound_status;
        }
    }

    server {
        listen unix:upstream.sock;
        access_log off;
        location / {
            return 200 "$http_verified_issuer|$http_verified_sub|$http_verified_client_id|$http_verified_scope|$http_verified_jti|$http_verified_exp|$http_verified_thumbprint|$http_verified_status|$http_injected|$http_verified_claims";
        }
    }
"#;

static STAGE: LazyLock<Stage> =
    LazyLock::new(|| Stage::start(&["issued.example", "optional.example", "any.example"], SITE));

/// Connects to `any.example` with this certificate.
async fn connect(identity: Option<&Identity>) -> Connection {
    STAGE.connect(identity, "any.example", Http::V1_1).await
}

/// Opens one connection for each combination, and sends a token of each algorithm and a stolen one.
#[tokio::test]
async fn each_algorithm_works_over_each_connection_with_each_certificate() {
    let stage = &*STAGE;
    let mut accepted = 0;
    for kind in KeyKind::ALL {
        let issued = ["server-a", "server-c"].map(|name| stage.authority.issue_client(kind, name));
        let self_signed = ["server-a", "server-c"].map(|name| Identity::self_signed(kind, name));
        let origins = [("issued.example", &issued), ("optional.example", &issued), ("any.example", &issued)];
        for (name, [own, other]) in origins.into_iter().chain([("any.example", &self_signed)]) {
            for (tls, http) in versions() {
                let mut connection = stage.client(Some(own), tls, http).connect(stage.nginx.tls(), name).await;
                for &algorithm in Algorithm::ALL {
                    let token = |identity| Token::bound_to(identity).algorithm(algorithm).signed_by(&stage.issuer);
                    let answer = connection.send(Request::get("/").bearer(&token(own))).await;
                    let access = stage.nginx.accepted(&answer).await;
                    assert_eq!(access.tls, tls.name());
                    assert!(access.request.ends_with(match http {
                        Http::V1_1 => " HTTP/1.1",
                        Http::V2 => " HTTP/2.0",
                    }));
                    accepted += 1;

                    let answer = connection.send(Request::get("/").bearer(&token(other))).await;
                    stage.nginx.rejected(&answer, "certificate_mismatch").await;
                }
            }
        }
    }
    assert_eq!(accepted, KeyKind::ALL.len() * 4 * Tls::ALL.len() * Http::ALL.len() * Algorithm::ALL.len());
}

/// Requests that nginx itself rejects never reach the module.
#[tokio::test]
async fn an_untrusted_chain_is_rejected_by_nginx_itself() {
    let stage = &*STAGE;
    let self_signed = Identity::self_signed(KeyKind::Ec, "server-a");
    let token = Token::bound_to(&self_signed).signed_by(&stage.issuer);
    for (name, identity) in
        [("issued.example", None), ("issued.example", Some(&self_signed)), ("optional.example", Some(&self_signed))]
    {
        let mut connection = stage.connect(identity, name, Http::V1_1).await;
        let answer = connection.send(Request::get("/").bearer(&token)).await;
        let access = stage.nginx.access(answer.case).await;
        assert_eq!((answer.status, access.from_token()), (400, [""; 7]), "{name}");
        assert_ne!(access.verdict, "ok");
        assert_eq!(stage.nginx.remarks(answer.case), []);
    }
}

#[tokio::test]
async fn each_directive_changes_only_its_own_rule() {
    let stage = &*STAGE;
    let mut connection = connect(Some(&stage.server_a)).await;
    // `/early` has no rule: there a directive reads the variables before the verdict.
    let early = Exception { path: "/early", token: stage.token(), otherwise: "ok" };
    for Exception { path, token, otherwise } in exceptions(stage).into_iter().chain([early]) {
        stage.nginx.accepted(&connection.send(Request::get(path).bearer(&token)).await).await;
        // Twice: the verdict on a cached token must be the same.
        stage.nginx.accepted(&connection.send(Request::get(path).bearer(&token)).await).await;
        let elsewhere = connection.send(Request::get("/").bearer(&token)).await;
        stage.nginx.judged(&elsewhere, otherwise).await;
    }
}

/// The cache evicts tokens to make room for others, and must never confuse two of them.
#[tokio::test]
async fn more_tokens_than_the_cache_holds_get_their_own_verdicts() {
    let stage = &*STAGE;
    let tokens = tokens_with_subjects(stage);
    let mut connection = connect(Some(&stage.server_a)).await;
    let mut thief = connect(Some(&stage.thief)).await;
    for (sub, token) in tokens.iter().chain(&tokens).chain(tokens.iter().rev()) {
        let request = || Request::get("/small_cache").bearer(token);
        for _ in 0..2 {
            assert_eq!(stage.nginx.accepted(&connection.send(request()).await).await.sub, *sub);
            stage.nginx.rejected(&thief.send(request()).await, "certificate_mismatch").await;
        }
    }
}

/// The cache must not extend the validity of a token.
#[tokio::test]
async fn a_cached_token_expires() {
    let stage = &*STAGE;
    let mut connection = connect(Some(&stage.server_a)).await;
    let token = Token::bound_to(&stage.server_a).expires_in(3).signed_by(&stage.issuer);
    let mut accepted = 0;
    let begun = Instant::now();
    let last = loop {
        let answer = connection.send(Request::get("/").bearer(&token)).await;
        if answer.status != 200 {
            break answer;
        }
        stage.nginx.accepted(&answer).await;
        accepted += 1;
        assert!(begun.elapsed() < Duration::from_secs(20), "it is still accepted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(accepted > 1, "accepted only once, so it was never cached");
    stage.nginx.rejected(&last, "token_expired").await;
}

#[tokio::test]
async fn an_unbound_token_needs_no_certificate_if_the_binding_is_not_required() {
    let stage = &*STAGE;
    let unbound = Token::unbound().signed_by(&stage.issuer);
    let bound = stage.token();
    let mut tls = connect(None).await;
    let mut plain = Connection::plain(stage.nginx.plain(), "any.example").await;
    for connection in [&mut tls, &mut plain] {
        let answer = connection.send(Request::get("/if_present").bearer(&unbound)).await;
        let access = stage.nginx.accepted(&answer).await;
        assert_eq!(access.thumbprint, "");
        let answer = connection.send(Request::get("/if_present").bearer(&bound)).await;
        stage.nginx.rejected(&answer, "certificate_missing").await;
    }
}

#[tokio::test]
async fn the_variables_contain_verified_claims() {
    let stage = &*STAGE;
    let token = Token::bound_to(&stage.server_a).claim("exp", "4102444800").signed_by(&stage.issuer);
    let mut connection = connect(Some(&stage.server_a)).await;
    let answer = connection.send(Request::get("/").bearer(&token)).await;
    let access = stage.nginx.accepted(&answer).await;
    assert_eq!(access.from_token()[..6], ["server-a", "server-a", "read write", "b7f0", "4102444800", tokens::ISSUER]);
    assert_eq!(access.thumbprint, tokens::thumbprint(&stage.server_a));
    let claims: serde_json::Value = serde_json::from_str(&access.claims).unwrap();
    assert_eq!(claims["iss"], tokens::ISSUER);
    assert_eq!(claims["cnf"]["x5t#S256"], tokens::thumbprint(&stage.server_a));

    // Optional claims.
    let token = Token::bound_to(&stage.server_a).without_claim("client_id").without_claim("jti").without_claim("scope");
    let answer = connection.send(Request::get("/").bearer(&token.signed_by(&stage.issuer))).await;
    let access = stage.nginx.accepted(&answer).await;
    assert_eq!(access.from_token()[..4], ["server-a", "", "", ""]);
}

#[tokio::test]
async fn without_a_check_the_variables_are_empty() {
    let stage = &*STAGE;
    let token = stage.token();
    let answer = connect(Some(&stage.server_a)).await.send(Request::get("/off").bearer(&token)).await;
    let access = stage.nginx.access(answer.case).await;
    assert_eq!((answer.status, access.verdict.as_str(), access.from_token()), (200, "", [""; 7]));
}

/// With `proxy_pass` and `proxy_set_header`, as docs/nginx.md shows.
#[tokio::test]
async fn an_upstream_receives_verified_values_instead_of_forged_ones() {
    let stage = &*STAGE;
    let thumbprint = tokens::thumbprint(&stage.server_a);
    let token = Token::bound_to(&stage.server_a).claim("exp", "4102444800").signed_by(&stage.issuer);
    for http in Http::ALL {
        let mut connection = stage.connect(Some(&stage.server_a), "any.example", http).await;
        let forged = ["issuer", "sub", "client-id", "scope", "jti", "exp", "thumbprint", "claims", "status"];
        let request = forged.iter().fold(Request::get("/upstream").bearer(&token), |request, name| {
            request.header(&format!("verified-{name}"), "forged")
        });
        let answer = connection.send(request).await;
        stage.nginx.accepted(&answer).await;
        let expected = format!("https://as.example|server-a|server-a|read write|b7f0|4102444800|{thumbprint}|ok||");
        let claims = answer.text().strip_prefix(&expected).unwrap_or_else(|| panic!("{}", answer.text())).to_owned();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&claims).unwrap()["sub"], "server-a");
    }
}

/// nginx writes variables unchanged into requests to upstreams, and a user may have chosen the value of a signed claim.
#[tokio::test]
async fn a_claim_cannot_inject_a_header() {
    let stage = &*STAGE;
    let mut connection = connect(Some(&stage.server_a)).await;
    for claim in ["sub", "client_id", "jti", "scope", "another"] {
        for injected in [r#""a\r\nInjected: yes""#, r#""a\nInjected: yes""#, r#""a\u000d\u000aInjected: yes\r\n""#] {
            let token = Token::bound_to(&stage.server_a).claim(claim, injected).signed_by(&stage.issuer);
            let answer = connection.send(Request::get("/upstream").bearer(&token)).await;
            let text = answer.text();
            assert_eq!(answer.status, 200, "{claim}: {injected}: {text}");
            assert_eq!(text.split('|').nth(8), Some(""), "{claim}: {injected}: {text}");
        }
    }
}
