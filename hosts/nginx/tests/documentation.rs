//! Tests that docs/nginx.md is correct: its first steps and its introspection work as pasted, and its pitfalls exist.
//! `nginx -t` accepts its blocks for several issuers, and all blocks of docs/issuers.md and docs/load-balancers.md.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Instant,
};

use certbound_nginx_tests::{
    client::{Client, Connection, Http, Tls},
    endpoint::{Endpoint, Reply},
    message::Request,
    nginx::{Directory, MOMENT, Nginx, PATIENCE, free_ports, module, nginx_path, usual_policy},
    pki::{Authority, KeyKind},
    tokens::{self, Issuer, Token},
};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

const DOCUMENTATION: &str = include_str!("../../../docs/nginx.md");

/// The first code block in this language after this line.
fn block(after: &str, language: &str) -> &'static str {
    let (_, rest) = DOCUMENTATION.split_once(&format!("\n{after}\n")).unwrap();
    let (_, rest) = rest.split_once(&format!("\n```{language}\n")).unwrap();
    rest.split_once("\n```\n").unwrap().0
}

/// All blocks for nginx that are not part of a list.
fn nginx_blocks(guide: &str) -> Vec<&str> {
    guide.split("\n```nginx\n").skip(1).map(|rest| rest.split_once("\n```\n").unwrap().0).collect()
}

