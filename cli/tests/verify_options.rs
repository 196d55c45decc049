//! The options of `certbound verify`: how each changes the verdict, and the errors for those that make no sense.

mod support;

use support::{AUDIENCE, HEADER, ISSUER, Issuer, NOW, World, run};

#[test]
fn options_change_the_verdict() {
    let world = World::new();
    let token = world.token();
    let judge = |more: &[&str], token: &str| world.verify(&[more, &[token]].concat());

    // Leeway
    let late = world.issuer.sign(HEADER, &world.claims().replace("1900000060", "1899999990"));
    judge(&[], &late).rejected("token_expired");
    judge(&["--leeway", "10"], &late).rejected("token_expired");
    judge(&["--leeway", "11"], &late).accepted();
    let latest = world.issuer.sign(HEADER, &world.claims().replace("1900000060", "1899999401"));
    judge(&["--leeway", "599"], &latest).rejected("token_expired");
    judge(&["--leeway", "600"], &latest).accepted();

    // Scope
    judge(&["--scope", "write", "--scope", "read"], &token).accepted();
    let words = judge(&["--scope", "read", "--scope", "pay"], &token).rejected("insufficient_scope");
    assert!(words.contains(r#"scope is "read write""#) && words.contains(r#"it lacks "pay";"#), "{words}");

    // Algorithm
    judge(&["--alg", "EdDSA", "--alg", "ES256"], &token).accepted();

    // Type
    let jwt = world.issuer.sign(r#"{"alg":"ES256"}"#, &world.claims());
    judge(&[], &jwt).rejected("type_missing");
    judge(&["--typ", "at+jwt"], &jwt).rejected("type_missing");
    judge(&["--typ", "any"], &jwt).accepted();
    judge(&["--typ", "jwt"], &jwt).accepted();
    let jwt = world.issuer.sign(&HEADER.replace("at+jwt", "JWT"), &world.claims());
    let words = judge(&[], &jwt).rejected("type_not_allowed");
    assert!(words.contains("certbound_token_type jwt") && words.contains("--typ jwt"), "{words}");
    judge(&["--typ", "jwt"], &jwt).accepted();
    let logout = world.issuer.sign(&HEADER.replace("at+jwt", "logout+jwt"), &world.claims());
    judge(&["--typ", "jwt"], &logout).rejected("type_not_allowed");
    judge(&["--typ", "any"], &logout).accepted();

    // Binding
    let unbound = world.issuer.sign(HEADER, &world.claims().replace("cnf", "cng"));
    judge(&["--binding", "required"], &unbound).rejected("confirmation_missing");
    judge(&["--binding", "if-present"], &unbound).accepted();
    judge(&["--audience", "https://another.example"], &token).accepted();
}

#[test]
fn several_issuers_are_trusted_each_with_its_own_keys() {
    let world = World::new();
    let (other, other_name) = (Issuer::new(), "https://as2.example");
    let other_jwks = world.files.write("as2.json", other.jwks());
    let withdrawn = world.files.write("withdrawn.json", r#"{"keys":[]}"#);
    let judge = |issuers: &[(&str, &str)], token: &str| {
        let pairs: Vec<_> = issuers.iter().flat_map(|(name, jwks)| ["--issuer", name, "--jwks", jwks]).collect();
        let rest = ["--audience", AUDIENCE, "--cert", &world.cert, "--now", NOW, token];
        run(&[&["verify"], &pairs[..], &rest].concat())
    };
    let own = (ISSUER, world.jwks.as_str());
    let others = (other_name, other_jwks.as_str());
    let (token, claims) = (world.token(), world.claims().replace(ISSUER, other_name));
    judge(&[own, others], &token).accepted();
    judge(&[others, own], &token).accepted();
    judge(&[own, others], &other.sign(HEADER, &claims)).accepted();
    judge(&[own, (other_name, &withdrawn)], &token).accepted();
    judge(&[own, (other_name, &world.jwks)], &world.issuer.sign(HEADER, &claims)).accepted();

    // The other issuer signs a token in the name of this one.
    let words = judge(&[own, others], &other.sign(HEADER, &world.claims())).rejected("issuer_mismatch");
    let found = format!(r#"iss is "{ISSUER}"; expected"#);
    assert!(words.contains(&found) && words.contains(&format!(r#""{other_name}", whose key verifies"#)), "{words}");
    judge(&[(ISSUER, &other_jwks), (other_name, &world.jwks)], &token).rejected("issuer_mismatch");
    judge(&[(ISSUER, &withdrawn), others], &token).rejected("signature_invalid");
    judge(&[(ISSUER, &withdrawn), (other_name, &withdrawn)], &token).rejected("keys_withdrawn");

    // One JWK Set is missing.
    let arguments = ["verify", "--issuer", ISSUER, "--issuer", other_name, "--jwks", &world.jwks];
    let outcome = run(&[&arguments[..], &["--audience", AUDIENCE, &token]].concat());
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
    assert!(outcome.stderr.contains("found 2 --issuer and 1 --jwks"), "{}", outcome.stderr);
}

#[test]
fn ed25519_is_the_second_name_of_eddsa() {
    let world = World::new();
    let token = world.token();
    for name in ["Ed25519", "EdDSA"] {
        world.verify(&["--alg", name, "--alg", "ES256", &token]).accepted();
        world.verify(&["--alg", name, &token]).rejected("algorithm_not_allowed");
    }
}

#[test]
fn usage_errors_name_the_problem() {
    let world = World::new();
    let usage = |arguments: &[&str], words: &str| {
        let outcome = run(arguments);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
        assert!(outcome.stderr.contains(words), "{words} is not in {}", outcome.stderr);
    };
    usage(&["verify", "token"], "--jwks <FILE>");
    usage(&[], "Usage");
    usage(&["frobnicate"], "unrecognized subcommand");
    usage(&world.verify_arguments(&[]), "TOKEN|-");
    usage(
        &world.verify_arguments(&["--alg", "none", "x"]),
        "ES256, ES384, ES512, EdDSA, RS256, RS384, RS512, PS256, PS384, PS512, Ed25519",
    );
    usage(&world.verify_arguments(&["--alg", "HS256", "x"]), "HS256");
    usage(&world.verify_arguments(&["--typ", "JWT", "x"]), "at+jwt, jwt, any");
    usage(&world.verify_arguments(&["--binding", "never", "x"]), "required, if-present");
    usage(&world.verify_arguments(&["--scope", "read write", "x"]), "repeat --scope");
    usage(&world.verify_arguments(&["--scope", "", "x"]), "repeat --scope");
    usage(&world.verify_arguments(&["--leeway", "-1", "x"]), "--leeway");
    usage(&world.verify_arguments(&["--leeway", "ten", "x"]), "--leeway");
    usage(
        &world.verify_arguments(&["--leeway", "601", "x"]),
        "invalid value '601' for '--leeway <S>': a leeway is at most 600 seconds; synchronize the clocks",
    );
    usage(&world.verify_arguments(&["--leeway", "18446744073709551615", "x"]), "at most 600 seconds");
    usage(&world.verify_arguments(&["--leeway", "18446744073709551616", "x"]), "--leeway");
    usage(&["verify", "--jwks", &world.jwks, "--issuer", "", "--audience", AUDIENCE, "x"], "--issuer");
    usage(&["verify", "--jwks", &world.jwks, "--issuer", ISSUER, "--audience", "", "x"], "--audience");
}
