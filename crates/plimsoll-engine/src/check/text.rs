//! Rules that need only texts: the name of a tag, and the files of its commit.
//!
//! | rule | asks |
//! |---|---|
//! | `compose` | can the compose file be released, and will it run where it lies then |
//! | `dockerfile` | can the Dockerfiles be built as they are meant to be |
//! | `git_tag` | is this tag one of ours, and what does it mean |
//! | `version_files` | do the files name the version of the tag, or at least one version |
//! | `major_zero` | would a tag `0` stand for versions that promise each other nothing |
//! | `promotion` | does a promotion tag sit on its version's commit |

mod compose;
pub mod dockerfile;
mod git_tag;
mod major_zero;
mod promotion;
mod version_files;

pub use promotion::promotion;
pub use version_files::explain_version_file;

use super::Findings;
use crate::document::version_file::Texts;
use crate::domain::occasion::Occasion;
use crate::domain::project::Project;

/// A tag that may go on: what it means, and what is odd about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleared {
    /// Why the run takes place.
    pub occasion: Occasion,
    /// Warnings only.
    pub warnings: Findings,
}

/// What becomes of a tag that nobody named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventTag {
    /// It is one of ours and may go on.
    Cleared(Cleared),
    /// It is somebody else's, and nothing is done about it.
    Ignored {
        /// The tag that was perhaps meant.
        nearest: Option<String>,
    },
}

/// Judges the name of a tag that a person named, wherever it points or would point.
///
/// # Errors
/// A tag of this name can release or promote nothing.
pub fn tag_name(project: &Project, tag: &str) -> Result<Occasion, Findings> {
    git_tag::judge_named(&project.tags, tag)
}

/// What the name of a tag means that a CI event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventName {
    /// It releases or promotes a version.
    Ours(Occasion),
    /// It is none of ours.
    Foreign,
}

/// Judges the name of a tag that a CI event is about.
///
/// # Errors
/// It begins like a release tag and is none.
pub fn event_name(project: &Project, tag: &str) -> Result<EventName, Findings> {
    Ok(match git_tag::judge_event(&project.tags, tag)? {
        Ok(occasion) => EventName::Ours(occasion),
        Err(_) => EventName::Foreign,
    })
}

/// Judges a tag that a person named. `texts` gives the files of the tag's commit.
///
/// # Errors
/// The tag can't be released or promoted: everything that stands against it.
pub fn release_tag(project: &Project, tag: &str, texts: &Texts<'_>) -> Result<Cleared, Findings> {
    let occasion = tag_name(project, tag)?;
    clear(project, tag, occasion, texts)
}

/// Judges a tag that a CI event is about. One that does not begin like a release tag is ignored.
///
/// # Errors
/// As [`release_tag`].
pub fn event_tag(project: &Project, tag: &str, texts: &Texts<'_>) -> Result<EventTag, Findings> {
    match git_tag::judge_event(&project.tags, tag)? {
        Ok(occasion) => clear(project, tag, occasion, texts).map(EventTag::Cleared),
        Err(nearest) => Ok(EventTag::Ignored { nearest }),
    }
}

/// Judges a project without any tag: the version files must be readable and agree with each other, and the compose file
/// must be one that can be released.
pub fn project(project: &Project, texts: &Texts<'_>) -> Findings {
    let mut findings = version_files::agree_among_themselves(project, texts);
    findings.extend(compose::judge(project, None, texts));
    findings
}

/// Judges version files alone: they must be readable and agree with each other.
pub fn agree_on_version(project: &Project, texts: &Texts<'_>) -> Findings {
    version_files::agree_among_themselves(project, texts)
}

fn clear(project: &Project, tag: &str, occasion: Occasion, texts: &Texts<'_>) -> Result<Cleared, Findings> {
    let mut findings = Findings::new();
    // A promotion makes nothing: its version passed this gate when it was released.
    if let Some(version) = occasion.released() {
        findings.extend(version_files::agree_with(project, tag, version, texts));
        findings.extend(major_zero::advise(project, version));
        findings.extend(compose::judge(project, Some(version), texts));
    }
    if findings.has_errors() { Err(findings) } else { Ok(Cleared { occasion, warnings: findings }) }
}

#[cfg(test)]
mod tests;
