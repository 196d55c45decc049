//! `certbound verify`, run as a user would.

mod support;

use support::{AUDIENCE, HEADER, ISSUER, Issuer, NOW, World, base64url, client_certificate, pem, run, run_with_input};

#[test]
fn an_accepted_token_prints_its_claims_and_nothing_else() {
    let world = World::new();
    assert_eq!(world.verify(&[&world.token()]).accepted(), format!("{}\n", world.claims()));
}

#[test]
fn standard_input_may_end_in_one_newline() {
    let world = World::new();
    let token = world.token();
    let verify = |input: String| run_with_input(&world.verify_arguments(&["-"]), input.as_bytes());
    for end in ["", "\n", "\r\n"] {
        verify(format!("{token}{end}")).accepted();
    }
    for end in ["\n\n", "\r", " \n", "\n\r\n"] {
        let words = verify(format!("{token}{end}")).rejected("signature_not_base64url");
        assert!(words.contains("its character 87 is"), "{words}");
    }
    verify(format!("\n{token}")).rejected("header_not_base64url");
    verify(String::new()).rejected("token_missing");
    verify("\n".to_owned()).rejected("token_missing");
    world.verify(&[""]).rejected("token_missing");
    world.verify(&[&format!("{token}\n")]).rejected("signature_not_base64url");
}

