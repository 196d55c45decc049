//! Certificates that a proxy forwards in a header: they count only from trusted proxies, and only for one request.
//!
//! More than 400 lines: one test for each format, protocol and kind of peer.

use std::{fmt::Write as _, net::Ipv4Addr, sync::LazyLock};

use certbound_nginx_tests::{
    client::{Connection, Http, Tls, versions},
    log::Access,
    message::{Request, next_case},
    pki::{Identity, KeyKind},
    stage::Stage,
    tokens::{self, Token},
};
use ring::digest::{SHA256, digest};

/// The address of a peer that is no trusted proxy. That of a trusted one is 127.0.0.1.
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;
    certbound_forwarded rfc9440 Client-Cert;
    certbound_trusted_proxy 127.0.0.1;
    large_client_header_buffers 4 16k;
    root files;

    # Behind a proxy, without TLS. Connections over the Unix sockets come from no address.
    server {
        listen 127.0.0.1:PLAIN_PORT;
        listen unix:proxy.sock;
        listen unix:protocol.sock proxy_protocol;
        server_name api.example;
        location / { certbound on; empty_gif; }
        location /uncached { certbound on; certbound_cache off; empty_gif; }
        location /if_present { certbound on; certbound_binding if_present; empty_gif; }
        location /off { certbound off; empty_gif; }
        location /xfcc { certbound on; certbound_forwarded xfcc X-Forwarded-Client-Cert; empty_gif; }
        location /pem { certbound on; certbound_forwarded pem X-Client-Cert; empty_gif; }
        location /base64 { certbound on; certbound_forwarded base64 Client-Cert; empty_gif; }
        location /range { certbound on; certbound_trusted_proxy 10.0.0.0/8 127.0.0.0/8 unix:; empty_gif; }
        location /unix { certbound on; certbound_trusted_proxy unix:; empty_gif; }
        location /others { certbound on; certbound_trusted_proxy 10.0.0.0/8 ::1 127.0.0.2; empty_gif; }

        # Subrequests and internal redirects have the header of their request.
        location /auth_request/ { certbound off; auth_request /check; alias files/; }
        location = /check { internal; certbound on; proxy_pass http://unix:upstream.sock; }
        location /redirect { certbound off; try_files /missing /if_present; }

        location /upstream {
            certbound on;
            proxy_pass http://unix:upstream.sock;
            proxy_set_header Verified-Thumbprint $certbound_thumbprint;
        }
    }

    # The realip module replaces the address of the peer by one from a header, or from the PROXY protocol.
    server {
        listen 127.0.0.1:PLAIN_PORT;
        listen unix:proxy.sock;
        server_name claimed.example;
        set_real_ip_from 127.0.0.0/8;
        set_real_ip_from unix:;
        real_ip_header X-Forwarded-For;
        location / { certbound on; add_header Address $remote_addr always; empty_gif; }
    }
    server {
        listen unix:protocol.sock proxy_protocol;
        server_name protocol.example;
        set_real_ip_from unix:;
        real_ip_header proxy_protocol;
        location / { certbound on; add_header Address $remote_addr always; empty_gif; }
        location /unix { certbound on; certbound_trusted_proxy unix:; add_header Address $remote_addr always; empty_gif; }
    }

    # Behind a proxy, with TLS.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        location / { certbound on; empty_gif; }
        location /if_present { certbound on; certbound_binding if_present; empty_gif; }
    }

    # A proxy.
    upstream behind {
        server 127.0.0.1:PLAIN_PORT;
        keepalive 1;
    }
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name front.example;
        certbound off;
        ssl_verify_client optional_no_ca;
        access_log off;
        location / {
            proxy_pass http://behind/pem;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host api.example;
            proxy_set_header X-Client-Cert $ssl_client_escaped_cert;
        }
    }

    server {
        listen unix:upstream.sock;
        access_log off;
        location / { return 200 $http_verified_thumbprint; }
    }
"#;

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    Stage::start_with(&["api.example", "front.example"], SITE, |directory| directory.write_secrets(&["secret"]))
});

