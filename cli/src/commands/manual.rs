//! `certbound manual`

use std::path::PathBuf;

use clap::{Args, Command};

use crate::failure::Failure;

/// Write manual pages for man(1): one for certbound, and one for each command
#[derive(Args)]
#[command(after_long_help = "\
Example:
  certbound manual ~/.local/share/man/man1 && man certbound-verify

The Debian package has all of them.

Exit codes:
  0  written
  2  wrong usage, or a folder that cannot be written to")]
pub(crate) struct Manual {
    /// The folder, which must exist; files of the same names are replaced
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

impl Manual {
    pub(crate) fn run(self, certbound: Command) -> Result<(), Failure> {
        clap_mangen::generate_to(certbound, &self.folder).map_err(|error| {
            let folder = self.folder.display();
            Failure::Unusable(format!(
                "{folder}: no manual pages can be written there: {error}; name an existing folder"
            ))
        })
    }
}
