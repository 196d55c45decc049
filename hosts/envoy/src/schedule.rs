//! When the keys of a URI are fetched.

use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

/// When the keys of one URI were fetched, and when they are fetched next.
#[derive(Debug)]
pub(crate) struct Schedule {
    refresh: Duration,
    next: Instant,
    last: Option<Instant>,
    /// The configuration that the fetch under way belongs to.
    in_flight: Option<u64>,
    failures: u32,
}

impl Schedule {
    /// The first fetch is due at once.
    pub(crate) const fn new(refresh: Duration, now: Instant) -> Self {
        Self { refresh, next: now, last: None, in_flight: None, failures: 0 }
    }

    /// Changes the interval, from the next fetch on.
    pub(crate) const fn set_refresh(&mut self, refresh: Duration) {
        self.refresh = refresh;
    }

    /// When the next fetch is due. `is_wanted`: a token has a `kid` that no key has.
    pub(crate) fn due(&self, is_wanted: bool) -> Instant {
        match (self.last, self.in_flight) {
            // If Envoy never reports its end, the configuration is gone, or was never asked.
            (Some(last), Some(_)) => last + LOST_AFTER,
            (Some(last), None) if is_wanted => self.next.min(last + AT_MOST_EVERY),
            _ => self.next,
        }
    }

    /// A fetch has been handed to this configuration.
    pub(crate) const fn started(&mut self, configuration: u64, now: Instant) {
        self.last = Some(now);
        self.in_flight = Some(configuration);
    }

    /// The fetch has succeeded.
    pub(crate) fn succeeded(&mut self, now: Instant) {
        self.in_flight = None;
        self.failures = 0;
        self.next = now + jittered(self.refresh);
    }

    /// The fetch has failed: it is tried again soon, and then ever more seldom.
    pub(crate) fn failed(&mut self, now: Instant) {
        self.in_flight = None;
        let delay = FIRST_RETRY.saturating_mul(1 << self.failures.min(10)).min(LAST_RETRY).min(self.refresh);
        self.failures = self.failures.saturating_add(1);
        self.next = now + jittered(delay);
    }

    /// The configuration is gone, and with it a fetch under way.
    pub(crate) fn abandon(&mut self, configuration: u64, now: Instant) {
        if self.in_flight == Some(configuration) {
            self.in_flight = None;
            self.next = now;
        }
    }
}

/// How long Envoy waits for an answer.
pub(crate) const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// When a fetch counts as lost whose end Envoy has not reported.
const LOST_AFTER: Duration = Duration::from_secs(15);

/// How often tokens with an unknown `kid` can cause a fetch: anyone can send them.
const AT_MOST_EVERY: Duration = Duration::from_secs(10);

const FIRST_RETRY: Duration = Duration::from_millis(500);

/// While an issuer's keys are missing, its clients wait for this.
const LAST_RETRY: Duration = Duration::from_secs(10);

/// Up to a tenth more or less, so that the gateways of a fleet do not ask at the same time.
fn jittered(delay: Duration) -> Duration {
    let random = RandomState::new().hash_one(0_u8) % 201;
    delay.mul_f64(0.9 + f64::from(u8::try_from(random).unwrap_or(100)) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFRESH: Duration = Duration::from_secs(300);

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn assert_about(due: Instant, start: Instant, expected: f64) {
        let found = due.duration_since(start).as_secs_f64();
        assert!((expected * 0.899..expected * 1.101).contains(&found), "{found} instead of {expected}");
    }

    #[test]
    fn fetches_follow_the_interval_and_unknown_kids() {
        let start = Instant::now();
        let mut schedule = Schedule::new(REFRESH, start);
        assert_eq!(schedule.due(false), start);
        schedule.started(1, start);
        schedule.succeeded(start);
        assert_about(schedule.due(false), start, 300.0);
        assert_eq!(schedule.due(true), start + AT_MOST_EVERY);
        schedule.started(1, start + seconds(60.0));
        assert_eq!(schedule.due(true), start + seconds(75.0), "lost, if nothing more is heard of it");
        schedule.succeeded(start + seconds(61.0));
        assert_eq!(schedule.due(true), start + seconds(70.0));
        schedule.set_refresh(seconds(5.0));
        schedule.succeeded(start);
        assert_about(schedule.due(true), start, 5.0);
    }

    #[test]
    fn failures_are_retried_ever_more_seldom() {
        let start = Instant::now();
        let mut schedule = Schedule::new(REFRESH, start);
        for expected in [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0] {
            schedule.started(1, start);
            schedule.failed(start);
            assert_about(schedule.due(false), start, expected);
        }
        schedule.succeeded(start);
        schedule.failed(start);
        assert_about(schedule.due(false), start, 0.5);
        schedule.set_refresh(seconds(0.2));
        schedule.failed(start);
        assert_about(schedule.due(false), start, 0.2);
    }

    #[test]
    fn a_fetch_ends_with_its_configuration() {
        let start = Instant::now();
        let mut schedule = Schedule::new(REFRESH, start);
        schedule.started(7, start);
        let later = start + seconds(1.0);
        schedule.abandon(8, later);
        assert_eq!(schedule.due(false), start + LOST_AFTER);
        schedule.abandon(7, later);
        assert_eq!(schedule.due(false), later);
    }
}
