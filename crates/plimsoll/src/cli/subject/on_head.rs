//! Git tags that are nowhere, taken to be made on HEAD: what stands against that is no fault of a tag.

use plimsoll_engine::check::Findings;
use plimsoll_engine::check::text::release_tag;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::TagAt;
use plimsoll_engine::domain::project::Project;
use plimsoll_tags::git_tag::TagVerdict;

use super::WorktreeTexts;
use super::library::nearest;
use crate::explain::Asked;
use crate::wire::{Remote, Repository};

/// What is said where the version files of HEAD name another version than a tag that does not exist. Whoever asks about a
/// release is told that there is no such tag; whoever makes one, what the files say that are not committed yet.
pub(super) async fn explain_on_head(
    repository: &Repository,
    project: &Project,
    tag: &TagAt,
    (asked, remote): (&Asked, Option<&Remote>),
    refused: Findings,
) -> Findings {
    let is_mismatch = |problem: &Diagnostic| problem.code == Code::VersionMismatch;
    if !refused.all().iter().any(is_mismatch) {
        return refused;
    }
    let here = WorktreeTexts::of(repository.root()).ask(|texts| release_tag(project, &tag.name.0, texts));
    let uncommitted = matches!(here, Ok(Ok(_)));
    if !matches!(asked.verb, "status" | "plan") {
        let read = format!("commit {}, on which HEAD is", tag.commit.short());
        let explain = |problem: Diagnostic| match is_mismatch(&problem) {
            true => told_from(problem.fact("read from", &read), uncommitted),
            false => problem,
        };
        return refused.into_iter().map(explain).collect();
    }
    let name = &tag.name;
    let (mismatched, others): (Vec<Diagnostic>, Vec<Diagnostic>) = refused.into_iter().partition(is_mismatch);
    let message = format!("there is no git tag {name}, and HEAD can't have it");
    let mut missing = Diagnostic::error(Code::TagMissing, Cure::FixThenRunAgain, message);
    for problem in &mismatched {
        missing = missing.fact("on HEAD", &problem.message);
    }
    let near = nearest(&name.0, find_versions(repository, project).await);
    if !near.is_empty() {
        missing = missing.fact("nearest", near.join(", "));
    }
    let make = asked.tag_command(name, remote);
    let set = mismatched.into_iter().flat_map(|problem| problem.help).next().unwrap_or_default();
    let missing = match uncommitted {
        true => missing.help(format!(
            "the files that lie here name it, and are not committed: commit them, then {make}"
        )),
        false => missing.help(format!("to make it: {set}: {make}")),
    };
    [missing].into_iter().chain(others).collect()
}

/// The version that a file of HEAD names is not always the one that the user sees there.
fn told_from(problem: Diagnostic, uncommitted: bool) -> Diagnostic {
    if !uncommitted {
        return problem;
    }
    let help = "the file that lies here names it, and is not committed: commit it, then run again";
    Diagnostic { help: vec![help.to_owned()], ..problem }
}

/// The version tags of this clone, highest first.
async fn find_versions(repository: &Repository, project: &Project) -> Vec<String> {
    let tags = repository.read_local_tags().await.unwrap_or_default();
    let versions = tags.into_iter().filter_map(|tag| match project.tags.read(&tag.name.0) {
        TagVerdict::Version(version) | TagVerdict::Prerelease(version) => Some((version, tag.name.0)),
        TagVerdict::Promotion(_) | TagVerdict::Outside { .. } | TagVerdict::Refused(_) => None,
    });
    let mut versions: Vec<_> = versions.collect();
    // Of those that are as near the newest is the likeliest.
    versions.sort_by(|(one, _), (other, _)| other.cmp(one));
    versions.into_iter().map(|(_, tag)| tag).collect()
}
