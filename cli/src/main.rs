//! The `certbound` command: verify, inspect and debug certificate-bound access tokens (RFC 8705).
#![forbid(unsafe_code)]
#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::todo,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod arguments;
mod certificate;
mod commands;
mod content;
mod date;
mod demands;
mod explain;
mod failure;
mod input;
mod issuer;
mod json;
mod key_set;
mod output;
mod probe;
mod sync;
mod token;
mod whole_file;

use std::process::ExitCode;

use clap::Parser;

use crate::failure::Failure;

fn main() -> ExitCode {
    let verdict = match arguments::Arguments::try_parse() {
        Ok(arguments) => arguments.command.run(),
        // The help flag may be the untrusted token, and scripts would mistake exit code 0 for an acceptance.
        Err(help) if help.exit_code() == 0 && std::env::args_os().len() > HELP_ARGUMENTS => Err(Failure::Unusable(
            "the help option is mixed with other arguments; use it alone, as in \"certbound verify --help\", and write -- \
            before a token that may begin with a hyphen"
                .to_owned(),
        )),
        Err(help_or_usage) => {
            // A closed pipe is not an error: its reader has seen enough.
            let _ = help_or_usage.print();
            return ExitCode::from(u8::try_from(help_or_usage.exit_code()).unwrap_or(failure::UNUSABLE));
        }
    };
    match verdict {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::report(&failure);
            failure.exit_code()
        }
    }
}

/// Maximum number of arguments of a plain request for help: the program, a subcommand and the flag.
const HELP_ARGUMENTS: usize = 3;
