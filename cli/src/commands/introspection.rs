//! `certbound introspection`

use std::path::PathBuf;

use certbound::{Policy, introspection_scratch_len};
use clap::{Args, builder::NonEmptyStringValueParser};

use crate::{
    certificate::with_certificate,
    content::Purpose,
    demands::Demands,
    explain::{self, Detail},
    failure::Failure,
    input::{self, Source},
    output,
    token::Members,
};

/// Check an introspection response (RFC 7662) against a certificate, and print it
///
/// The response must have "active": true, and its cnf must bind the token to this certificate (RFC 8705 §3.2). If it has
/// exp or nbf, they are checked as in a token. iss and aud are checked if --issuer and --audience are given.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  curl -s -u api:secret -d token=\"$TOKEN\" https://as.example/introspect |
    certbound introspection --cert client.pem --issuer https://as.example --audience https://api.example -

Exit codes:
  0  accepted; the response is on standard output, as JSON
  1  rejected; the reason is on standard error, as one line:
     rejected: NAME: what was found; what was expected; what to change
  2  wrong usage, or a file that cannot be read or used")]
pub(crate) struct Introspection {
    /// The client certificate of the TLS connection, DER or PEM (its first certificate is the leaf)
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,

    /// The issuer; if the response has iss, it must equal this byte for byte
    #[arg(long, value_name = "ISS", value_parser = NonEmptyStringValueParser::new())]
    issuer: Option<String>,

    /// This resource server; if the response has aud, it must equal or contain this value. Repeat it to allow several
    #[arg(long = "audience", value_name = "AUD", value_parser = NonEmptyStringValueParser::new())]
    audiences: Vec<String>,

    #[command(flatten)]
    demands: Demands,

    /// The response, JSON; "-" reads standard input
    #[arg(value_name = "FILE|-")]
    response: PathBuf,
}

impl Introspection {
    pub(crate) fn run(self) -> Result<(), Failure> {
        input::refuse_shared_stdin([Source::File("--cert", &self.cert), Source::File("FILE", &self.response)])?;
        let thumbprint = with_certificate(&self.cert, |certificate| certificate.thumbprint())?;
        let response = input::read(&self.response, input::JSON_FILE_LEN)?;
        let mut scratch = vec![0; introspection_scratch_len(response.len())];
        let now = self.demands.now()?;
        let audiences: Vec<&str> = self.audiences.iter().map(String::as_str).collect();
        let scopes = self.demands.scopes();
        let policy = Policy::new(self.issuer.as_deref().unwrap_or_default(), &audiences);
        let policy = self.demands.policy(policy, &scopes);
        let verdict =
            certbound::Introspection::verify_against(&policy, &response, Some(&thumbprint), now, &mut scratch);
        match verdict {
            Ok(accepted) => output::print_json(accepted.as_json()),
            Err(error) => {
                let claims = Members::read(&response).unwrap_or_default();
                let active = || claims.json("active").map(|json| format!("active is {}", crate::json::excerpt(json)));
                let found = match error {
                    certbound::Error::ActiveMalformed | certbound::Error::TokenInactive => active(),
                    _ => explain::found_in_json(error, &response)
                        .or_else(|| explain::found_in_claims(error, &claims, now.seconds(), Some(&thumbprint))),
                };
                let expected = self.demands.expected(error, &claims, self.issuer.as_deref(), &self.audiences);
                let mistake = Purpose::Introspection.mistake_behind(error, &response);
                Err(Failure::of_verdict(&input::name(&self.response), error, Detail { found, expected, mistake }))
            }
        }
    }
}
