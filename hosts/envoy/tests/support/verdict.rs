//! Assertions on the answer, the access log and the log of a request.

use std::{panic::Location, pin::Pin};

use certbound_host_tests::verdict::{challenge, error, secrets};
use serde_json::json;

use crate::{envoy::Envoy, log::Access, message::Answer};

impl Envoy<'_> {
    /// Asserts this verdict: `ok` as in [`accepted`](Self::accepted), or the reason as in [`rejected`](Self::rejected).
    #[track_caller]
    pub fn judged<'answer>(
        &'answer self,
        answer: &'answer Answer,
        verdict: &'answer str,
    ) -> Pin<Box<dyn Future<Output = Access> + 'answer>> {
        match verdict {
            "ok" => Box::pin(self.accepted(answer)),
            reason => Box::pin(self.rejected(answer, reason)),
        }
    }

    /// Asserts that the request was accepted.
    #[track_caller]
    pub fn accepted(&self, answer: &Answer) -> impl Future<Output = Access> {
        let place = Location::caller();
        async move {
            let access = self.access(answer.case).await;
            assert_eq!((answer.status, &access.metadata["status"]), (200, &json!("ok")), "{place}: {access:?}");
            assert_eq!(answer.header("www-authenticate"), [""; 0], "{place}");
            access
        }
    }

    /// Asserts that the filter rejected the request for this reason, with the [`challenge`] of that reason.
    #[track_caller]
    pub fn rejected(&self, answer: &Answer, reason: &str) -> impl Future<Output = Access> {
        self.rejected_with(answer, reason, challenge(reason))
    }

    /// The same with this challenge.
    #[track_caller]
    pub fn rejected_with(
        &self,
        answer: &Answer,
        reason: &str,
        challenge: impl Into<String>,
    ) -> impl Future<Output = Access> {
        let (place, challenge, reason) = (Location::caller(), challenge.into(), error(reason));
        async move {
            let access = self.access(answer.case).await;
            let status = reason.bearer_response().status();
            let found = (answer.status, access.status.as_str(), access.details.as_str());
            let details = format!("certbound_{}", reason.name());
            assert_eq!(found, (status, status.to_string().as_str(), details.as_str()), "{place}: {access:?}");
            assert_eq!(access.metadata, json!({"status": reason.name()}), "{place}");
            assert_eq!(answer.header("www-authenticate"), [challenge], "{place}");
            assert_eq!(answer.text(), "", "{place}: the client learns no more than the challenge");
            self.keeps_secret(answer, place);
            access
        }
    }

    /// Asserts that Envoy's log has no part of the token.
    fn keeps_secret(&self, answer: &Answer, place: &Location<'_>) {
        let log = self.log();
        for beginning in secrets(answer) {
            assert!(!log.contains(beginning), "{place}: the token is in the log: {log}");
        }
    }
}