/// The header's value in the format rfc9440.
fn rfc9440(identity: &Identity) -> String {
    format!(":{}:", tokens::base64(identity.certificate()))
}

/// A request as the proxy sends it for a client with this certificate.
fn forwarded(path: &str, identity: Option<&Identity>) -> Request {
    let request = Request::get(path);
    match identity {
        Some(identity) => request.header("client-cert", &rfc9440(identity)),
        None => request,
    }
}

/// The SHA-256 value of the certificate, as Envoy writes it.
fn hash(identity: &Identity) -> String {
    digest(&SHA256, identity.certificate()).as_ref().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Percent-encodes everything but letters and digits.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").unwrap();
        }
        escaped
    })
}

/// Connects as a trusted proxy without TLS.
async fn proxy() -> Connection {
    Connection::plain(&STAGE.nginx, "api.example").await
}

/// Sends server A's token, and asserts the verdict and the thumbprint.
async fn judged(connection: &mut Connection, request: Request, verdict: &str, shown: Option<&Identity>) -> Access {
    let answer = connection.send(request.bearer(&STAGE.token())).await;
    let access = STAGE.nginx.judged(&answer, verdict).await;
    assert_eq!(access.thumbprint, shown.map(tokens::thumbprint).unwrap_or_default());
    access
}

#[tokio::test]
async fn a_trusted_proxy_forwards_the_certificate_in_each_format() {
    let stage = &*STAGE;
    let mut connection = proxy().await;
    let chain = stage.authority.identity();
    for (identity, verdict) in [(&stage.server_a, "ok"), (&stage.thief, "certificate_mismatch")] {
        let hash = hash(identity);
        let pem = identity.certificate_pem();
        let [der, of_chain] = [identity, chain].map(|identity| tokens::base64(identity.certificate()));
        for (path, header, value) in [
            ("/", "client-cert", rfc9440(identity)),
            ("/", "Client-Cert", rfc9440(identity)),
            ("/", "client-cert", format!("\t{}\t ", rfc9440(identity))),
            ("/uncached", "client-cert", rfc9440(identity)),
            ("/range", "client-cert", rfc9440(identity)),
            ("/xfcc", "x-forwarded-client-cert", format!("Hash={hash}")),
            ("/xfcc", "x-forwarded-client-cert", format!("By=spiffe://a;Hash={hash};Cert=\"{}\"", escaped(pem))),
            ("/xfcc", "x-forwarded-client-cert", format!("Cert=\"{}\";Subject=\"CN=a\"", escaped(pem))),
            ("/pem", "x-client-cert", escaped(pem)),
            ("/pem", "x-client-cert", pem.trim_end().replace('\n', " ")),
            ("/base64", "client-cert", der.clone()),
            ("/base64", "client-cert", escaped(&der)),
            ("/base64", "client-cert", format!("{der},{of_chain}")),
        ] {
            // Twice: the verdict on a cached token must be the same.
            for _ in 0..2 {
                judged(&mut connection, Request::get(path).header(header, &value), verdict, Some(identity)).await;
            }
        }
    }
}

/// The proxy's clients may have no certificates.
#[tokio::test]
async fn without_the_header_the_client_has_no_certificate() {
    let stage = &*STAGE;
    let mut connection = proxy().await;
    for path in ["/", "/pem", "/xfcc", "/base64"] {
        judged(&mut connection, Request::get(path), "certificate_missing", None).await;
    }
    for empty in ["", " ", "\t"] {
        judged(&mut connection, Request::get("/").header("client-cert", empty), "certificate_missing", None).await;
    }
    // Another header, and one whose name only looks alike.
    for other in ["x-client-cert", "client-cert-chain", "client_cert"] {
        let request = Request::get("/").header(other, &rfc9440(&stage.server_a));
        judged(&mut connection, request, "certificate_missing", None).await;
    }
    judged(&mut connection, forwarded("/", Some(&stage.server_a)), "ok", Some(&stage.server_a)).await;

    let unbound = Token::unbound().signed_by(&stage.issuer);
    for request in [forwarded("/if_present", None), forwarded("/if_present", Some(&stage.thief))] {
        stage.nginx.accepted(&connection.send(request.bearer(&unbound)).await).await;
    }
    judged(&mut connection, forwarded("/if_present", None), "certificate_missing", None).await;
    // The variable has the certificate also where nothing is checked.
    let answer = connection.send(forwarded("/off", Some(&stage.thief))).await;
    let access = stage.nginx.access(answer.case).await;
    assert_eq!((access.verdict.as_str(), access.thumbprint), ("", tokens::thumbprint(&stage.thief)));
}

