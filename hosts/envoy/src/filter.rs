//! The verdict on a request, and what follows from it.

use std::time::Instant;

use certbound::{Error, Thumbprint, UnixTime, Verifier, ffi_support};

use crate::{
    authorization::token_of,
    filter_config::{FilterConfig, RouteConfig},
    header_name::look_alike,
    host::{self, Request},
    identity,
    passed_on::{self, ClaimHeaders, Listed, PassedOn},
    response::{self, Challenge},
    workers::Memory,
};

/// What Envoy does with the request next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Continue,
    /// The request has been answered.
    Stop,
}

/// Judges a request by its headers.
pub(crate) fn on_request_headers(
    config: &FilterConfig,
    route: Option<&RouteConfig>,
    request: &mut Request<'_>,
) -> Next {
    if !config.measures_time {
        return judge(config, route, request);
    }
    let begin = Instant::now();
    let next = judge(config, route, request);
    let nanoseconds = u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
    config.workers.with(request.worker(), |memory| memory.took(nanoseconds));
    config.counters.record_time(request, nanoseconds);
    next
}

fn judge(config: &FilterConfig, route: Option<&RouteConfig>, request: &mut Request<'_>) -> Next {
    let claim_headers = route.and_then(|route| route.claim_headers.as_ref());
    remove_headers(request, &config.claim_headers, claim_headers);
    if route.is_some_and(|route| !route.is_enabled) {
        return Next::Continue;
    }
    let now = host::unix_seconds();
    if config.is_report_due(now) {
        config.report_keys(request);
    }
    let metadata_claims = route.and_then(|route| route.metadata_claims.as_ref());
    let listed = Listed {
        headers: claim_headers.unwrap_or(&config.claim_headers),
        metadata: metadata_claims.unwrap_or(&config.metadata_claims),
    };
    let now = UnixTime::from_seconds(now);
    let verdict = config.workers.with(request.worker(), |memory| verify(config, route, request, now, memory, listed));
    // Without memory of a worker, which cannot be, nothing is accepted.
    let verdict = verdict.unwrap_or(Err(Error::ScratchTooSmall));
    config.counters.count(request, verdict);
    match verdict {
        Ok(()) => {
            if config.strip_token {
                request.remove_header("authorization");
            }
            Next::Continue
        }
        Err(error) => {
            passed_on::set_status(request, error.name());
            if may_be_rotated(error) {
                config.trust.want_keys();
            }
            let challenge = Challenge {
                realm: route.and_then(|route| route.realm.as_deref()).unwrap_or(&config.realm),
                scopes: config.demands.scopes(route.map(|route| &route.demands)),
                resource_metadata: &config.resource_metadata,
            };
            response::reject(request, error, &challenge);
            Next::Stop
        }
    }
}

/// Verifies the token, and passes on what an accepted one says.
fn verify(
    config: &FilterConfig,
    route: Option<&RouteConfig>,
    request: &mut Request<'_>,
    now: UnixTime,
    memory: &mut Memory,
    listed: Listed<'_>,
) -> Result<(), Error> {
    #[cfg(feature = "internals")]
    assert!(!crate::internals::PANICS.take(), "a test asked for it");
    let route = route.map(|route| &route.demands);
    let snapshot = config.trust.current();
    let verifier = Verifier::for_issuers(config.demands.policy(route), snapshot.issuers());
    let token = token_of(request.header("authorization"))?;
    let Memory { slots, statistics, scratch, claims, .. } = memory;
    let certificate = certificate_of(config, request, scratch)?;
    let identity = identity::combine(config.demands.identity(route), snapshot.identity());
    let hits = statistics.hits;
    let mut verifier = ffi_support::resume_shared_cache(verifier, identity, slots, *statistics);
    let verdict = verifier.verify(token, certificate.as_ref(), now, scratch);
    let key = ffi_support::cache_key(&verifier);
    *statistics = verifier.statistics();
    config.counters.count_cache_hits(request, statistics.hits - hits);
    let mut accepted = verdict?;
    if listed.is_empty() {
        passed_on::set_status_only(request);
        return Ok(());
    }
    // An accepted token has a key.
    let key = identity::combine(key.ok_or(Error::ScratchTooSmall)?, listed.identity());
    if let Some(values) = claims.recall(&key) {
        values.apply(request, listed);
    } else {
        let values = PassedOn::of(&accepted.claims()?, listed);
        values.apply(request, listed);
        claims.remember(key, values);
    }
    Ok(())
}

/// The thumbprint of the client's certificate, if the client has sent one.
fn certificate_of(
    config: &FilterConfig,
    request: &Request<'_>,
    scratch: &mut [u8],
) -> Result<Option<Thumbprint>, Error> {
    if let Some(forwarded) = &config.forwarded
        && forwarded.trusts(request.direct_remote_address())
    {
        // The certificate of the connection is the proxy's.
        return forwarded.certificate(request.header(forwarded.header()), scratch);
    }
    match request.peer_certificate_sha256() {
        None | Some(b"") => Ok(None),
        Some(hex) => {
            let hex = str::from_utf8(hex).map_err(|_| Error::ThumbprintHexMalformed)?;
            Thumbprint::from_hex(hex).map(Some)
        }
    }
}

/// Clients must not write the headers that the filter writes, nor any that a backend may take for them.
fn remove_headers(request: &mut Request<'_>, of_filter: &ClaimHeaders, of_route: Option<&ClaimHeaders>) {
    let names = || of_filter.names().chain(of_route.into_iter().flat_map(ClaimHeaders::names));
    if names().next().is_none() {
        return;
    }
    let is_forged = |header: &&[u8]| names().any(|name| look_alike(name, header));
    // Copies, because a change ends what Envoy has lent. Usually there are none.
    let forged: Option<Vec<Vec<u8>>> =
        request.header_names().map(|headers| headers.filter(is_forged).map(<[u8]>::to_vec).collect());
    match forged {
        Some(forged) => forged.iter().for_each(|name| request.remove_header(name)),
        None => names().for_each(|name| request.remove_header(name)),
    }
}

/// Whether a token with this error may be signed with a key that the issuer has published since its keys were fetched:
/// under a new `kid`, under the old one, or without one.
const fn may_be_rotated(error: Error) -> bool {
    matches!(
        error,
        Error::KeyUnknown | Error::KeyUnsuited | Error::KeysPending | Error::KeysWithdrawn | Error::SignatureInvalid
    )
}
