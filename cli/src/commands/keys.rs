//! `certbound keys`, and reading key sets for other commands.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use certbound::{Algorithm, Error, Key};
use clap::Args;

use crate::{
    content::Purpose,
    explain::{self, Detail, list_algorithms},
    failure::Failure,
    input,
    json::quote,
    output::{self, CAUTION, HEADING},
    token::Members,
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

/// A key that cannot verify tokens.
pub(crate) struct PassedOver {
    pub(crate) index: usize,
    pub(crate) kid: Option<String>,
    pub(crate) reason: Error,
}

/// Reads a JWK Set and warns of private keys in it. Fails if the set lists keys but none is usable.
pub(crate) fn read(path: &Path, passed_over: &mut Vec<PassedOver>) -> Result<Vec<Key>, Failure> {
    let jwks = input::read(path, input::JSON_FILE_LEN)?;
    warn_of_private_keys(&jwks);
    parse(&jwks, passed_over).map_err(|error| unusable(path, error, &jwks))
}

/// Warns of each key in a JWK Set that has private members.
pub(crate) fn warn_of_private_keys(jwks: &[u8]) {
    for (index, kid, members) in private_keys(jwks) {
        output::warn(&format!(
            "key {index} (kid {}) has {}: this is private, and anyone who reads the set can sign tokens; \
             withdraw the key, and publish only the public members of a new one",
            kid.as_deref().map_or("none".to_owned(), quote),
            members.join(", "),
        ));
    }
}

/// The algorithms that a key can be used with.
pub(crate) fn algorithms_of(key: &Key) -> Vec<Algorithm> {
    Algorithm::ALL.iter().copied().filter(|algorithm| key.fits(*algorithm)).collect()
}

impl Keys {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let jwks = input::read(&self.file, input::JSON_FILE_LEN)?;
        let mut passed_over = Vec::new();
        let keys = parse(&jwks, &mut passed_over);
        if matches!(keys, Ok(_) | Err(Error::KeySetWithoutUsableKey)) {
            output::print(&describe(keys.as_deref().unwrap_or_default(), &passed_over))?;
        }
        warn_of_private_keys(&jwks);
        keys.map(|_| ()).map_err(|error| unusable(&self.file, error, &jwks))
    }
}

/// All usable keys: a few thousand at most, because the length of the text is limited.
fn parse(jwks: &[u8], passed_over: &mut Vec<PassedOver>) -> Result<Vec<Key>, Error> {
    let mut keys = Vec::new();
    let keep = |key| {
        keys.push(key);
        Ok(())
    };
    Key::each_of_jwks(jwks, keep, |key| {
        passed_over.push(PassedOver { index: key.index, kid: key.key_id.map(str::to_owned), reason: key.reason });
    })?;
    Ok(keys)
}

fn unusable(path: &Path, error: Error, jwks: &[u8]) -> Failure {
    let found = explain::found_in_json(error, jwks);
    let detail = Detail { found, mistake: Purpose::KeySet.mistake_behind(error, jwks), ..Detail::default() };
    Failure::unusable(&input::name(path), error, &detail)
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

/// The keys with private members (RFC 7518 §6.2.2, §6.3.2, §6.4.1): position, kid and the names of these members.
fn private_keys(jwks: &[u8]) -> Vec<(usize, Option<String>, Vec<&'static str>)> {
    let set = Members::read(jwks).unwrap_or_default();
    let keys: Vec<Box<serde_json::value::RawValue>> = set.read_member("keys").unwrap_or_default();
    let mut private_keys = Vec::new();
    for (index, key) in keys.iter().enumerate() {
        let key = Members::read(key.get().as_bytes()).unwrap_or_default();
        let has_member = |name: &&str| key.optional_json(name).is_some();
        let private: Vec<_> = PRIVATE_MEMBERS.into_iter().filter(has_member).collect();
        if !private.is_empty() {
            private_keys.push((index + 1, key.read_member("kid"), private));
        }
    }
    private_keys
}

const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