#[test]
fn errors_in_claims_show_found_and_expected_values() {
    let world = World::new();
    let thumbprint = certbound::Thumbprint::of_der(&world.certificate).to_string();
    let reject = |from: &str, to: &str, name: &str, words: &[&str]| {
        let claims = world.claims().replace(from, to);
        assert_ne!(claims, world.claims());
        let message = world.verify(&[&world.issuer.sign(HEADER, &claims)]).rejected(name);
        for words in words {
            assert!(message.contains(words), "{words} is not in {message}");
        }
    };
    reject(
        ISSUER,
        "https://evil.example",
        "issuer_mismatch",
        &[r#"iss is "https://evil.example""#, &format!("{ISSUER:?}")],
    );
    reject(r#""iss""#, r#""isz""#, "issuer_missing", &[ISSUER]);
    reject(
        AUDIENCE,
        "https://b.example",
        "audience_mismatch",
        &[r#"aud is ["https://other.example","https://b.example"]"#, AUDIENCE],
    );
    reject(
        "1900000060",
        "1900000000",
        "token_expired",
        &["exp 1900000000 (2030-03-17T17:46:40Z) is exactly now", "the leeway: 0 s"],
    );
    reject("1900000060", "1899999939", "token_expired", &["1 min 1 s before now"]);
    reject("1900000060", "\"x\"", "expiry_malformed", &[r#"exp is "x""#]);
    reject("1900000060", "1900000060,\"nbf\":1900000001", "token_not_yet_valid", &["1 s after now"]);
    reject(&thumbprint, &"A".repeat(43), "certificate_mismatch", &[&thumbprint, &"A".repeat(43)]);
    reject("x5t#S256", "jkt", "confirmation_method_unsupported", &["\"jkt\""]);
    reject("\"cnf\"", "\"cng\"", "confirmation_missing", &[]);
    reject("\"client_id\"", "\"sub\"", "json_duplicate_name", &["in the payload, the name \"sub\""]);
    reject("}}", "}", "json_unexpected_end", &["in the payload, EOF"]);
}

#[test]
fn errors_in_the_header_show_found_and_expected_values() {
    let world = World::new();
    let reject = |header: &str, more: &[&str], name: &str, words: &[&str]| {
        let token = world.issuer.sign(header, &world.claims());
        let message = world.verify(&[more, &[token.as_str()]].concat()).rejected(name);
        for words in words {
            assert!(message.contains(words), "{words} is not in {message}");
        }
    };
    reject(r#"{"alg":"none"}"#, &[], "algorithm_unsupported", &[r#"alg is "none""#]);
    reject(
        HEADER,
        &["--alg", "PS256", "--alg", "EdDSA"],
        "algorithm_not_allowed",
        &[r#"alg is "ES256""#, "PS256 EdDSA"],
    );
    reject(&HEADER.replace("at+jwt", "JWT"), &[], "type_not_allowed", &[r#"typ is "JWT""#]);
    reject(&HEADER.replace("\"1\"", "\"2\""), &[], "key_unknown", &[r#"kid is "2""#, r#"key set: "1""#]);
    reject(
        &HEADER.replace("ES256", "RS256"),
        &[],
        "key_unsuited",
        &[r#"alg is "RS256", kid is "1""#, "EC P-256 for ES256"],
    );
    reject(&HEADER.replace("{", "{\"crit\":[\"x\"],"), &[], "critical_header", &[r#"crit is ["x"]"#]);
    reject("{'alg'}", &[], "json_unexpected_byte", &["in the header, key must be a string at line 1 column 2"]);
}

#[test]
fn errors_in_the_form_show_what_was_found() {
    let world = World::new();
    let token = world.token();
    assert!(world.verify(&["a.b.c.d.e"]).rejected("token_not_compact").contains("five, so it is encrypted"));
    assert!(world.verify(&["opaque"]).rejected("token_not_compact").contains("it has no dots"));
    let bearer = world.verify(&[&format!("Bearer {token}")]).rejected("header_not_base64url");
    assert!(bearer.contains("begins with \\\"Bearer \\\"") || bearer.contains("begins with \"Bearer \""), "{bearer}");
    let padded = token.replacen('.', "=.", 1);
    assert!(world.verify(&[&padded]).rejected("header_not_base64url").contains("is \"=\""));
    world.verify(&[&"a".repeat(16_385)]).rejected("token_too_long");
    run_with_input(&world.verify_arguments(&["-"]), &vec![b'a'; 20_000_000]).rejected("token_too_long");
    let other = Issuer::new().sign(HEADER, &world.claims());
    assert!(world.verify(&[&other]).rejected("signature_invalid").contains(r#"alg is "ES256", kid is "1""#));
}

#[test]
fn without_a_certificate_a_bound_token_is_rejected() {
    let world = World::new();
    let token = world.token();
    let arguments = ["verify", "--jwks", &world.jwks, "--issuer", ISSUER, "--audience", AUDIENCE, "--now", NOW];
    for more in [&[][..], &["--binding", "if-present"]] {
        let words = run(&[&arguments[..], more, &[&token]].concat()).rejected("certificate_missing");
        assert!(words.contains("its x5t#S256 is \""), "{words}");
    }
}

#[test]
fn without_now_the_system_clock_decides() {
    let world = World::new();
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let at = |seconds: u64| world.issuer.sign(HEADER, &world.claims().replace("1900000060", &seconds.to_string()));
    let judge = |token: String| {
        let policy = ["verify", "--jwks", &world.jwks, "--issuer", ISSUER, "--audience", AUDIENCE];
        run(&[&policy[..], &["--cert", &world.cert, &token]].concat())
    };
    judge(at(seconds + 600)).accepted();
    judge(at(seconds - 600)).rejected("token_expired");
}

#[test]
fn a_certificate_may_be_der_or_pem_of_any_kind() {
    let world = World::new();
    let other = client_certificate();
    let (own_pem, other_pem) = (pem("CERTIFICATE", &world.certificate, "\r\n"), pem("CERTIFICATE", &other, "\n"));
    for (content, is_accepted) in [
        (world.certificate.clone(), true),
        (own_pem.clone().into_bytes(), true),
        (format!("0 s:CN=client\r\nü\r\n{own_pem}").into_bytes(), true),
        (format!("{own_pem}{other_pem}").into_bytes(), true),
        (format!("{other_pem}{own_pem}").into_bytes(), false),
        (other.clone(), false),
    ] {
        let cert = world.files.write("other.pem", content);
        let token = world.token();
        let arguments = ["verify", "--jwks", &world.jwks, "--issuer", ISSUER, "--audience", AUDIENCE];
        let outcome = run(&[&arguments[..], &["--now", NOW, "--cert", &cert, &token]].concat());
        if is_accepted {
            outcome.accepted();
        } else {
            outcome.rejected("certificate_mismatch");
        }
    }
}

#[test]
fn hostile_strings_do_not_reach_the_terminal() {
    let world = World::new();
    // `run` fails on any control character in either output.
    let evil = "\\u001b[2J\\u009b31m\\r\\u202e\u{202e}\u{9b}\u{7f}";
    let claims = world.claims().replace("alice", evil);
    let printed = world.verify(&[&world.issuer.sign(HEADER, &claims)]).accepted();
    assert!(printed.contains("\\u001b[2J") && !printed.contains('\u{202e}'));
    let original: serde_json::Value = serde_json::from_str(&claims).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).unwrap(), original);

    for (from, name) in [(ISSUER, "issuer_mismatch"), (AUDIENCE, "audience_mismatch")] {
        let words = world.verify(&[&world.issuer.sign(HEADER, &world.claims().replace(from, evil))]).rejected(name);
        assert!(words.contains("\\u001b[2J") && !words.contains('\u{202e}'), "{words}");
    }
    let header = HEADER.replace("\"1\"", &format!("\"{evil}\""));
    world.verify(&[&world.issuer.sign(&header, &world.claims())]).rejected("key_unknown");
    world.verify(&["\u{1b}[2J.\u{1b}.\u{1b}"]).rejected("header_not_base64url");
    let long = world.claims().replace(ISSUER, &"x".repeat(5000));
    assert!(world.verify(&[&world.issuer.sign(HEADER, &long)]).rejected("issuer_mismatch").len() < 600);
}

#[test]
fn claims_keep_their_order_and_the_digits_of_numbers() {
    let world = World::new();
    let claims =
        world.claims().replace("\"sub\"", " \"z\" : [ 1.50e+1 , 12345678901234567890123 ] , \"a\":{},\n\"sub\"");
    let printed = world.verify(&[&world.issuer.sign(HEADER, &claims)]).accepted();
    assert!(printed.contains(r#","z":[1.50e+1,12345678901234567890123],"a":{},"sub":"#), "{printed}");
}

#[test]
fn an_unknown_kid_of_a_key_passed_over_is_explained() {
    let world = World::new();
    let encryption = world.issuer.jwk().replace("\"1\"", "\"2\", \"use\": \"enc\"");
    let jwks = world.files.write("two.json", format!(r#"{{"keys": [{}, {encryption}]}}"#, world.issuer.jwk()));
    let token = world.issuer.sign(&HEADER.replace("\"1\"", "\"2\""), &world.claims());
    let arguments = ["verify", "--jwks", &jwks, "--issuer", ISSUER, "--audience", AUDIENCE, &token];
    let words = run(&arguments).rejected("key_unknown");
    assert!(words.contains("passed over (key_use_unsuited"), "{words}");
}

#[test]
fn unusable_key_sets_are_explained() {
    let world = World::new();
    for (content, words) in [
        (world.issuer.jwk(), "key_set_keys_missing: "),
        (world.issuer.jwk(), "wrap a single key"),
        (r#"{"keys": [7]}"#.to_owned(), "key_set_without_usable_key: "),
        (r#"{"keys": [], "keys": []}"#.to_owned(), "json_duplicate_name: "),
        (r#"{"keys": [],}"#.to_owned(), "at line 1 column 13"),
        (String::new(), "json_unexpected_end"),
        ("[]".to_owned(), "key_set_not_object"),
        ("<html>".to_owned(), "json_unexpected_byte"),
        (
            pem("PUBLIC KEY", b"", "\n"),
            "key_set_is_pem: it is a public key (PEM with \"PUBLIC KEY\"); expected a JWK Set",
        ),
        (pem("PUBLIC KEY", b"", "\n"), "or convert the key to a JWK"),
        (pem("EC PRIVATE KEY", b"", "\n"), "key_set_is_pem: it is a private key (PEM with \"EC PRIVATE KEY\");"),
        (
            pem("CERTIFICATE", &world.certificate, "\n"),
            "key_set_is_pem: it is a certificate (PEM with \"CERTIFICATE\");",
        ),
        (format!("\u{feff}{}", world.issuer.jwks()), "byte order mark"),
        (" ".repeat(300_000), "json_too_long"),
    ] {
        let jwks = world.files.write("bad.json", content);
        let token = world.token();
        let message = run(&["verify", "--jwks", &jwks, "--issuer", ISSUER, "--audience", AUDIENCE, &token]).unusable();
        assert!(message.contains(words) && message.contains("bad.json"), "{words} is not in {message}");
    }
}

#[test]
fn an_empty_key_set_withdraws_all_keys() {
    let world = World::new();
    let jwks = world.files.write("empty.json", r#"{"keys": []}"#);
    let token = world.token();
    let arguments = ["verify", "--jwks", &jwks, "--issuer", ISSUER, "--audience", AUDIENCE, "--cert", &world.cert];
    run(&[&arguments[..], &["--now", NOW, &token]].concat()).rejected("keys_withdrawn");
}

#[test]
fn the_number_of_keys_is_limited_only_by_the_length_of_the_set() {
    let world = World::new();
    let own = world.issuer.jwk();
    let mut jwks = String::from(r#"{"keys": ["#);
    for number in 0.. {
        let other = own.replace("\"1\"", &format!("\"other-{number}\""));
        if jwks.len() + other.len() + own.len() + 3 > 256 * 1024 {
            break;
        }
        jwks += &(other + ",");
    }
    jwks += &format!("{own}]}}");
    let file = world.files.write("many.json", &jwks);
    assert!(jwks.matches("kty").count() > 1500);
    let verify = |token: &str| {
        let arguments = ["verify", "--jwks", &file, "--issuer", ISSUER, "--audience", AUDIENCE, "--cert", &world.cert];
        run(&[&arguments[..], &["--now", NOW, token]].concat())
    };
    verify(&world.token()).accepted();
    // The message does not list thousands of keys.
    let unknown = world.issuer.sign(&HEADER.replace("\"1\"", "\"2\""), &world.claims());
    assert!(verify(&unknown).rejected("key_unknown").len() < 1000);
    let unsuited = world.issuer.sign(r#"{"alg":"RS256","typ":"at+jwt"}"#, &world.claims());
    assert!(verify(&unsuited).rejected("key_unsuited").contains("the set has EC P-256 for ES256;"));
}

#[test]
fn private_keys_in_the_key_set_cause_a_warning() {
    let world = World::new();
    let private = world.issuer.jwk().replace('}', r#", "d": "c2VjcmV0"}"#);
    let jwks = world.files.write("private.json", format!(r#"{{"keys": [{private}]}}"#));
    let (token, expired) = (world.token(), world.issuer.sign(HEADER, &world.claims().replace("1900000060", "1")));
    let verify = |token: &str| {
        let arguments = ["verify", "--jwks", &jwks, "--issuer", ISSUER, "--audience", AUDIENCE, "--cert", &world.cert];
        run(&[&arguments[..], &["--now", NOW, token]].concat())
    };
    let accepted = verify(&token);
    assert_eq!((accepted.code, accepted.stdout), (Some(0), format!("{}\n", world.claims())));
    assert!(accepted.stderr.starts_with("warning: key 1 (kid \"1\") has d: "), "{}", accepted.stderr);
    assert!(!accepted.stderr.contains("c2VjcmV0"));
    let rejected = verify(&expired);
    assert_eq!((rejected.code, rejected.stdout.as_str()), (Some(1), ""));
    let lines: Vec<_> = rejected.stderr.lines().collect();
    assert!(lines[0].starts_with("warning: key 1 ") && lines[1].starts_with("rejected: token_expired: "), "{lines:?}");
}

#[test]
fn standard_input_is_read_by_one_argument() {
    let world = World::new();
    let token = world.token();
    let arguments =
        ["verify", "--jwks", "-", "--issuer", ISSUER, "--audience", AUDIENCE, "--cert", &world.cert, "--now", NOW];
    run_with_input(&[&arguments[..], &[&token]].concat(), world.issuer.jwks().as_bytes()).accepted();
    let message = run_with_input(&[&arguments[..], &["-"]].concat(), world.issuer.jwks().as_bytes()).unusable();
    assert!(message.contains("given twice"), "{message}");
}

#[test]
fn random_tokens_are_rejected() {
    let world = World::new();
    let mut state: u32 = 7;
    for length in 0..60 {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            u8::try_from(state >> 24).unwrap()
        };
        let bytes: Vec<u8> = (0..length).map(|_| next()).collect();
        for token in
            [bytes.clone(), format!("{}.{}.{}", base64url(&bytes), base64url(&bytes), base64url(&bytes)).into_bytes()]
        {
            let outcome = run_with_input(&world.verify_arguments(&["-"]), &token);
            assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
        }
    }
}
