//! What an issuer publishes, fetched over TLS: its metadata, its JWK Set, and tokens from its token endpoint.
//!
//! | file | concept |
//! |---|---|
//! | `https_url` | the only URLs that are ever fetched |
//! | `authorities` | which certificate authorities a server's certificate may come from |
//! | `tcp` | a connection to one of a server's addresses |
//! | `exchange` | one request on one connection, with a limit on the answer |
//! | `fetch` | redirects, `ETag` and `Cache-Control` |
//! | `metadata` | an authorization server's metadata: where it is, and the URLs in it |
//! | `source` | where keys come from: a `jwks_uri`, or an issuer's metadata |
//! | `problem` | why it failed |
//!
//! `sync` and `probe` use this folder. It may use the modules beside it, but neither of those two, nor `commands`. Everything that
//! arrives over the network is hostile, even from the right server: it is bounded in length, and the caller bounds the time.

mod authorities;
mod exchange;
mod fetch;
mod https_url;
mod metadata;
mod problem;
mod source;
mod tcp;

pub(crate) use authorities::Authorities;
pub(crate) use exchange::post_form;
pub(crate) use fetch::Fetcher;
pub(crate) use https_url::HttpsUrl;
pub(crate) use metadata::Issuer;
pub(crate) use problem::{Problem, Reason, causes};
pub(crate) use source::{Source, metadata};
pub(crate) use tcp::{Unreachable, connect};
