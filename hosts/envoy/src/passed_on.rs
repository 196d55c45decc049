//! What becomes of an accepted token's claims: headers, and entries of dynamic metadata.

use certbound::{Claim, ClaimSet};

use crate::{
    claims::{self, ClaimPath},
    host::Request,
    identity::{self, Identity},
    metadata::Value,
};

/// Most claims in a list of headers, and in a list of metadata: 16.
///
/// Each name of a header is compared with each header of each request, and each value is cached with its token. Backends
/// need a few claims; an object that contains several counts as one.
pub(crate) const MAX_LISTED_CLAIMS: usize = 16;

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

    /// Distinguishes lists: what is cached for one of them is not the other's.
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

    /// How many bytes of memory it needs in a box.
    pub(crate) fn memory_len(&self) -> usize {
        let metadata = self.metadata.iter().flatten().filter_map(|value| match value {
            OwnedValue::Text(text) => Some(text),
            OwnedValue::Number(_) | OwnedValue::Boolean(_) => None,
        });
        let texts = self.headers.iter().flatten().chain(metadata).chain(&self.issuer).map(|text| text.len());
        let lists = [size_of::<Self>(), size_of_val(&*self.headers), size_of_val(&*self.metadata)];
        lists.into_iter().chain(texts).map(allocated).sum()
    }
}

/// How many bytes of memory an allocation of this length needs with the allocator of glibc: 8 for itself, in multiples of 16,
/// at least 32.
const fn allocated(len: usize) -> usize {
    match len {
        0 => 0,
        1..=24 => 32,
        _ => (len + 8).next_multiple_of(16),
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
