//! `check --published`: was the newest version published as the configuration would release it?

use std::collections::BTreeSet;

use plimsoll_engine::act::precedent::{Differences, Found, PlatformsDiffer, Precedent, compare};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::source::{Ancestry, Source};
use plimsoll_engine::plan::plan_release;
use plimsoll_engine::plan::release::asks_for_ancestry;
use plimsoll_oci::name::ImageTag;
use plimsoll_oci::store::StoreError;
use plimsoll_tags::git_tag::TagVerdict;
use plimsoll_tags::version::Version;

use super::ending::{Failure, usage};
use super::session::Session;
use super::subject::{Stage, Subject};
use crate::explain::{Asked, Explain as _};
use crate::output::json::check::{PublishedInfo, PublishedPlatforms, PublishedRepository, PublishedVerdict};
use crate::wire::Purpose;

/// What a version that is out was held against.
pub(super) struct Compared {
    /// What differs.
    pub(super) findings: Vec<Diagnostic>,
    /// All of it.
    pub(super) info: PublishedInfo,
}

/// Holds what the configuration of the working directory would release of the newest version tag against what is published.
pub(super) async fn compare_with_published(
    session: &Session<'_>,
    subject: &Subject,
) -> Result<Compared, Failure> {
    let (asked, project, repository) = (&subject.asked, subject.project(), &subject.repository);
    let explain = |error: crate::wire::RepositoryError| Failure::from(error.explain(asked));
    let Some((tag, version)) = find_newest(subject).await? else {
        let tags = project.tags.version().to_string();
        return Err(usage("this clone has no git tag that is a version")
            .fact("version tags", tags)
            .help("fetch them: `git fetch --tags`; a project that never released has nothing to be held against")
            .into());
    };
    let at = repository.read_tag(&GitTag(tag.clone()), None).await.map_err(explain)?;
    let commit_time = repository.read_commit_time(&at.commit).await.map_err(explain)?;
    let commit = at.commit.clone();
    let on_default_branch = match asks_for_ancestry(project) {
        true => repository.observe_ancestry(&commit, subject.remote.as_ref()).await.map_err(explain)?,
        false => Ancestry::Unknown,
    };
    let source = Source { tag: Some(at), commit: commit.clone(), commit_time, on_default_branch };
    let plan = plan_release(project, &source, &Occasion::Version(version), &tag)?;
    let voyage = subject.voyage(session, &commit, Purpose::Look, Stage::Real)?;
    let precedents = compare(voyage.world.eyes().stores(), project, &plan).await;
    voyage.display.clear();
    let info = PublishedInfo::of(tag, precedents.iter().map(info).collect());
    let tell_one = |one: &Precedent| match (&one.found, info.verdict) {
        (Found::Unread(error), PublishedVerdict::Unknown) => vec![explain_unread(one, error, asked)],
        (Found::Unread(error), _) => vec![explain_unread(one, error, asked).as_warning()],
        (Found::Nothing, _) => vec![explain_nothing(one)],
        (Found::Tags(differences), _) => tell(one, differences, &plan.version),
    };
    let findings = precedents.iter().flat_map(tell_one).collect();
    Ok(Compared { findings, info })
}

/// The highest version that a tag of this clone names, prereleases aside.
async fn find_newest(subject: &Subject) -> Result<Option<(String, Version)>, Failure> {
    let tags = subject.repository.read_local_tags().await.map_err(|error| error.explain(&subject.asked))?;
    let policy = &subject.project().tags;
    let versions = tags.into_iter().filter_map(|tag| match policy.read(&tag.name.0) {
        TagVerdict::Version(version) => Some((tag.name.0, version)),
        TagVerdict::Prerelease(_)
        | TagVerdict::Promotion(_)
        | TagVerdict::Outside { .. }
        | TagVerdict::Refused(_) => None,
    });
    Ok(versions.max_by(|one, other| one.1.cmp(&other.1)))
}

