//! `certbound thumbprint`

use std::{ffi::OsString, path::Path};

use certbound::{Error, ForwardedFormat, forwarded_scratch_len, limits};
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use crate::{certificate::with_certificate, explain::Detail, failure::Failure, input, output};

/// Print a certificate's x5t#S256, the value in the cnf of tokens bound to it
///
/// This is the SHA-256 digest of the certificate's DER as 43 characters of base64url (RFC 8705 §3.1). Nothing else is
/// printed. The certificate must be well-formed; its chain and validity are not checked.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  certbound thumbprint client.pem
  openssl s_client -connect api.example:443 </dev/null | certbound thumbprint -
  certbound thumbprint --forwarded xfcc \"$XFCC\"

In a PEM file, the first certificate is used. CRLF line endings, text before it and other blocks do not matter.

A forwarded certificate is the value of a header that a load balancer adds. The value must contain
exactly one client certificate, in this format:
  rfc9440  Client-Cert (RFC 9440): :BASE64:
  xfcc     X-Forwarded-Client-Cert of Envoy: one element with Hash, Cert or both
  pem      percent-encoded PEM (NGINX, AWS), or PEM with spaces or tabs for line breaks
  base64   base64 of the DER, as HAProxy and Traefik write it; a chain may follow, after commas

Exit codes:
  0  printed
  1  the value does not have exactly one readable certificate; standard error says why
  2  wrong usage, or a file that is not a certificate")]
pub(crate) struct Thumbprint {
    /// Read the value of a header in which a load balancer has forwarded the client's certificate
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    forwarded: Option<ForwardedFormat>,

    /// The certificate, DER or PEM (its first certificate is the leaf), or with --forwarded the value of the header;
    /// "-" reads standard input
    // PEM begins with hyphens.
    #[arg(value_name = "FILE|VALUE|-", allow_hyphen_values = true)]
    source: OsString,
}

impl Thumbprint {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let thumbprint = match self.forwarded {
            Some(format) => read_forwarded(format, &input::read_argument(&self.source, limits::FORWARDED_LEN)?)?,
            None => with_certificate(Path::new(&self.source), |certificate| certificate.thumbprint())?,
        };
        output::print(&format!("{thumbprint}\n"))
    }
}

fn read_forwarded(format: ForwardedFormat, value: &[u8]) -> Result<certbound::Thumbprint, Failure> {
    let mut scratch = vec![0; forwarded_scratch_len(value.len())];
    certbound::Thumbprint::from_forwarded(format, value, &mut scratch)
        .map_err(|error| Failure::Rejected(error, Detail::found(other_format(error, value))))
}

/// The format that the value has, if it is another one.
fn other_format(error: Error, value: &[u8]) -> Option<String> {
    let is_about_format = matches!(
        error,
        Error::ForwardedRfc9440Malformed
            | Error::ForwardedXfccMalformed
            | Error::ForwardedPemMalformed
            | Error::ForwardedBase64Malformed
    );
    let has = |format: &&ForwardedFormat| {
        let mut scratch = vec![0; forwarded_scratch_len(value.len())];
        certbound::Thumbprint::from_forwarded(**format, value, &mut scratch).is_ok()
    };
    let format = ForwardedFormat::ALL.iter().find(has).filter(|_| is_about_format)?;
    Some(format!("its format is {}", format.name()))
}

fn format_parser() -> impl TypedValueParser<Value = ForwardedFormat> {
    let names = ForwardedFormat::ALL.iter().map(|format| format.name());
    PossibleValuesParser::new(names).try_map(|name| ForwardedFormat::from_name(&name).ok_or("unknown format"))
}
