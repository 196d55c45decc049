//! `certbound keys`

use std::{fmt::Write, path::PathBuf};

use certbound::{Error, Key};
use clap::Args;

use crate::{
    explain::list_algorithms,
    failure::Failure,
    input,
    json::quote,
    key_set::{self, PassedOver, algorithms_of},
    output::{self, CAUTION, HEADING},
};

/// List the usable keys of a JWK Set, and the unusable ones with the reasons
///
/// Usable keys are public EC (P-256, P-384, P-521), OKP (Ed25519) and RSA (2048 to 4096 bits) keys for signatures. Other
/// keys are passed over, as RFC 7517 §5 recommends; they do no harm. Private keys in the set cause a warning.
///
/// A set that lists no keys at all is valid: it withdraws every key, so every token is rejected.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  certbound keys jwks.json
  curl -s https://as.example/jwks | certbound keys -

Exit codes:
  0  at least one usable key, or a set that lists no keys and thereby withdraws all
  2  no usable key among those listed, not a JWK Set, or wrong usage")]
pub(crate) struct Keys {
    /// The JWK Set; "-" reads standard input
    file: PathBuf,
}

impl Keys {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let jwks = input::read(&self.file, input::JSON_FILE_LEN)?;
        let mut passed_over = Vec::new();
        let keys = key_set::parse(&jwks, &mut passed_over);
        if matches!(keys, Ok(_) | Err(Error::KeySetWithoutUsableKey)) {
            output::print(&describe(keys.as_deref().unwrap_or_default(), &passed_over))?;
        }
        key_set::warn_of_private_keys(&jwks);
        keys.map(|_| ()).map_err(|error| key_set::unusable(&self.file, error, &jwks))
    }
}

/// Lists the usable and the unusable keys, numbered by their position in the set, starting at 1.
fn describe(keys: &[Key], passed_over: &[PassedOver]) -> String {
    if keys.is_empty() && passed_over.is_empty() {
        let name = Error::KeysWithdrawn.name();
        return format!(
            "{HEADING}The set lists no keys, and thereby withdraws all of them{HEADING:#}\n\
             A verifier that loads it rejects every token ({CAUTION}{name}{CAUTION:#}).\n"
        );
    }
    let mut text = String::new();
    let rows: Vec<_> = keys
        .iter()
        .zip((0..).filter(|index| passed_over.binary_search_by_key(index, |other| other.index).is_err()))
        .map(|(key, index)| (index, key.key_id().map_or("(no kid)".to_owned(), quote), key))
        .collect();
    let width = rows.iter().map(|(_, kid, _)| kid.chars().count()).max().unwrap_or(0);
    let _ = writeln!(text, "{HEADING}{}{HEADING:#}", count(rows.len(), "usable key"));
    for (index, kid, key) in rows {
        let algorithms = list_algorithms(&algorithms_of(key));
        let _ = writeln!(text, "  {:>3}  {kid:width$}  {:11}  {algorithms}", index + 1, key.kind());
    }
    if !passed_over.is_empty() {
        let _ = writeln!(text, "\n{HEADING}{} passed over{HEADING:#}", count(passed_over.len(), "key"));
    }
    for key in passed_over {
        let kid = key.kid.as_deref().map_or("(no kid)".to_owned(), quote);
        let (name, reason) = (key.reason.name(), key.reason);
        let _ = writeln!(text, "  {:>3}  {kid}  {CAUTION}{name}{CAUTION:#}: {reason}", key.index + 1);
    }
    text
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
