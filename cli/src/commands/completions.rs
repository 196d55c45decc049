//! `certbound completions`

use std::io;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::{failure::Failure, output};

/// Print a script that completes certbound's commands and options in a shell
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  certbound completions bash > ~/.local/share/bash-completion/completions/certbound
  certbound completions zsh > ~/.zfunc/_certbound
  certbound completions fish > ~/.config/fish/completions/certbound.fish

The Debian package has those three.

Exit codes:
  0  printed
  2  wrong usage")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, mut certbound: Command) -> Result<(), Failure> {
        let mut script = io::Cursor::new(Vec::new());
        clap_complete::generate(self.shell, &mut certbound, "certbound", &mut script);
        output::print(&String::from_utf8_lossy(script.get_ref()))
    }
}
