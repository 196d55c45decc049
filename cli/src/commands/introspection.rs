//! `certbound introspection`

use std::path::PathBuf;

use certbound::{Binding, introspection_scratch_len};
use clap::Args;

use crate::{
    certificate::with_certificate,
    content::Purpose,
    explain::{self, Detail, list_quoted},
    failure::Failure,
    input::{self, Source},
    output,
    token::Members,
};

/// Judge an introspection response (RFC 7662) against a certificate, and print it
///
/// The response must say "active": true, and its cnf must bind the token to this certificate (RFC 8705 §3.2).
///
/// Not checked: issuer, audience, times and scope, which the issuer itself has judged when it answered.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  curl -s -u api:secret -d token=\"$TOKEN\" https://as.example/introspect |
    certbound introspection --cert client.pem -

Exit codes:
  0  accepted; the response is on standard output, as JSON
  1  rejected; the reason is on standard error, as one line:
     rejected: NAME: what was found; what was wanted; what to change
  2  wrong usage, or a file that cannot be read or used")]
pub(crate) struct Introspection {
    /// The client certificate of the TLS connection, DER or PEM (its first certificate is the leaf)
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,

    /// The response's JSON; "-" is standard input
    #[arg(value_name = "FILE|-")]
    response: PathBuf,
}

impl Introspection {
    pub(crate) fn run(self) -> Result<(), Failure> {
        input::refuse_shared_stdin([Source::File("--cert", &self.cert), Source::File("FILE", &self.response)])?;
        let thumbprint = with_certificate(&self.cert, |certificate| certificate.thumbprint())?;
        let response = input::read(&self.response, input::JSON_FILE_LEN)?;
        let mut scratch = vec![0; introspection_scratch_len(response.len())];
        match certbound::Introspection::verify(&response, Binding::Required, Some(&thumbprint), &mut scratch) {
            Ok(accepted) => output::print_json(accepted.as_json()),
            Err(error) => {
                let claims = Members::read(&response).unwrap_or_default();
                let active = || claims.json("active").map(|json| format!("active is {}", crate::json::excerpt(json)));
                let found = match error {
                    certbound::Error::ActiveMalformed | certbound::Error::TokenInactive => active(),
                    _ => explain::found_in_json(error, &response)
                        .or_else(|| explain::found_in_claims(error, &claims, 0, Some(&thumbprint))),
                };
                let wanted = match error {
                    certbound::Error::CertificateMismatch => {
                        claims.bound_thumbprint().map(|bound| list_quoted([bound.as_str()]))
                    }
                    _ => None,
                };
                let mistake = Purpose::Introspection.mistake_behind(error, &response);
                Err(Failure::of_verdict(&input::name(&self.response), error, Detail { found, wanted, mistake }))
            }
        }
    }
}
