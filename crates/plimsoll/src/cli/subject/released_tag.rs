//! The git tag that a version was released from, where the one that is there now says something else.

use plimsoll_engine::check::Findings;
use plimsoll_engine::check::text::tag_name;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::git::TagAt;
use plimsoll_engine::ledger::release::{Answer, Comparing, ReleaseState, Scope, find_release};
use plimsoll_engine::ledger::sources::Sources;
use plimsoll_engine::run::stop::Stop;
use plimsoll_tags::version::Version;

use super::library::{Library, Reach};
use super::{Stage, Standing, Subject, Tagged};
use crate::cli::ending::Failure;
use crate::cli::session::Session;
use crate::explain::released_tag::{gone_since, moved_since};
use crate::explain::{self, Asked};
use crate::wire::Purpose;

impl Tagged {
    /// What a stop has to say of this tag: one that would be made on HEAD was not moved.
    pub(crate) fn findings(&self, stop: &Stop) -> Findings {
        match (stop, self.standing) {
            (Stop::TagMovedSince { released }, Standing::AsIfOnHead) => {
                gone_since(released, &self.subject.asked).into()
            }
            _ => explain::findings(stop, &self.subject.asked),
        }
    }
}

/// What is wrong with a tag that can't be read or released, `found` as it is: if its version was released, then first of all
/// that this is not its tag. What the tag's commit says is none of that release.
pub(super) async fn explain_by_release(
    session: &Session<'_>,
    asked: &Asked,
    found: Option<(&TagAt, Standing)>,
    failure: Failure,
) -> Failure {
    let is_missing = failure.problems.all().iter().any(|problem| problem.code == Code::TagMissing);
    if found.is_none() && !is_missing {
        return failure;
    }
    let Some((released, asked)) = find_released(session, asked).await else { return failure };
    match found {
        Some((now, Standing::Exists)) if now.object == released.object => failure,
        Some((_, Standing::Exists)) => moved_since(&released, &asked).into(),
        Some((_, Standing::AsIfOnHead)) | None => gone_since(&released, &asked).into(),
    }
}

/// What is said of a tag whose version was released from another one, as far as this machine knows: nobody else is asked.
pub(crate) async fn find_move(
    session: &Session<'_>,
    asked: &Asked,
    (now, standing): (&TagAt, Standing),
) -> Option<Diagnostic> {
    if standing == Standing::AsIfOnHead {
        return None;
    }
    let subject = Subject::of_worktree(session, asked.clone()).await.ok()?;
    let library = Library::of_subject(session, subject, None, Reach::Offline).await.ok()?;
    let found = library.find(&now.name.0, Comparing::Later).await;
    library.quiet();
    let release = found.ok()?;
    // A record of before Plimsoll has the commit alone.
    let is_known = release.record.format > 0 && release.state != ReleaseState::Burnt;
    let moved = is_known && release.tag.name == now.name && release.tag.object != now.object;
    moved.then(|| moved_since(&release.tag, &library.asked))
}

/// The tag that the version of the tag which is asked for was released from, as far as anybody can be asked, and where that
/// release is kept.
async fn find_released(session: &Session<'_>, asked: &Asked) -> Option<(TagAt, Asked)> {
    let subject = Subject::of_worktree(session, asked.clone()).await.ok()?;
    let occasion = tag_name(subject.project(), asked.tag.as_deref()?).ok()?;
    let released = subject.find_released_tag(session, occasion.released()?).await?;
    Some((released, subject.asked))
}

impl Subject {
    /// The tag that a version was released from; none if it was not, or if that can't be known now.
    async fn find_released_tag(&self, session: &Session<'_>, version: &Version) -> Option<TagAt> {
        let head = self.repository.read_head().await.ok()?.commit;
        let voyage = self.voyage(session, &head, Purpose::Look, Stage::Real).ok()?;
        let scope = Scope::of_project(self.project());
        let sources = Sources::of(voyage.world.eyes());
        let found = find_release(sources, scope, &version.to_string(), Comparing::Later).await;
        voyage.display.clear();
        match found.ok()? {
            Answer::Release(release) if release.state != ReleaseState::Burnt => Some(release.tag),
            Answer::Release(_) | Answer::Doubt(_) | Answer::Unknown => None,
        }
    }
}
