//! Whose signatures count for what is promoted.

use crate::cli::ending::Failure;
use crate::cli::session::Session;
use crate::cli::subject::{Subject, Tagged};
use crate::config::Config;
use crate::wire::Files;

/// A promotion tag for whose release those signatures count that the working directory says, as for `verify`: what the tag's own
/// commit says is of the time when that was released, and a key may have been taken out since.
pub(super) async fn trust_as_now(session: &Session<'_>, mut tagged: Tagged) -> Result<Tagged, Failure> {
    let now = Subject::of_worktree(session, tagged.subject.asked.clone()).await?.config;
    let Config { project, signing, .. } = &mut tagged.subject.config;
    *signing = now.signing;
    project.signing = now.project.signing;
    project.signed_since = now.project.signed_since;
    project.statements.sources = now.project.statements.sources;
    project.statements.workflows = now.project.statements.workflows;
    tagged.subject.signing_files = Files::Worktree;
    Ok(tagged)
}
