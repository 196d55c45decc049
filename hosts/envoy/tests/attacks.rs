//! Tokens on connections with another certificate: stolen, on resumed sessions, on kept-alive connections, under other server
//! names; and headers that clients forge.

use std::sync::LazyLock;

use certbound_envoy_tests::{
    client::{Connection, Failure, Http, Tls, versions},
    envoy::Envoy,
    listeners::{Clients, by_server_name, named, with_listeners, without_tickets, without_tls},
    message::{Answer, Request, next_case},
    pki::{Identity, KeyKind},
    stage::Stage,
    tokens::{Issuer, Token, fingerprint},
};
use certbound_host_tests::attacks::{Resumption, forged_headers, presenters, resumptions, tokens_of_the_thief};
use serde_json::json;

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let stage = Stage::for_servers(&["one.example", "two.example", "issued.example", "second.example"]);
    stage.write("two.json", &OTHER_ISSUER.jwks());
    stage
});

static OTHER_ISSUER: LazyLock<Issuer> = LazyLock::new(|| Issuer::new(""));

static ENVOY: LazyLock<Envoy<'static>> = LazyLock::new(|| {
    let routes =
        [("/public", json!({"enabled": false})), ("/other_audience", json!({"audiences": ["https://other.example"]}))];
    let settings = STAGE.settings(json!({"realm": "api", "claim_headers": {"x-sub": "sub"}}));
    let mut of_two = settings.clone();
    of_two["issuers"] = json!([{"issuer": "https://two.example", "jwks_file": STAGE.path("two.json")}]);
    let one = |name, clients| named(name, &STAGE, clients, &settings, &routes);
    let chains = [
        ("one.example", one("https", Clients::Any)),
        // Another issuer, and a server that requests no certificate.
        ("two.example", named("two", &STAGE, Clients::NotRequested, &of_two, &[])),
        ("issued.example", one("issued", Clients::Required)),
        ("second.example", one("second", Clients::Any)),
    ];
    let listeners = [
        by_server_name(&chains),
        without_tickets(one("without_tickets", Clients::Any)),
        without_tls(one("plain", Clients::Any)),
    ];
    Envoy::start(&STAGE, &with_listeners(&STAGE, &listeners))
});

fn secret() -> Request {
    Request::get("/secret")
}

/// Connects to `one.example` with this certificate.
async fn connect(identity: Option<&Identity>, http: Http) -> Connection {
    STAGE.client(identity, Tls::V1_3, http).connect(ENVOY.address(), "one.example").await
}

#[tokio::test]
async fn a_stolen_token_is_rejected() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let lookalike = Identity::self_signed(KeyKind::Ec, "server-a");
    for (tls, http) in versions() {
        for (identity, verdict) in presenters(stage, &lookalike) {
            let mut connection = stage.client(identity, tls, http).connect(ENVOY.address(), "one.example").await;
            // Twice: the second time it may be cached.
            for _ in 0..2 {
                let access = ENVOY.judged(&connection.send(secret().bearer(&token)).await, verdict).await;
                assert_eq!(access.peer, identity.map_or("-".to_owned(), fingerprint));
            }
        }
    }
    let mut plain = Connection::plain(ENVOY.address_of("plain"), "one.example").await;
    ENVOY.rejected(&plain.send(secret().bearer(&token)).await, "certificate_missing").await;
}

/// A resumed session keeps the certificate of its full handshake, even if the client would now present another one.
#[tokio::test]
async fn a_resumed_session_keeps_its_certificate() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let thiefs_token = stage.token_of(&stage.thief);
    let mut resumptions_of_tls_1_2_sessions = 0;
    for (tls, http) in versions() {
        for Resumption { first, afterwards, of_server_a, of_thief } in resumptions(stage) {
            for listener in ["https", "without_tickets"] {
                // TLS 1.3 has only tickets.
                let (address, has_tickets) = (ENVOY.address_of(listener), listener == "https");
                if tls == Tls::V1_3 && !has_tickets {
                    continue;
                }
                let client = stage.client(first, tls, http);
                let client = if has_tickets { client } else { client.without_tickets() };
                for resumed in [false, true, true] {
                    let mut connection = client.connect(address, "one.example").await;
                    assert_eq!(connection.resumed(), resumed, "{tls:?} {http:?} {listener}");
                    resumptions_of_tls_1_2_sessions += usize::from(resumed && tls == Tls::V1_2);
                    for (token, verdict) in [(&token, of_server_a), (&thiefs_token, of_thief)] {
                        let access = ENVOY.judged(&connection.send(secret().bearer(token)).await, verdict).await;
                        assert_eq!(access.tls, tls.name());
                        assert_eq!(access.peer, first.map_or("-".to_owned(), fingerprint));
                    }
                    client.present(afterwards);
                }
            }
        }
    }
    assert_eq!(resumptions_of_tls_1_2_sessions, 2 * Http::ALL.len() * resumptions(stage).len() * 2);
}

