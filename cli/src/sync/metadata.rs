//! An authorization server's metadata (RFC 8414): where it is, and the `jwks_uri` in it.

use certbound::{Error, Key};
use serde_json::{Map, Value};

use super::https_url::HttpsUrl;

/// An issuer identifier: an `https` URL without query and fragment (RFC 8414 §2).
#[derive(Clone, Debug)]
pub(crate) struct Issuer(HttpsUrl);

impl Issuer {
    /// Reads an issuer identifier. The error completes the sentence "it …".
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let url = HttpsUrl::parse(text)?;
        if text.contains('?') { Err("has a query") } else { Ok(Self(url)) }
    }

    /// The identifier as it was given, which metadata must repeat byte for byte.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Where the metadata may be: by RFC 8414 §3.1, which inserts the well-known part between host and path, and by
    /// OpenID Connect Discovery 1.0 §4, which appends it.
    pub(crate) fn locations(&self) -> Result<[HttpsUrl; 2], &'static str> {
        let path = self.0.target();
        let path = path.strip_suffix('/').unwrap_or(path);
        let host = self.0.authority();
        Ok([
            HttpsUrl::parse(&format!("https://{host}/.well-known/oauth-authorization-server{path}"))?,
            HttpsUrl::parse(&format!("https://{host}{path}/.well-known/openid-configuration"))?,
        ])
    }
}

/// Why metadata is not usable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MetadataError {
    /// It is not strict JSON, or not an object.
    Malformed(Error),
    /// It has another `issuer`, or none (RFC 8414 §3.3): the value that it has.
    IssuerMismatch(Value),
    /// Its `jwks_uri` is missing or not an `https` URL: the value that it has, and what is wrong with it.
    JwksUriUnusable(Value, &'static str),
}

/// The `jwks_uri` of an issuer's metadata.
///
/// # Errors
/// [`MetadataError`]; the issuer is compared before the rest is looked at.
pub(crate) fn jwks_uri(metadata: &[u8], issuer: &Issuer) -> Result<HttpsUrl, MetadataError> {
    check_json(metadata).map_err(MetadataError::Malformed)?;
    // Only numbers that no double can hold are strict JSON and still fail here.
    let mut members: Map<String, Value> =
        serde_json::from_slice(metadata).map_err(|_| MetadataError::Malformed(Error::JsonNumberMalformed))?;
    let mut take = |name| members.remove(name).unwrap_or_default();
    let named = take("issuer");
    if named.as_str() != Some(issuer.as_str()) {
        return Err(MetadataError::IssuerMismatch(named));
    }
    let jwks_uri = take("jwks_uri");
    let Some(text) = jwks_uri.as_str() else {
        return Err(MetadataError::JwksUriUnusable(jwks_uri, "is not a string"));
    };
    HttpsUrl::parse(text).map_err(|reason| MetadataError::JwksUriUnusable(jwks_uri.clone(), reason))
}

/// Whether a text looks like a JSON object rather than like the HTML that some servers send for every path.
pub(crate) fn looks_like_object(text: &[u8]) -> bool {
    text.trim_ascii_start().first() == Some(&b'{')
}

/// Checks a text with the core's JSON reader, which rejects duplicate names, deep nesting and long texts.
///
/// The core reads a JWK Set completely before it looks for keys, so it complains of missing keys about any other object.
fn check_json(json: &[u8]) -> Result<(), Error> {
    match Key::each_of_jwks(json, |_| Ok(()), |_| {}) {
        Ok(()) | Err(Error::KeySetKeysMissing | Error::KeySetWithoutUsableKey) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_found_by_both_conventions() {
        for (issuer, oauth, openid) in [
            (
                "https://as.example",
                "https://as.example/.well-known/oauth-authorization-server",
                "https://as.example/.well-known/openid-configuration",
            ),
            (
                "https://as.example/",
                "https://as.example/.well-known/oauth-authorization-server",
                "https://as.example/.well-known/openid-configuration",
            ),
            (
                "https://as.example:8443/realms/a",
                "https://as.example:8443/.well-known/oauth-authorization-server/realms/a",
                "https://as.example:8443/realms/a/.well-known/openid-configuration",
            ),
            (
                "https://as.example/a/",
                "https://as.example/.well-known/oauth-authorization-server/a",
                "https://as.example/a/.well-known/openid-configuration",
            ),
            // Not a host.
            (
                "https://as.example//a",
                "https://as.example/.well-known/oauth-authorization-server//a",
                "https://as.example//a/.well-known/openid-configuration",
            ),
        ] {
            let locations = Issuer::parse(issuer).unwrap().locations().unwrap();
            assert_eq!(locations.each_ref().map(HttpsUrl::as_str), [oauth, openid]);
        }
        assert_eq!(Issuer::parse("https://as.example?x").unwrap_err(), "has a query");
        assert_eq!(Issuer::parse("http://as.example").unwrap_err(), "does not begin with https://");
    }

    #[test]
    fn metadata_must_name_the_issuer_and_an_https_jwks_uri() {
        use MetadataError::{IssuerMismatch, JwksUriUnusable, Malformed};
        let issuer = Issuer::parse("https://as.example").unwrap();
        let read = |text: &str| jwks_uri(text.as_bytes(), &issuer);
        let good = r#"{"issuer": "https://as.example", "jwks_uri": "https://keys.example/jwks", "x": [{"y": 1}]}"#;
        assert_eq!(read(good).unwrap().as_str(), "https://keys.example/jwks");
        assert!(read(&good.replace("\"x\"", "\"keys\"")).is_ok());
        assert!(read(&good.replace("as.example", "\\u0061s.example")).is_ok());

        for issuer in ["https://as.example/", "https://AS.example", "https://as.example:443", "http://as.example", ""] {
            let other = good.replace("https://as.example", issuer);
            assert_eq!(read(&other), Err(IssuerMismatch(issuer.into())));
        }
        assert_eq!(read(&good.replace("\"issuer\"", "\"iss\"")), Err(IssuerMismatch(Value::Null)));
        assert_eq!(read(&good.replace("\"https://as.example\"", "7")), Err(IssuerMismatch(7.into())));

        let uri = "https://keys.example/jwks";
        for (bad, reason) in [
            ("http://keys.example/jwks", "does not begin with https://"),
            ("https://a@keys.example/jwks", "contains user information"),
            ("https://keys.example/jwks#1", "has a fragment"),
            ("/jwks", "does not begin with https://"),
        ] {
            assert_eq!(read(&good.replace(uri, bad)), Err(JwksUriUnusable(bad.into(), reason)));
        }
        let missing = good.replace("jwks_uri", "jwks");
        assert_eq!(read(&missing), Err(JwksUriUnusable(Value::Null, "is not a string")));

        for (malformed, error) in [
            (good.replace("\"x\"", "\"issuer\""), Error::JsonDuplicateName),
            (good.replace("\"y\": 1", "\"y\": 1, \"y\": 1"), Error::JsonDuplicateName),
            (good.replace("]}", ""), Error::JsonUnexpectedEnd),
            (format!("{good}}}"), Error::JsonTrailingBytes),
            (format!("[{good}]"), Error::KeySetNotObject),
            (good.replace("\"y\": 1", "\"y\": 1e999"), Error::JsonNumberMalformed),
            (format!("{good}{}", " ".repeat(256 * 1024)), Error::JsonTooLong),
        ] {
            assert_eq!(read(&malformed), Err(Malformed(error)), "{malformed:.200}");
        }
    }
}
