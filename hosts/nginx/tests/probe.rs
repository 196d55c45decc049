//! `certbound probe` finds an NGINX with the module without weaknesses, and the weaknesses of one without it.

use certbound_nginx_tests::{probe::probe, stage::Stage};

/// A server that lets everyone's handshake succeed, with a location that only looks for a token, and one that trusts everyone's
/// header with a certificate.
const SITE: &str = r"
    USUAL_POLICY;
    root files;
    ssl_session_cache shared:sessions:1m;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name localhost;
        ssl_verify_client optional_no_ca;
        location / { certbound on; }
        location /unprotected/ { certbound off; if ($http_authorization = '') { return 401; } }
        location /believes/ { certbound on; certbound_forwarded rfc9440 Client-Cert; certbound_trusted_proxy 127.0.0.1; }
    }
";

#[test]
fn stolen_tokens_are_worthless() {
    let stage = Stage::start_with(&["localhost"], SITE, |directory| {
        directory.write_secrets(&["secret", "unprotected/secret", "believes/secret"]);
    });
    let probe_path = |path| probe(&stage, &format!("https://localhost:{}/{path}", stage.nginx.tls().port()));
    probe_path("secret").protected(&[]);

    // Without the module, the mere presence of a token suffices; NGINX itself refuses two.
    let probed = probe_path("unprotected/secret");
    assert_eq!(probed.code, Some(1), "{:#}", probed.findings);
    assert_eq!(
        probed.with_verdict("refused"),
        ["no_token", "thief_no_token", "no_token_later", "two_tokens"],
        "{:#}",
        probed.findings
    );

    // A proxy is trusted that everyone can be: only its header counts, and the owner has none.
    let probed = probe_path("believes/secret");
    assert_eq!(
        (probed.code, &probed.findings["conclusion"]),
        (Some(1), &"owner_refused".into()),
        "{:#}",
        probed.findings
    );
}
