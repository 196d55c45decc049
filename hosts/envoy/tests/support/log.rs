//! The access log's line of a request.
//!
//! Every request has a number, its *case*, at the end of the query of its target.

use std::{fs, time::Instant};

use serde_json::Value;

use crate::{
    envoy::Envoy,
    stage::{PATIENCE, Stage},
};

/// See [`Access`].
pub(crate) const LOG_FORMAT: &str = concat!(
    "%REQ(:PATH)% %PROTOCOL% %DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_PEER_FINGERPRINT_256% ",
    "%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %DYNAMIC_METADATA(certbound)%\n"
);

/// A line of the access log.
#[derive(Debug)]
pub struct Access {
    /// `HTTP/1.1`, `HTTP/2` or `HTTP/3`.
    pub protocol: String,
    /// `TLSv1.2`, `TLSv1.3`, or `-`.
    pub tls: String,
    /// The SHA-256 value of the client's certificate in hexadecimal digits, or `-`.
    pub peer: String,
    /// The response's status code.
    pub status: String,
    /// The response code details.
    pub details: String,
    /// The filter's metadata; null if there is none.
    pub metadata: Value,
}

impl Access {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.splitn(7, ' ').skip(1).map(str::to_owned);
        let mut field = || fields.next();
        let (protocol, tls, peer, status, details) = (field()?, field()?, field()?, field()?, field()?);
        let metadata = field()?;
        let metadata = if metadata == "-" { Value::Null } else { serde_json::from_str(&metadata).ok()? };
        Some(Self { protocol, tls, peer, status, details, metadata })
    }
}

impl Envoy<'_> {
    /// Waits for the access log's line of this case, which Envoy writes after the response.
    pub async fn access(&self, case: usize) -> Access {
        let number = format!("case={case} ");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let log = access_log(self.stage());
            let complete = &log[..log.rfind('\n').map_or(0, |end| end + 1)];
            if let Some(line) = complete.lines().find(|line| line.contains(&number)) {
                return Access::parse(line).unwrap_or_else(|| panic!("no fields: {line}"));
            }
            assert!(Instant::now() < deadline, "no line for case {case} in the access log: {}", self.log());
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

fn access_log(stage: &Stage) -> String {
    fs::read_to_string(stage.path("access.log")).unwrap_or_default()
}