#[tokio::test]
async fn from_any_other_peer_the_header_is_ignored() {
    let stage = &*STAGE;
    let [own, thief] = [Some(&stage.server_a), Some(&stage.thief)];
    let mut stranger = Connection::plain_from(STRANGER, &stage.nginx, "api.example").await;
    let mut proxy = proxy().await;
    for path in ["/", "/uncached", "/if_present"] {
        for _ in 0..2 {
            judged(&mut stranger, forwarded(path, own), "certificate_missing", None).await;
            judged(&mut proxy, forwarded(path, own), "ok", own).await;
        }
    }
    // Not even read.
    for value in ["garbage", ""] {
        let request = forwarded("/", own).header("client-cert", value);
        judged(&mut stranger, request, "certificate_missing", None).await;
    }
    // Other proxies are trusted there.
    judged(&mut proxy, forwarded("/others", own), "certificate_missing", None).await;
    judged(&mut proxy, forwarded("/unix", own), "certificate_missing", None).await;
    judged(&mut stranger, forwarded("/others", own), "ok", own).await;

    // Over TLS the connection's certificate counts.
    for (tls, http) in versions() {
        for (identity, header, verdict) in [
            (own, None, "ok"),
            (own, thief, "ok"),
            (thief, own, "certificate_mismatch"),
            (None, own, "certificate_missing"),
        ] {
            let client = stage.client(identity, tls, http).from(STRANGER);
            let mut connection = client.connect(&stage.nginx, "api.example").await;
            judged(&mut connection, forwarded("/", header), verdict, identity).await;
        }
    }
}

#[tokio::test]
async fn from_a_trusted_proxy_its_own_certificate_never_counts() {
    let stage = &*STAGE;
    let [own, thief] = [Some(&stage.server_a), Some(&stage.thief)];
    for (tls, http) in versions() {
        for (identity, header, verdict) in [
            (own, None, "certificate_missing"),
            (own, thief, "certificate_mismatch"),
            (own, own, "ok"),
            (thief, own, "ok"),
            (None, own, "ok"),
        ] {
            let mut connection = stage.client(identity, tls, http).connect(&stage.nginx, "api.example").await;
            judged(&mut connection, forwarded("/", header), verdict, header).await;
            judged(&mut connection, Request::get("/").header("client-cert", ""), "certificate_missing", None).await;
        }
    }
}

/// The clients behind one connection of a proxy take turns.
#[tokio::test]
async fn a_certificate_belongs_to_one_request() {
    let stage = &*STAGE;
    let [own, thief] = [Some(&stage.server_a), Some(&stage.thief)];
    let turns = [
        (own, "ok"),
        (thief, "certificate_mismatch"),
        (own, "ok"),
        (None, "certificate_missing"),
        (thief, "certificate_mismatch"),
    ];
    let mut plain = proxy().await;
    let [mut http1, mut http2] =
        [stage.connect(thief, "api.example", Http::V1_1).await, stage.connect(own, "api.example", Http::V2).await];
    for (identity, verdict) in turns.into_iter().cycle().take(30) {
        for path in ["/", "/uncached"] {
            judged(&mut plain, forwarded(path, identity), verdict, identity).await;
        }
        for connection in [&mut http1, &mut http2] {
            judged(connection, forwarded("/", identity), verdict, identity).await;
        }
    }
    // At the same time.
    let requests = turns.into_iter().cycle().take(40);
    let requests = requests.map(|(identity, verdict)| (verdict, forwarded("/", identity).bearer(&stage.token())));
    for (verdict, answer) in http2.send_all(requests).await {
        stage.nginx.judged(&answer, verdict).await;
    }
}