#[test]
fn the_first_steps_work_as_pasted() {
    let folder = tempfile::tempdir().unwrap();
    // If root runs this, nginx's workers run as the user nobody, and must read the keys.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let path = |name: &str| folder.path().join(name);
    for directory in ["bin", "repository/target/nginx", "repository/hosts/nginx/examples"] {
        fs::create_dir_all(path(directory)).unwrap();
    }
    symlink(nginx_path(), path("bin/nginx")).unwrap();
    symlink(module(), path("repository/target/nginx/ngx_http_certbound_module.so")).unwrap();
    // Only the ports are changed, to free ones.
    let [tls, upstream] = free_ports().map(|port| port.to_string());
    let elsewhere = |text: &str| text.replace("8443", &tls).replace("8081", &upstream);
    let example = include_str!("../examples/nginx.conf");
    fs::write(path("repository/hosts/nginx/examples/nginx.conf"), elsewhere(example)).unwrap();

    let search = format!("{}:{}", path("bin").display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-c", &elsewhere(block("### 2. Try it", "sh"))])
        .current_dir(path("repository"))
        .env("PATH", search)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    stopped(&path("try-nginx/nginx.pid"));

    let text = |bytes| String::from_utf8_lossy(bytes).replace('\r', "");
    let (out, errors) = (text(&output.stdout), text(&output.stderr));
    let statuses: Vec<_> = out.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")).collect();
    assert_eq!(statuses, ["200 OK", "401 Unauthorized", "403 Forbidden"], "{out}{errors}");
    assert!(out.contains("\nsub=server-a client=server-a scope=accounts:read\n"), "{out}");
    for line in block(
        "The thief had the token and a certificate of the same authority, but not the client's private key:",
        "text",
    )
    .lines()
    {
        assert!(out.lines().any(|found| found == line), "{line}: {out}");
    }
    assert!(out.contains("certbound: rejected: certificate_mismatch: "), "{out}");
    assert!(out.contains("certbound: rejected: insufficient_scope: "), "{out}");
}

/// Waits until this nginx has exited, as the steps promise, and terminates it otherwise.
fn stopped(pid: &Path) {
    let master = || Pid::from_raw(fs::read_to_string(pid).ok()?.trim().parse().ok()?);
    let deadline = Instant::now() + PATIENCE;
    while let Some(master) = master().filter(|master| test_kill_process(*master).is_ok()) {
        if Instant::now() > deadline {
            kill_process(master, Signal::TERM).unwrap();
            panic!("nginx is still running");
        }
        thread::sleep(MOMENT);
    }
}

/// Pastes each block into a server with mutual TLS, unless it is one. Only addresses and the folder of files are changed.
#[test]
fn nginx_accepts_the_blocks_of_the_guides_without_a_warning() {
    let guide = include_str!("../../../docs/issuers.md");
    let of_load_balancers = nginx_blocks(include_str!("../../../docs/load-balancers.md"));
    let (_, section) = DOCUMENTATION.split_once("\n### Several issuers\n").unwrap();
    let (section, _) = section.split_once("\n##").unwrap();
    let [of_guide, of_section] = [guide, section].map(nginx_blocks);
    assert!(of_guide.len() > 12 && of_section.len() == 2, "{of_guide:#?}{of_section:#?}");
    assert!(of_load_balancers.len() > 2, "{of_load_balancers:#?}");

    let (authority, issuer) = (Authority::new(), Issuer::new(""));
    let directory = Directory::new(&authority, &authority.issue_server(&["api.example"]));
    for (copy, original) in [("api.pem", "server.pem"), ("api.key", "server.key"), ("clients-ca.pem", "ca.pem")] {
        directory.write(copy, directory.read(original));
    }
    const TLS: &str = "listen 443 ssl; ssl_client_certificate clients-ca.pem; ssl_verify_client on;";
    directory.write("issuer.conf", format!("certbound on; {}", usual_policy()));
    directory.write("jwks.json", issuer.jwks());
    for block in of_guide.into_iter().chain(of_section).chain(of_load_balancers) {
        let policy = if block.contains("certbound_audience") { "" } else { "include issuer.conf;" };
        let site = if block.starts_with("server {") {
            block.to_owned()
        } else {
            format!("server {{ {TLS} {policy}\n{block}\nlocation / {{ proxy_pass http://127.0.0.1:1; }} }}")
        };
        let site = site.replace("/etc/nginx/", "");
        let words = site.split(|character: char| character.is_whitespace() || character == ';');
        for file in words.filter(|word| word.ends_with(".json")) {
            directory.write(file, issuer.jwks());
        }
        let site = site.replace("443 ssl", "127.0.0.1:TLS_PORT ssl").replace("10.0.0.5:8080", "127.0.0.1:PLAIN_PORT");
        let words = directory.check(&site).unwrap_or_else(|words| panic!("{block}: {words}"));
        assert!(!words.contains("[warn]"), "{block}: {words}");
    }
}

/// `limit_req` has no effect where the token is checked, but works where the guide places it.
#[tokio::test]
async fn limits_by_client_work_as_shown() {
    // The block is indented as part of a list.
    let (_, shown) = DOCUMENTATION.split_once("\n  through `try_files`:\n\n  ```nginx\n").unwrap();
    let (shown, _) = shown.split_once("\n  ```\n").unwrap();
    const POLICY: &str = r#"
        listen 127.0.0.1:PLAIN_PORT;
        server_name api.example;
        USUAL_POLICY;
        certbound_binding if_present;
        location /wrong { limit_req zone=clients burst=20 nodelay; empty_gif; }
    "#;
    // A slow machine must not admit more requests.
    let shown = shown.replace("rate=10r/s", "rate=1r/m").replace("127.0.0.1:8081", "unix:upstream.sock");
    let site = shown.replacen("server {", &format!("server {{ {POLICY}"), 1)
        + "\nserver { listen unix:upstream.sock; access_log off; location / { return 200; } }";
    let issuer = Issuer::new("");
    let directory = Directory::with_keys_of(&issuer);
    let nginx = Nginx::start(directory, &site);
    let mut connection = Connection::plain(nginx.plain(), "api.example").await;
    let [one, other] =
        ["one", "other"].map(|id| Token::unbound().claim("client_id", &format!("{id:?}")).signed_by(&issuer));
    for (path, token, accepted) in [("/wrong", &one, 30), ("/", &one, 21), ("/", &other, 21)] {
        let mut statuses = Vec::new();
        for _ in 0..30 {
            statuses.push(connection.send(Request::get(path).bearer(token)).await.status);
        }
        let expected: Vec<_> = (0..30).map(|request| if request < accepted { 200 } else { 503 }).collect();
        assert_eq!(statuses, expected, "{path}: {}", nginx.last_errors());
    }
    // A request without a token is not counted, and is rejected.
    assert_eq!(connection.send(Request::get("/")).await.status, 401);
}

/// All blocks of this section.
fn section(title: &str) -> Vec<&'static str> {
    let (_, section) = DOCUMENTATION.split_once(&format!("\n## {title}\n")).unwrap();
    nginx_blocks(section.split_once("\n## ").unwrap().0)
}