/// Envoy resumes no session of another filter chain: the handshake is a full one.
#[tokio::test]
async fn a_session_of_one_server_gives_no_access_to_another() {
    let (stage, stolen) = (&*STAGE, STAGE.token());
    let self_signed = Identity::self_signed(KeyKind::Ec, "server-a");
    let own = stage.token_of(&self_signed);
    for (tls, http) in versions() {
        let client = stage.client(Some(&self_signed), tls, http).with_one_session_for_all_servers();
        let send = async |name, token| -> Result<(bool, Answer), Failure> {
            let mut connection = client.try_connect(ENVOY.address(), name).await?;
            Ok((connection.resumed(), connection.try_send(secret().bearer(token)).await?))
        };
        // The same server resumes the session.
        for resumed in [false, true] {
            let (found, answer) = send("one.example", &own).await.unwrap();
            assert_eq!(found, resumed, "{tls:?} {http:?}");
            ENVOY.accepted(&answer).await;
        }
        for _ in 0..3 {
            for (token, verdict) in [(&own, "ok"), (&stolen, "certificate_mismatch")] {
                let (_, answer) = send("one.example", token).await.unwrap();
                ENVOY.judged(&answer, verdict).await;
                let (resumed, answer) = send("second.example", token).await.unwrap();
                assert!(!resumed, "{tls:?} {http:?}");
                ENVOY.judged(&answer, verdict).await;
                // A server that verifies chains never accepts the session of one that does not.
                let answer = send("issued.example", token).await;
                assert!(answer.is_err(), "{answer:?}");
            }
        }
        // It accepts a certificate whose chain it can verify.
        let mut connection =
            stage.client(Some(&stage.server_a), tls, http).connect(ENVOY.address(), "issued.example").await;
        ENVOY.accepted(&connection.send(secret().bearer(&stolen)).await).await;
    }
}

#[tokio::test]
async fn each_request_on_a_kept_alive_connection_is_checked_separately() {
    let tokens = tokens_of_the_thief(&STAGE);
    for http in Http::ALL {
        let mut connection = connect(Some(&STAGE.thief), http).await;
        for _ in 0..3 {
            for (token, verdict) in &tokens {
                let request = token.iter().fold(secret(), |request, token| request.bearer(token));
                ENVOY.judged(&connection.send(request).await, verdict).await;
            }
            // An unprotected request between the others.
            let answer = connection.send(Request::get("/public").bearer(&STAGE.token())).await;
            let access = ENVOY.access(answer.case).await;
            assert_eq!((answer.status, access.metadata.is_null()), (200, true));
        }
    }
}

/// Good and bad requests at the same time, on one connection each, from the owner and from the thief.
#[tokio::test]
async fn http2_streams_do_not_mix() {
    let (stage, of_server_a) = (&*STAGE, STAGE.token());
    let of_thief = stage.token_of(&stage.thief);
    let connections = [connect(Some(&stage.server_a), Http::V2).await, connect(Some(&stage.thief), Http::V2).await];
    let kinds = [[&of_server_a, &of_thief], [&of_thief, &of_server_a]].map(|[own, other]| {
        let kinds = [(own, "ok"), (other, "certificate_mismatch")].into_iter().cycle().take(64);
        kinds.map(|(token, verdict)| (verdict, secret().bearer(token))).collect::<Vec<_>>()
    });
    let [one, other] = kinds;
    let (one, other) =
        tokio::join!(connections[0].send_all(one.into_iter()), connections[1].send_all(other.into_iter()));
    for (verdict, answer) in one.iter().chain(&other) {
        ENVOY.judged(answer, verdict).await;
    }
}

