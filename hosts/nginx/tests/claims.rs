//! Variables for claims, and for members of claims.

use std::sync::LazyLock;

use certbound_nginx_tests::{
    client::{Connection, Http},
    message::Request,
    stage::Stage,
    tokens::Token,
};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;
    certbound_claim $value value;
    certbound_claim $deep org units id;
    log_format claims '$value|$deep|$request';

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        add_header Claim-Value $value always;
        add_header Claim-Deep $deep always;
        certbound on;

        location / { proxy_pass http://unix:upstream.sock:/; proxy_set_header Value $value; }
        location /uncached { certbound_cache off; empty_gif; }
        # Evaluated in an earlier phase, before the verdict.
        location /early {
            set $early $value;
            access_log access.log verdict;
            access_log claims.log claims;
            empty_gif;
        }
        location /uri { certbound_claim $VALUE https://as.example/value; empty_gif; }
        location /members { certbound_claim $value a.b; empty_gif; }

        # Other claims for a variable, and another variable beside the inherited ones.
        location /nested {
            certbound_claim $value org name;
            certbound_claim $added value;
            add_header Claim-Value $value always;
            add_header Claim-Deep $deep always;
            add_header Claim-Added $added always;
            empty_gif;
            location /nested/deeper { empty_gif; }
            location /nested/again { certbound_claim $added org name; empty_gif; }
        }

        # The location that has judged the token chooses the claims.
        location /redirecting { certbound_claim $value org name; error_page 404 = @unchecked; proxy_intercept_errors on; proxy_pass http://unix:upstream.sock:/absent; }
        location /redirecting/checked { certbound_claim $value org name; error_page 404 = @checked; proxy_intercept_errors on; proxy_pass http://unix:upstream.sock:/absent; }
        location @unchecked { certbound off; proxy_pass http://unix:upstream.sock; }
        location @checked { proxy_pass http://unix:upstream.sock; }
        location /off { certbound off; empty_gif; }

        location /page { ssi on; ssi_types text/plain; proxy_pass http://unix:upstream.sock:/page; }
        location /included { certbound off; proxy_pass http://unix:upstream.sock:/; proxy_set_header Value $value; }
    }

    server {
        listen unix:upstream.sock;
        access_log off;
        location / { return 200 "[$http_value]$http_injected"; }
        location /absent { return 404; }
        location /page { return 200 '<!--# include virtual="/included" -->'; }
    }
"#;

static STAGE: LazyLock<Stage> = LazyLock::new(|| Stage::start(&["api.example"], SITE));

async fn connect() -> Connection {
    STAGE.connect_server_a(Http::V1_1).await
}

fn token(claims: &[(&str, &str)]) -> String {
    let usual = Token::bound_to(&STAGE.server_a);
    let token = claims.iter().fold(usual, |token, (name, value)| token.claim(name, value));
    token.signed_by(&STAGE.issuer)
}

/// The header field is missing if the variable is empty.
#[track_caller]
fn assert_header(answer: &certbound_nginx_tests::message::Answer, name: &str, expected: &str) {
    let expected: Vec<_> = (!expected.is_empty()).then_some(expected).into_iter().collect();
    assert_eq!(answer.header(name), expected, "{name}");
}

#[tokio::test]
async fn strings_numbers_booleans_and_arrays_have_a_text() {
    let mut connection = connect().await;
    for (value, expected) in [
        (r#""a""#, "a"),
        (r#""\u0061\/b c""#, "a/b c"),
        (r#""""#, ""),
        ("0", "0"),
        ("-0", "0"),
        ("0.0e5", "0"),
        ("0.10", "0.10"),
        ("-1.50e3", "-1.50e3"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("true", "true"),
        ("false", "false"),
        ("null", ""),
        ("{}", ""),
        (r#"{"a":"b"}"#, ""),
        ("[]", ""),
        (r#"["a"]"#, "a"),
        (r#"[ "\u0061" , "b,c", 1, true ]"#, "a b,c 1 true"),
        ("[1]", "1"),
        ("[-0, 0.0, 10]", "0 0 10"),
        ("[0,1,2,3,4,5,6,7,8,9]", "0 1 2 3 4 5 6 7 8 9"),
        // Joined, these would look like other arrays.
        (r#"["a b"]"#, ""),
        (r#"["a",""]"#, ""),
        (r#"["a",null]"#, ""),
        (r#"["a",["b"]]"#, ""),
        (r#"["a",{"b":"c"}]"#, ""),
        // A header cannot carry these unchanged.
        (r#"" a""#, ""),
        (r#""a ""#, ""),
        (r#""a\tb""#, ""),
        (r#""a\u007f""#, ""),
        (r#""a\u0000""#, ""),
        (r#""a\r\nInjected: yes""#, ""),
        (r#"["a","b\r\nInjected:yes"]"#, ""),
        (r#"["a\tb"]"#, ""),
    ] {
        let token = token(&[("value", value)]);
        // Twice: the second time it comes from the cache.
        for path in ["/", "/", "/uncached"] {
            let answer = connection.send(Request::get(path).bearer(&token)).await;
            STAGE.nginx.accepted(&answer).await;
            assert_header(&answer, "claim-value", expected);
            if path == "/" {
                assert_eq!(answer.text(), format!("[{expected}]"), "{value}");
            }
        }
    }
}

#[tokio::test]
async fn a_path_leads_to_a_member() {
    let mut connection = connect().await;
    let org = r#"{"name": "blue", "units": {"id": ["x", "y"]}, "id": "z"}"#;
    let claims = [("org", org), ("https://as.example/value", r#""of a URI""#), ("a.b", "1"), ("a", r#"{"b": 2}"#)];
    let good = token(&claims);
    for (path, value, deep) in [("/", "", "x y"), ("/uri", "of a URI", "x y"), ("/members", "1", "x y")] {
        let answer = connection.send(Request::get(path).bearer(&good)).await;
        STAGE.nginx.accepted(&answer).await;
        assert_header(&answer, "claim-value", value);
        assert_header(&answer, "claim-deep", deep);
    }
    for org in [r#"{"units": "id"}"#, r#"{"units": {"ID": "x"}}"#, r#"{"id": "x"}"#, r#"["units"]"#, "null"] {
        let answer = connection.send(Request::get("/").bearer(&token(&[("org", org)]))).await;
        STAGE.nginx.accepted(&answer).await;
        assert_header(&answer, "claim-deep", "");
    }
}

#[tokio::test]
async fn a_level_changes_only_the_variables_that_it_sets() {
    let mut connection = connect().await;
    let claims = [("value", r#""v""#), ("org", r#"{"name": "blue", "units": {"id": 7}}"#)];
    for (path, value, added) in
        [("/nested", "blue", "v"), ("/nested/deeper", "blue", "v"), ("/nested/again", "blue", "blue"), ("/", "v", "")]
    {
        let answer = connection.send(Request::get(path).bearer(&token(&claims))).await;
        STAGE.nginx.accepted(&answer).await;
        for (name, expected) in [("claim-value", value), ("claim-deep", "7"), ("claim-added", added)] {
            assert_header(&answer, name, expected);
        }
    }
}

#[tokio::test]
async fn a_rejected_token_has_no_claims() {
    let claims = [("value", r#""v""#), ("org", r#"{"units": {"id": 7}}"#)];
    let good = token(&claims);
    for http in Http::ALL {
        let mut thief = STAGE.connect(Some(&STAGE.thief), "api.example", http).await;
        let answer = thief.send(Request::get("/").bearer(&good)).await;
        STAGE.nginx.rejected(&answer, "certificate_mismatch").await;
        assert_header(&answer, "claim-value", "");
        assert_header(&answer, "claim-deep", "");
        let mut owner = STAGE.connect_server_a(http).await;
        let answer = owner.send(Request::get("/").bearer(&good)).await;
        STAGE.nginx.accepted(&answer).await;
        assert_header(&answer, "claim-value", "v");
    }
    // Without a check there is no verdict either.
    let answer = connect().await.send(Request::get("/off").bearer(&good)).await;
    assert_eq!(answer.status, 200);
    assert_header(&answer, "claim-value", "");
}

/// A value from before the verdict must not last.
#[tokio::test]
async fn the_access_log_has_the_claims_of_the_verdict() {
    let good = token(&[("value", r#""v""#), ("org", r#"{"units": {"id": 7}}"#)]);
    let mut cases = vec![];
    for (identity, verdict, logged) in [(&STAGE.server_a, "ok", "v|7|"), (&STAGE.thief, "certificate_mismatch", "-|-|")]
    {
        let mut connection = STAGE.connect(Some(identity), "api.example", Http::V1_1).await;
        let answer = connection.send(Request::get("/early").bearer(&good)).await;
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
}

#[tokio::test]
async fn the_location_that_judges_chooses_the_claims() {
    let mut connection = connect().await;
    let claims = [("value", r#""v""#), ("org", r#"{"name": "blue"}"#)];
    for (path, value) in [("/redirecting", "blue"), ("/redirecting/checked", "v")] {
        let answer = connection.send(Request::get(path).bearer(&token(&claims))).await;
        STAGE.nginx.accepted(&answer).await;
        assert_header(&answer, "claim-value", value);
    }
    // A subrequest inherits the verdict of its parent.
    let answer = connection.send(Request::get("/page").bearer(&token(&claims))).await;
    STAGE.nginx.accepted(&answer).await;
    assert_eq!(answer.text(), "[v]");
}