#[tokio::test]
async fn a_repeated_header_is_rejected() {
    let stage = &*STAGE;
    let [own, thief] = &[&stage.server_a, &stage.thief].map(rfc9440);
    let (own, thief) = (own.as_str(), thief.as_str());
    let mut plain = proxy().await;
    let mut http2 = stage.connect(None, "api.example", Http::V2).await;
    for connection in [&mut plain, &mut http2] {
        for values in [[own, own], [own, thief], [thief, own], [own, ""], ["", own], ["", ""]] {
            let request = Request::get("/").header("client-cert", values[0]).header("client-cert", values[1]);
            judged(connection, request, "forwarded_ambiguous", None).await;
        }
        judged(connection, Request::get("/").header("client-cert", own), "ok", Some(&stage.server_a)).await;
    }
    // Names of headers have no case.
    let case = next_case();
    let head =
        format!("GET /?case={case} HTTP/1.1\r\nHost: api.example\r\nAuthorization: Bearer {}\r\n", stage.token());
    let mut connection = stage.client(None, Tls::V1_3, Http::V1_1).open(&stage.nginx, "api.example").await;
    let answer = connection.ask(&format!("{head}CLIENT-CERT: {own}\r\nclient-cert: {own}\r\n\r\n"), case).await;
    stage.nginx.rejected(&answer, "forwarded_ambiguous").await;
}

/// Each value is unreadable, also for tokens that need no certificate.
#[tokio::test]
async fn an_unreadable_header_is_rejected_with_its_reason() {
    let stage = &*STAGE;
    let mut connection = proxy().await;
    let own = rfc9440(&stage.server_a);
    let [hash, other_hash] = [&stage.server_a, &stage.thief].map(hash);
    let pem = escaped(stage.server_a.certificate_pem());
    let [rfc9440, xfcc] = ["client-cert", "x-forwarded-client-cert"];
    for (path, header, value, reason) in [
        ("/", rfc9440, "garbage".to_owned(), "forwarded_rfc9440_malformed"),
        ("/", rfc9440, own.replace(':', ""), "forwarded_rfc9440_malformed"),
        ("/", rfc9440, format!("{own}, {own}"), "forwarded_ambiguous"),
        ("/", rfc9440, "::".to_owned(), "der_malformed"),
        ("/if_present", rfc9440, "garbage".to_owned(), "forwarded_rfc9440_malformed"),
        ("/pem", "x-client-cert", "garbage".to_owned(), "forwarded_pem_malformed"),
        ("/pem", "x-client-cert", format!("{pem}{pem}"), "forwarded_ambiguous"),
        ("/base64", rfc9440, "garbage!".to_owned(), "forwarded_base64_malformed"),
        ("/xfcc", xfcc, "garbage".to_owned(), "forwarded_xfcc_malformed"),
        ("/xfcc", xfcc, "By=spiffe://a".to_owned(), "forwarded_incomplete"),
        ("/xfcc", xfcc, format!("Hash={hash},Hash={hash}"), "forwarded_ambiguous"),
        ("/xfcc", xfcc, format!("Hash={other_hash};Cert=\"{pem}\""), "forwarded_hash_mismatch"),
    ] {
        let request = || Request::get(path).header(header, &value);
        judged(&mut connection, request(), reason, None).await;
        let unbound = Token::unbound().signed_by(&stage.issuer);
        stage.nginx.rejected(&connection.send(request().bearer(&unbound)).await, reason).await;
    }
}

