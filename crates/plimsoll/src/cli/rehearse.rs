//! `rehearse`: a whole release that is thrown away.

use clap::Args;
use plimsoll_engine::domain::claim::Seal;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_tags::git_tag::TagVerdict;
use plimsoll_tags::version::{Bump, Scheme, Version};

use super::ending::{Ended, Failure, Outcome};
use super::readiness::readiness_findings;
use super::release::{Manner, ship, tell_warnings};
use super::session::Session;
use super::subject::{Look, Stage, Subject, Tagged, WorktreeTexts, hold_back, read_installed};
use super::version::version_file;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::released::{ReleaseDone, ReleasedStatus};
use crate::wire::Purpose;

/// Does a whole release of HEAD, and throws it away
///
/// All of it happens on this machine, as if HEAD were tagged. The tag is never the first run of the pipeline: every image is made, checked, pushed, tagged and read back in a
/// registry in a temporary folder. Nothing leaves the machine and nothing stays on it.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll rehearse                    as the version that the version files name, or the next patch
  plimsoll rehearse v2.0.0             as this version")]
pub(super) struct Rehearse {
    /// The git tag to act as if it existed
    #[arg(value_name = "TAG")]
    pub tag: Option<String>,
}

impl Rehearse {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.change(self.rehearse(session))
    }

    async fn rehearse(&self, session: &Session<'_>) -> Outcome {
        let asked = Asked { verb: "rehearse", tag: self.tag.clone(), keeping: Keeping::Local };
        let subject = Subject::of_worktree(session, asked).await?;
        subject.check_clean().await?;
        let tag = match &self.tag {
            Some(tag) => tag.clone(),
            None => next_tag(&subject).await?,
        };
        let folder = tempfile::Builder::new().prefix("plimsoll-rehearsal-").tempdir();
        let folder = folder.map_err(|error| {
            Diagnostic::error(Code::FileSystem, Cure::FixThenRunAgain, "no temporary folder can be made")
                .because(error)
        })?;
        let mut tagged = Tagged::read(session, "rehearse", &tag, Keeping::Local, Look::OnHead).await?;
        if let Occasion::Promotion(_) = &tagged.occasion {
            let message = format!("git tag `{tag}` promotes what was released: there is nothing to rehearse");
            return Err(Diagnostic::error(Code::TagInvalid, Cure::FixThenRunAgain, message)
                .help(format!("see what stands against it: `plimsoll promote {tag} --dry-run`"))
                .into());
        }
        let mut plan = tagged.plan()?;
        let before = plan.skipped.len();
        hold_back(&tagged.subject, &tagged.occasion, &mut plan).await?;
        for told in plan.skipped.iter().skip(before) {
            session.say(told);
        }
        tell_warnings(session, &tagged.warnings);
        let charts = &mut tagged.subject.config.project.charts;
        let keys = charts.iter_mut().filter_map(|chart| chart.pgp_key.take()).count();
        if plan.signing.take().is_some() || keys > 0 {
            session.say("nothing is signed in a rehearsal: a signature would outlive it");
        }
        // A rehearsal goes without Helm, keys and pages; the release would not.
        let asked = Asked { keeping: Keeping::Remote, ..tagged.subject.asked.clone() };
        let real = Subject::of_worktree(session, asked).await?;
        if let Some(missing) = real.find_missing_notes(&tagged.occasion, &tagged.tag.commit).await? {
            return Err(missing.into());
        }
        let time = tagged.source.commit_time;
        let unready = readiness_findings(session, &real, &tagged.tag.commit, time).await?;
        session.say(&format!("rehearsing {tag} in a registry that is thrown away"));
        let stage = Stage::Rehearsal(folder.path());
        let name = tagged.claim_name();
        let inputs = tagged.inputs(&name, &[]);
        let commit = &tagged.tag.commit;
        let voyage = tagged.subject.voyage_with(session, commit, Purpose::Change, stage, inputs)?;
        if tagged.is_chart_alone() {
            tagged.installs = find_installed(session, &tagged).await?;
        }
        let ended = ship(&tagged, &voyage, &plan, &name, Manner::plain()).await?;
        Ok(Ended::with(rehearsed(ended.answer), unready))
    }
}

/// What a chart installs that is released by itself. Nothing of that is rehearsed: it was released where releases go.
async fn find_installed(session: &Session<'_>, tagged: &Tagged) -> Result<Option<Seal>, Failure> {
    let asked = Asked { keeping: Keeping::Remote, ..tagged.subject.asked.clone() };
    let repository = tagged.subject.repository.clone();
    let installed = read_installed(session, repository, &asked, &tagged.tag.commit).await?;
    Ok(installed.map(|installed| installed.seal))
}

/// The same answer, saying that nothing was kept.
fn rehearsed(answer: Answer) -> Answer {
    match answer {
        Answer::Released(done) => {
            Answer::Released(ReleaseDone { status: ReleasedStatus::Rehearsed, changed: false, ..done })
        }
        other => other,
    }
}

/// The version that the files name; where none does, the patch after the highest tag; none where there is no tag.
pub(super) async fn find_next_version(subject: &Subject) -> Result<Option<Version>, Failure> {
    let policy = &subject.project().tags;
    let texts = WorktreeTexts::of(subject.repository.root());
    // A file that can't be read is the gate's business, which says so.
    let named = subject.project().version_files.first().and_then(|at| {
        let file = version_file(at).ok()?;
        let found = texts.ask(|texts| file.read(texts)).ok()?.ok()?;
        Version::parse(policy.scheme(), &found.text).ok()
    });
    if named.is_some() {
        return Ok(named);
    }
    let tags = subject.repository.read_local_tags().await.map_err(|error| error.explain(&subject.asked))?;
    let versions = tags.iter().filter_map(|tag| match policy.read(&tag.name.0) {
        TagVerdict::Version(version) => Some(version),
        TagVerdict::Prerelease(_)
        | TagVerdict::Promotion(_)
        | TagVerdict::Outside { .. }
        | TagVerdict::Refused(_) => None,
    });
    Ok(versions.max().and_then(|highest| highest.bump(&Bump::Patch).ok()))
}

/// The tag of the next version.
async fn next_tag(subject: &Subject) -> Result<String, Failure> {
    let policy = &subject.project().tags;
    let next = find_next_version(subject).await?;
    let first =
        || Version::parse(Scheme::Semver, "0.1.0").or_else(|_| Version::parse(policy.scheme(), "0.1.0"));
    match next.map_or_else(first, Ok) {
        Ok(version) => Ok(policy.version().render(&version)),
        Err(error) => Err(Diagnostic::error(Code::Bug, Cure::ReportBug, error.to_string()).into()),
    }
}
