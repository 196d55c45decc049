//! The log lines of a request.
//!
//! Every request has a number, its *case*, in the query of its target. Both logs contain the request line.

use std::time::Instant;

use serde::Deserialize;

use crate::nginx::{MOMENT, Nginx, PATIENCE};

/// A line of the access log.
#[derive(Debug, Deserialize)]
pub struct Access {
    /// The process that answered.
    pub worker: String,
    /// The request line.
    pub request: String,
    /// The response's status code.
    pub status: String,
    /// `TLSv1.2`, `TLSv1.3`, or nothing.
    pub tls: String,
    /// `r` for a resumed session, `.` for a new one.
    pub resumed: String,
    /// `$certbound_status`
    pub verdict: String,
    /// `$certbound_thumbprint`
    pub thumbprint: String,
    /// `$certbound_issuer`
    pub issuer: String,
    /// `$certbound_sub`
    pub sub: String,
    /// `$certbound_client_id`
    pub client_id: String,
    /// `$certbound_scope`
    pub scope: String,
    /// `$certbound_jti`
    pub jti: String,
    /// `$certbound_exp`
    pub exp: String,
    /// `$certbound_claims`
    pub claims: String,
}

impl Access {
    /// The variables that come only from the token.
    pub fn from_token(&self) -> [&str; 7] {
        [&self.sub, &self.client_id, &self.scope, &self.jti, &self.exp, &self.issuer, &self.claims]
    }
}

impl Nginx {
    /// Waits for the access log line of this case, which nginx writes after the response.
    pub async fn access(&self, case: usize) -> Access {
        let number = number(case);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let log = self.access_log();
            let complete = &log[..log.rfind('\n').map_or(0, |end| end + 1)];
            if let Some(line) = complete.lines().find(|line| line.contains(&number)) {
                return serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            }
            assert!(Instant::now() < deadline, "no line for case {case} in the access log: {}", self.last_errors());
            tokio::time::sleep(MOMENT).await;
        }
    }

    /// The module's lines in the error log for this case: their level and text. They are complete once the access log has
    /// its line.
    pub fn remarks(&self, case: usize) -> Vec<(String, String)> {
        let number = number(case);
        self.error_log()
            .lines()
            .filter(|line| line.contains(&number) && line.contains("certbound: "))
            .map(|line| {
                // 2026/01/31 12:00:00 [warn] 12#12: *1 certbound: rejected: …, client: 127.0.0.1, server: …
                let level = line.split(['[', ']']).nth(1).unwrap();
                let (_, words) = line.split_once("certbound: ").unwrap();
                let (words, _) = words.split_once(", client: ").unwrap();
                (level.to_owned(), words.to_owned())
            })
            .collect()
    }
}

/// The case as it appears in the request line, at the end of the query.
pub(crate) fn number(case: usize) -> String {
    format!("case={case} ")
}
