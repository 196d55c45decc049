//! `certbound client-auth`, run as a user would.

mod support;

use support::{Files, Outcome, client_certificate_with_key, pem, run};

struct Client {
    files: Files,
    cert: String,
    key: String,
    thumbprint: String,
}

impl Client {
    fn new() -> Self {
        let files = Files::new();
        let (der, key) = client_certificate_with_key();
        let cert = files.write("client.pem", pem("CERTIFICATE", &der, "\n"));
        Self { files, cert, key, thumbprint: certbound::Thumbprint::of_der(&der).to_string() }
    }

    fn authenticate(&self, metadata: &str) -> Outcome {
        let metadata = self.files.write("client.json", metadata);
        run(&["client-auth", "--metadata", &metadata, "--cert", &self.cert])
    }

    fn tls(&self, member: &str) -> Outcome {
        self.authenticate(&format!(
            r#"{{"client_id": "a", "token_endpoint_auth_method": "tls_client_auth", {member}}}"#
        ))
    }

    fn self_signed(&self, member: &str) -> Outcome {
        self.authenticate(&format!(r#"{{"token_endpoint_auth_method": "self_signed_tls_client_auth", {member}}}"#))
    }
}

#[test]
fn a_registered_subject_authenticates() {
    let client = Client::new();
    for member in [
        r#""tls_client_auth_subject_dn": "CN=client,O=Example\\, Inc.""#,
        r#""tls_client_auth_subject_dn": "cn=CLIENT, o=Example\\, Inc.""#,
        r#""tls_client_auth_san_dns": "client.example""#,
        r#""tls_client_auth_san_ip": "192.0.2.1""#,
    ] {
        let outcome = client.tls(member);
        let printed: serde_json::Value = serde_json::from_str(&outcome.accepted()).unwrap();
        assert_eq!(printed["authenticated"], true);
        assert_eq!(printed["client_id"], "a");
        assert_eq!(printed["token_endpoint_auth_method"], "tls_client_auth");
        assert_eq!(printed["certificate"]["subject"], "CN=client,O=Example\\, Inc.");
        assert_eq!(printed["certificate"]["x5t#S256"], client.thumbprint);
    }
}

#[test]
fn another_subject_is_rejected_showing_both() {
    let client = Client::new();
    let words = client.tls(r#""tls_client_auth_subject_dn": "CN=other""#).rejected("subject_mismatch");
    assert!(
        words.contains(r#""CN=client,O=Example\\, Inc.""#) && words.contains(r#"subject_dn "CN=other""#),
        "{words}"
    );
    let words = client.tls(r#""tls_client_auth_san_dns": "other.example""#).rejected("alternative_name_mismatch");
    assert!(words.contains(r#""dns client.example", "ip 192.0.2.1""#) && words.contains("other.example"), "{words}");
}

#[test]
fn a_registered_key_authenticates() {
    let client = Client::new();
    let printed = client.self_signed(&format!(r#""jwks": {{"keys": [{}]}}"#, client.key)).accepted();
    assert!(printed.contains("self_signed_tls_client_auth") && printed.contains("\"client_id\":null"));
    let other = Client::new().key;
    let words = client.self_signed(&format!(r#""jwks": {{"keys": [{other}]}}"#)).rejected("client_key_mismatch");
    assert!(words.contains("CN=client"), "{words}");
}

#[test]
fn null_members_are_not_mentioned() {
    let client = Client::new();
    let nulls = r#""tls_client_auth_subject_dn": null, "tls_client_auth_san_uri": null"#;
    client.tls(&format!(r#"{nulls}, "tls_client_auth_san_dns": "client.example""#)).accepted();
    let words =
        client.tls(&format!(r#"{nulls}, "tls_client_auth_san_dns": "x""#)).rejected("alternative_name_mismatch");
    assert!(words.contains(r#"tls_client_auth_san_dns "x""#) && !words.contains("null"), "{words}");
    let both = r#""tls_client_auth_san_dns": "a", "tls_client_auth_san_ip": "192.0.2.1""#;
    let message = client.tls(&format!("{nulls}, {both}")).unusable();
    assert!(message.contains("subject_identifier_ambiguous") && !message.contains("null"), "{message}");
    assert!(client.tls(nulls).unusable().contains("subject_identifier_missing"));
}

#[test]
fn a_registered_private_key_causes_a_warning() {
    let client = Client::new();
    let private = client.key.replace('}', r#", "d": "c2VjcmV0"}"#);
    let outcome = client.self_signed(&format!(r#""jwks": {{"keys": [{private}]}}"#));
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.stderr.starts_with("warning: key 1 (kid none) has d: "), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("c2VjcmV0"));
}

#[test]
fn unusable_metadata_is_explained() {
    let client = Client::new();
    let unusable = |outcome: Outcome, words: &[&str]| {
        let message = outcome.unusable();
        for words in words {
            assert!(message.contains(words), "{words} is not in {message}");
        }
    };
    unusable(client.authenticate("[]"), &["client_metadata_not_object"]);
    unusable(client.authenticate("{"), &["json_unexpected_end", "client.json"]);
    unusable(client.authenticate("{}"), &["authentication_method_unsupported"]);
    let basic = r#"{"token_endpoint_auth_method": "client_secret_basic"}"#;
    unusable(client.authenticate(basic), &["authentication_method_unsupported", "client_secret_basic"]);
    unusable(client.tls(r#""x": 1"#), &["subject_identifier_missing"]);
    let both = r#""tls_client_auth_san_dns": "a", "tls_client_auth_san_ip": "192.0.2.1""#;
    unusable(client.tls(both), &["subject_identifier_ambiguous", "192.0.2.1"]);
    unusable(client.tls(r#""tls_client_auth_san_ip": "x\u001b[2J""#), &["subject_identifier_malformed", "\\u001b[2J"]);
    unusable(client.tls(r#""tls_client_auth_subject_dn": "CN""#), &["distinguished_name_malformed"]);
    unusable(client.tls(r#""tls_client_auth_subject_dn": "nonsense=x""#), &["attribute_type_unknown"]);
    unusable(client.self_signed(r#""jwks_uri": "https://a.example""#), &["client_keys_missing", "https://a.example"]);
}

#[test]
fn both_files_are_required() {
    let client = Client::new();
    assert_eq!(run(&["client-auth", "--cert", &client.cert]).code, Some(2));
    let metadata = client
        .files
        .write("a.json", r#"{"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "a"}"#);
    let no_cert = client.files.write("key.pem", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
    let message = run(&["client-auth", "--metadata", &metadata, "--cert", &no_cert]).unusable();
    assert!(message.contains("PRIVATE KEY") && !message.contains("c2VjcmV0"), "{message}");
}
