//! Which servers are asked at all: URLs, certificates and redirects.

use std::{io::Read, net::TcpListener, thread};

use rcgen::{BasicConstraints, IsCa};

use crate::{
    https::{Authority, Server, answer, ok, self_signed},
    world::{World, changed, replace_by_pipe, unchanged},
};

#[test]
fn redirects_stay_within_https() {
    let world = World::new();
    let other = world.serving(world.issuer.jwks());
    let location = other.url("/moved");
    let jwks = world.issuer.jwks();
    let server = world.server(move |request| {
        let redirect = |location: &str| answer("302 Found", &[&format!("Location: {location}")], "elsewhere");
        match request.target.as_str() {
            "/elsewhere" => redirect(&location),
            "/elsewhere-without-tls" => redirect(&location.replace("https:", "http:")),
            "/jwks" => ok(&jwks),
            "/1" => redirect("/jwks"),
            "/2" => answer("301 x", &["Location: /1"], ""),
            "/3" => answer("308 x", &["Location: /2"], ""),
            "/4" => answer("307 x", &["Location: /3"], ""),
            "/loop" => answer("303 x", &["Location: /loop"], ""),
            "/file" => redirect("file:///etc/passwd"),
            "/user" => redirect("https://user:c2VjcmV0@127.0.0.1/"),
            "/long" => redirect(&format!("https://{}", "a".repeat(100_000))),
            "/nowhere" => answer("302 Found", &[], ""),
            _ => redirect("http://127.0.0.1/jwks"),
        }
    });
    for path in ["/elsewhere", "/1", "/2", "/3"] {
        let _ = std::fs::remove_file(&world.out);
        changed(&world.once(&server.url(path)));
    }
    assert_eq!(other.targets(), ["/moved"]);
    for path in ["/elsewhere-without-tls", "/4", "/loop", "/file", "/user", "/long", "/nowhere", "/http"] {
        let words = world.rejected(&["--jwks-uri", &server.url(path), "--once"], "redirect_rejected");
        assert!(words.len() < 1000, "{words}");
    }
    assert_eq!(other.targets(), ["/moved"], "a rejected redirect is not followed");
}

