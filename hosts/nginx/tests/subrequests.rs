//! Indirect ways into a protected location: internal redirects and subrequests.
//!
//! nginx skips the access phase for subrequests. The module must check or reject them nevertheless.

use std::sync::LazyLock;

use certbound_nginx_tests::{
    client::Http,
    message::{Answer, Request},
    stage::Stage,
    tokens::Token,
};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;
    root files;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;

        location /protected/ { certbound on; }
        location /scoped/ { certbound on; certbound_scope admin; }
        location /internal/ { internal; certbound on; alias files/protected/; }
        location @protected { certbound on; proxy_pass http://unix:upstream.sock; }

        # Internal redirects from unprotected locations.
        location /try_files { try_files /missing /protected/secret; }
        location /try_files_named { try_files /missing @protected; }
        location /error_page { error_page 404 = /protected/secret; }
        location /error_page_named { error_page 404 = @protected; }
        location /error_page_401 { certbound on; error_page 401 = /protected/secret; }
        location /error_page_403 { error_page 403 = /protected/secret; deny all; }
        location /if { certbound on; if ($args) { add_header In-If yes; } alias files/protected/secret; }
        location /limit_except { certbound on; limit_except POST { allow all; } alias files/protected/secret; }
        location /rewrite { rewrite ^ /protected/secret last; }
        location /index/ { index /protected/secret; }
        location /accelerated { proxy_pass http://unix:upstream.sock:/accelerate; }

        # From a location that accepts the token to one that rejects it.
        location /weaker { certbound on; error_page 404 = /scoped/secret; }

        # From a location that rejects the token to one that accepts it.
        location /stronger { certbound on; certbound_scope admin; error_page 403 = /protected/secret; }

        # From a protected location to a public page.
        location /friendly { certbound on; error_page 401 /sorry; }
        location /sorry { }

        # Subrequests.
        location /ssi { ssi on; ssi_types text/plain; }
        location /ssi_checked { certbound on; ssi on; ssi_types text/plain; }
        location /auth_request {
            auth_request /check;
            auth_request_set $checked_sub $upstream_http_checked_sub;
            add_header Checked-Sub $checked_sub always;
            alias files/protected/secret;
        }
        location = /check { internal; certbound on; proxy_pass http://unix:upstream.sock:/check; proxy_set_header Sub $certbound_sub; }
        location /auth_request_in_front { auth_request /permit; certbound on; alias files/protected/secret; }
        location = /permit { internal; proxy_pass http://unix:upstream.sock:/check; }
        location /mirror { mirror /mirrored; alias files/sorry; }
        location = /mirrored { internal; certbound on; proxy_pass http://unix:upstream.sock:/mirrored; }
        location /addition/ { addition_types text/plain; add_after_body /protected/secret; alias files/public/; }

        # Other access modules allow the request.
        location /satisfy_all { satisfy all; allow all; certbound on; alias files/protected/secret; }
        location /satisfy_any { satisfy any; allow all; certbound on; alias files/protected/secret; }
        location /satisfy_any_else { satisfy any; deny all; certbound on; alias files/protected/secret; }
        location /denied { deny all; certbound on; alias files/protected/secret; }
    }

    server {
        listen unix:upstream.sock;
        access_log upstream.log verdict;
        location / { return 200 "the secret"; }
        location /accelerate { add_header X-Accel-Redirect /internal/secret; return 200; }
        location /check { add_header Checked-Sub $http_sub; return 200; }
        location /mirrored { return 200; }
    }
"#;

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    Stage::start_with(&["api.example"], SITE, |directory| {
        directory.write_secrets(&["protected/secret", "scoped/secret"]);
        for name in ["sorry", "public/page"] {
            directory.write(&format!("files/{name}"), "a public page");
        }
        directory.write("files/index/.keep", "");
        let page = r#"before <!--# include virtual="/protected/secret" --> after"#;
        directory.write("files/ssi", page);
        directory.write("files/ssi_checked", page);
    })
});

/// Requests that must not reach protected content, each with the reason.
fn bad_requests(path: &str) -> [(Request, &'static str); 3] {
    let stolen = STAGE.token_of(&STAGE.thief);
    let expired = Token::bound_to(&STAGE.server_a).expires_in(-1).signed_by(&STAGE.issuer);
    [
        (Request::get(path), "token_missing"),
        (Request::get(path).bearer(&stolen), "certificate_mismatch"),
        (Request::get(path).bearer(&expired), "token_expired"),
    ]
}

fn is_secret(answer: &Answer) -> bool {
    answer.text().contains("the secret")
}

#[tokio::test]
async fn an_internal_redirect_into_a_protected_location_is_checked() {
    let (stage, token) = (&*STAGE, STAGE.token());
    for http in Http::ALL {
        let mut connection = stage.connect_server_a(http).await;
        for path in [
            "/protected/secret",
            "/try_files",
            "/try_files_named",
            "/error_page",
            "/error_page_named",
            "/error_page_401",
            "/error_page_403",
            "/if",
            "/limit_except",
            "/rewrite",
            "/index/",
            "/accelerated",
        ] {
            for (request, reason) in bad_requests(path) {
                let answer = connection.send(request).await;
                assert!(!is_secret(&answer), "{path}: {reason}");
                if path == "/error_page_401" {
                    // Rejected and logged twice, but challenged once.
                    assert_eq!((answer.status, stage.nginx.remarks(answer.case).len()), (401, 2), "{path}");
                    assert_eq!(answer.header("www-authenticate").len(), 1);
                } else {
                    stage.nginx.rejected(&answer, reason).await;
                }
            }
            let answer = connection.send(Request::get(path).bearer(&token)).await;
            if path == "/error_page_401" {
                // A good token causes no 401, so there is no redirect, and the file does not exist.
                assert_eq!(answer.status, 404);
            } else {
                stage.nginx.accepted(&answer).await;
                assert!(is_secret(&answer), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn a_redirect_from_one_checked_location_to_another_is_checked_again() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    for (request, reason) in bad_requests("/weaker") {
        stage.nginx.rejected(&connection.send(request).await, reason).await;
    }
    let answer = connection.send(Request::get("/weaker").bearer(&token)).await;
    let challenge = r#"Bearer realm="api", error="insufficient_scope", scope="admin""#;
    stage.nginx.rejected_with(&answer, "insufficient_scope", challenge).await;
    let admin = Token::bound_to(&stage.server_a).claim("scope", r#""admin""#).signed_by(&stage.issuer);
    let answer = connection.send(Request::get("/weaker").bearer(&admin)).await;
    stage.nginx.accepted(&answer).await;
    assert!(is_secret(&answer));
}

/// The verdict of the last location decides.
#[tokio::test]
async fn a_redirect_to_a_less_strict_location_is_accepted() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    let answer = connection.send(Request::get("/stronger").bearer(&token)).await;
    let access = stage.nginx.access(answer.case).await;
    assert!(is_secret(&answer));
    assert_eq!((answer.status, access.verdict.as_str(), access.sub.as_str()), (200, "ok", "server-a"));
    assert_eq!(answer.header("www-authenticate"), [""; 0]);
    for (request, reason) in bad_requests("/stronger") {
        stage.nginx.rejected(&connection.send(request).await, reason).await;
    }
}

/// A custom error page changes only the body.
#[tokio::test]
async fn an_error_page_keeps_the_challenge() {
    let stage = &*STAGE;
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    for (request, reason) in bad_requests("/friendly") {
        let answer = connection.send(request).await;
        assert_eq!((answer.status, answer.text().as_str()), (401, "a public page"));
        let error = if reason == "token_missing" { "" } else { r#", error="invalid_token""# };
        assert_eq!(answer.header("www-authenticate"), [format!(r#"Bearer realm="api"{error}"#)]);
        assert_eq!(stage.nginx.access(answer.case).await.verdict, reason);
    }
}

#[tokio::test]
async fn a_subrequest_into_a_protected_location_is_checked() {
    let (stage, token) = (&*STAGE, STAGE.token());
    for http in Http::ALL {
        let mut connection = stage.connect_server_a(http).await;
        for path in ["/ssi", "/ssi_checked", "/addition/page", "/auth_request"] {
            for (request, reason) in bad_requests(path) {
                let answer = connection.send(request).await;
                assert!(!is_secret(&answer), "{path}: {reason}: {}", answer.text());
                stage.nginx.access(answer.case).await;
                let remarks = stage.nginx.remarks(answer.case);
                assert!(remarks.iter().any(|(_, words)| words.contains(reason)), "{path}: {reason}: {remarks:?}");
            }
            let answer = connection.send(Request::get(path).bearer(&token)).await;
            assert!(answer.status == 200 && is_secret(&answer), "{path}: {} {}", answer.status, answer.text());
            stage.nginx.access(answer.case).await;
            assert_eq!(stage.nginx.remarks(answer.case), [], "{path}");
        }
    }
}

#[tokio::test]
async fn auth_request_forwards_the_challenge_and_the_claims() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    for (request, reason) in bad_requests("/auth_request") {
        let answer = connection.send(request).await;
        let error = if reason == "token_missing" { "" } else { r#", error="invalid_token""# };
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), [format!(r#"Bearer realm="api"{error}"#)]);
        assert_eq!(answer.header("checked-sub"), [""; 0]);
    }
    let answer = connection.send(Request::get("/auth_request").bearer(&token)).await;
    assert_eq!((answer.status, answer.header("checked-sub")), (200, vec!["server-a"]));
}

#[tokio::test]
async fn a_module_that_allows_a_request_does_not_override_the_verdict() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    for path in ["/auth_request_in_front", "/satisfy_all", "/satisfy_any_else"] {
        for (request, reason) in bad_requests(path) {
            stage.nginx.rejected(&connection.send(request).await, reason).await;
        }
        let answer = connection.send(Request::get(path).bearer(&token)).await;
        stage.nginx.accepted(&answer).await;
        assert!(is_secret(&answer), "{path}");
    }
    // The module does not override other modules' verdicts either.
    let answer = connection.send(Request::get("/denied").bearer(&token)).await;
    assert_eq!((answer.status, is_secret(&answer)), (403, false));
}

/// `satisfy any` applies to this module as to nginx's own. The variables contain nothing of a rejected token.
#[tokio::test]
async fn with_satisfy_any_one_access_module_is_enough() {
    let stage = &*STAGE;
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    for (request, reason) in bad_requests("/satisfy_any") {
        let answer = connection.send(request).await;
        let access = stage.nginx.access(answer.case).await;
        assert_eq!((answer.status, access.verdict.as_str(), access.from_token()), (200, reason, [""; 7]));
        assert_eq!(answer.header("www-authenticate"), [""; 0]);
    }
}

/// nginx drops the answer to a mirrored request, so only the upstream's log shows which requests arrived.
#[tokio::test]
async fn a_bad_request_is_not_mirrored() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    let arrived = |case| {
        let log = stage.nginx.directory().read("upstream.log");
        log.lines().any(|line| line.contains("/mirrored") && line.contains(&format!("case={case} ")))
    };
    for (request, _) in bad_requests("/mirror") {
        let bad = connection.send(request).await;
        let good = connection.send(Request::get("/mirror").bearer(&token)).await;
        assert_eq!([bad.status, good.status], [200, 200]);
        stage.nginx.until("the good request's mirror arrives", || arrived(good.case)).await;
        assert!(!arrived(bad.case));
    }
}
