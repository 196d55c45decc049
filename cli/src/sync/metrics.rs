//! What Prometheus reads, in its text format.
//!
//! Written by hand: the values of all labels are names from this program, so nothing has to be escaped, and a library's
//! registry would be longer than the text.

use std::{
    collections::BTreeMap,
    fmt::Write,
    time::{SystemTime, UNIX_EPOCH},
};

use super::problem::Reason;

/// The state of a service.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    /// When the issuer last confirmed that the keys in the file are current.
    last_success: Option<SystemTime>,
    /// The same, or before the first success the time of the file's last change; `None` if there are no keys.
    confirmed: Option<SystemTime>,
    keys: BTreeMap<&'static str, usize>,
    failures: BTreeMap<&'static str, u64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        Self {
            last_success: None,
            confirmed: None,
            keys: KINDS.iter().map(|kind| (*kind, 0)).collect(),
            // Listed from the start, so that the first failure is an increase.
            failures: Reason::ALL.iter().map(|reason| (reason.name(), 0)).collect(),
        }
    }

    /// Keys were in the file when the service started.
    pub(crate) fn found(&mut self, keys: BTreeMap<&'static str, usize>, changed: SystemTime) {
        self.confirmed = Some(changed);
        self.set_keys(keys);
    }

    /// The issuer has these keys now, and so has the file.
    pub(crate) fn succeeded(&mut self, keys: BTreeMap<&'static str, usize>, now: SystemTime) {
        (self.last_success, self.confirmed) = (Some(now), Some(now));
        self.set_keys(keys);
    }

    pub(crate) fn failed(&mut self, reason: Reason) {
        let count = self.failures.entry(reason.name()).or_default();
        *count = count.saturating_add(1);
    }

    /// The text format, version 0.0.4.
    pub(crate) fn text(&self, now: SystemTime) -> String {
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, help: &str, samples: &mut dyn Iterator<Item = (String, String)>| {
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
            for (labels, value) in samples {
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        };
        let age = self.confirmed.map_or("+Inf".to_owned(), |confirmed| {
            now.duration_since(confirmed).unwrap_or_default().as_secs().to_string()
        });
        let last_success =
            self.last_success.map_or(0, |time| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
        family(
            "certbound_sync_keys_age_seconds",
            "gauge",
            "Time since the issuer confirmed the keys in the file, or +Inf without keys.",
            &mut [(String::new(), age)].into_iter(),
        );
        family(
            "certbound_sync_last_success_timestamp_seconds",
            "gauge",
            "Unix time of the last successful attempt, or 0 if there was none since the start.",
            &mut [(String::new(), last_success.to_string())].into_iter(),
        );
        family(
            "certbound_sync_keys",
            "gauge",
            "Keys in the file, by kind.",
            &mut self.keys.iter().map(|(kind, count)| (format!("{{kind=\"{kind}\"}}"), count.to_string())),
        );
        family(
            "certbound_sync_failures_total",
            "counter",
            "Failed attempts, by reason.",
            &mut self.failures.iter().map(|(reason, count)| (format!("{{reason=\"{reason}\"}}"), count.to_string())),
        );
        text
    }

    fn set_keys(&mut self, keys: BTreeMap<&'static str, usize>) {
        for count in self.keys.values_mut() {
            *count = 0;
        }
        self.keys.extend(keys);
    }
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

    fn values(metrics: &Metrics, now: u64) -> BTreeMap<String, String> {
        let text = metrics.text(at(now));
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        samples.map(|line| line.rsplit_once(' ').unwrap()).map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn the_age_is_that_of_the_last_confirmation() {
        let age = |metrics: &Metrics, now| values(metrics, now)["certbound_sync_keys_age_seconds"].clone();
        let last = |metrics: &Metrics| values(metrics, 0)["certbound_sync_last_success_timestamp_seconds"].clone();
        let mut metrics = Metrics::new();
        assert_eq!((age(&metrics, 1000), last(&metrics)), ("+Inf".to_owned(), "0".to_owned()));
        metrics.found([("RSA", 1)].into(), at(400));
        assert_eq!((age(&metrics, 1000), last(&metrics)), ("600".to_owned(), "0".to_owned()));
        metrics.succeeded([("RSA", 1)].into(), at(900));
        metrics.failed(Reason::TimedOut);
        assert_eq!((age(&metrics, 1000), last(&metrics)), ("100".to_owned(), "900".to_owned()));
        // The clock was set back.
        assert_eq!(age(&metrics, 800), "0");
    }

    #[test]
    fn keys_and_failures_are_counted() {
        let mut metrics = Metrics::new();
        metrics.succeeded([("RSA", 2), ("EC P-256", 1)].into(), at(1));
        metrics.succeeded([("EC P-256", 1)].into(), at(2));
        metrics.failed(Reason::TimedOut);
        metrics.failed(Reason::TimedOut);
        metrics.failed(Reason::KeySet(certbound::Error::KeysWithdrawn));
        let values = values(&metrics, 3);
        for (sample, value) in [
            ("certbound_sync_keys{kind=\"RSA\"}", "0"),
            ("certbound_sync_keys{kind=\"EC P-256\"}", "1"),
            ("certbound_sync_keys{kind=\"OKP Ed25519\"}", "0"),
            ("certbound_sync_failures_total{reason=\"timed_out\"}", "2"),
            ("certbound_sync_failures_total{reason=\"keys_withdrawn\"}", "1"),
            ("certbound_sync_failures_total{reason=\"tls_failed\"}", "0"),
        ] {
            assert_eq!(values[sample], value, "{sample}");
        }
    }
}
