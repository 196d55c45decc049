//! The clock of the demo. The core has none: its callers pass the time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use certbound::UnixTime;

/// The system clock, which the demo can move forward instead of waiting five minutes.
///
/// All servers share it, like machines with synchronized clocks.
#[derive(Clone, Default)]
pub(crate) struct Clock {
    seconds_ahead: Arc<AtomicU64>,
}

impl Clock {
    pub(crate) fn now(&self) -> UnixTime {
        // A system clock before 1970 reads as 1970, where every token is not yet valid.
        let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        UnixTime::from_seconds(system + self.seconds_ahead.load(Ordering::Relaxed))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.seconds_ahead.fetch_add(seconds, Ordering::Relaxed);
    }
}
