//! What a GitHub Actions step leaves behind: outputs, a summary and annotations.
//!
//! Sources: GitHub, "Workflow commands for GitHub Actions" (annotations and their escapes, `GITHUB_OUTPUT`,
//! `GITHUB_STEP_SUMMARY`).

mod annotation;
mod metadata;
mod outputs;
mod summary;

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

pub use annotation::render_annotation;
pub use metadata::{Bake, render_bake, render_tag_outputs, render_tag_variables};
pub use outputs::{Delimiter, render_ignored, render_outputs, render_published};
pub use summary::{Aim, Extent, render_failure, render_published_summary, render_summary, render_told};

/// The largest summary that is kept, in bytes; a larger one fails the upload.
pub const SUMMARY_LIMIT: usize = 1024 * 1024;

/// Appends to one of the files that the runner reads when the step is over.
///
/// # Errors
/// The file can't be opened or written.
pub fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(text.as_bytes())
}
