//! Shell completions, generated from the grammar itself.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Failure, output};

/// Print shell completions
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bkend completions bash > ~/.local/share/bash-completion/completions/bkend
  bkend completions zsh > ~/.zfunc/_bkend
  bkend completions fish > ~/.config/fish/completions/bkend.fish")]
pub struct Completions {
    shell: Shell,
}

impl Completions {
    pub fn run(&self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "bkend", &mut script);
        output::print(&String::from_utf8_lossy(&script))
    }
}