/// Two at a time: of requests that Envoy answers itself it answers two, and then closes the connection if there are more.
#[tokio::test]
async fn pipelined_requests_each_get_their_own_verdict() {
    let (stage, stolen) = (&*STAGE, STAGE.token());
    let own = stage.token_of(&stage.thief);
    let [good, bad] = [(&own, "ok"), (&stolen, "certificate_mismatch")];
    for kinds in [[good, bad], [bad, good], [bad, bad], [good, good]] {
        let cases = kinds.map(|_| next_case());
        let request = |index: usize, end| {
            let (case, (token, _)) = (cases[index], kinds[index]);
            format!(
                "GET /secret?case={case} HTTP/1.1\r\nHost: one.example\r\nAuthorization: Bearer {token}\r\nConnection: {end}\r\n\r\n"
            )
        };
        let requests = request(0, "keep-alive") + &request(1, "close");
        let client = stage.client(Some(&stage.thief), Tls::V1_3, Http::V1_1);
        let answers = client.open(ENVOY.address(), "one.example").await.exchange(&requests, &cases).await;
        for (answer, (_, verdict)) in answers.iter().zip(kinds) {
            ENVOY.judged(answer, verdict).await;
        }
    }
}

/// The filter chain that the server name of the handshake chose determines the verdict, whatever host the request names.
#[tokio::test]
async fn the_server_name_and_the_host_may_differ() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let of_two = |identity| Token::bound_to(identity).issuer("https://two.example").signed_by(&OTHER_ISSUER);
    let other_token = of_two(&stage.server_a);
    for http in Http::ALL {
        let mut connection = connect(Some(&stage.server_a), http).await;
        for host in ["one.example", "two.example", "issued.example", "unknown.example"] {
            for (path, token, verdict) in [
                ("/secret", &token, "ok"),
                ("/secret", &other_token, "signature_invalid"),
                ("/other_audience", &token, "audience_mismatch"),
            ] {
                let answer = connection.send(Request::get(path).host(host).bearer(token)).await;
                ENVOY.judged(&answer, verdict).await;
            }
        }

        // Connected to a server that requests no certificate. The client has one, but does not present it.
        for identity in [&stage.thief, &stage.server_a] {
            let client = stage.client(Some(identity), Tls::V1_3, http);
            let mut connection = client.connect(ENVOY.address(), "two.example").await;
            for host in ["two.example", "one.example", "issued.example", "unknown.example"] {
                for (token, verdict) in [(&of_two(identity), "certificate_missing"), (&token, "signature_invalid")] {
                    let answer = connection.send(secret().host(host).bearer(token)).await;
                    assert_eq!(ENVOY.rejected(&answer, verdict).await.peer, "-");
                }
            }
        }

        // Without a server name in the handshake.
        for (identity, verdict) in [(&stage.server_a, "ok"), (&stage.thief, "certificate_mismatch")] {
            let client = stage.client(Some(identity), Tls::V1_3, http).without_sni();
            let mut connection = client.connect(ENVOY.address(), "one.example").await;
            for host in ["one.example", "second.example", "unknown.example"] {
                let answer = connection.send(secret().host(host).bearer(&token)).await;
                ENVOY.judged(&answer, verdict).await;
            }
        }
    }
}

/// Headers in which other terminators forward the certificate. Here the attacker sends them.
#[tokio::test]
async fn a_certificate_in_a_header_is_ignored() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let headers = forged_headers(&stage.server_a);
    for (identity, reason) in [(Some(&stage.thief), "certificate_mismatch"), (None, "certificate_missing")] {
        for http in Http::ALL {
            let mut connection = connect(identity, http).await;
            let request =
                headers.iter().fold(secret().bearer(&token), |request, (name, value)| request.header(name, value));
            let access = ENVOY.rejected(&connection.send(request).await, reason).await;
            assert_eq!(access.peer, identity.map_or("-".to_owned(), fingerprint));
        }
    }
}

/// What is behind the filter sees verified claims only, however often and however spelt the client sends their header.
#[tokio::test]
async fn claim_headers_of_the_client_are_replaced() {
    let stage = &*STAGE;
    let without_sub = stage.token_with(|token| token.without_claim("sub"));
    for http in Http::ALL {
        let mut connection = connect(Some(&stage.server_a), http).await;
        for (path, token, sub) in [
            ("/secret", stage.token(), vec!["server-a"]),
            ("/secret", without_sub.clone(), vec![]),
            ("/public", stage.token(), vec![]),
        ] {
            let request = ["x-sub", "x-sub", "x_sub", "X-SUB", "x_other"]
                .into_iter()
                .fold(Request::get(path).bearer(&token), |request, name| request.header(name, "forged"));
            let answer = connection.send(request).await;
            assert_eq!((answer.status, answer.header("x-echo")), (200, sub), "{http:?} {path}");
            // `x_sub` is gone, and other headers are kept.
            assert_eq!(answer.header("x-echo-others").concat().trim(), "forged", "{http:?} {path}");
        }
    }
}
