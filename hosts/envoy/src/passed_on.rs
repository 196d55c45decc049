//! What becomes of an accepted token's claims: headers, and entries of dynamic metadata.

use certbound::{Claim, ClaimSet};

use crate::{
    claims::{self, ClaimPath},
    host::Request,
    identity::{self, Identity},
    metadata::Value,
};

/// The headers that carry claims, and the claim of each.
pub(crate) struct ClaimHeaders {
    list: Vec<(String, ClaimPath)>,
    identity: Identity,
}

/// The claims that become metadata.
pub(crate) struct MetadataClaims {
    list: Vec<ClaimPath>,
    identity: Identity,
}

impl ClaimHeaders {
    pub(crate) fn new(list: Vec<(String, ClaimPath)>) -> Self {
        let texts = list.iter().flat_map(|(name, path)| [name.as_str(), path.as_str()]);
        Self { identity: identity::digest(["claim_headers"].into_iter().chain(texts)), list }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|(name, _)| name.as_str())
    }
}

impl MetadataClaims {
    pub(crate) fn new(list: Vec<ClaimPath>) -> Self {
        let texts = list.iter().map(ClaimPath::as_str);
        Self { identity: identity::digest(["metadata_claims"].into_iter().chain(texts)), list }
    }
}

/// The claims that a route passes on.
#[derive(Clone, Copy)]
pub(crate) struct Listed<'config> {
    pub(crate) headers: &'config ClaimHeaders,
    pub(crate) metadata: &'config MetadataClaims,
}

impl Listed<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.headers.list.is_empty() && self.metadata.list.is_empty()
    }

    /// Distinguishes lists: what is kept for one of them is not the other's.
    pub(crate) fn identity(&self) -> Identity {
        identity::combine(self.headers.identity, self.metadata.identity)
    }
}

/// The values of the listed claims, in the order of the lists.
#[derive(Debug, PartialEq)]
pub(crate) struct PassedOn {
    headers: Box<[Option<Box<str>>]>,
    issuer: Option<Box<str>>,
    metadata: Box<[Option<OwnedValue>]>,
}

#[derive(Debug, PartialEq)]
enum OwnedValue {
    Text(Box<str>),
    Number(f64),
    Boolean(bool),
}

impl PassedOn {
    pub(crate) fn of(claims: &ClaimSet<'_>, listed: Listed<'_>) -> Self {
        let header = |(_, path): &(_, ClaimPath)| path.find(claims).and_then(claims::header_value);
        let issuer = if listed.metadata.list.is_empty() { None } else { claims.issuer() };
        let entry = |path: &ClaimPath| path.find(claims).and_then(OwnedValue::of);
        Self {
            headers: listed.headers.list.iter().map(|named| header(named).map(Into::into)).collect(),
            issuer: issuer.map(Into::into),
            metadata: listed.metadata.list.iter().map(entry).collect(),
        }
    }

    /// Sets headers and metadata. `listed` are the lists that the values are of.
    pub(crate) fn apply(&self, request: &mut Request<'_>, listed: Listed<'_>) {
        for ((name, _), value) in listed.headers.list.iter().zip(&self.headers) {
            if let Some(value) = value {
                request.set_header(name, value);
            }
        }
        let issuer = self.issuer.as_deref().map(|issuer| ("issuer", Value::Text(issuer)));
        let entries = listed.metadata.list.iter().zip(&self.metadata);
        let entries = entries.filter_map(|(path, value)| Some((path.as_str(), value.as_ref()?.borrow())));
        request.set_metadata(NAMESPACE, [("status", Value::Text(OK))].into_iter().chain(issuer).chain(entries));
    }

    /// How many bytes its texts have.
    pub(crate) fn text_len(&self) -> usize {
        let headers = self.headers.iter().flatten().map(|text| text.len());
        let metadata = self.metadata.iter().flatten().map(|value| match value {
            OwnedValue::Text(text) => text.len(),
            OwnedValue::Number(_) | OwnedValue::Boolean(_) => 0,
        });
        headers.chain(metadata).chain(self.issuer.as_deref().map(str::len)).sum()
    }
}

impl OwnedValue {
    fn of(claim: Claim<'_>) -> Option<Self> {
        match claim {
            Claim::Boolean(boolean) => Some(Self::Boolean(boolean)),
            // Infinity, such as of 1e999, is no number in the JSON of access logs.
            Claim::Number(number) => number.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Number),
            _ => claims::text_of(claim).map(|text| Self::Text(text.into())),
        }
    }

    fn borrow(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Text(text),
            Self::Number(number) => Value::Number(*number),
            Self::Boolean(boolean) => Value::Boolean(*boolean),
        }
    }
}

/// Sets the status of an accepted token, where no claims are listed.
pub(crate) fn set_status_only(request: &Request<'_>) {
    set_status(request, OK);
}

/// Sets the status of a request.
pub(crate) fn set_status(request: &Request<'_>, status: &str) {
    request.set_metadata(NAMESPACE, [("status", Value::Text(status))]);
}

/// The namespace of dynamic metadata.
const NAMESPACE: &str = "certbound";

/// The status of an accepted token.
const OK: &str = "ok";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_changes_the_lists_changes_their_identity() {
        let path = |text: &str| ClaimPath::parse(text).unwrap();
        let headers = |list: &[(&str, &str)]| {
            ClaimHeaders::new(list.iter().map(|(name, claim)| ((*name).to_owned(), path(claim))).collect())
        };
        let metadata = |list: &[&str]| MetadataClaims::new(list.iter().map(|claim| path(claim)).collect());
        let all_headers = [
            headers(&[]),
            headers(&[("x-sub", "sub")]),
            headers(&[("x-sub", "client_id")]),
            headers(&[("x-client", "sub")]),
            headers(&[("x-sub", "sub"), ("x-client", "client_id")]),
            headers(&[("x-client", "client_id"), ("x-sub", "sub")]),
            headers(&[("sub", "client_id")]),
        ];
        let all_metadata = [
            metadata(&[]),
            metadata(&["sub"]),
            metadata(&["client_id"]),
            metadata(&["sub", "client_id"]),
            metadata(&["client_id", "sub"]),
        ];
        let pairs = all_headers.iter().flat_map(|headers| all_metadata.iter().map(move |metadata| (headers, metadata)));
        let mut identities: Vec<_> = pairs.map(|(headers, metadata)| Listed { headers, metadata }.identity()).collect();
        identities.sort_unstable();
        identities.dedup();
        assert_eq!(identities.len(), all_headers.len() * all_metadata.len());
        assert!(!identities.contains(&Identity::default()), "a key combined with the lists is another key");
    }
}
