//! `certbound introspection`, run as a user would.

mod support;

use support::{Files, client_certificate, run, run_with_input};

#[test]
fn active_and_binding_are_checked() {
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
    // `run` fails on any control character in either output.
    judge(&sound.replace(":\"a\"", ":\"\u{9b}31m\"")).accepted();
    judge(&sound.replace("true", "\"\\u001b[2J\u{9b}\"")).rejected("active_malformed");
}

#[test]
fn the_certificate_is_required() {
    assert_eq!(run(&["introspection", "-"]).code, Some(2));
    let files = Files::new();
    let no_cert = files.write("x", "x");
    run(&["introspection", "--cert", &no_cert, "-"]).unusable();
}

#[test]
fn optional_members_follow_the_rules_for_tokens() {
    let files = Files::new();
    let der = client_certificate();
    let cert = files.write("client.der", &der);
    let thumbprint = certbound::Thumbprint::of_der(&der);
    let judge = |further: &str, arguments: &[&str]| {
        let response = format!(r#"{{"active":true,{further}"cnf":{{"x5t#S256":"{thumbprint}"}}}}"#);
        let arguments = [&["introspection", "--cert", &cert], arguments, &["-"]].concat();
        run_with_input(&arguments, response.as_bytes())
    };
    let policy = ["--issuer", "https://as.example", "--audience", "https://api.example", "--now", "1900000000"];
    judge("", &policy).accepted();
    judge(r#""iss":"https://as.example","aud":["https://api.example"],"exp":1900000001,"#, &policy).accepted();
    let words = judge(r#""iss":"https://other.example","#, &policy).rejected("issuer_mismatch");
    assert!(words.contains("https://other.example") && words.contains("https://as.example"), "{words}");
    let words = judge(r#""aud":"https://other.example","#, &policy).rejected("audience_mismatch");
    assert!(words.contains("https://other.example") && words.contains("https://api.example"), "{words}");
    judge(r#""exp":1900000000,"#, &policy).rejected("token_expired");
    judge(r#""nbf":1900000001,"#, &policy).rejected("token_not_yet_valid");
    let with = |further: &[&'static str]| [&policy[..], further].concat();
    judge(r#""exp":1900000000,"#, &with(&["--leeway", "1"])).accepted();
    judge(r#""scope":"read","#, &with(&["--scope", "read"])).accepted();
    let words = judge(r#""scope":"read","#, &with(&["--scope", "write"])).rejected("insufficient_scope");
    assert!(words.contains("write"), "{words}");

    // iss and aud are checked only if the options are given; times are always checked, against the system clock.
    judge(r#""iss":"https://other.example","aud":7,"exp":4102444800,"#, &[]).accepted();
    judge(r#""exp":1000000000,"#, &[]).rejected("token_expired");
    assert_eq!(judge("", &with(&["--leeway", "601"])).code, Some(2));
}
