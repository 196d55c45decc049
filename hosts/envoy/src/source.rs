//! Where an issuer's keys come from.

use std::{fmt, path::PathBuf};

/// The source of an issuer's keys. Filter configurations with the same source share the keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// A file, which is read again when it changes.
    File(PathBuf),
    /// A URI, which is fetched from a cluster of Envoy's.
    Cluster {
        /// Its name.
        cluster: String,
        /// What is fetched.
        uri: KeyUri,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Cluster { cluster, uri } => write!(formatter, "{cluster} {}", uri.text),
        }
    }
}

/// The URI of a JWK Set. Its scheme and port say nothing of the connection, which the cluster defines.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyUri {
    text: String,
    authority_start: usize,
    path_start: usize,
}

impl KeyUri {
    /// Reads `https://authority/path`, or the same with `http`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let authority_start = ["https://", "http://"].iter().find(|scheme| text.starts_with(**scheme)).map(|s| s.len());
        let authority_start = authority_start.ok_or("expected https:// (or http://) and a host")?;
        let rest = text.get(authority_start..).unwrap_or_default();
        let authority_len = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(authority_len);
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains('#') {
            return Err("expected printable ASCII without a fragment".to_owned());
        }
        if authority.is_empty() || authority.contains('@') {
            return Err("expected a host, without a user's name".to_owned());
        }
        if path.starts_with('?') {
            return Err("expected a path before the query".to_owned());
        }
        Ok(Self { text: text.to_owned(), authority_start, path_start: authority_start + authority_len })
    }

    /// The host, and the port if there is one.
    pub(crate) fn authority(&self) -> &str {
        self.text.get(self.authority_start..self.path_start).unwrap_or_default()
    }

    /// The path and the query.
    pub(crate) fn path(&self) -> &str {
        self.text.get(self.path_start..).filter(|path| !path.is_empty()).unwrap_or("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authority_and_path_are_separated() {
        let parts = |text| KeyUri::parse(text).map(|uri| (uri.authority().to_owned(), uri.path().to_owned()));
        let expected = |authority: &str, path: &str| Ok((authority.to_owned(), path.to_owned()));
        assert_eq!(parts("https://as.example/jwks"), expected("as.example", "/jwks"));
        assert_eq!(parts("http://127.0.0.1:8080/a/b?c=d/e"), expected("127.0.0.1:8080", "/a/b?c=d/e"));
        assert_eq!(parts("https://[::1]:8443"), expected("[::1]:8443", "/"));
        for wrong in [
            "",
            "as.example/jwks",
            "ftp://as.example/jwks",
            "https:///jwks",
            "https://user@as.example/",
            "https://as.example?jwks",
            "https://as.example/#keys",
            "https://as.example/a b",
            "https://as.example/\r\nx:y",
            "https://ä.example/",
        ] {
            assert!(KeyUri::parse(wrong).is_err(), "{wrong}");
        }
    }
}
