//! Which peers may forward a certificate: a trusted proxy's header is all that counts, that of any other peer is ignored.

use std::{net::Ipv4Addr, sync::LazyLock};

use certbound_nginx_tests::{
    client::{Connection, versions},
    forwarded::forwarded,
    message::Request,
    stage::Stage,
};

/// The address of a peer that is no trusted proxy. That of a trusted one is 127.0.0.1.
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;
    certbound_forwarded rfc9440 Client-Cert;
    certbound_trusted_proxy 127.0.0.1;

    # Behind a proxy, without TLS. Connections over the Unix sockets come from no address.
    server {
        listen 127.0.0.1:PLAIN_PORT;
        listen unix:proxy.sock;
        listen unix:protocol.sock proxy_protocol;
        server_name api.example;
        location / { certbound on; empty_gif; }
        location /uncached { certbound on; certbound_cache off; empty_gif; }
        location /if_present { certbound on; certbound_binding if_present; empty_gif; }
        location /range { certbound on; certbound_trusted_proxy 10.0.0.0/8 127.0.0.0/8 unix:; empty_gif; }
        location /unix { certbound on; certbound_trusted_proxy unix:; empty_gif; }
        location /mapped { certbound on; certbound_trusted_proxy ::ffff:127.0.0.1; empty_gif; }
        location /mapped_range { certbound on; certbound_trusted_proxy ::ffff:127.0.0.2/127; empty_gif; }
        location /others { certbound on; certbound_trusted_proxy 10.0.0.0/8 ::1 127.0.0.2; empty_gif; }
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
    }
"#;

static STAGE: LazyLock<Stage> = LazyLock::new(|| Stage::start(&["api.example"], SITE));

#[tokio::test]
async fn from_any_other_peer_the_header_is_ignored() {
    let stage = &*STAGE;
    let [own, thief] = [Some(&stage.server_a), Some(&stage.thief)];
    let mut stranger = Connection::plain_from(STRANGER, stage.nginx.plain(), "api.example").await;
    let mut proxy = Connection::plain(stage.nginx.plain(), "api.example").await;
    for path in ["/", "/uncached", "/if_present"] {
        for _ in 0..2 {
            stage.judged(&mut stranger, forwarded(path, own), "certificate_missing", None).await;
            stage.judged(&mut proxy, forwarded(path, own), "ok", own).await;
        }
    }
    // Not even read.
    for value in ["garbage", ""] {
        let request = forwarded("/", own).header("client-cert", value);
        stage.judged(&mut stranger, request, "certificate_missing", None).await;
    }
    // The trusted network has both.
    stage.judged(&mut stranger, forwarded("/range", own), "ok", own).await;
    stage.judged(&mut proxy, forwarded("/range", own), "ok", own).await;
    // IPv4 addresses written as IPv6 ones.
    for (path, of_proxy, of_stranger) in
        [("/mapped", "ok", "certificate_missing"), ("/mapped_range", "certificate_missing", "ok")]
    {
        for (connection, verdict) in [(&mut proxy, of_proxy), (&mut stranger, of_stranger)] {
            stage.judged(connection, forwarded(path, own), verdict, own.filter(|_| verdict == "ok")).await;
        }
    }
    // Other proxies are trusted there.
    stage.judged(&mut proxy, forwarded("/others", own), "certificate_missing", None).await;
    stage.judged(&mut proxy, forwarded("/unix", own), "certificate_missing", None).await;
    stage.judged(&mut stranger, forwarded("/others", own), "ok", own).await;

    // Over TLS the connection's certificate counts.
    for (tls, http) in versions() {
        for (identity, header, verdict) in [
            (own, None, "ok"),
            (own, thief, "ok"),
            (thief, own, "certificate_mismatch"),
            (None, own, "certificate_missing"),
        ] {
            let client = stage.client(identity, tls, http).from(STRANGER);
            let mut connection = client.connect(stage.nginx.tls(), "api.example").await;
            stage.judged(&mut connection, forwarded("/", header), verdict, identity).await;
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
            let mut connection = stage.client(identity, tls, http).connect(stage.nginx.tls(), "api.example").await;
            stage.judged(&mut connection, forwarded("/", header), verdict, header).await;
            stage
                .judged(&mut connection, Request::get("/").header("client-cert", ""), "certificate_missing", None)
                .await;
        }
    }
}

/// A client can choose the address that realip takes from a header.
#[tokio::test]
async fn the_peer_is_that_of_the_connection_not_one_that_a_header_claims() {
    let stage = &*STAGE;
    let own = Some(&stage.server_a);
    let mut stranger = Connection::plain_from(STRANGER, stage.nginx.plain(), "claimed.example").await;
    let mut proxy = Connection::plain(stage.nginx.plain(), "claimed.example").await;
    let mut socket = Connection::unix(&stage.nginx.directory().path("proxy.sock"), "", "claimed.example").await;
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
        let mut connection = Connection::unix(&stage.nginx.directory().path("protocol.sock"), line, name).await;
        let answer = connection.send(forwarded(path, own).bearer(&stage.token())).await;
        assert!(name == "api.example" || answer.header("address") == ["127.0.0.1"]);
        stage.nginx.judged(&answer, verdict).await;
    }
}

#[tokio::test]
async fn all_peers_over_unix_sockets_may_be_trusted() {
    let stage = &*STAGE;
    let own = Some(&stage.server_a);
    let mut connection = Connection::unix(&stage.nginx.directory().path("proxy.sock"), "", "api.example").await;
    for path in ["/unix", "/range"] {
        stage.judged(&mut connection, forwarded(path, own), "ok", own).await;
        stage
            .judged(&mut connection, forwarded(path, Some(&stage.thief)), "certificate_mismatch", Some(&stage.thief))
            .await;
    }
    stage.judged(&mut connection, forwarded("/", own), "certificate_missing", None).await;
}
