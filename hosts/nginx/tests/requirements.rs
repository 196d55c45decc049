//! Values that a location requires beside an accepted token.

use std::sync::LazyLock;

use certbound_nginx_tests::{client::Http, message::Request, stage::Stage, tokens::Token};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;
    certbound_claim $value value;
    certbound_claim $tenant tenant;
    # nginx numbers the variables in this order.
    log_format claims '$certbound_sub|$value|$tenant|$known_tenant|$request|$is_not_red_either|$is_not_red';

    map $tenant $known_tenant {
        blue  1;
        green 1;
    }

    map $request_method $reads {
        default 0;
        GET     1;
    }

    # Without a verdict, these accept.
    map $tenant $is_not_red {
        default 1;
        red     0;
    }

    map $is_not_red $is_not_red_either {
        default $is_not_red;
    }

    map "$wanted:$tenant" $is_wanted {
        default     0;
        "~^(.+):\1$" 1;
    }

    map $tenant $tier {
        default low;
        blue    high;
    }

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        certbound on;
        root files;

        location / { empty_gif; }
        location /value { certbound_require $value; empty_gif; }
        location /logged {
            certbound_require $known_tenant $value;
            access_log access.log verdict;
            access_log claims.log claims;
            empty_gif;
        }
        location /uncached { certbound_cache off; certbound_require $value; empty_gif; }
        location /both { certbound_require $value $known_tenant; empty_gif; }
        location /lines { certbound_require $value; certbound_require "$tenant"; empty_gif; }
        location /joined { certbound_require $value$tenant; empty_gif; }
        location /text { certbound_require "tenant=$tenant"; empty_gif; }
        location /method { certbound_require $reads; proxy_pass http://unix:upstream.sock:/; }
        location /status { certbound_require $certbound_status $certbound_sub $certbound_claims; empty_gif; }
        location /scoped { certbound_scope admin; certbound_require $value; empty_gif; }
        location /satisfy_any { satisfy any; deny all; certbound_require $value; empty_gif; }
        location /inherited {
            certbound_require $value;
            empty_gif;
            location /inherited/nested { empty_gif; }
            location /inherited/replaced { certbound_require $tenant; empty_gif; }
        }

        # Evaluated before the verdict.
        location /early { set $early $is_not_red; certbound_require $is_not_red; empty_gif; }
        location /early/users { set $early $is_not_red_either; certbound_require $is_not_red_either; empty_gif; }
        location /early/if { if ($is_not_red) { set $early 1; } certbound_require $is_not_red; empty_gif; }
        location /early/header { set $early $tier; add_header Tier $tier; empty_gif; }
        location /early/redirecting {
            certbound_claim $tenant other;
            certbound_require $is_not_red;
            try_files /nothing @redirected;
        }
        location @redirected { certbound_require $is_not_red; empty_gif; }
        location ~ ^/captured/(?<wanted>[a-z]+)/(.*)$ {
            set $kept kept;
            set $early $is_wanted;
            certbound_require $is_wanted;
            add_header Captured "$2 $kept";
            empty_gif;
        }

        # Subrequests.
        location /asking { auth_request /check; certbound off; alias files/secret; }
        location = /check { internal; certbound_require $value; proxy_pass http://unix:upstream.sock:/; }
        location /ssi { certbound off; ssi on; ssi_types text/plain; }
        location = /included { internal; certbound_require $value; alias files/secret; }

        # From a location that rejects the value to one that accepts the token.
        location /redirecting { certbound_require $value; error_page 403 = /; empty_gif; }
    }

    server {
        listen unix:upstream.sock;
        access_log off;
        location / { return 200; }
    }
"#;

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    Stage::start_with(&["api.example"], SITE, |directory| {
        directory.write_secrets(&["secret"]);
        directory.write("files/ssi", r#"before <!--# include virtual="/included" --> after"#);
    })
});

const UNMET: &str = "requirement_unmet";

fn token(claims: &[(&str, &str)]) -> String {
    let usual = Token::bound_to(&STAGE.server_a);
    let token = claims.iter().fold(usual, |token, (name, value)| token.claim(name, value));
    token.signed_by(&STAGE.issuer)
}

