//! Counters and gauges.
//!
//! Counters have no labels where requests count, because each label costs more than the counter itself.

use std::time::{SystemTime, UNIX_EPOCH};

use certbound::Error;

use crate::{
    host::{Configuration, Metric, Metrics, Request},
    key_source::Trust,
};

/// The metrics of a configuration. Envoy adds up those of all configurations.
pub(crate) struct Counters {
    accepted: Option<Metric>,
    /// In the order of their numbers.
    rejected: Vec<(u16, Option<Metric>)>,
    cache_hits: Option<Metric>,
    panics: Option<Metric>,
    key_fetches: Option<Metric>,
    key_failures: Option<Metric>,
    key_age: Option<Metric>,
    time: Option<Metric>,
}

impl Counters {
    pub(crate) fn define(envoy: &Configuration<'_>, measures_time: bool) -> Self {
        let counter = |name: &str| envoy.define_counter(&format!("certbound.{name}"), &[]);
        let by_source = |name: &str| envoy.define_counter(&format!("certbound.{name}"), &[SOURCE]);
        let rejected = Error::ALL.iter().filter(|error| is_of_requests(**error));
        Self {
            accepted: counter("verdict.ok"),
            rejected: rejected.map(|error| (error.code(), counter(&format!("verdict.{}", error.name())))).collect(),
            cache_hits: counter("cache_hits"),
            panics: counter("panics"),
            key_fetches: by_source("key_fetches"),
            key_failures: by_source("key_failures"),
            key_age: envoy.define_gauge("certbound.key_age_seconds", &[SOURCE]),
            time: if measures_time { envoy.define_histogram("certbound.time_nanoseconds") } else { None },
        }
    }

    /// Counts a verdict.
    pub(crate) fn count(&self, request: &Request<'_>, verdict: Result<(), Error>) {
        let metric = match verdict {
            Ok(()) => self.accepted,
            Err(error) => {
                let place = self.rejected.binary_search_by_key(&error.code(), |(code, _)| *code);
                place.ok().and_then(|place| self.rejected.get(place)).and_then(|(_, metric)| *metric)
            }
        };
        add(request, metric, 1);
    }

    pub(crate) fn count_cache_hits(&self, request: &Request<'_>, hits: u64) {
        add(request, self.cache_hits, hits);
    }

    pub(crate) fn count_panic(&self, request: &Request<'_>) {
        add(request, self.panics, 1);
    }

    pub(crate) fn record_time(&self, request: &Request<'_>, nanoseconds: u64) {
        if let Some(time) = self.time {
            request.record(time, nanoseconds);
        }
    }

    /// Reports fetches and failures since the last report, and the age of keys: of a file since it was written, of a URI since
    /// it was last fetched.
    ///
    /// Zeros are reported, too. A counter with labels exists only once a configuration has added to it, and Envoy forgets
    /// it with the last such configuration: without the zeros of a new one, it would begin again after each drain.
    pub(crate) fn report_keys(&self, envoy: &impl Metrics, trust: &Trust) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        for keys in trust.sources() {
            let name = keys.source().to_string();
            let (fetches, failures) = keys.take_unreported();
            for (counter, count) in [(self.key_fetches, fetches), (self.key_failures, failures)] {
                if let Some(counter) = counter {
                    envoy.add(counter, &[&name], count);
                }
            }
            if let (Some(gauge), Some(as_of)) = (self.key_age, keys.as_of()) {
                envoy.set(gauge, &[&name], now.saturating_sub(as_of));
            }
        }
    }
}

fn add(request: &Request<'_>, metric: Option<Metric>, value: u64) {
    if let (Some(metric), 1..) = (metric, value) {
        request.add(metric, &[], value);
    }
}

const SOURCE: &str = "source";

/// Whether a request can have this error: those of tokens, of certificates, and of forwarded certificates. A counter for each
/// of the others would only fill the list of metrics.
const fn is_of_requests(error: Error) -> bool {
    let is_of_other_callers = matches!(
        error,
        // For callers that write into buffers, read claims into types, or compare claims with requirements.
        Error::BufferTooSmall | Error::ClaimsTypeMismatch | Error::RequirementUnmet
        // The configuration limits the leeway, and no token is as long.
        | Error::LeewayTooLong | Error::JsonTooLong
        // Without a certificate in the header, the client has none.
        | Error::ForwardedMissing
    );
    matches!(error.code(), 100..=713 | 730..=749) && !is_of_other_callers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_requests_cannot_have_are_not_counted() {
        for error in
            [Error::TokenMissing, Error::ScopeMalformed, Error::CertificateMismatch, Error::ForwardedIncomplete]
        {
            assert!(is_of_requests(error), "{}", error.name());
        }
        for error in [
            Error::BufferTooSmall,
            Error::JsonTooLong,
            Error::LeewayTooLong,
            Error::RequirementUnmet,
            Error::ForwardedMissing,
            Error::DistinguishedNameTooLong,
            Error::KeySetFull,
            Error::TokenInactive,
            Error::IntrospectionUnavailable,
            Error::IntrospectionMalformed,
        ] {
            assert!(!is_of_requests(error), "{}", error.name());
        }
    }
}
