//! The options that `verify` and `introspection` share: time, binding and scopes.

use std::time::{SystemTime, UNIX_EPOCH};

use certbound::{Error, Policy, UnixTime, limits};
use clap::{Args, ValueEnum};

use crate::{explain::list_quoted, failure::Failure, token::Members};

#[derive(Args)]
pub(crate) struct Demands {
    /// The current time, in Unix seconds [default: the system clock]
    #[arg(long, value_name = "UNIX", allow_negative_numbers = true)]
    now: Option<u64>,

    /// Allowed difference between this clock and the issuer's, in seconds, at most 600
    #[arg(long, value_name = "S", default_value_t = 0, allow_negative_numbers = true, value_parser = parse_leeway)]
    leeway: u64,

    /// Whether a token must have cnf. A token with cnf must match the certificate in either case
    #[arg(long, value_enum, default_value_t = Binding::Required)]
    binding: Binding,

    /// A scope that the token must have. Repeat it to require several
    #[arg(long = "scope", value_name = "SCOPE", value_parser = parse_scope)]
    scopes: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Binding {
    /// Reject tokens without cnf
    Required,
    /// Accept tokens without cnf as bearer tokens, which anyone who obtains one can use
    IfPresent,
}

impl Demands {
    /// The time of the verdict.
    pub(crate) fn now(&self) -> Result<UnixTime, Failure> {
        now_or(self.now)
    }

    /// The required scopes, for [`policy`](Self::policy).
    pub(crate) fn scopes(&self) -> Vec<&str> {
        self.scopes.iter().map(String::as_str).collect()
    }

    /// A policy with these demands.
    pub(crate) fn policy<'policy>(&self, policy: Policy<'policy>, scopes: &'policy [&'policy str]) -> Policy<'policy> {
        policy.required_scopes(scopes).leeway_seconds(self.leeway).binding(match self.binding {
            Binding::Required => certbound::Binding::Required,
            Binding::IfPresent => certbound::Binding::IfPresent,
        })
    }

    /// The values that the issuer, the audiences or these options would have accepted.
    pub(crate) fn expected<'value>(
        &self,
        error: Error,
        claims: &Members,
        issuers: impl IntoIterator<Item = &'value str>,
        audiences: &[String],
    ) -> Option<String> {
        match error {
            Error::IssuerMissing | Error::IssuerMalformed | Error::IssuerMismatch => Some(list_quoted(issuers)),
            Error::AudienceMissing | Error::AudienceMalformed | Error::AudienceMismatch => {
                Some(list_quoted(audiences.iter().map(String::as_str)))
            }
            Error::TokenExpired | Error::TokenNotYetValid => Some(format!("{} s", self.leeway)),
            Error::InsufficientScope => {
                let scope: String = claims.read_member("scope").unwrap_or_default();
                let is_missing = |required: &&str| !scope.split(' ').any(|granted| granted == *required);
                Some(format!("it lacks {}", list_quoted(self.scopes().into_iter().filter(is_missing))))
            }
            Error::CertificateMismatch => claims.bound_thumbprint().map(|bound| list_quoted([bound.as_str()])),
            _ => None,
        }
    }
}

/// The given time, or the system clock's.
pub(crate) fn now_or(given: Option<u64>) -> Result<UnixTime, Failure> {
    let seconds = match given {
        Some(seconds) => seconds,
        None => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_err(|_| Failure::Unusable("the system clock is before 1970; set it, or pass --now".to_owned()))?
            .as_secs(),
    };
    Ok(UnixTime::from_seconds(seconds))
}

/// A longer leeway would accept expired tokens instead of compensating for clock skew.
fn parse_leeway(seconds: &str) -> Result<u64, String> {
    let seconds = seconds.parse().map_err(|_| "a leeway is a whole number of seconds".to_owned())?;
    let longest = limits::LEEWAY_SECONDS_MAX;
    if seconds > longest {
        return Err(format!("a leeway is at most {longest} seconds; synchronize the clocks instead"));
    }
    Ok(seconds)
}

/// A scope is one word (RFC 6749 §3.3): no token would contain a value with spaces, and an empty one requires nothing.
fn parse_scope(scope: &str) -> Result<String, String> {
    if scope.is_empty() || scope.contains(char::is_whitespace) {
        return Err("a scope is one word without spaces; repeat --scope for each".to_owned());
    }
    Ok(scope.to_owned())
}
