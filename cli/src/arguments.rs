//! The command line: the subcommands, and the general help text.

use clap::{CommandFactory, Parser, Subcommand};

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
    Sync(commands::Sync),
    Probe(Box<commands::Probe>),
    Tables(commands::Tables),
    Completions(commands::Completions),
    Manual(commands::Manual),
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
            Self::Sync(command) => command.run(),
            Self::Probe(command) => command.run(),
            Self::Tables(command) => command.run(),
            Self::Completions(command) => command.run(Arguments::command()),
            Self::Manual(command) => command.run(Arguments::command()),
        }
    }
}

const LONG_ABOUT: &str = "\
Verify, inspect and debug certificate-bound access tokens (RFC 8705).

A certificate-bound token carries the SHA-256 thumbprint of its client's certificate as cnf.x5t#S256. A stolen token is \
useless without that certificate's private key: the resource server compares the thumbprint with the certificate of the TLS connection. certbound reports \
whether a token would be accepted and, if not, what was found, what was expected and what to change.";

const AFTER_LONG_HELP: &str = "\
To find out why a request was rejected:
  1. certbound inspect TOKEN               what does the token contain?
  2. certbound thumbprint client.pem       does this match its cnf.x5t#S256?
  3. certbound keys jwks.json              does the issuer publish the key named by its kid?
  4. certbound verify …                    the verdict

Exit codes:
  0  accepted; the claims are on standard output, as JSON
  1  rejected; the reason is on standard error, as one line:
     rejected: NAME: what was found; what was expected; what to change
  2  wrong usage, or a file that cannot be read or used

Files:
  \"-\" means standard input, which only one argument can read. Certificates are
  PEM or DER, detected from the content.
  A PEM file may have CRLF line endings, a byte order mark, text before the
  block, and other blocks. In a file with several certificates,
  the first one must be the leaf; the others are ignored.
  JSON files must not have a byte order mark.

Output is coloured on a terminal; NO_COLOR=1 turns colours off.";
