//! An authorization server's metadata (RFC 8414): where it is, and the URLs in it.

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
    /// This member is missing or not an `https` URL: the value that it has, and what is wrong with it.
    UrlUnusable(&'static str, Value, &'static str),
}

/// The metadata of an issuer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Metadata(Map<String, Value>);

impl Metadata {
    /// Reads metadata.
    ///
    /// # Errors
    /// [`MetadataError`] if it is malformed, or that of another issuer.
    pub(crate) fn read(text: &[u8], issuer: &Issuer) -> Result<Self, MetadataError> {
        check_json(text).map_err(MetadataError::Malformed)?;
        // Only numbers that no double can hold are strict JSON and still fail here.
        let members: Map<String, Value> =
            serde_json::from_slice(text).map_err(|_| MetadataError::Malformed(Error::JsonNumberMalformed))?;
        let named = members.get("issuer").cloned().unwrap_or_default();
        if named.as_str() == Some(issuer.as_str()) {
            Ok(Self(members))
        } else {
            Err(MetadataError::IssuerMismatch(named))
        }
    }

    /// Where the keys are.
    ///
    /// # Errors
    /// [`MetadataError::UrlUnusable`]
    pub(crate) fn jwks_uri(&self) -> Result<HttpsUrl, MetadataError> {
        url(&self.0, "jwks_uri")
    }

    /// The token endpoint for clients that authenticate with a certificate: its alias, if there is one (RFC 8705 §5).
    ///
    /// # Errors
    /// [`MetadataError::UrlUnusable`]
    pub(crate) fn token_endpoint(&self) -> Result<HttpsUrl, MetadataError> {
        let aliases = self.0.get("mtls_endpoint_aliases").and_then(Value::as_object);
        url(aliases.filter(|aliases| aliases.contains_key("token_endpoint")).unwrap_or(&self.0), "token_endpoint")
    }
}

fn url(members: &Map<String, Value>, name: &'static str) -> Result<HttpsUrl, MetadataError> {
    let value = members.get(name).cloned().unwrap_or_default();
    let unusable = |reason| MetadataError::UrlUnusable(name, value.clone(), reason);
    HttpsUrl::parse(value.as_str().ok_or_else(|| unusable("is not a string"))?).map_err(unusable)
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
        use MetadataError::{IssuerMismatch, Malformed, UrlUnusable};
        let issuer = Issuer::parse("https://as.example").unwrap();
        let read = |text: &str| Metadata::read(text.as_bytes(), &issuer)?.jwks_uri();
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
            assert_eq!(read(&good.replace(uri, bad)), Err(UrlUnusable("jwks_uri", bad.into(), reason)));
        }
        let missing = good.replace("jwks_uri", "jwks");
        assert_eq!(read(&missing), Err(UrlUnusable("jwks_uri", Value::Null, "is not a string")));

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

    #[test]
    fn the_token_endpoint_for_certificates_comes_first() {
        let issuer = Issuer::parse("https://as.example").unwrap();
        let read = |members: &str| {
            Metadata::read(format!(r#"{{"issuer": "https://as.example"{members}}}"#).as_bytes(), &issuer)?
                .token_endpoint()
        };
        let endpoint = r#", "token_endpoint": "https://as.example/token""#;
        let alias = r#", "mtls_endpoint_aliases": {"token_endpoint": "https://mtls.as.example/token"}"#;
        let others = r#", "mtls_endpoint_aliases": {"userinfo_endpoint": "https://mtls.as.example/userinfo"}"#;
        for (members, expected) in [
            (endpoint.to_owned(), "https://as.example/token"),
            (format!("{endpoint}{alias}"), "https://mtls.as.example/token"),
            (alias.to_owned(), "https://mtls.as.example/token"),
            (format!("{endpoint}{others}"), "https://as.example/token"),
        ] {
            assert_eq!(read(&members).unwrap().as_str(), expected);
        }
        let unusable = |value: Value, reason| Err(MetadataError::UrlUnusable("token_endpoint", value, reason));
        assert_eq!(read(""), unusable(Value::Null, "is not a string"));
        // The alias is never passed over silently: the other endpoint may accept no certificate.
        let plain = alias.replace("https://mtls", "http://mtls");
        assert_eq!(
            read(&format!("{endpoint}{plain}")),
            unusable("http://mtls.as.example/token".into(), "does not begin with https://")
        );
    }
}
