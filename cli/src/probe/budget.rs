//! How much a run may cost: requests and time.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, timeout_at};

use super::trial::NotSent;

/// What a run may still spend.
pub(super) struct Budget {
    /// Requests that may still be sent.
    remaining: usize,
    /// How many of them are kept for the end.
    reserved: usize,
    deadline: Instant,
}

impl Budget {
    /// `spent` requests have been sent before, to the issuer.
    pub(super) fn new(spent: usize, start: Instant) -> Self {
        Self { remaining: REQUESTS.saturating_sub(spent), reserved: RESERVED, deadline: start + RUN_TIMEOUT }
    }

    /// Takes one request, if there is one left and time for it.
    pub(super) fn spend(&mut self) -> Result<(), NotSent> {
        if Instant::now() >= self.deadline {
            return Err(late());
        }
        if self.remaining <= self.reserved {
            return Err(NotSent::CutOff(format!("the limit of {REQUESTS} requests was reached")));
        }
        self.remaining = self.remaining.saturating_sub(1);
        Ok(())
    }

    /// From now on, the reserved requests may be sent, too.
    pub(super) const fn release_reserve(&mut self) {
        self.reserved = 0;
    }

    /// The requests that have been sent, with those to the issuer.
    pub(super) const fn spent(&self) -> usize {
        REQUESTS.saturating_sub(self.remaining)
    }

    pub(super) const fn deadline(&self) -> Instant {
        self.deadline
    }
}

/// Waits until the deadline at most.
pub(super) async fn until<T>(
    deadline: Instant,
    future: impl Future<Output = Result<T, NotSent>>,
) -> Result<T, NotSent> {
    timeout_at(deadline, future).await.unwrap_or_else(|_| Err(late()))
}

fn late() -> NotSent {
    NotSent::CutOff(format!("the limit of {} seconds for the run was reached", RUN_TIMEOUT.as_secs()))
}

/// Most requests of one run, with those to the issuer. A connection that ends in the handshake counts as a request.
pub(crate) const REQUESTS: usize = 40;

/// The owner's last request, without which an outage in the middle of the run would look like refusals.
pub(super) const RESERVED: usize = 1;

/// How long all attacks may take together. A healthy API answers all of them within seconds. If each step took almost as long as its
/// timeout allows, a pipeline would wait for an hour, and the tokens would expire during the run.
const RUN_TIMEOUT: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;

    fn count(budget: &mut Budget) -> usize {
        std::iter::from_fn(|| budget.spend().ok()).count()
    }

    #[test]
    fn one_request_is_kept_for_the_end() {
        let mut budget = Budget::new(3, Instant::now());
        assert_eq!(count(&mut budget), REQUESTS - 3 - RESERVED);
        let words = "the limit of 40 requests was reached".to_owned();
        assert_eq!(budget.spend(), Err(NotSent::CutOff(words)));
        budget.release_reserve();
        assert_eq!((count(&mut budget), budget.spent()), (RESERVED, REQUESTS));
        assert_eq!(count(&mut Budget::new(REQUESTS + 1, Instant::now())), 0);
    }

    #[test]
    fn nothing_is_sent_after_the_deadline() {
        let mut late = Budget::new(0, Instant::now() - RUN_TIMEOUT);
        assert!(matches!(late.spend(), Err(NotSent::CutOff(words)) if words.contains("300 seconds")));
        assert_eq!(late.spent(), 0);
        let mut early = Budget::new(0, Instant::now());
        assert_eq!(early.spend(), Ok(()));
    }

    #[test]
    fn waiting_ends_at_the_deadline() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let past = Instant::now();
        let endless = runtime.block_on(until(past, std::future::pending::<Result<(), NotSent>>()));
        assert!(matches!(endless, Err(NotSent::CutOff(_))));
        assert_eq!(runtime.block_on(until(past, std::future::ready(Ok(7)))), Ok(7));
    }
}
