//! Whoever sits at the terminal.

use std::io::{self, IsTerminal as _};

use console::Term;
use plimsoll_http::Secret;

use crate::variables::Variables;

/// Whether somebody can be asked: standard input and the talk are a terminal, and this is no job.
pub(crate) fn is_attended(variables: &Variables) -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal() && variables.text("CI").is_none()
}

/// Asks whoever sits at the terminal, without showing what is typed. `None` if nobody does, or nothing can be read.
pub(crate) fn ask_secret(question: &str, variables: &Variables) -> Option<Secret> {
    if !is_attended(variables) {
        return None;
    }
    let terminal = Term::stderr();
    terminal.write_str(&format!("{question}: ")).ok()?;
    terminal.read_secure_line().ok().map(Secret::new)
}

/// Shows lines to whoever sits at the terminal. What draws itself anew there, as progress does, draws below them.
pub(crate) fn show(lines: &str) {
    let terminal = Term::stderr();
    // Nobody who can't read it could log in, which then ends by itself.
    let _ = terminal.clear_line().and_then(|()| terminal.write_line(lines));
}
