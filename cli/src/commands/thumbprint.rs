//! `certbound thumbprint`

use std::path::PathBuf;

use clap::Args;

use crate::{certificate::with_certificate, failure::Failure, output};

/// Print a certificate's x5t#S256, the value in the cnf of tokens bound to it
///
/// This is the SHA-256 digest of the certificate's DER as 43 characters of base64url (RFC 8705 §3.1). Nothing else is
/// printed. The certificate must be well-formed; its chain and validity are not checked.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  certbound thumbprint client.pem
  openssl s_client -connect api.example:443 </dev/null | certbound thumbprint -

In a PEM file, the first certificate is used. CRLF line endings, text before it and other blocks do not matter.

Exit codes: 0 printed; 2 wrong usage, or not a certificate")]
pub(crate) struct Thumbprint {
    /// The certificate, DER or PEM (its first certificate is the leaf); "-" reads standard input
    file: PathBuf,
}

impl Thumbprint {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let thumbprint = with_certificate(&self.file, |certificate| certificate.thumbprint())?;
        output::print(&format!("{thumbprint}\n"))
    }
}
