//! Refusals that prove nothing, and answers that must not be taken for refusals.

use std::time::Duration;

use crate::{
    https::{self, Reply},
    pki::{Authority, Clients},
    weak_api::{Manner, Weakness},
    world::{Findings, World, refused_since},
};

/// The attacks with another client's certificate.
const OF_THIEF: &[&str] = &[
    "thief_no_token",
    "other_certificate",
    "forged_client_cert",
    "forged_x_forwarded_client_cert",
    "forged_x_ssl_cert",
    "thief_resumed",
];

/// An API that compares nothing looks protected, if it refuses the other client for another reason.
#[test]
fn a_thief_that_is_refused_even_without_a_token_shows_nothing() {
    let world = World::new();
    for protocol in ["h2", "http/1.1"] {
        let manners = [Manner::RefusesOthers(403)];
        let api = world.api_over(&[protocol], Clients::Issued, Some(Weakness::IgnoresBinding), &manners);
        let findings = world.probe(&api);
        findings.unclear(OF_THIEF);
        let meaning = findings.meaning("other_certificate");
        assert!(meaning.contains("does not answer this client as it answers the owner"), "{meaning}");
        // What needs no other client is as clear as before.
        assert_eq!(findings.attack("no_certificate")["verdict"], "refused");
        let api = world.api_over(&[protocol], Clients::Issued, Some(Weakness::AcceptsExpired), &manners);
        assert_eq!(world.probe(&api).json["accepted"], serde_json::json!(["expired"]));
    }
}

/// Where the API hangs up instead of answering, nothing shows how far a thief's request has come.
#[test]
fn a_thief_is_compared_by_the_status_alone() {
    let world = World::new();
    let findings = world.probe(&world.api(None, &[Manner::Hangs]));
    assert!(findings.attack("no_token")["requests"][0]["status"].is_null());
    findings.unclear(OF_THIEF);
    Findings::of(&world.least(&world.api(None, &[Manner::Hangs]).url("/accounts"))).incomplete();
}

/// Everything is refused after the owner's resumed session, so that the weakness is not seen.
#[test]
fn refusals_since_the_owners_last_good_request_are_unclear() {
    let world = World::new();
    let until_owner_resumed = 13;
    for weakness in [None, Some(Weakness::AcceptsTwoTokens)] {
        let findings = world.probe(&world.api(weakness, &[Manner::LosesPatience(until_owner_resumed)]));
        findings.unclear(refused_since("thief_resumed"));
        assert_eq!(findings.attack("owner_resumed")["verdict"], "accepted");
        let last = findings.attack("owner_again");
        assert_eq!((&last["verdict"], &last["good"]), (&"refused".into(), &false.into()));
        let connection = last["requests"][0]["connection"].as_str().unwrap();
        assert!(connection.starts_with("a new connection, the owner's certificate"), "{connection}");
        assert!(findings.stderr.contains("owner_again"), "{}", findings.stderr);
        for (name, words) in [
            ("no_token_later", "the owner was not accepted again"),
            ("two_tokens", "the owner's good request before it was not accepted"),
        ] {
            assert!(findings.meaning(name).contains(words), "{}", findings.meaning(name));
        }
    }
    // What was accepted before is found nevertheless.
    let api = world.api(Some(Weakness::IgnoresBinding), &[Manner::LosesPatience(until_owner_resumed)]);
    let findings = world.probe(&api);
    assert_eq!((findings.code, &findings.json["conclusion"]), (1, &"vulnerable".into()));
    // The twin that never loses its patience.
    world.probe(&world.api(None, &[Manner::LosesPatience(usize::MAX)])).protected();
}

#[test]
fn a_server_that_breaks_the_protocol_does_not_refuse() {
    let world = World::new();
    let api = world.api(Some(Weakness::IgnoresBinding), &[Manner::BreaksHttp2]);
    let findings = Findings::of(&world.least(&api.url("/accounts")));
    findings.unclear(&[
        "no_certificate",
        "look_alike",
        "forged_client_cert",
        "forged_x_forwarded_client_cert",
        "forged_x_ssl_cert",
        "thief_resumed",
    ]);
    let answer = findings.attack("look_alike")["requests"][0]["answer"].as_str().unwrap();
    assert!(answer.contains("connection error detected: unspecific protocol error detected"), "{answer}");
}

/// rustls sends no certificate, and no error, if the server accepts no signature of the client's key.
#[test]
fn a_certificate_that_cannot_be_presented_is_not_refused() {
    let world = World::new();
    let api = |world: &World, weakness| world.api_over(&["h2"], Clients::WithRsaKeys, weakness, &[]);
    let server = api(&world, None);
    let findings = world.probe(&server);
    assert_eq!((findings.code, &findings.json["conclusion"]), (2, &"owner_unclear".into()), "{:#}", findings.json);
    assert!(findings.stderr.starts_with("error: The owner's certificate was not presented"), "{}", findings.stderr);
    assert_eq!(server.paths(), [""; 0]);

    let authority = Authority::new();
    let owner = authority.rsa_client("owner", include_bytes!("../../../tests/vectors/keys/rsa2048.pk8"));
    let thief = authority.client("thief");
    let world = World::of(authority, owner, thief);
    // Without the thief's certificate, the weakness does not show.
    let findings = world.probe(&api(&world, Some(Weakness::ComparesAuthorities)));
    let unclear = ["look_alike"].into_iter().chain(OF_THIEF[..5].iter().copied()).collect::<Vec<_>>();
    findings.unclear(&unclear);
    for name in ["look_alike", "other_certificate"] {
        let answer = findings.attack(name)["requests"][0]["answer"].as_str().unwrap();
        assert!(answer.contains("the certificate was not presented"), "{answer}");
    }
    assert!(!findings.attack("thief_resumed")["requests"][1]["verdict"].as_str().unwrap().contains("refused"));

    let authority = Authority::new();
    let owner = authority.rsa_client("owner", include_bytes!("../../../tests/vectors/keys/rsa2048.pk8"));
    let thief = authority.rsa_client("thief", include_bytes!("../../../tests/vectors/keys/rsa3072.pk8"));
    let world = World::of(authority, owner, thief);
    // The key of the look-alike is never RSA, so whether the server compares names stays open.
    world.probe(&api(&world, None)).unclear(&["look_alike"]);
    let findings = world.probe(&api(&world, Some(Weakness::ComparesAuthorities)));
    assert_eq!(findings.json["accepted"], serde_json::json!(["other_certificate"]));
}

