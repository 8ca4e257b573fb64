//! `completions`: scripts for shells.

use clap::Args;
use clap_complete::Shell;

use super::ending::{Ended, Outcome};
use crate::output::Answer;

/// Prints a completion script for a shell
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll completions bash > ~/.local/share/bash-completion/completions/plimsoll
  plimsoll completions zsh > ~/.zfunc/_plimsoll
  plimsoll completions fish > ~/.config/fish/completions/plimsoll.fish")]
pub(super) struct Completions {
    /// The shell
    pub shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Outcome {
        let mut bytes = Vec::new();
        clap_complete::generate(self.shell, &mut super::command(), "plimsoll", &mut bytes);
        Ok(Ended::well(Answer::Text(String::from_utf8_lossy(&bytes).into_owned())))
    }
}
