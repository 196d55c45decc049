//! The one clock of the story. The core has none: whoever asks for a verdict says what time it is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use certbound::UnixTime;

/// The system's clock, which the story can move forward: five minutes are too long to wait for.
///
/// All servers share it, as machines that keep time do.
#[derive(Clone, Default)]
pub(crate) struct Clock {
    seconds_ahead: Arc<AtomicU64>,
}

impl Clock {
    pub(crate) fn now(&self) -> UnixTime {
        // A system clock before 1970 reads as 1970: every token is then too early, none too late.
        let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        UnixTime::from_seconds(system + self.seconds_ahead.load(Ordering::Relaxed))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.seconds_ahead.fetch_add(seconds, Ordering::Relaxed);
    }
}
