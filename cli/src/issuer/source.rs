//! Where keys come from: a `jwks_uri`, or the metadata of an issuer.

use std::{fmt, sync::Arc};

use rustls::ClientConfig;

use super::{
    fetch::{Document, Fetcher},
    https_url::HttpsUrl,
    metadata::{Issuer, Metadata, MetadataError, looks_like_object},
    problem::{Problem, Reason},
};
use crate::{
    explain,
    json::{excerpt, quote},
};

/// The origin of the keys.
#[derive(Debug)]
pub(crate) enum Source {
    JwksUri(HttpsUrl),
    Issuer(Issuer),
}

impl Source {
    /// Fetches the JWK Set, and before it the metadata that says where it is.
    pub(crate) async fn fetch(&self, fetcher: &mut Fetcher, tls: &Arc<ClientConfig>) -> Result<Document, Problem> {
        match self {
            Self::JwksUri(url) => fetcher.get(tls, url).await,
            Self::Issuer(issuer) => {
                let url = metadata(issuer, fetcher, tls, Metadata::jwks_uri).await?;
                fetcher.get(tls, &url).await
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::JwksUri(url) => url.as_str(),
            Self::Issuer(issuer) => issuer.as_str(),
        })
    }
}

/// What `select` takes from the issuer's metadata: that of RFC 8414, or that of OpenID Connect if there is none.
pub(crate) async fn metadata<T>(
    issuer: &Issuer,
    fetcher: &mut Fetcher,
    tls: &Arc<ClientConfig>,
    select: impl Fn(&Metadata) -> Result<T, MetadataError>,
) -> Result<T, Problem> {
    let read = |url: &HttpsUrl, document: &Document| {
        Metadata::read(&document.body, issuer)
            .and_then(|metadata| select(&metadata))
            .map_err(|error| unusable(issuer, url, document, error))
    };
    let [oauth, openid] = issuer.locations().map_err(|reason| {
        let text =
            format!("{}: the URL of its metadata {reason}; expected a shorter issuer; check it", issuer.as_str());
        Problem::new(Reason::MetadataMalformed, text)
    })?;
    match fetcher.get(tls, &oauth).await {
        Ok(document) if looks_like_object(&document.body) => read(&oauth, &document),
        // Servers without RFC 8414 answer with a status, a redirect to a login page, or a page.
        Ok(_) => read(&openid, &fetcher.get(tls, &openid).await?),
        Err(first) if matches!(first.reason, Reason::StatusUnexpected | Reason::RedirectRejected) => {
            match fetcher.get(tls, &openid).await {
                Ok(document) => read(&openid, &document),
                Err(second) => {
                    let text = format!("{}; and before, {}", second.text, first.text);
                    Err(Problem { text, ..second })
                }
            }
        }
        // The server does not answer, or not properly. It would not at the other place either.
        Err(problem) => Err(problem),
    }
}

fn unusable(issuer: &Issuer, url: &HttpsUrl, document: &Document, error: MetadataError) -> Problem {
    match error {
        MetadataError::Malformed(error) => {
            let found = explain::found_in_json(error, &document.body).unwrap_or_else(|| error.found().to_owned());
            let text = format!(
                "{url}: this is not metadata: {found}; expected a JSON object (RFC 8414 §3.2); check the issuer"
            );
            Problem::new(Reason::MetadataMalformed, text)
        }
        MetadataError::IssuerMismatch(found) => {
            let text = format!(
                "{url}: its issuer is {}; expected {}, byte for byte (RFC 8414 §3.3); pass the issuer as it is written in tokens",
                excerpt(&found.to_string()),
                quote(issuer.as_str())
            );
            Problem::new(Reason::MetadataIssuerMismatch, text)
        }
        MetadataError::UrlUnusable(name, found, reason) => {
            let option = if name == "jwks_uri" { ", or pass its URL or file yourself" } else { "" };
            let text = format!(
                "{url}: its {name} is {}, which {reason}; expected an https URL; correct the metadata{option}",
                excerpt(&found.to_string())
            );
            Problem::new(Reason::JwksUriUnusable, text)
        }
    }
}