/// What went to a repository.
fn artifacts_of(precedent: &Precedent) -> String {
    precedent.artifacts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A repository that can't be read: an error where no other one was, since then the question has no answer.
fn explain_unread(precedent: &Precedent, error: &StoreError, asked: &Asked) -> Diagnostic {
    error
        .explain(asked)
        .fact("of", artifacts_of(precedent))
        .fact("not compared", &precedent.repository)
        .help("or, if that is not where the project publishes, mend `repository` (or `oci`) in plimsoll.toml")
}

/// A repository in which nothing is.
fn explain_nothing(precedent: &Precedent) -> Diagnostic {
    let message = format!("nothing is published in {}", precedent.repository);
    Diagnostic::warning(Code::PublishedOtherwise, message)
        .fact("of", artifacts_of(precedent))
        .help("is that where the project publishes? Compare `repository` (or `oci`)")
}

/// What differs in a repository, a warning each.
fn tell(precedent: &Precedent, differences: &Differences, version: &str) -> Vec<Diagnostic> {
    let (repository, what) = (&precedent.repository, artifacts_of(precedent));
    let said = |message: String| Diagnostic::warning(Code::PublishedOtherwise, message).fact("of", &what);
    let Differences { same, missing, besides, elsewhere, platforms } = differences;
    let mut all = Vec::new();
    if !missing.is_empty() {
        let message = match same {
            0 => format!("{version} is not in {repository} under any tag that would be written"),
            _ => format!("{version} is in {repository} without tags that would be written"),
        };
        all.push(
            said(message)
                .fact("would be new", list(missing))
                .help("nobody asks for these today; rules under [image.tags] say which there are"),
        );
    }
    if !besides.is_empty() {
        all.push(
            said(format!("{version} is in {repository} under tags that would not be written"))
                .fact("would be missing", list(besides))
                .help("who asks for these gets nothing new: add rules under [image.tags], or the [[image]] that they are of"),
        );
    }
    if !elsewhere.is_empty() {
        all.push(
            said(format!("tags of {repository} are at something else than {version}"))
                .fact("would be moved", list(elsewhere))
                .help("each release would move them: is that meant?"),
        );
    }
    all.extend(platforms.iter().map(|differ| {
        let PlatformsDiffer { artifact, tag, published, planned } = differ;
        let there = published.as_ref().map_or_else(|| "one platform".to_owned(), names);
        said(format!("{repository}:{tag} is for other platforms than `{artifact}` would be"))
            .fact("published for", there)
            .fact("would be for", names(planned))
            .help("`platforms` says what an image is made for")
    }));
    all
}

fn list(tags: &[ImageTag]) -> String {
    tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn names(platforms: &BTreeSet<String>) -> String {
    platforms.iter().cloned().collect::<Vec<_>>().join(", ")
}

fn info(precedent: &Precedent) -> PublishedRepository {
    let words = |tags: &[ImageTag]| tags.iter().map(ToString::to_string).collect();
    let nothing = Differences::default();
    let (read, differences) = match &precedent.found {
        Found::Unread(_) => (false, &nothing),
        Found::Nothing => (true, &nothing),
        Found::Tags(differences) => (true, differences),
    };
    let platforms = |differ: &PlatformsDiffer| PublishedPlatforms {
        image: differ.artifact.to_string(),
        tag: differ.tag.to_string(),
        published: differ.published.as_ref().map(|names| names.iter().cloned().collect()),
        planned: differ.planned.iter().cloned().collect(),
    };
    PublishedRepository {
        repository: precedent.repository.to_string(),
        artifacts: precedent.artifacts.iter().map(ToString::to_string).collect(),
        read,
        same: differences.same,
        missing: words(&differences.missing),
        besides: words(&differences.besides),
        elsewhere: words(&differences.elsewhere),
        platforms: differences.platforms.iter().map(platforms).collect(),
    }
}