/// Sends this token twice, and asserts the verdict, and what the error log says about a value that is not accepted.
async fn judged(path: &str, claims: &[(&str, &str)], reason: Option<&str>) {
    let mut connection = STAGE.connect_server_a(Http::V1_1).await;
    let token = token(claims);
    for _ in 0..2 {
        let answer = connection.send(Request::get(path).bearer(&token)).await;
        STAGE.nginx.judged(&answer, reason.map_or("ok", |_| UNMET)).await;
        if let Some(reason) = reason {
            let remarks = STAGE.nginx.remarks(answer.case);
            let expected = format!("rejected: requirement_unmet: {reason}; expected ");
            assert!(remarks[0].1.starts_with(&expected), "{path}: {expected} expected: {remarks:?}");
        }
    }
}

#[tokio::test]
async fn a_value_must_not_be_empty_0_or_false() {
    let [empty, zero, no] = ["empty", "0", "false"].map(|what| format!(r#""$value" of "certbound_require" is {what}"#));
    for (value, reason) in [
        (r#""a""#, None),
        (r#""00""#, None),
        (r#""0 0""#, None),
        ("1", None),
        ("0.01", None),
        ("-10", None),
        ("1e-9", None),
        (r#""0.0""#, None),
        ("true", None),
        (r#"["0","0"]"#, None),
        (r#""""#, Some(&empty)),
        ("null", Some(&empty)),
        ("{}", Some(&empty)),
        ("[]", Some(&empty)),
        (r#""a\n""#, Some(&empty)),
        (r#""0""#, Some(&zero)),
        ("0", Some(&zero)),
        ("-0", Some(&zero)),
        ("0.00", Some(&zero)),
        ("-0.0E-15", Some(&zero)),
        ("0e5", Some(&zero)),
        ("[0]", Some(&zero)),
        ("[0.0]", Some(&zero)),
        ("false", Some(&no)),
        (r#""false""#, Some(&no)),
    ] {
        for path in ["/value", "/uncached"] {
            judged(path, &[("value", value)], reason.map(String::as_str)).await;
        }
        judged("/", &[("value", value)], None).await;
    }
    judged("/value", &[], Some(&empty)).await;
}

#[tokio::test]
async fn every_value_must_be_met() {
    let empty = |value: &str| format!(r#""{value}" of "certbound_require" is empty"#);
    let [value, blue, red] = [("value", "1"), ("tenant", r#""blue""#), ("tenant", r#""red""#)];
    for (path, claims, unmet) in [
        ("/both", &[value, blue][..], None),
        ("/both", &[value, red], Some("$known_tenant")),
        ("/both", &[value], Some("$known_tenant")),
        ("/both", &[blue], Some("$value")),
        ("/lines", &[value, red], None),
        ("/lines", &[value], Some("$tenant")),
        ("/lines", &[red], Some("$value")),
        ("/joined", &[value], None),
        ("/joined", &[red], None),
        ("/joined", &[], Some("$value$tenant")),
        ("/text", &[], None),
        ("/status", &[], None),
        ("/method", &[], None),
        ("/inherited", &[value], None),
        ("/inherited", &[red], Some("$value")),
        ("/inherited/nested", &[value], None),
        ("/inherited/nested", &[red], Some("$value")),
        ("/inherited/replaced", &[red], None),
        ("/inherited/replaced", &[value], Some("$tenant")),
        ("/satisfy_any", &[value], None),
        ("/satisfy_any", &[], Some("$value")),
    ] {
        judged(path, claims, unmet.map(empty).as_deref()).await;
    }
}

/// A value need not come from the token.
#[tokio::test]
async fn a_map_of_the_request_can_be_required() {
    let mut connection = STAGE.connect_server_a(Http::V2).await;
    let answer = connection.send(Request::get("/method").method("POST").bearer(&STAGE.token())).await;
    STAGE.nginx.rejected(&answer, UNMET).await;
    let answer = connection.send(Request::get("/method").bearer(&STAGE.token())).await;
    STAGE.nginx.accepted(&answer).await;
}

/// nginx evaluates a `map` once per request, perhaps before the verdict or under that of another location.
#[tokio::test]
async fn a_map_follows_the_claims_of_the_verdict() {
    let [blue, red] = [r#""blue""#, r#""red""#];
    for (path, value) in [
        ("/early", "$is_not_red"),
        ("/early/users", "$is_not_red_either"),
        ("/early/if", "$is_not_red"),
        ("/early/redirecting", "$is_not_red"),
    ] {
        judged(path, &[("tenant", blue), ("other", blue)], None).await;
        let zero = format!(r#""{value}" of "certbound_require" is 0"#);
        judged(path, &[("tenant", red), ("other", blue)], Some(&zero)).await;
    }
    let mut connection = STAGE.connect_server_a(Http::V1_1).await;
    for (tenant, tier) in [(blue, "high"), (red, "low")] {
        let answer = connection.send(Request::get("/early/header").bearer(&token(&[("tenant", tenant)]))).await;
        STAGE.nginx.accepted(&answer).await;
        assert_eq!(answer.header("tier"), [tier]);
    }
}

/// Neither judging the values, nor evaluating them again, changes what "location" and "set" have stored.
#[tokio::test]
async fn captures_and_set_variables_last() {
    let mut connection = STAGE.connect_server_a(Http::V1_1).await;
    let blue = token(&[("tenant", r#""blue""#)]);
    let answer = connection.send(Request::get("/captured/blue/a/b").bearer(&blue)).await;
    STAGE.nginx.accepted(&answer).await;
    assert_eq!(answer.header("captured"), ["a/b kept"]);
    let answer = connection.send(Request::get("/captured/red/a/b").bearer(&blue)).await;
    STAGE.nginx.rejected(&answer, UNMET).await;
    assert!(!STAGE.nginx.error_log().contains("uninitialized"), "{}", STAGE.nginx.last_errors());
}

/// The reason tells a thief nothing about what the location requires.
#[tokio::test]
async fn the_token_is_judged_first() {
    let scoped = ("scope", r#""admin""#);
    let mut connection = STAGE.connect_server_a(Http::V1_1).await;
    for (claims, verdict) in [(&[scoped, ("value", "1")][..], "ok"), (&[scoped], UNMET)] {
        let answer = connection.send(Request::get("/scoped").bearer(&token(claims))).await;
        STAGE.nginx.judged(&answer, verdict).await;
    }
    let answer = connection.send(Request::get("/scoped").bearer(&token(&[]))).await;
    let challenge = r#"Bearer realm="api", error="insufficient_scope", scope="admin""#;
    STAGE.nginx.rejected_with(&answer, "insufficient_scope", challenge).await;
    STAGE.nginx.rejected(&connection.send(Request::get("/value")).await, "token_missing").await;
    let mut thief = STAGE.connect(Some(&STAGE.thief), "api.example", Http::V1_1).await;
    let answer = thief.send(Request::get("/value").bearer(&token(&[]))).await;
    STAGE.nginx.rejected(&answer, "certificate_mismatch").await;
}

#[tokio::test]
async fn subrequests_are_judged_alike() {
    let mut connection = STAGE.connect_server_a(Http::V1_1).await;
    for (path, rejected) in [("/asking", 403), ("/ssi", 200)] {
        for (value, secret) in [("1", true), ("0", false)] {
            let answer = connection.send(Request::get(path).bearer(&token(&[("value", value)]))).await;
            assert_eq!(answer.status, if secret { 200 } else { rejected }, "{path}");
            assert_eq!(answer.text().contains("the secret"), secret, "{path}: {}", answer.text());
        }
    }
}

/// Neither what the rule has evaluated, nor the challenge, must last after the verdict.
#[tokio::test]
async fn a_rejected_token_leaves_no_claims_in_the_log() {
    let mut connection = STAGE.connect_server_a(Http::V1_1).await;
    let mut cases = vec![];
    for (value, verdict, logged) in [("7", "ok", "server-a|7|blue|1|"), ("0", UNMET, "-|-|-||")] {
        let token = token(&[("value", value), ("tenant", r#""blue""#)]);
        let answer = connection.send(Request::get("/logged").bearer(&token)).await;
        STAGE.nginx.judged(&answer, verdict).await;
        cases.push((answer.case, logged));
    }
    let line = |case: usize| {
        let log = STAGE.nginx.directory().read("claims.log");
        log.lines().find(|line| line.contains(&format!("case={case} "))).map(str::to_owned)
    };
    for (case, logged) in cases {
        STAGE.nginx.until("the claims are logged", || line(case).is_some()).await;
        assert!(line(case).unwrap().starts_with(logged), "{:?}", line(case));
    }
    // The location that the redirect leads to accepts the token.
    let answer = connection.send(Request::get("/redirecting").bearer(&token(&[]))).await;
    assert_eq!((answer.status, answer.header("www-authenticate").len()), (200, 0));
    assert_eq!(STAGE.nginx.access(answer.case).await.verdict, "ok");
}
