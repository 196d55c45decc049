//! What Prometheus reads, in its text format.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use prometheus::{
    Error, Gauge, IntCounterVec, IntGauge, IntGaugeVec, Registry, TextEncoder, register_gauge_with_registry,
    register_int_counter_vec_with_registry, register_int_gauge_vec_with_registry, register_int_gauge_with_registry,
};

use crate::issuer::Reason;

/// The state of a service.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    /// When the issuer last confirmed that the keys in the file are current, or before the first success the time of the
    /// file's last change; `None` if there are no keys.
    confirmed: Option<SystemTime>,
    /// The time since `confirmed`, computed for each answer.
    age: Gauge,
    last_success: IntGauge,
    keys: IntGaugeVec,
    failures: IntCounterVec,
}

impl Metrics {
    /// # Errors
    /// Only if two metrics have the same name, or one is not a valid name.
    pub(crate) fn new() -> Result<Self, Error> {
        let registry = Registry::new();
        let metrics = Self {
            confirmed: None,
            age: register_gauge_with_registry!(
                "certbound_sync_keys_age_seconds",
                "Time since the issuer confirmed the keys in the file, or +Inf without keys.",
                registry
            )?,
            last_success: register_int_gauge_with_registry!(
                "certbound_sync_last_success_timestamp_seconds",
                "Unix time of the last successful attempt, or 0 if there was none since the start.",
                registry
            )?,
            keys: register_int_gauge_vec_with_registry!(
                "certbound_sync_keys",
                "Keys in the file, by kind.",
                &["kind"],
                registry
            )?,
            failures: register_int_counter_vec_with_registry!(
                "certbound_sync_failures_total",
                "Failed attempts, by reason.",
                &["reason"],
                registry
            )?,
            registry,
        };
        metrics.set_keys(&BTreeMap::new());
        // Listed from the start, so that the first failure is an increase.
        for reason in Reason::ALL {
            metrics.failures.with_label_values(&[reason.name()]);
        }
        Ok(metrics)
    }

    /// Keys were in the file when the service started.
    pub(crate) fn found(&mut self, keys: &BTreeMap<&'static str, usize>, changed: SystemTime) {
        self.confirmed = Some(changed);
        self.set_keys(keys);
    }

    /// The issuer has these keys now, and so has the file.
    pub(crate) fn succeeded(&mut self, keys: &BTreeMap<&'static str, usize>, now: SystemTime) {
        self.confirmed = Some(now);
        self.last_success.set(integer(now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()));
        self.set_keys(keys);
    }

    pub(crate) fn failed(&mut self, reason: Reason) {
        self.failures.with_label_values(&[reason.name()]).inc();
    }

    /// The text format, version 0.0.4. The encoder writes infinity as `inf`, which Prometheus reads like `+Inf`.
    ///
    /// # Errors
    /// Only if a metric has no sample.
    pub(crate) fn text(&self, now: SystemTime) -> Result<String, Error> {
        self.age.set(self.confirmed.map_or(f64::INFINITY, |confirmed| {
            // 0 if the clock was set back.
            now.duration_since(confirmed).unwrap_or_default().as_secs_f64()
        }));
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }

    fn set_keys(&self, keys: &BTreeMap<&'static str, usize>) {
        self.keys.reset();
        for kind in KINDS {
            self.keys.with_label_values(&[kind]);
        }
        for (kind, count) in keys {
            self.keys.with_label_values(&[kind]).set(integer(*count));
        }
    }
}

/// The numbers of the library are signed.
fn integer(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// The kinds of keys that the core reads, listed even if there is no such key.
const KINDS: [&str; 5] = ["EC P-256", "EC P-384", "EC P-521", "OKP Ed25519", "RSA"];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn values(metrics: &Metrics, now: u64) -> BTreeMap<String, f64> {
        let text = metrics.text(at(now)).unwrap();
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        samples
            .map(|line| line.rsplit_once(' ').unwrap())
            .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_age_is_that_of_the_last_confirmation() {
        let age = |metrics: &Metrics, now| values(metrics, now)["certbound_sync_keys_age_seconds"];
        let last = |metrics: &Metrics| values(metrics, 0)["certbound_sync_last_success_timestamp_seconds"];
        let mut metrics = Metrics::new().unwrap();
        assert_eq!((age(&metrics, 1000), last(&metrics)), (f64::INFINITY, 0.0));
        metrics.found(&[("RSA", 1)].into(), at(400));
        assert_eq!((age(&metrics, 1000), last(&metrics)), (600.0, 0.0));
        metrics.succeeded(&[("RSA", 1)].into(), at(900));
        metrics.failed(Reason::TimedOut);
        assert_eq!((age(&metrics, 1000), last(&metrics)), (100.0, 900.0));
        // The clock was set back.
        assert_eq!(age(&metrics, 800), 0.0);
    }

    #[test]
    fn keys_and_failures_are_counted() {
        let mut metrics = Metrics::new().unwrap();
        metrics.succeeded(&[("RSA", 2), ("EC P-256", 1)].into(), at(1));
        metrics.succeeded(&[("EC P-256", 1)].into(), at(2));
        metrics.failed(Reason::TimedOut);
        metrics.failed(Reason::TimedOut);
        metrics.failed(Reason::KeySet(certbound::Error::KeysWithdrawn));
        let values = values(&metrics, 3);
        for (sample, value) in [
            ("certbound_sync_keys{kind=\"RSA\"}", 0.0),
            ("certbound_sync_keys{kind=\"EC P-256\"}", 1.0),
            ("certbound_sync_keys{kind=\"OKP Ed25519\"}", 0.0),
            ("certbound_sync_failures_total{reason=\"timed_out\"}", 2.0),
            ("certbound_sync_failures_total{reason=\"keys_withdrawn\"}", 1.0),
            ("certbound_sync_failures_total{reason=\"tls_failed\"}", 0.0),
        ] {
            assert_eq!(values[sample], value, "{sample}");
        }
    }
}
