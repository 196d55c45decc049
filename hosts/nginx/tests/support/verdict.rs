//! Assertions on the answer, the access log and the error log of a request.

use std::pin::Pin;

use certbound::Error;
use certbound_host_tests::{
    message::Answer,
    verdict::{challenge, error, secrets},
};

use crate::{
    log::{Access, number},
    nginx::Nginx,
};

impl Nginx {
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

    /// Asserts that the request was accepted, without remarks in the error log.
    #[track_caller]
    pub fn accepted(&self, answer: &Answer) -> impl Future<Output = Access> {
        let place = Place::here(answer);
        async move {
            let access = self.access(answer.case).await;
            assert_eq!(
                (answer.status, access.verdict.as_str()),
                (200, "ok"),
                "{place}: {:?}",
                self.remarks(answer.case)
            );
            assert_eq!(answer.header("www-authenticate"), [""; 0], "{place}");
            assert_eq!(self.remarks(answer.case), [], "{place}");
            assert!(!access.sub.is_empty(), "{place}");
            access
        }
    }

    /// Asserts that the module rejected the request for this reason, with the [`challenge`] of that reason.
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
        let (place, challenge, reason) = (Place::here(answer), challenge.into(), error(reason));
        async move {
            let access = self.access(answer.case).await;
            let remarks = self.remarks(answer.case);
            let found = (answer.status, access.status.as_str(), access.verdict.as_str());
            let status = reason.bearer_response().status();
            assert_eq!(found, (status, status.to_string().as_str(), reason.name()), "{place}: {remarks:?}");
            assert_eq!(answer.header("www-authenticate"), [challenge], "{place}");
            assert_eq!(access.from_token(), [""; 7], "{place}: variables of a rejected token must be empty");
            self.explained(answer, reason, &remarks, &place);
            access
        }
    }

    /// Asserts that the error log has the reason once, and no part of the token.
    fn explained(&self, answer: &Answer, reason: Error, remarks: &[(String, String)], place: &Place) {
        let [(level, words)] = remarks else { panic!("{place}: expected one line in the error log: {remarks:?}") };
        let expected = if reason == Error::TokenMissing { "info" } else { "warn" };
        assert_eq!(level, expected, "{place}: {words}");
        assert!(words.starts_with(&format!("rejected: {}: ", reason.name())), "{place}: {words}");
        for beginning in secrets(answer) {
            assert!(!words.contains(beginning), "{place}: the token is in the log: {words}");
        }
        assert!(
            !answer.text().contains(reason.name()),
            "{place}: the response discloses the reason: {}",
            answer.text()
        );
    }
}

/// The place of an assertion, for its message.
struct Place(String);

impl Place {
    #[track_caller]
    fn here(answer: &Answer) -> Self {
        Self(format!("{}: {}", std::panic::Location::caller(), number(answer.case).trim_end()))
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}