#[tokio::test]
async fn scopes_and_claims_decide_as_shown() {
    let [scopes, claims, requirement] = section("Decide on claims").try_into().unwrap();
    let site = format!(
        r#"{claims} {} certbound_binding if_present; certbound_realm api;
        server {{ listen 127.0.0.1:PLAIN_PORT; certbound on; {scopes} {requirement} }}
        server {{ listen unix:upstream.sock; access_log off; location / {{ return 200 "tenant=$http_tenant"; }} }}"#,
        usual_policy()
    );
    let issuer = Issuer::new("");
    let nginx = Nginx::start(Directory::with_keys_of(&issuer), &site.replace("127.0.0.1:8081", "unix:upstream.sock"));
    let token = |scope: &str, tenant: &str, roles: &str| {
        let token = Token::unbound().claim("scope", &format!("{scope:?}")).claim("tenant", &format!("{tenant:?}"));
        token.claim("realm_access", &format!(r#"{{"roles":{roles}}}"#)).signed_by(&issuer)
    };
    let mut connection = Connection::plain(nginx.plain(), "api.example").await;
    let read = token("accounts:read", "red", "[]");
    for (method, token, verdict) in [
        ("GET", &read, "ok"),
        ("POST", &read, "insufficient_scope"),
        ("POST", &token("accounts:read accounts:write", "red", "[]"), "ok"),
    ] {
        let answer = connection.send(Request::get("/accounts/").method(method).bearer(token)).await;
        assert_eq!(nginx.access(answer.case).await.verdict, verdict, "{method}");
    }
    for (tenant, roles, verdict) in [
        ("blue", r#"["user","admin"]"#, "ok"),
        ("green", r#"["admin"]"#, "ok"),
        ("red", r#"["admin"]"#, "requirement_unmet"),
        ("blue", r#"["user"]"#, "requirement_unmet"),
        ("blue", r#"["administrator"]"#, "requirement_unmet"),
        ("blue", r#"["user admin"]"#, "requirement_unmet"),
    ] {
        let answer = connection.send(Request::get("/admin/").bearer(&token("", tenant, roles))).await;
        nginx.judged(&answer, verdict).await;
        assert_eq!(answer.text().contains(&format!("tenant={tenant}")), verdict == "ok", "{}", answer.text());
    }
    // The line that the guide shows.
    let (shown, _) = block("Otherwise the verdict is `requirement_unmet`, and the error log names the value:", "text")
        .trim_start_matches("[warn] ")
        .split_once('…')
        .unwrap();
    assert!(nginx.error_log().contains(shown), "{}", nginx.last_errors());
}

/// The metrics and the alerts that the guide names exist.
#[tokio::test]
async fn metrics_work_as_shown() {
    let [zone] = section("Metrics").try_into().unwrap();
    let site = format!("{} server {{ listen 127.0.0.1:PLAIN_PORT; certbound on; }} {zone}", usual_policy());
    let nginx =
        Nginx::start(Directory::with_keys_of(&Issuer::new("")), &site.replace("127.0.0.1:9145", "unix:metrics.sock"));
    let mut connection = Connection::unix(&nginx.directory().path("metrics.sock"), "", "localhost").await;
    let text = connection.send(Request::get("/metrics")).await.text();
    let families: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    let families: Vec<_> = families.iter().map(|family| family.split(' ').next().unwrap()).collect();
    for family in &families {
        assert!(DOCUMENTATION.contains(&format!("| `{family}` |")), "{family} is not in the guide");
    }
    for line in block("curl --silent http://127.0.0.1:9145/metrics | grep -v '} 0$'", "text").lines() {
        let (name, _) = line.split_once('{').unwrap();
        assert!(families.contains(&name), "{line}");
    }

    let rules = block("What to alert on:", "yaml");
    nginx.directory().write("rules.yml", rules);
    let output = Command::new("promtool").arg("check").arg("rules").arg(nginx.directory().path("rules.yml")).output();
    let output = output.expect("promtool is needed: run make setup-sync");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let words = rules.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    let named: Vec<_> = words.filter(|word| word.starts_with("certbound_")).collect();
    assert!(named.len() > 6, "{named:?}");
    for name in named {
        assert!(families.contains(&name), "{name}");
    }
    for verdict in rules.split('"').flat_map(|text| text.split('|')).filter(|text| text.contains('_')) {
        let is_name = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(!is_name(verdict) || text.contains(&format!("verdict=\"{verdict}\"")), "{verdict}");
    }
}

/// The blocks for introspection, pasted into `http` and into the server of the API. Only addresses and folders are changed.
#[tokio::test]
async fn opaque_tokens_and_revocation_work_as_shown() {
    const SECTION: &str = "### Opaque tokens and revocation";
    let (_, section) = DOCUMENTATION.split_once(&format!("\n{SECTION}\n")).unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let [upstream, location] = nginx_blocks(section)[..] else { panic!("{section}") };
    let (authority, issuer, endpoint) = (Authority::new(), Issuer::new(""), Endpoint::start());
    let directory = Directory::for_servers(&authority, &["api.example", "as.example"], &issuer);
    let [client, api] = ["server-a", "api"].map(|name| authority.issue_client(KeyKind::Ec, name));
    directory.write("api.pem", api.certificate_pem());
    directory.write("api.key", api.key_pem());
    directory.write("files/page", "the page");
    let shown = |block: &str| {
        (block.replace("as.example:443", "127.0.0.1:TLS_PORT"))
            .replace("/etc/ssl/certs/ca-certificates.crt", "ca.pem")
            .replace("/etc/nginx/", "")
    };
    let site = format!(
        r#"{}
        server {{
            listen 127.0.0.1:TLS_PORT ssl;
            server_name api.example;
            ssl_client_certificate ca.pem;
            ssl_verify_client on;
            certbound on;
            USUAL_POLICY;
            certbound_realm api;
            root files;
            {}
            location /jwts {{ certbound_introspect all; alias files/page; }}
            location /cached {{ certbound_introspect all; certbound_introspection_cache 10s; alias files/page; }}
        }}
        server {{
            listen 127.0.0.1:TLS_PORT ssl;
            server_name as.example;
            ssl_client_certificate ca.pem;
            ssl_verify_client on;
            location = /introspect {{ proxy_pass http://{}; }}
        }}"#,
        shown(upstream),
        shown(location),
        endpoint.address()
    );
    let words = directory.check(&site).unwrap_or_else(|words| panic!("{words}"));
    assert!(!words.contains("[warn]"), "{words}");
    let nginx = Nginx::start(directory, &site);
    let mut connection =
        Client::new(&authority, Some(&client), Tls::V1_3, Http::V1_1).connect(nginx.tls(), "api.example").await;

    let response =
        format!(r#"{{"active":true,"sub":"server-a","cnf":{{"x5t#S256":"{}"}}}}"#, tokens::thumbprint(&client));
    endpoint.answer("opaque", Reply::json(&response));
    nginx.accepted(&connection.send(Request::get("/page").bearer("opaque")).await).await;
    nginx.rejected(&connection.send(Request::get("/page").bearer("unknown")).await, "token_inactive").await;
    assert_eq!(endpoint.questions("opaque")[0].body, "token=opaque&client_id=api");
    let jwt = Token::bound_to(&client).signed_by(&issuer);
    nginx.accepted(&connection.send(Request::get("/page").bearer(&jwt)).await).await;
    for path in ["/jwts", "/cached"] {
        nginx.rejected(&connection.send(Request::get(path).bearer(&jwt)).await, "token_inactive").await;
        endpoint.answer(&jwt, Reply::json(&response));
        nginx.accepted(&connection.send(Request::get(path).bearer(&jwt)).await).await;
        endpoint.answer(&jwt, Reply::json(r#"{"active":false}"#));
    }

    // The rows of the table, each with an answer that has its status.
    for (status, reply) in [
        ("introspection_unavailable", Reply::status("503 Service Unavailable", "text/plain", "")),
        ("introspection_refused", Reply::status("401 Unauthorized", "text/plain", "")),
        ("introspection_too_long", Reply::json(" ".repeat(65_537))),
        ("introspection_malformed", Reply::json("<html>")),
    ] {
        assert!(section.contains(&format!("\n| `{status}` |")));
        endpoint.answer(status, reply);
        let answer = connection.send(Request::get("/page").bearer(status)).await;
        let access = nginx.access(answer.case).await;
        assert_eq!((answer.status, access.verdict.as_str(), answer.header("retry-after")), (503, status, vec!["5"]));
    }
}

/// If nginx ever changes this, remove the warning.
#[tokio::test]
async fn return_answers_before_any_access_check() {
    const SITE: &str = r#"
        USUAL_POLICY;
        certbound_binding if_present;
        certbound_realm api;
        server {
            listen 127.0.0.1:PLAIN_PORT;
            location /return { certbound on; return 200 "no secret"; }
            location /gif { certbound on; empty_gif; }
        }
    "#;
    let issuer = Issuer::new("");
    let directory = Directory::with_keys_of(&issuer);
    let nginx = Nginx::start(directory, SITE);
    let mut connection = Connection::plain(nginx.plain(), "api.example").await;
    let answer = connection.send(Request::get("/return")).await;
    let access = nginx.access(answer.case).await;
    assert_eq!((answer.status, access.verdict.as_str(), access.from_token()), (200, "", [""; 7]));
    nginx.rejected(&connection.send(Request::get("/gif")).await, "token_missing").await;
    let token = Token::unbound().signed_by(&issuer);
    nginx.accepted(&connection.send(Request::get("/gif").bearer(&token)).await).await;
}
