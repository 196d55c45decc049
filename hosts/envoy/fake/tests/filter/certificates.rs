//! Certificates in a header of a trusted proxy.

use certbound_envoy_fake::{Request, Version};
use serde_json::{Value, json};

use crate::{
    setup::{Setup, hex_of, request},
    support::{CERTIFICATE_A, CERTIFICATE_C},
};

fn forwarded(format: &str, header: &str) -> Value {
    json!({"forwarded": {"format": format, "header": header, "trusted_proxies": ["10.0.0.0/8", "2001:db8::1"]}})
}

#[test]
fn from_a_trusted_proxy_only_the_header_counts() {
    let setup = Setup::new();
    let configuration = setup.configure(forwarded("xfcc", "X-Forwarded-Client-Cert"));
    let (token, proxy) = (setup.token(), hex_of(b"the certificate of the proxy"));
    let xfcc = |certificate| format!("By=spiffe://x;Hash={}", hex_of(certificate));
    let verdict = |request: Request| configuration.send(request).verdict().map_err(str::to_owned);
    let through = |value: &str| {
        Request::with_token(&token, &proxy).from("10.1.2.3:40000").header("x-forwarded-client-cert", value)
    };
    let rejected = |name: &str| Err(format!("certbound_{name}"));
    for _ in 0..2 {
        assert_eq!(verdict(through(&xfcc(CERTIFICATE_A))), Ok(()));
        assert_eq!(verdict(through(&xfcc(CERTIFICATE_A)).from("[2001:db8::1]:1")), Ok(()));
        assert_eq!(verdict(through(&xfcc(CERTIFICATE_C))), rejected("certificate_mismatch"));
    }
    let two = format!("{},{}", xfcc(CERTIFICATE_A), xfcc(CERTIFICATE_C));
    assert_eq!(verdict(through(&two)), rejected("forwarded_ambiguous"));
    let twice = through(&xfcc(CERTIFICATE_A)).header("x-forwarded-client-cert", &xfcc(CERTIFICATE_A));
    assert_eq!(verdict(twice), rejected("forwarded_ambiguous"));
    assert_eq!(verdict(through("By=a")), rejected("forwarded_incomplete"));
    assert_eq!(verdict(through("")), rejected("certificate_missing"));
    // Not even the certificate of the connection, which is the proxy's.
    let without = request(&token).from("10.1.2.3:40000");
    assert_eq!(verdict(without.clone()), rejected("certificate_missing"));
    assert_eq!(verdict(without.without_tls()), rejected("certificate_missing"));
}

#[test]
fn from_any_other_peer_the_header_counts_for_nothing() {
    let setup = Setup::new();
    let configuration = setup.configure(forwarded("xfcc", "x-forwarded-client-cert"));
    let token = setup.token();
    let forged = |certificate: &[u8]| format!("Hash={}", hex_of(certificate));
    let verdict = |request: Request, value: &str| {
        let outcome = configuration.send(request.from("192.0.2.1:1").header("x-forwarded-client-cert", value));
        outcome.verdict().map_err(str::to_owned)
    };
    let thief = Request::with_token(&token, &hex_of(CERTIFICATE_C));
    assert_eq!(verdict(thief.clone(), &forged(CERTIFICATE_A)), Err("certbound_certificate_mismatch".into()));
    let without = Request::with_token(&token, "").without_tls();
    assert_eq!(verdict(without, &forged(CERTIFICATE_A)), Err("certbound_certificate_missing".into()));
    assert_eq!(verdict(request(&token), &forged(CERTIFICATE_C)), Ok(()));
    // Without this configuration it counts for nothing from anywhere.
    let configuration = setup.configure(json!({}));
    let request = thief.from("10.1.2.3:1").header("x-forwarded-client-cert", &forged(CERTIFICATE_A));
    assert_eq!(configuration.send(request).verdict(), Err("certbound_certificate_mismatch"));
}

#[test]
fn all_formats_are_known() {
    let setup = Setup::new();
    for format in ["rfc9440", "pem", "base64"] {
        let configuration = setup.configure(forwarded(format, "client-cert"));
        let request = setup.request().from("10.1.2.3:1").header("client-cert", "unreadable");
        let name = format!("certbound_forwarded_{format}_malformed");
        assert_eq!(configuration.send(request).verdict(), Err(name.as_str()));
    }
}

#[test]
fn older_envoys_cannot_say_which_peer_is_connected() {
    let setup = Setup::new();
    let json = setup.json_with(forwarded("xfcc", "x-forwarded-client-cert"));
    for version in [Version::V1_38, Version::V1_39] {
        let error = certbound_envoy_fake::Envoy::new(version).configure(&json).unwrap_err();
        assert!(error.contains("forwarded: Envoy 1.40 or newer is needed"), "{error}");
    }
}
