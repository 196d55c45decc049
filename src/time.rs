//! A time in Unix seconds.

use core::fmt;

/// A time in whole seconds since 1970-01-01T00:00:00Z, without leap seconds (RFC 7519 §2, NumericDate).
///
/// The core has no clock: the caller passes the current time.
///
/// ```
/// use certbound::UnixTime;
///
/// let now = UnixTime::from_seconds(1_900_000_000);
/// assert_eq!(now.seconds(), 1_900_000_000);
/// assert!(now < UnixTime::from_seconds(1_900_000_001));
/// ```
///
/// With the standard library:
///
/// ```
/// use std::time::{SystemTime, UNIX_EPOCH};
/// use certbound::UnixTime;
///
/// let now = UnixTime::from_seconds(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs());
/// # assert!(now > UnixTime::from_seconds(1_700_000_000));
/// # Ok::<(), std::time::SystemTimeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// The time `seconds` after the start of 1970.
    ///
    /// ```
    /// assert_eq!(certbound::UnixTime::from_seconds(60).seconds(), 60);
    /// ```
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the start of 1970.
    ///
    /// ```
    /// assert_eq!(certbound::UnixTime::from_seconds(60).seconds(), 60);
    /// ```
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// The time `seconds` later, saturating.
    pub(crate) const fn later(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

impl fmt::Display for UnixTime {
    /// The seconds as a decimal number.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
