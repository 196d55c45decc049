//! `--issuer`: the keys of an issuer that is known by its metadata.

use crate::{
    https::{Reply, Request, Server, answer, ok},
    world::{World, changed},
};

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

/// A server whose metadata is at one path, and whose keys are at `/jwks`. In the metadata, `HERE` is the server's URL.
fn issuer(world: &World, metadata_path: &str, metadata: &str, elsewhere: fn() -> Reply) -> Server {
    let (path, metadata, jwks) = (metadata_path.to_owned(), metadata.to_owned(), world.issuer.jwks());
    world.server(move |request: &Request| match &request.target {
        target if *target == path => ok(metadata.replace("HERE", &format!("https://{}", request.headers["host"]))),
        target if target == "/jwks" => ok(&jwks),
        _ => elsewhere(),
    })
}

fn not_found() -> Reply {
    answer("404 Not Found", &[], "")
}

const GOOD: &str = r#"{"issuer": "HERE", "jwks_uri": "HERE/jwks", "response_types_supported": ["code"]}"#;

fn once(world: &World, server: &Server, path: &str) -> crate::support::Outcome {
    world.run(&["--issuer", &server.url(path), "--once"])
}

#[test]
fn the_keys_are_found_through_oauth_metadata() {
    let world = World::new();
    let server = issuer(&world, OAUTH, GOOD, not_found);
    changed(&once(&world, &server, ""));
    assert_eq!(server.targets(), [OAUTH, "/jwks"]);
}

#[test]
fn openid_metadata_is_the_fall_back() {
    let world = World::new();
    for elsewhere in [
        not_found as fn() -> Reply,
        || answer("401 Unauthorized", &[], ""),
        || answer("500 Internal Server Error", &[], ""),
        || answer("302 Found", &["Location: http://127.0.0.1/login"], ""),
        || ok("<!DOCTYPE html><html></html>"),
        || ok(""),
    ] {
        let _ = std::fs::remove_file(&world.out);
        let server = issuer(&world, OPENID, GOOD, elsewhere);
        changed(&once(&world, &server, ""));
        assert_eq!(server.targets(), [OAUTH, OPENID, "/jwks"]);
    }
    // Another answer from the first place counts, so the second one is not asked.
    for (metadata, reason) in [
        (r#"{"issuer": "https://other.example", "jwks_uri": "HERE/jwks"}"#, "metadata_issuer_mismatch"),
        (r#"{"issuer": "#, "metadata_malformed"),
    ] {
        let server = issuer(&world, OAUTH, metadata, || ok(GOOD));
        world.rejected(&["--issuer", &server.url(""), "--once"], reason);
        assert!(!server.targets().contains(&OPENID.to_owned()));
    }
}

#[test]
fn the_path_of_an_issuer_is_part_of_its_places() {
    let world = World::new();
    let metadata = GOOD.replace("\"HERE\"", "\"HERE/realms/a\"");
    for (place, targets) in
        [("/.well-known/oauth-authorization-server/realms/a", 2), ("/realms/a/.well-known/openid-configuration", 3)]
    {
        let _ = std::fs::remove_file(&world.out);
        let server = issuer(&world, place, &metadata, not_found);
        changed(&once(&world, &server, "/realms/a"));
        assert_eq!(server.targets().len(), targets, "{:?}", server.targets());
        // With a slash at the end it is another issuer with the same places.
        let words = world.rejected(&["--issuer", &server.url("/realms/a/"), "--once"], "metadata_issuer_mismatch");
        assert!(words.contains("byte for byte"), "{words}");
    }
}

#[test]
fn the_issuer_must_match_byte_for_byte() {
    let world = World::new();
    for metadata in [
        GOOD.replace("\"HERE\"", "\"HERE/\""),
        GOOD.replace("\"HERE\"", "\"https://as.example\""),
        GOOD.replace("\"HERE\"", "7"),
        GOOD.replace("\"issuer\"", "\"iss\""),
    ] {
        for place in [OAUTH, OPENID] {
            let server = issuer(&world, place, &metadata, not_found);
            world.rejected(&["--issuer", &server.url(""), "--once"], "metadata_issuer_mismatch");
            assert!(!server.targets().contains(&"/jwks".to_owned()), "{metadata}");
        }
    }
    // The slash is part of the issuer on both sides.
    let server = issuer(&world, OAUTH, &GOOD.replace("\"HERE\"", "\"HERE/\""), not_found);
    changed(&once(&world, &server, "/"));
}

#[test]
fn the_jwks_uri_must_be_https() {
    let world = World::new();
    for uri in ["http://127.0.0.1/jwks", "/jwks", "https://a@127.0.0.1/jwks", "HERE/jwks#a", "file:///etc/passwd", ""] {
        let server = issuer(&world, OAUTH, &GOOD.replace("HERE/jwks", uri), not_found);
        world.rejected(&["--issuer", &server.url(""), "--once"], "jwks_uri_unusable");
        assert_eq!(server.targets().last().unwrap(), OAUTH);
    }
    for member in ["\"jwks\"", "\"jwks_uri\": null, \"x\""] {
        let server = issuer(&world, OAUTH, &GOOD.replace("\"jwks_uri\"", member), not_found);
        world.rejected(&["--issuer", &server.url(""), "--once"], "jwks_uri_unusable");
    }
    // The keys may be on another server, which TLS authenticates by its own name.
    let keys = world.serving(world.issuer.jwks());
    let server = issuer(&world, OAUTH, &GOOD.replace("HERE/jwks", &keys.url("/keys")), not_found);
    changed(&once(&world, &server, ""));
    assert_eq!(keys.targets(), ["/keys"]);
}

#[test]
fn malformed_metadata_is_rejected() {
    let world = World::new();
    for metadata in [
        GOOD.replace('}', ""),
        GOOD.replace("\"response_types_supported\"", "\"jwks_uri\""),
        GOOD.replace("[\"code\"]", "{\"a\": 1, \"a\": 2}"),
        GOOD.replace("[\"code\"]", &("[".repeat(20) + &"]".repeat(20))),
        GOOD.replace("\"code\"", "\"\u{1}\""),
        format!("{GOOD}{GOOD}"),
    ] {
        let server = issuer(&world, OAUTH, &metadata, not_found);
        world.rejected(&["--issuer", &server.url(""), "--once"], "metadata_malformed");
    }
    let server = issuer(&world, OAUTH, &format!("{GOOD}{}", " ".repeat(256 * 1024)), not_found);
    world.rejected(&["--issuer", &server.url(""), "--once"], "answer_too_long");
    let server = issuer(&world, OPENID, "<!DOCTYPE html><html></html>", || ok("<html>"));
    let words = world.rejected(&["--issuer", &server.url(""), "--once"], "metadata_malformed");
    assert!(words.contains(OPENID), "{words}");
}

#[test]
fn an_issuer_without_metadata_names_both_places() {
    let world = World::new();
    let server = issuer(&world, "/other", GOOD, not_found);
    let words = world.rejected(&["--issuer", &server.url(""), "--once"], "status_unexpected");
    assert!(words.contains(OAUTH) && words.contains(OPENID), "{words}");
    // Without a server, the second place is not asked either.
    let url = server.url("");
    drop(server);
    let words = world.rejected(&["--issuer", &url, "--once"], "connection_failed");
    assert!(!words.contains(OPENID), "{words}");
}
