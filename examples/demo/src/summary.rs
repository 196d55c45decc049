//! Compares the expected and the actual verdicts.

use std::process::ExitCode;

use crate::{client::Answer, verdict::Verdict};

/// The verdicts of all scenes so far.
#[derive(Default)]
pub(crate) struct Summary {
    rows: Vec<Row>,
}

/// The verdict of one scene.
pub(crate) struct Row {
    pub(crate) scene: &'static str,
    pub(crate) expected: &'static str,
    pub(crate) actual: &'static str,
    pub(crate) component: &'static str,
    /// The HTTP status that the caller saw.
    pub(crate) status: u16,
    accepted: bool,
}

impl Summary {
    pub(crate) fn add(&mut self, scene: &'static str, expected: &'static str, verdict: &Verdict, answer: &Answer) {
        self.rows.push(Row {
            scene,
            expected,
            actual: verdict.name(),
            component: verdict.component(),
            status: answer.status.as_u16(),
            accepted: verdict.is_accepted(),
        });
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Whether all scenes ended as expected. Without scenes it is false.
    pub(crate) fn is_as_expected(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(Row::is_as_expected)
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        if self.is_as_expected() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

impl Row {
    /// Whether the verdict was as expected, and the server acted on it: a log alone protects nothing.
    pub(crate) fn is_as_expected(&self) -> bool {
        let expected_status = if self.accepted { 200 } else { 401 };
        self.actual == self.expected && self.status == expected_status
    }
}

#[cfg(test)]
mod tests {
    use certbound::Error;
    use hyper::StatusCode;
    use serde_json::Value;

    use super::*;
    use crate::verdict::{ACCEPTED, Rejection};

    #[test]
    fn the_expected_verdict_and_its_answer_succeed() {
        assert!(summary("token_expired", &rejected(Error::TokenExpired), 401).is_as_expected());
        assert!(summary(ACCEPTED, &Verdict::Accepted(String::new()), 200).is_as_expected());
        assert_eq!(summary(ACCEPTED, &Verdict::Accepted(String::new()), 200).exit_code(), ExitCode::SUCCESS);
    }

    #[test]
    fn another_verdict_fails() {
        for expected in [ACCEPTED, "certificate_mismatch"] {
            assert_eq!(summary(expected, &rejected(Error::TokenExpired), 401).exit_code(), ExitCode::FAILURE);
        }
        assert!(!summary("token_expired", &Verdict::Accepted(String::new()), 200).is_as_expected());
    }

    #[test]
    fn an_answer_that_contradicts_the_verdict_fails() {
        assert!(!summary("token_expired", &rejected(Error::TokenExpired), 200).is_as_expected());
        assert!(!summary(ACCEPTED, &Verdict::Accepted(String::new()), 401).is_as_expected());
    }

    #[test]
    fn one_wrong_verdict_among_right_ones_fails() {
        let mut summary = summary("token_expired", &rejected(Error::TokenExpired), 401);
        assert!(summary.is_as_expected());
        summary.add("Another", ACCEPTED, &rejected(Error::TokenExpired), &answer(401));
        assert!(!summary.is_as_expected());
    }

    #[test]
    fn no_scenes_fail() {
        assert!(!Summary::default().is_as_expected());
    }

    fn summary(expected: &'static str, verdict: &Verdict, status: u16) -> Summary {
        let mut summary = Summary::default();
        summary.add("A scene", expected, verdict, &answer(status));
        summary
    }

    fn rejected(error: Error) -> Verdict {
        Verdict::Rejected(Rejection::Core(error))
    }

    fn answer(status: u16) -> Answer {
        Answer { status: StatusCode::from_u16(status).unwrap(), challenge: None, body: Value::Null }
    }
}
