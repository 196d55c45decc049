//! An absolute `https` URL (RFC 9110 §4.2.2), the only kind that is fetched.

use std::fmt;

use http::Uri;

/// An `https` URL without user information and fragment.
///
/// User information would end up in logs, and makes a URL look as if it led to another host. A fragment has no meaning for
/// a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpsUrl {
    text: String,
    authority: String,
    host: String,
    port: u16,
    /// Path and query, as they are sent.
    target: String,
}

impl HttpsUrl {
    /// Reads a URL. The error completes the sentence "it …".
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > URL_LEN {
            return Err("is longer than 2048 bytes");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("contains spaces, control characters or characters that must be percent-encoded");
        }
        if text.contains('#') {
            return Err("has a fragment");
        }
        let uri: Uri = text.parse().map_err(|_| "is not an absolute https URL")?;
        if uri.scheme_str() != Some("https") {
            return Err("does not begin with https://");
        }
        let authority = uri.authority().ok_or("has no host")?;
        if authority.as_str().contains('@') {
            return Err("contains user information");
        }
        let host = authority.host();
        let port = match authority.as_str().strip_prefix(host) {
            Some("" | ":") => Some(443),
            // Rust's numbers may have a plus sign.
            Some(port) => port
                .strip_prefix(':')
                .filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|port| port.parse().ok())
                .filter(|port| *port > 0),
            None => None,
        }
        .ok_or("has an invalid port")?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err("has no host");
        }
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        // "https://as.example?x" has no path, but a request needs one.
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        Ok(Self {
            text: text.to_owned(),
            authority: authority.as_str().to_owned(),
            host: host.to_owned(),
            port,
            target,
        })
    }

    /// The URL that a `Location` header of this URL's response leads to, if it is absolute or begins with a slash.
    pub(crate) fn join(&self, location: &str) -> Result<Self, &'static str> {
        if location.starts_with("//") {
            Self::parse(&format!("https:{location}"))
        } else if location.starts_with('/') {
            Self::parse(&format!("https://{}{location}", self.authority))
        } else {
            Self::parse(location)
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and port as in the URL, for the header `Host`.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// A DNS name or an IP address; IPv6 without brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn target(&self) -> &str {
        &self.target
    }
}

impl fmt::Display for HttpsUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Longest URL. Real ones have less than 200 bytes.
const URL_LEN: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_urls_are_read() {
        for (text, authority, host, port, target) in [
            ("https://as.example/jwks", "as.example", "as.example", 443, "/jwks"),
            ("https://as.example", "as.example", "as.example", 443, "/"),
            ("https://as.example?a=b", "as.example", "as.example", 443, "/?a=b"),
            ("https://as.example:8443/a/?b=%20", "as.example:8443", "as.example", 8443, "/a/?b=%20"),
            ("https://as.example:/", "as.example:", "as.example", 443, "/"),
            ("https://[::1]/jwks", "[::1]", "::1", 443, "/jwks"),
            ("https://[::1]:8443/jwks", "[::1]:8443", "::1", 8443, "/jwks"),
            ("HTTPS://192.0.2.1/", "192.0.2.1", "192.0.2.1", 443, "/"),
        ] {
            let url = HttpsUrl::parse(text).unwrap();
            let parts = (url.authority(), url.host(), url.port(), url.target());
            assert_eq!(parts, (authority, host, port, target));
            assert_eq!(url.as_str(), text);
        }
    }

    #[test]
    fn other_urls_are_rejected() {
        for (text, reason) in [
            ("http://as.example/jwks", "does not begin with https://"),
            ("ftp://as.example/jwks", "does not begin with https://"),
            ("as.example", "does not begin with https://"),
            ("/jwks", "does not begin with https://"),
            ("", "is not an absolute https URL"),
            ("https://", "is not an absolute https URL"),
            ("https:///jwks", "is not an absolute https URL"),
            ("https://:443/jwks", "has no host"),
            ("https://user@as.example/jwks", "contains user information"),
            ("https://as.example@evil.example/jwks", "contains user information"),
            ("https://as.example/jwks#keys", "has a fragment"),
            ("https://as.example:0/", "has an invalid port"),
            ("https://as.example:65536/", "has an invalid port"),
            ("https://as.example:+1/", "has an invalid port"),
            ("https://[::1]8443/", "has an invalid port"),
            ("https://[::1]x:8443/", "has an invalid port"),
            ("https://as.example/a b", "contains spaces"),
            ("https://as.example/\r\nx: y", "contains spaces"),
            ("https://bücher.example/", "contains spaces"),
            (&format!("https://as.example/{}", "a".repeat(2048)), "is longer than 2048 bytes"),
        ] {
            let error = HttpsUrl::parse(text).unwrap_err();
            assert!(error.starts_with(reason), "{text}: {error}");
        }
    }

    #[test]
    fn locations_stay_https() {
        let url = HttpsUrl::parse("https://as.example:8443/a/jwks").unwrap();
        for (location, joined) in [
            ("/b?c", "https://as.example:8443/b?c"),
            ("//other.example/b", "https://other.example/b"),
            ("https://other.example/b", "https://other.example/b"),
        ] {
            assert_eq!(url.join(location).unwrap().as_str(), joined);
        }
        for location in ["http://as.example/a", "jwks2", "", "//user@other.example/", "/\\\n"] {
            assert!(url.join(location).is_err(), "{location:?}");
        }
    }
}
