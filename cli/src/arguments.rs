//! What can be typed: the subcommands, and the help that all of them share.

use clap::{Parser, Subcommand};

use crate::{commands, failure::Failure};

/// Verify, inspect and debug certificate-bound access tokens (RFC 8705)
#[derive(Parser)]
#[command(name = "certbound", version, max_term_width = 110, long_about = LONG_ABOUT, after_long_help = AFTER_LONG_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Verify(commands::Verify),
    Thumbprint(commands::Thumbprint),
    Inspect(commands::Inspect),
    Keys(commands::Keys),
    ClientAuth(commands::ClientAuth),
    Introspection(commands::Introspection),
}

impl Command {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Verify(command) => command.run(),
            Self::Thumbprint(command) => command.run(),
            Self::Inspect(command) => command.run(),
            Self::Keys(command) => command.run(),
            Self::ClientAuth(command) => command.run(),
            Self::Introspection(command) => command.run(),
        }
    }
}

const LONG_ABOUT: &str = "\
Verify, inspect and debug certificate-bound access tokens (RFC 8705).

A certificate-bound token carries the SHA-256 thumbprint of its client's certificate, as cnf.x5t#S256. Whoever steals \
it cannot use it: the resource server compares the thumbprint with the certificate of the TLS connection. certbound \
says whether a token would pass, and if not, what was found, what was wanted and what to change.";

const AFTER_LONG_HELP: &str = "\
A request is refused, and you want to know why:
  1. certbound inspect TOKEN               what does the token say?
  2. certbound thumbprint client.pem       is that its cnf.x5t#S256?
  3. certbound keys jwks.json              does the issuer publish the key it names?
  4. certbound verify …                    the verdict

Exit codes:
  0  accepted; the claims are on standard output, as JSON
  1  rejected; the reason is on standard error, as one line:
     rejected: NAME: what was found; what was wanted; what to change
  2  wrong usage, or a file that cannot be read or used

Files:
  \"-\" is standard input, which one argument can read. Certificates are PEM or
  DER, whatever the file's name.
  A PEM file may have CRLF line ends, a byte order mark, text before the block,
  and other blocks. JSON files have no byte order mark.
  Where it has several certificates, the first one must be the leaf: no other
  is looked at.

Colours follow the terminal; NO_COLOR=1 turns them off.";
