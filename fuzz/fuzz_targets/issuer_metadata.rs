//! `certbound sync` accepts metadata exactly if the core's JSON reader finds the issuer and an https `jwks_uri` in it.
#![no_main]

#[allow(dead_code)]
#[path = "../../cli/src/issuer/https_url.rs"]
mod https_url;
#[allow(dead_code)]
#[path = "../../cli/src/issuer/metadata.rs"]
mod metadata;

use certbound::{Error, internals::json};
use certbound_fuzz::ISSUER;
use https_url::HttpsUrl;
use metadata::{Issuer, Metadata, MetadataError};

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let issuer = Issuer::parse(ISSUER).unwrap();
    let found = Metadata::read(text, &issuer).and_then(|metadata| metadata.jwks_uri());
    // serde_json cannot read numbers that no double can hold.
    if found == Err(MetadataError::Malformed(Error::JsonNumberMalformed)) {
        return;
    }
    let expected = jwks_uri(text);
    assert_eq!(found.ok(), expected);
    let Some(url) = expected else { return };
    assert!(url.as_str()[..8].eq_ignore_ascii_case("https://"));
    let host = if url.host().contains(':') { format!("[{}]", url.host()) } else { url.host().to_owned() };
    let port = url.authority().strip_prefix(&host).unwrap().trim_start_matches([':', '0']);
    assert!([String::new(), url.port().to_string()].contains(&port.to_owned()), "{}", url.as_str());
    assert!(!url.authority().contains(['@', '/', '?', '#', '\\']) && url.target().starts_with('/'));
});

/// The `jwks_uri` by the core's reader.
fn jwks_uri(text: &[u8]) -> Option<HttpsUrl> {
    let members = json::read(text).ok()?.as_object()?;
    members.member("issuer")?.as_text().filter(|issuer| issuer.is(ISSUER))?;
    let mut memory = vec![0; text.len()];
    HttpsUrl::parse(members.member("jwks_uri")?.as_text()?.copy_to(&mut memory)?).ok()
}
