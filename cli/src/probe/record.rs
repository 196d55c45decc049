//! The findings as JSON.

use super::findings::Findings;

/// One JSON object. `docs/cli.md` describes its members.
pub(crate) fn record(findings: &Findings) -> String {
    serde_json::to_string(findings).unwrap_or_default()
}
