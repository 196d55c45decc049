//! Documents behind URLs: redirects, entity tags and lifetimes.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{AGE, CACHE_CONTROL, ETAG, LOCATION, RETRY_AFTER},
};
use hyper::body::Bytes;
use rustls::ClientConfig;

use super::{
    exchange::{self, Answer},
    https_url::HttpsUrl,
    problem::{Problem, Reason},
};
use crate::json::{excerpt, quote};

/// A document, and how long it is fresh by its server's word.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) body: Bytes,
    /// `max-age` without the time that the answer has spent in caches; `None` if the server gives none.
    pub(crate) lifetime: Option<Duration>,
}

/// Fetches documents, and remembers those that have an entity tag.
#[derive(Default)]
pub(crate) struct Fetcher {
    /// By URL: the latest answer with status 200, if it has an entity tag.
    stored: BTreeMap<String, Stored>,
    /// How many requests it has sent.
    pub(crate) requests: usize,
}

struct Stored {
    entity_tag: HeaderValue,
    body: Bytes,
    lifetime: Option<Duration>,
}

impl Fetcher {
    /// Fetches a document. Follows redirects to other `https` URLs, which the server that was asked vouches for: an issuer
    /// may move its keys, and has said over TLS where to. Any other redirect would leave the protection of TLS.
    pub(crate) async fn get(&mut self, tls: &Arc<ClientConfig>, url: &HttpsUrl) -> Result<Document, Problem> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            // Forgotten until the answer confirms it: if the server chokes on its entity tag, the next attempt does without.
            let stored = self.stored.remove(url.as_str());
            self.requests = self.requests.saturating_add(1);
            let answer = exchange::get(tls, &url, stored.as_ref().map(|stored| &stored.entity_tag)).await?;
            match (answer.status, stored) {
                (StatusCode::OK, _) => return Ok(self.store(&url, answer)),
                (StatusCode::NOT_MODIFIED, Some(stored)) => {
                    // What this answer does not say about caching is as before (RFC 9111 §4.3.4).
                    let is_same = !answer.headers.contains_key(CACHE_CONTROL);
                    let lifetime = if is_same { stored.lifetime } else { lifetime(&answer.headers) };
                    let body = stored.body.clone();
                    self.stored.insert(url.as_str().to_owned(), stored);
                    return Ok(Document { body, lifetime });
                }
                (status, _) if REDIRECTING.contains(&status) => url = next(&url, &answer)?,
                (status, _) => return Err(unexpected(&url, status, &answer.headers)),
            }
        }
        let text = format!("{url}: this is redirect {}; expected at most {REDIRECTS}; check the URL", REDIRECTS + 1);
        Err(Problem::new(Reason::RedirectRejected, text))
    }

    fn store(&mut self, url: &HttpsUrl, answer: Answer) -> Document {
        // A server whose redirects lead elsewhere each time must not fill the memory.
        if self.stored.len() >= STORED {
            self.stored.clear();
        }
        let (lifetime, body) = (lifetime(&answer.headers), answer.body);
        if let Some(entity_tag) = answer.headers.get(ETAG).cloned() {
            self.stored.insert(url.as_str().to_owned(), Stored { entity_tag, body: body.clone(), lifetime });
        }
        Document { body, lifetime }
    }
}

fn next(url: &HttpsUrl, answer: &Answer) -> Result<HttpsUrl, Problem> {
    let location = answer.headers.get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let location = location.unwrap_or_default();
    url.join(&location).map_err(|reason| {
        let location = excerpt(&quote(&location));
        let text =
            format!("{url}: it redirects to {location}, which {reason}; expected an https URL; check the server");
        Problem::new(Reason::RedirectRejected, text)
    })
}

fn unexpected(url: &HttpsUrl, status: StatusCode, headers: &HeaderMap) -> Problem {
    let text = format!("{url}: the status is {status}; expected 200 OK; check the URL and the server");
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Problem { retry_after: seconds.map(Duration::from_secs), ..Problem::new(Reason::StatusUnexpected, text) }
}

/// The remaining freshness lifetime (RFC 9111 §4.2), as a private cache computes it.
fn lifetime(headers: &HeaderMap) -> Option<Duration> {
    let mut max_age = None;
    for value in headers.get_all(CACHE_CONTROL) {
        for directive in value.to_str().ok()?.split(',').map(str::trim) {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            if ["no-cache", "no-store"].iter().any(|other| name.eq_ignore_ascii_case(other)) {
                return None;
            }
            if name.eq_ignore_ascii_case("max-age") {
                // Of several values, the most restrictive one.
                let seconds = argument.trim_matches('"').parse::<u64>().ok()?;
                max_age = Some(max_age.unwrap_or(seconds).min(seconds));
            }
        }
    }
    let age = headers.get(AGE).and_then(|value| value.to_str().ok()?.trim().parse().ok()).unwrap_or(0);
    max_age.map(|seconds| seconds.saturating_sub(age)).filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

/// The statuses that lead to the same document elsewhere (RFC 9110 §15.4).
const REDIRECTING: [StatusCode; 5] = [
    StatusCode::MOVED_PERMANENTLY,
    StatusCode::FOUND,
    StatusCode::SEE_OTHER,
    StatusCode::TEMPORARY_REDIRECT,
    StatusCode::PERMANENT_REDIRECT,
];

/// Most redirects of a request. Real issuers have none or one.
const REDIRECTS: u32 = 3;

/// Most documents that are remembered: two places of metadata and a key set, and a redirect for each.
const STORED: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_read_from_cache_control() {
        for (cache_control, age, expected) in [
            (&["max-age=300"][..], "", Some(300)),
            (&["public, MAX-AGE=300 , must-revalidate"], "", Some(300)),
            (&["max-age=\"300\""], "", Some(300)),
            (&["s-maxage=5, max-age=300"], "", Some(300)),
            (&["max-age=300"], "100", Some(200)),
            (&["max-age=300", "max-age=60"], "", Some(60)),
            (&["max-age=300"], "300", None),
            (&["max-age=0"], "", None),
            (&["max-age=300, no-cache"], "", None),
            (&["no-store", "max-age=300"], "", None),
            (&["max-age=-1"], "", None),
            (&["max-age=1.5"], "", None),
            (&["max-age"], "", None),
            (&["public"], "", None),
            (&[], "", None),
        ] {
            let mut headers = HeaderMap::new();
            for value in cache_control {
                headers.append(CACHE_CONTROL, HeaderValue::from_static(value));
            }
            if !age.is_empty() {
                headers.insert(AGE, HeaderValue::from_static(age));
            }
            assert_eq!(lifetime(&headers), expected.map(Duration::from_secs), "{cache_control:?}");
        }
    }
}
