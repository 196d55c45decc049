//! `certbound inspect`

use std::{ffi::OsString, fmt::Write};

use certbound::{Error, UnixTime};
use clap::Args;

use super::refusals;
use crate::{
    date,
    demands::now_or,
    explain::{self, Detail, describe_time, distance},
    failure::Failure,
    input,
    json::{Layout, escape_unprintable, lay_out, quote},
    output::{self, BAD, CAUTION, HEADING},
    token::{Members, Unverified},
};

/// Decode a token WITHOUT VERIFYING it, and list what a verifier would refuse
///
/// Shows the header, the claims, times as dates, and the thumbprint that the token is bound to. The signature is not
/// checked: anyone can write a token that looks like this one.
///
/// Each line "would refuse: NAME: …" names a rule of the default policy (typ at+jwt, bound to a certificate, leeway 0)
/// that the token breaks, regardless of its signature, issuer and audience.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  certbound inspect \"$TOKEN\"
  jq -r .access_token response.json | certbound inspect -

Exit codes: 0 decoded, even if a verifier would refuse it; 1 not a token that can be decoded; 2 wrong usage")]
pub(crate) struct Inspect {
    /// The current time, in Unix seconds [default: the system clock]
    #[arg(long, value_name = "UNIX", allow_negative_numbers = true)]
    now: Option<u64>,

    /// The token, without "Bearer"; "-" reads it from standard input, where it may end in one newline
    #[arg(value_name = "TOKEN|-")]
    token: OsString,
}

impl Inspect {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let now = now_or(self.now)?;
        let token = input::read_argument(&self.token, TOKEN_LEN)?;
        let unverified = Unverified::decode(&token);
        let refusals = refusals::find(&token, &unverified, now);
        if let Some(error) = undecodable(&unverified, &refusals) {
            let found = explain::found_in_token(error, &unverified);
            let mistake = explain::mistake_for_token(error, &unverified);
            return Err(Failure::Rejected(error, Detail { found, mistake, ..Detail::default() }));
        }
        if !output::stdout_is_terminal() {
            output::warn(NOT_VERIFIED);
        }
        output::print(&describe(&unverified, &refusals, now))
    }
}

fn describe(unverified: &Unverified, refusals: &[Error], now: UnixTime) -> String {
    let mut text = format!("{BAD}{NOT_VERIFIED}{BAD:#}\n\n");
    for (title, json) in [("Header", &unverified.header_json), ("Claims", &unverified.claims_json)] {
        let json = String::from_utf8_lossy(json.as_deref().unwrap_or_default());
        let _ = writeln!(text, "{HEADING}{title}{HEADING:#}\n{}\n", lay_out(&json, Layout::Indented));
    }
    text.push_str(&describe_times(&unverified.claims, now));
    text.push_str(&describe_binding(&unverified.claims));
    text.push_str(&describe_refusals(unverified, refusals, now));
    text
}

/// Why a token cannot be shown: it does not have three parts, or its header or payload is not a JSON object.
fn undecodable(unverified: &Unverified, refusals: &[Error]) -> Option<Error> {
    let is_object = |json: &[u8]| Members::read(json).is_ok();
    if unverified.parts.len() != 3 || !unverified.header_json.as_deref().is_some_and(is_object) {
        return Some(refusals.first().copied().unwrap_or(Error::HeaderNotObject));
    }
    match unverified.claims_json.as_deref() {
        None => Some(Error::PayloadNotBase64url),
        Some(json) if !is_object(json) => Some(refusals.last().copied().unwrap_or(Error::ClaimsNotObject)),
        Some(_) => None,
    }
}

fn describe_times(claims: &Members, now: UnixTime) -> String {
    let mut text = String::new();
    for name in ["iat", "nbf", "exp", "auth_time"] {
        let Some(seconds) = claims.seconds(name) else { continue };
        let date = date::rfc_3339(seconds).unwrap_or_else(|| "not a date".to_owned());
        let _ = writeln!(text, "  {name:9}  {date}  {}", distance(seconds, now.seconds()));
    }
    if !text.is_empty() {
        text = format!("{HEADING}Times{HEADING:#} (now is {})\n{text}\n", describe_time(now));
    }
    text
}

fn describe_binding(claims: &Members) -> String {
    match claims.bound_thumbprint() {
        Some(bound) => format!(
            "{HEADING}Bound{HEADING:#} to the certificate with x5t#S256 {}\n  \
             (certbound thumbprint FILE prints that of a certificate)\n\n",
            quote(&bound)
        ),
        None => format!("{HEADING}Not bound{HEADING:#} to a certificate: the token has no cnf with x5t#S256\n\n"),
    }
}

fn describe_refusals(unverified: &Unverified, refusals: &[Error], now: UnixTime) -> String {
    let mut text = String::new();
    for error in refusals {
        let found = explain::found_in_token(*error, unverified)
            .or_else(|| explain::found_in_claims(*error, &unverified.claims, now.seconds(), None));
        let sentence = escape_unprintable(&Detail::found(found).sentence(*error));
        let _ = writeln!(text, "{CAUTION}would refuse:{CAUTION:#} {}: {sentence}", error.name());
    }
    if refusals.is_empty() {
        text.push_str("A verifier with the default policy would find nothing to refuse.\n");
    }
    text.push_str(
        "Not checked: the signature, whether iss and aud are the expected ones, and the certificate of the connection.\n",
    );
    text
}

const NOT_VERIFIED: &str =
    "NOT VERIFIED: this token's signature has not been checked, so anyone may have written it. Do not rely on it.";

/// Maximum length of an inspected token: far above the limit for accepted tokens, to show why a token is too long.
const TOKEN_LEN: usize = 1024 * 1024;
