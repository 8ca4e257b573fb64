//! The release that is to be promoted, and what is said where there is none.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::{GitTag, TagAt};
use plimsoll_engine::ledger::catalogue::read_catalogue;
use plimsoll_engine::ledger::release::{Answer, Comparing, Release, Scope, find_release};
use plimsoll_engine::ledger::sources::Sources;
use plimsoll_engine::plan::saying::refuse_passed_over;
use plimsoll_engine::run::hearing::hear;
use plimsoll_tags::version::Version;

use crate::cli::ending::Failure;
use crate::cli::release::tell_warnings;
use crate::cli::session::Session;
use crate::cli::subject::{Stage, Subject, Voyage, warn_of_unheard};
use crate::explain::{Asked, Explain as _};
use crate::wire::{Purpose, RepositoryError};

/// How many published versions are named where another one was asked for.
const SHOWN: usize = 5;

/// The release of a version that is to be promoted.
pub(super) async fn find_published(
    subject: &Subject,
    voyage: &Voyage,
    version: &Version,
) -> Result<Release, Failure> {
    let (project, asked) = (subject.project(), &subject.asked);
    let scope = Scope::of_project(project);
    let sources = Sources::of(voyage.world.eyes());
    let found = find_release(sources, scope, &version.to_string(), Comparing::Later).await;
    match found.map_err(|error| error.explain(asked))? {
        Answer::Release(release) => Ok(*release),
        Answer::Doubt(doubt) => Err(doubt.explain(asked).into()),
        Answer::Unknown => Err(unpublished(subject, voyage, version).await),
    }
}

/// The tag that a version was released from which is published, and passed over by nothing that was said of it.
pub(in crate::cli) async fn find_promotable_tag(
    session: &Session<'_>,
    subject: &Subject,
    version: &Version,
) -> Result<TagAt, Failure> {
    let head = subject.repository.read_head().await.map_err(|error| error.explain(&subject.asked))?.commit;
    let voyage = subject.voyage(session, &head, Purpose::Look, Stage::Real)?;
    let found = find_published(subject, &voyage, version).await;
    let release = match found {
        Ok(release) if release.state.is_published() => Ok(release),
        Ok(_) => Err(unpublished(subject, &voyage, version).await),
        Err(failure) => Err(failure),
    };
    let said = match &release {
        Ok(release) => Some(hear(Sources::of(voyage.world.eyes()), subject.project(), [release]).await),
        Err(_) => None,
    };
    voyage.display.clear();
    let release = release?;
    if let Some(said) = said {
        let marks = said.marks.of(&subject.project().name);
        refuse_passed_over(&release.record.version, marks).map_err(|error| error.explain(&subject.asked))?;
        tell_warnings(session, &warn_of_unheard(&said, &subject.asked).into_iter().collect());
    }
    Ok(release.tag)
}

/// There is no release of the version that is to be promoted.
async fn unpublished(subject: &Subject, voyage: &Voyage, version: &Version) -> Failure {
    let project = subject.project();
    let version_tag = project.tags.version().render(version);
    let asked = Asked { tag: Some(version_tag.clone()), ..subject.asked.clone() };
    let message = format!("{version} is not published, so there is nothing to promote");
    let unpublished = Diagnostic::error(Code::NotPublished, Cure::FixThenRunAgain, message)
        .fact("missing", format_args!("a published release of {version_tag}"));
    let there = subject.repository.read_tag(&GitTag(version_tag.clone()), subject.remote.as_ref()).await;
    if !matches!(there, Err(RepositoryError::TagMissing { .. })) {
        return unpublished
            .help(format!("see how far it is: `{}`", asked.command("status")))
            .help(format!("release it first: `{}`", asked.command("release")))
            .into();
    }
    let all = Asked { tag: None, ..asked };
    let unpublished = match find_newest_published(subject, voyage).await {
        Some(newest) => unpublished.fact("published", newest),
        None => unpublished,
    };
    unpublished
        .help(format!("there is no git tag {version_tag} either: name a version that was released"))
        .help(format!("see all: `{}`", all.command("list")))
        .into()
}

/// The newest versions that are published, for whoever named one that is not; none if that can't be known.
async fn find_newest_published(subject: &Subject, voyage: &Voyage) -> Option<String> {
    let scope = Scope::of_project(subject.project());
    let catalogue = read_catalogue(Sources::of(voyage.world.eyes()), scope).await.ok()?;
    let published = catalogue.entries().iter().filter(|entry| entry.state.is_published());
    let newest: Vec<String> = published.take(SHOWN).map(|entry| entry.tag.to_string()).collect();
    Some(if newest.is_empty() { "nothing yet".to_owned() } else { newest.join(", ") })
}
