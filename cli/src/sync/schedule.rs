//! When the next attempt starts.

use std::time::Duration;

/// Reads an interval such as `30s`, `5m`, `1h` or `1d`.
pub(crate) fn parse_interval(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = match text.strip_prefix(digits) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3600,
        Some("d") => 86_400,
        _ => return Err("an interval is a number with a unit, as in 30s, 5m, 1h or 1d".to_owned()),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| is_number).ok_or("an interval is a whole number with a unit")?;
    let interval = Duration::from_secs(number.saturating_mul(unit));
    if !(SHORTEST..=LONGEST).contains(&interval) {
        return Err("an interval is at least 1s and at most 1d; most issuers suggest 5m to 1d".to_owned());
    }
    Ok(interval)
}

/// The delay after a success: what the answer's `Cache-Control` allows, but never more than `every`.
///
/// An answer that must not be cached at all has no lifetime and is fetched again after `every`. Otherwise the common
/// `no-cache` would make every host poll as often as it can.
pub(crate) fn after_success(every: Duration, lifetime: Option<Duration>) -> Duration {
    every.min(lifetime.unwrap_or(every))
}

/// The delay after this many failures in a row.
///
/// It doubles from a second, so that a short outage does little harm, up to `every` or a minute, whichever is longer, so that
/// an issuer with a problem gets time. `fraction`, between 0 and 1, is random: it takes up to half of the delay off, so
/// that many hosts do not come back at the same moment. `retry_after` is what the server asks for.
pub(crate) fn after_failure(every: Duration, failures: u32, retry_after: Option<Duration>, fraction: f64) -> Duration {
    let longest = every.max(BACK_OFF);
    let doubled = SHORTEST.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
    let delay = doubled.min(longest).mul_f64(1.0 - fraction.clamp(0.0, 1.0) / 2.0);
    delay.max(retry_after.unwrap_or_default().min(longest))
}

/// Shortest interval, and first delay after a failure.
const SHORTEST: Duration = Duration::from_secs(1);

/// Longest interval: a key that an issuer withdraws should not be in use for longer than a day.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Longest delay after failures for a shorter interval.
const BACK_OFF: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn intervals_have_a_number_and_a_unit() {
        for (text, expected) in [("1s", 1), ("30s", 30), ("5m", 300), ("1h", 3600), ("24h", 86_400), ("1d", 86_400)] {
            assert_eq!(parse_interval(text), Ok(seconds(expected)), "{text}");
        }
        for text in ["", "5", "m", "5 m", "-5m", "+5m", "1.5h", "5M", "5min", "0s", "0m", "86401s", "2d", "5m "] {
            assert!(parse_interval(text).is_err(), "{text}");
        }
        assert!(parse_interval("99999999999999999999s").is_err());
        assert!(parse_interval("9999999999999999999d").is_err());
    }

    #[test]
    fn a_lifetime_only_shortens_the_interval() {
        let every = seconds(300);
        for (lifetime, expected) in [(None, 300), (Some(60), 60), (Some(86_400), 300), (Some(1), 1)] {
            assert_eq!(after_success(every, lifetime.map(seconds)), seconds(expected), "{lifetime:?}");
        }
    }

    #[test]
    fn failures_back_off_up_to_the_interval() {
        let delays: Vec<_> = (1..12).map(|failures| after_failure(seconds(300), failures, None, 0.0)).collect();
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map(seconds));
        assert_eq!(after_failure(seconds(300), u32::MAX, None, 0.0), seconds(300));
        assert_eq!(after_failure(seconds(10), 20, None, 0.0), seconds(60));
        // Jitter takes up to half of the delay off.
        assert_eq!(after_failure(seconds(300), 4, None, 1.0), seconds(4));
        assert_eq!(after_failure(seconds(300), 4, None, 0.5), seconds(6));
    }

    #[test]
    fn a_server_may_ask_for_time_but_not_for_more_than_the_interval() {
        assert_eq!(after_failure(seconds(300), 1, Some(seconds(120)), 0.0), seconds(120));
        assert_eq!(after_failure(seconds(300), 1, Some(seconds(86_400)), 1.0), seconds(300));
        assert_eq!(after_failure(seconds(300), 7, Some(seconds(0)), 0.0), seconds(64));
    }
}
