mod meaning;
pub(super) mod samples;

use super::{Config, Surroundings, parse};
use plimsoll_engine::domain::diagnostic::Diagnostic;

/// A directory called `app` without a remote or files.
const NOWHERE: Surroundings<'_> = Surroundings { directory: Some("app"), remote: None, texts: &|_| None };

fn read(text: &str) -> Result<Config, Vec<Diagnostic>> {
    parse("plimsoll.toml", text, NOWHERE)
}

/// Reads a file that must be right.
fn read_right(text: &str) -> Config {
    read(text).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}
