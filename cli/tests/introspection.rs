//! `certbound introspection`, as a user sees it.

mod support;

use support::{Files, client_certificate, run, run_with_input};

#[test]
fn a_response_is_judged_by_active_and_binding() {
    let files = Files::new();
    let der = client_certificate();
    let cert = files.write("client.der", &der);
    let thumbprint = certbound::Thumbprint::of_der(&der).to_string();
    let judge = |response: &str| run_with_input(&["introspection", "--cert", &cert, "-"], response.as_bytes());
    let sound = format!(r#"{{"active":true,"client_id":"a","cnf":{{"x5t#S256":"{thumbprint}"}}}}"#);

    assert_eq!(judge(&sound).accepted(), format!("{sound}\n"));
    judge(&format!("  {sound}\r\n")).accepted();
    let file = files.write("response.json", &sound);
    run(&["introspection", "--cert", &cert, &file]).accepted();

    let words = judge(&sound.replace("true", "false")).rejected("token_inactive");
    assert!(words.contains("active is false"), "{words}");
    let words = judge(&sound.replace("true", "\"true\"")).rejected("active_malformed");
    assert!(words.contains("active is \"true\""), "{words}");
    judge(&sound.replace("active", "passive")).rejected("active_missing");
    judge(&sound.replace("cnf", "cng")).rejected("confirmation_missing");
    judge(&sound.replace("x5t#S256", "jkt")).rejected("confirmation_method_unsupported");
    let words = judge(&sound.replace(&thumbprint, &"A".repeat(43))).rejected("certificate_mismatch");
    assert!(words.contains(&thumbprint) && words.contains(&"A".repeat(43)), "{words}");
    judge("").rejected("json_unexpected_end");
    judge("[]").rejected("introspection_not_object");
    judge(&" ".repeat(300_000)).rejected("json_too_long");
    judge(&sound.replace("{\"active\":true", "{\"active\":false,\"active\":true")).rejected("json_duplicate_name");
    // The helper fails on any control character in either output.
    judge(&sound.replace(":\"a\"", ":\"\u{9b}31m\"")).accepted();
    judge(&sound.replace("true", "\"\\u001b[2J\u{9b}\"")).rejected("active_malformed");
}

#[test]
fn the_certificate_is_needed() {
    assert_eq!(run(&["introspection", "-"]).code, Some(2));
    let files = Files::new();
    let no_cert = files.write("x", "x");
    run(&["introspection", "--cert", &no_cert, "-"]).unusable();
}
