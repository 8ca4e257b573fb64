//! `registry`: where repositories are.

use crate::config::file::written::Section;
use crate::config::problems::Told;

/// Where repositories are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Destination {
    /// Where their names say.
    #[default]
    Remote,
    /// In the registry under `.plimsoll/`, whatever their names say.
    Local,
}

/// Resolves the key.
///
/// # Errors
/// It can't be meant, which was told.
pub fn resolve(root: &Section) -> Result<Destination, Told> {
    Ok(match root.text("registry")?.map(|word| word.value) {
        Some("local") => Destination::Local,
        Some(_) | None => Destination::Remote,
    })
}