#[test]
fn a_server_that_asks_for_no_certificate_is_named() {
    let world = World::new();
    let api = |weakness| world.api_over(&["h2"], Clients::Unasked, weakness, &[]);
    let findings = world.probe(&api(None));
    assert_eq!((findings.code, &findings.json["conclusion"]), (1, &"owner_refused".into()));
    assert!(findings.stderr.contains("the server did not ask for the certificate"), "{}", findings.stderr);
    let findings = world.probe(&api(Some(Weakness::IgnoresBinding)));
    let accepted = serde_json::json!(["no_certificate", "look_alike", "other_certificate"]);
    assert_eq!((findings.code, &findings.json["accepted"]), (1, &accepted));
    let connection = findings.attack("owner")["requests"][0]["connection"].as_str().unwrap();
    assert!(connection.contains("(the server did not ask for the certificate)"), "{connection}");
}

/// Behind a load balancer, a server may be down, and its refusals are none.
#[test]
fn a_thief_whose_connection_ends_is_tried_again() {
    let world = World::new();
    let api = |weakness| world.api_over(&["http/1.1"], Clients::Issued, weakness, &[Manner::Drops]);
    world.probe(&api(None)).protected();
    let findings = world.probe(&api(Some(Weakness::ComparesAuthorities)));
    assert_eq!(findings.json["accepted"], serde_json::json!(["other_certificate"]));
}

/// GOAWAY with NO_ERROR ends a connection for its age, or before a restart.
#[test]
fn a_connection_that_ends_in_peace_is_not_refused() {
    let world = World::new();
    for (reason, is_refusal) in
        [(h2::Reason::PROTOCOL_ERROR, true), (h2::Reason::NO_ERROR, false), (h2::Reason::ENHANCE_YOUR_CALM, false)]
    {
        let findings = Findings::of(&world.least(&world.api(None, &[Manner::GoesAway(reason)]).url("/accounts")));
        let verdict = if is_refusal { "refused" } else { "unclear" };
        for name in ["no_certificate", "look_alike", "forged_x_ssl_cert"] {
            assert_eq!(findings.attack(name)["verdict"], verdict, "{reason}: {name}");
        }
        assert_eq!(findings.code, if is_refusal { 0 } else { 2 });
    }
}

#[test]
fn a_request_that_may_be_sent_again_is_not_refused() {
    let world = World::new();
    for (reason, is_refusal) in [
        (h2::Reason::PROTOCOL_ERROR, true),
        (h2::Reason::NO_ERROR, false),
        (h2::Reason::REFUSED_STREAM, false),
        (h2::Reason::ENHANCE_YOUR_CALM, false),
        (h2::Reason::HTTP_1_1_REQUIRED, false),
    ] {
        let findings = Findings::of(&world.least(&world.api(None, &[Manner::Resets(reason)]).url("/accounts")));
        let verdict = if is_refusal { "refused" } else { "unclear" };
        for name in ["no_token", "look_alike", "no_token_later", "two_tokens"] {
            assert_eq!(findings.attack(name)["verdict"], verdict, "{reason}: {name}");
        }
        assert_eq!(findings.code, if is_refusal { 0 } else { 2 });
    }
}

/// The first bytes of an answer may be those of a success.
#[test]
fn an_answer_that_is_cut_off_is_not_a_refusal() {
    let world = World::new();
    for (head, verdict) in [("", "refused"), ("H", "unclear"), ("HTTP/1.1 200 OK\r\nContent-Le", "unclear")] {
        let api = https::Server::start(world.authority.mutual(Clients::Any, &["http/1.1"]), move |request| {
            if request.headers.contains_key("authorization") { https::ok("") } else { Reply::Cut(head.into()) }
        });
        let findings = Findings::of(&world.least(&api.url("/accounts")));
        assert_eq!(findings.attack("no_token")["verdict"], verdict, "{head:?}");
    }
}

/// The head of an answer decides. A body that drips longer than anyone waits does not make a success unclear, and one that never
/// ends does not keep the program busy.
#[test]
fn a_success_counts_although_its_body_does_not_end() {
    let world = World::new();
    for (length, pause) in [(1, Duration::from_millis(300)), (65_536, Duration::ZERO)] {
        let api = https::Server::start(world.authority.mutual(Clients::Any, &["http/1.1"]), move |_| {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n";
            Reply::Repeat(head.into(), vec![b'.'; length], pause)
        });
        let findings = Findings::of(&world.least(&api.url("/events")));
        assert_eq!(findings.json["conclusion"], "public");
        assert_eq!(findings.with_verdict("accepted"), ["owner", "no_token"]);
        assert_eq!(api.targets(), ["/events", "/events"]);
    }
}