/// A client can choose the address that realip takes from a header.
#[tokio::test]
async fn the_peer_is_that_of_the_connection_not_one_that_a_header_claims() {
    let stage = &*STAGE;
    let own = Some(&stage.server_a);
    let mut stranger = Connection::plain_from(STRANGER, &stage.nginx, "claimed.example").await;
    let mut proxy = Connection::plain(&stage.nginx, "claimed.example").await;
    let mut socket = Connection::unix(&stage.nginx, "proxy.sock", "", "claimed.example").await;
    for (connection, claimed, verdict) in [
        (&mut stranger, "127.0.0.1", "certificate_missing"),
        (&mut proxy, "192.0.2.1", "ok"),
        (&mut socket, "127.0.0.1", "certificate_missing"),
    ] {
        // Twice: nginx restores the address after each request.
        for _ in 0..2 {
            let request = forwarded("/", own).header("x-forwarded-for", claimed).bearer(&stage.token());
            let answer = connection.send(request).await;
            assert_eq!(answer.header("address"), [claimed]);
            stage.nginx.judged(&answer, verdict).await;
        }
    }

    // The PROXY protocol names the client, not the peer.
    for (name, path, verdict) in [
        ("api.example", "/", "certificate_missing"),
        ("api.example", "/unix", "ok"),
        ("protocol.example", "/", "certificate_missing"),
        ("protocol.example", "/unix", "ok"),
    ] {
        let line = "PROXY TCP4 127.0.0.1 127.0.0.1 4711 443\r\n";
        let mut connection = Connection::unix(&stage.nginx, "protocol.sock", line, name).await;
        let answer = connection.send(forwarded(path, own).bearer(&stage.token())).await;
        assert!(name == "api.example" || answer.header("address") == ["127.0.0.1"]);
        stage.nginx.judged(&answer, verdict).await;
    }
}

#[tokio::test]
async fn all_peers_over_unix_sockets_may_be_trusted() {
    let stage = &*STAGE;
    let own = Some(&stage.server_a);
    let mut connection = Connection::unix(&stage.nginx, "proxy.sock", "", "api.example").await;
    for path in ["/unix", "/range"] {
        judged(&mut connection, forwarded(path, own), "ok", own).await;
        judged(&mut connection, forwarded(path, Some(&stage.thief)), "certificate_mismatch", Some(&stage.thief)).await;
    }
    judged(&mut connection, forwarded("/", own), "certificate_missing", None).await;
}

#[tokio::test]
async fn subrequests_redirects_and_upstreams_have_the_forwarded_certificate() {
    let stage = &*STAGE;
    let [own, thief] = [Some(&stage.server_a), Some(&stage.thief)];
    let mut connection = proxy().await;
    for (identity, status) in [(own, 200), (thief, 401), (None, 401)] {
        for path in ["/auth_request/secret", "/redirect", "/upstream"] {
            let answer = connection.send(forwarded(path, identity).bearer(&stage.token())).await;
            assert_eq!(answer.status, status, "{path}: {}", stage.nginx.last_errors());
            if path == "/upstream" && status == 200 {
                assert_eq!(answer.text(), tokens::thumbprint(&stage.server_a));
            }
        }
    }
}

/// nginx in front, with `proxy_set_header X-Client-Cert $ssl_client_escaped_cert`. Its connections to the server behind it
/// are kept alive, so clients share them.
#[tokio::test]
async fn a_real_proxy_forwards_the_certificates_of_its_clients() {
    let stage = &*STAGE;
    let identities: Vec<_> =
        KeyKind::ALL.map(|kind| stage.authority.issue_client(kind, "server-a")).into_iter().collect();
    for http in Http::ALL {
        for own in &identities {
            let token = stage.token_of(own);
            let mut connections = Vec::new();
            for (identity, verdict) in
                [(Some(own), "ok"), (Some(&stage.thief), "certificate_mismatch"), (None, "certificate_missing")]
            {
                connections.push((stage.connect(identity, "front.example", http).await, identity, verdict));
            }
            for _ in 0..4 {
                for (connection, identity, verdict) in &mut connections {
                    // The client's own header does not arrive.
                    let forged = escaped(own.certificate_pem());
                    for request in [Request::get("/"), Request::get("/").header("x-client-cert", &forged)] {
                        let answer = connection.send(request.bearer(&token)).await;
                        let access = stage.nginx.judged(&answer, verdict).await;
                        assert_eq!(access.thumbprint, identity.map(tokens::thumbprint).unwrap_or_default());
                        assert_eq!(access.tls, "");
                    }
                }
            }
        }
    }
}