#[test]
fn certificates_are_checked() {
    let world = World::new();
    let (stranger, jwks) = (Authority::new(), world.issuer.jwks());
    let reply = move |_: &crate::https::Request| ok(&jwks);
    for (tls, words) in [
        (stranger.server(&["127.0.0.1"]), "UnknownIssuer"),
        (self_signed(&["127.0.0.1"]), "UnknownIssuer"),
        (world.authority.server(&["as.example"]), "not valid for name"),
        (
            world
                .authority
                .server_with(&["127.0.0.1"], |parameters| parameters.not_after = rcgen::date_time_ymd(2020, 1, 1)),
            "expired",
        ),
        (
            world
                .authority
                .server_with(&["127.0.0.1"], |parameters| parameters.not_before = rcgen::date_time_ymd(4000, 1, 1)),
            "not valid yet",
        ),
        (
            world
                .authority
                .server_with(&["127.0.0.1"], |parameters| parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
            "CaUsedAsEndEntity",
        ),
    ] {
        let server = Server::start(tls, reply.clone());
        let text = world.rejected(&["--jwks-uri", &server.url("/"), "--once"], "tls_failed");
        assert!(text.contains(words), "{words} is not in {text}");
        assert_eq!(server.targets(), [""; 0], "nothing was asked");
    }
    let server = Server::start(world.authority.server(&["127.0.0.1"]), reply);
    changed(&world.once(&server.url("/")));
}

#[test]
fn the_authorities_are_the_systems_or_those_of_a_file() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    let url = server.url("/");
    let without = ["sync", "--out", &world.out, "--jwks-uri", &url, "--once"];
    // rustls-native-certs reads this variable, as OpenSSL does.
    let system = |file: &str| {
        let output =
            crate::support::command(&without).env("SSL_CERT_FILE", file).env_remove("SSL_CERT_DIR").output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let stranger = world.files.write("stranger.pem", &Authority::new().pem);
    let (code, text) = system(&stranger);
    assert!(code == Some(1) && text.starts_with("rejected: tls_failed: "), "{text}");
    let (code, text) = system(&world.files.path("missing"));
    assert!(code == Some(2) && text.starts_with("error: the system has no certificate authorities; "), "{text}");
    assert_eq!(system(&world.ca).0, Some(0));

    // A file replaces them, and may have several.
    let both = world.files.write(
        "both.pem",
        format!("\u{feff}text\r\n{}{}", Authority::new().pem, world.authority.pem.replace('\n', "\r\n")),
    );
    let with = |ca: &str| crate::support::run(&[&without[..], &["--ca", ca]].concat());
    unchanged(&with(&both));
    with(&stranger).rejected("tls_failed");
    let pipe = world.files.path("pipe");
    replace_by_pipe(&pipe);
    for (ca, words) in [
        (world.files.path("missing"), "No such file"),
        (world.files.path("."), "this is a directory"),
        ("-".to_owned(), "not a stream"),
        ("/dev/stdin".to_owned(), "not a stream"),
        ("/dev/null".to_owned(), "this is a pipe or a device"),
        (pipe, "this is a pipe or a device"),
        (world.files.write("empty.pem", ""), "it is empty"),
        (
            world.files.write("key.pem", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"),
            "a private key",
        ),
        (
            world.files.write("cut.pem", format!("{}-----BEGIN CERTIFICATE-----\nAA", world.authority.pem)),
            "is truncated",
        ),
        (
            world.files.write("bad.pem", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
            "pass certificates of authorities",
        ),
    ] {
        let message = with(&ca).unusable();
        assert!(message.contains(words) && !message.contains("c2VjcmV0"), "{words} is not in {message}");
    }
}

#[test]
fn servers_that_are_not_there_are_reported() {
    let world = World::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let words = world.rejected(&["--jwks-uri", &format!("https://{free}/"), "--once"], "connection_failed");
    assert!(words.contains("refused"), "{words}");
    // RFC 6761 §6.4: this name never exists.
    world.rejected(&["--jwks-uri", "https://as.invalid/", "--once"], "name_not_resolved");

    // A server that speaks HTTP without TLS.
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", plain.local_addr().unwrap());
    thread::spawn(move || {
        for stream in plain.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1000]);
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    world.rejected(&["--jwks-uri", &url, "--once"], "tls_failed");
}

#[test]
fn wrong_usage_has_exit_code_2_and_fetches_nothing() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    let url = server.url("/");
    let plain = url.replace("https", "http");
    for (arguments, words) in [
        (&["--jwks-uri", &plain, "--once"][..], "does not begin with https://"),
        (&["--jwks-uri", "https://a@127.0.0.1/", "--once"], "contains user information"),
        (&["--jwks-uri", "https://127.0.0.1/#a", "--once"], "has a fragment"),
        (&["--issuer", &plain, "--once"], "does not begin with https://"),
        (&["--issuer", &format!("{url}?a"), "--once"], "has a query"),
        (&["--jwks-uri", &url, "--issuer", &url, "--once"], "cannot be used with"),
        (&["--jwks-uri", &url, "--once", "--every", "5m"], "cannot be used with"),
        (&["--jwks-uri", &url], "--once"),
        (&["--once"], "--jwks-uri"),
        (&["--jwks-uri", &url, "--every", "5"], "a number with a unit"),
        (&["--jwks-uri", &url, "--every", "0s"], "at least 1s"),
        (&["--jwks-uri", &url, "--every", "25h"], "at most 1d"),
        (&["--jwks-uri", &url, "--once", "--metrics", "9091"], "invalid socket address"),
        (&["--jwks-uri", &url, "--once", "--metrics", "192.0.2.1:1"], "--metrics 192.0.2.1:1: "),
    ] {
        let message = world.run(arguments).unusable();
        assert!(message.contains(words), "{words} is not in {message}");
    }
    let message = crate::support::run(&["sync", "--jwks-uri", &url, "--once"]).unusable();
    assert!(message.contains("--out <FILE>"), "{message}");
    assert_eq!(server.targets(), [""; 0]);
    changed(&world.once(&url));
}
