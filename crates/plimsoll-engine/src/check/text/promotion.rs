//! Does a promotion tag sit on its version's commit?

use plimsoll_tags::version::Version;

use super::git_tag::version_tag;
use crate::check::Findings;
use crate::domain::code::Code;
use crate::domain::diagnostic::{Cure, Diagnostic};
use crate::domain::git::Oid;
use crate::domain::project::Project;

/// Judges where a promotion tag sits: `at` is its commit, `version_at` that of the version's own tag, if there is one.
pub fn promotion(
    project: &Project,
    tag: &str,
    version: &Version,
    at: &Oid,
    version_at: Option<&Oid>,
) -> Findings {
    let version_tag = version_tag(&project.tags, version);
    match version_at {
        Some(version_at) if version_at == at => Findings::new(),
        Some(version_at) => {
            let message = format!("git tag `{tag}` sits on another commit than `{version_tag}`");
            Diagnostic::error(Code::PromotionElsewhere, Cure::FixThenRunAgain, message)
                .fact("promotion", at)
                .fact("version", version_at)
                .help(format!("a promotion proves what was released: tag `{version_tag}^{{}}`"))
                .into()
        }
        None => {
            let message =
                format!("git tag `{tag}` promotes a version without a tag: there is no `{version_tag}`");
            Diagnostic::error(Code::TagMissing, Cure::FixThenRunAgain, message)
                .help(format!("release `{version_tag}` first"))
                .into()
        }
    }
}
