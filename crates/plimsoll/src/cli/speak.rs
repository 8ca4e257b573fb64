//! Commands that say something of released versions: `yank`, `unyank`, `rollback`, `unhold`.

use std::collections::BTreeSet;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use plimsoll_engine::act::redeploy::RedeployError;
use plimsoll_engine::act::{foresee, redeploy, speak};
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::claim::FileRole;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::release::{Comparing, Release};
use plimsoll_engine::plan::saying::Saying;

use super::arguments::{Place, Where};
use super::chart_installs::warn_of_charts;
use super::ending::{Ended, Failure, Outcome};
use super::recorded_file::read_recorded;
use super::session::Session;
use super::subject::{Library, Reach, Stage, Subject};
use crate::explain::{self, Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::on_forge::DeploymentInfo;
use crate::output::json::statement::{OrphanInfo, PinnedFile, Speech, StatementInfo, StatementStatus};
use crate::wire::Purpose;

/// How something is said.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Manner {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Only show what would be recorded, which tags would move and which listed charts be marked; change nothing
    #[arg(long, env = "PLIMSOLL_DRY_RUN", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub dry_run: bool,
}

/// Whether something is said, or only shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stance {
    Say,
    Show,
}

impl Manner {
    fn stance(self) -> Stance {
        if self.dry_run { Stance::Show } else { Stance::Say }
    }
}

/// Says what `saying` makes of a release, or shows what that would do.
pub(super) fn run_for(
    session: &Session<'_>,
    speech: Speech,
    tag: &str,
    manner: Manner,
    saying: impl FnOnce(&Release) -> Saying,
) -> Outcome {
    let work = async {
        let library = open(session, speech, Some(tag), manner).await?;
        let release = library.find_counted(tag, Comparing::Later).await?;
        carry_out(session, &library, speech, Some(&release), manner.stance(), saying(&release)).await
    };
    attend(session, manner, work)
}

/// The same where the release need not be named.
pub(super) fn run(
    session: &Session<'_>,
    speech: Speech,
    tag: Option<&str>,
    manner: Manner,
    saying: impl FnOnce(Option<&Release>) -> Saying,
) -> Outcome {
    let work = async {
        let library = open(session, speech, tag, manner).await?;
        let release = match tag {
            Some(tag) => Some(library.find_counted(tag, Comparing::Later).await?),
            None => None,
        };
        let saying = saying(release.as_ref());
        carry_out(session, &library, speech, release.as_ref(), manner.stance(), saying).await
    };
    attend(session, manner, work)
}

fn attend(session: &Session<'_>, manner: Manner, work: impl Future<Output = Outcome>) -> Outcome {
    match manner.stance() {
        Stance::Show => session.look(work),
        Stance::Say => session.change(work),
    }
}

async fn open(
    session: &Session<'_>,
    speech: Speech,
    tag: Option<&str>,
    manner: Manner,
) -> Result<Library, Failure> {
    Library::open(session, speech.verb(), tag, &Where::of(manner.place), Reach::Everything).await
}

async fn carry_out(
    session: &Session<'_>,
    library: &Library,
    speech: Speech,
    release: Option<&Release>,
    stance: Stance,
    saying: Saying,
) -> Outcome {
    let subject = library.project()?;
    let said = match stance {
        Stance::Show => show(session, subject, speech, &saying).await.map(|info| (info, None)),
        Stance::Say => say(session, subject, speech, &saying).await,
    };
    library.quiet();
    let (mut info, missing) = said?;
    if let Some(version) = info.back_to.clone() {
        info.compose = find_compose(library, &version).await?;
    }
    let named = release.map(|release| release.record.version.clone());
    info.version = info.back_to.clone().or(named);
    let mut warnings = library.warnings(&[]);
    let unclaimed = release.filter(|release| release.has_lost_claim(subject.project()));
    warnings
        .extend(unclaimed.map(|release| {
            explain::claim::lost(&[release.tag.name.0.as_str()], &library.asked).as_warning()
        }));
    if let Saying::Yank { version, reason, .. } = &saying
        && info.status == StatementStatus::SaidBefore
    {
        let (marks, trouble) = library.read_marks(release.map_or(&[], std::slice::from_ref)).await;
        library.quiet();
        warnings.extend(trouble);
        info.reason = marks.of(&subject.project().name).yank_reason(&version.to_string()).map(str::to_owned);
        warnings.extend(warn_of_reason(&info, reason, &library.asked));
    }
    warnings.extend(warn_of_yanked_tags(&info, subject));
    if let (Saying::Yank { .. }, Some(release)) = (&saying, release) {
        warnings.extend(warn_of_charts(session, library, release).await);
    }
    match missing {
        None => Ok(Ended::with(Answer::Statement(info), warnings)),
        Some(missing) => {
            let problems: Findings = missing.into_iter().chain(warnings).collect();
            Err(Failure::from(problems).beside(Answer::Statement(info)))
        }
    }
}

/// A yank is said once: another reason for it is not taken down.
fn warn_of_reason(info: &StatementInfo, given: &str, asked: &Asked) -> Option<Diagnostic> {
    let recorded = info.reason.as_deref().filter(|recorded| *recorded != given)?;
    let warning =
        Diagnostic::warning(Code::PassedOver, "the version is yanked already: the reason stays as it is");
    let again = Asked { verb: "yank", ..asked.clone() };
    Some(warning.fact("recorded", recorded).fact("not recorded", given).help(format!(
        "to give another: `{}`, then `{} --reason …`",
        asked.command("unyank"),
        again.command("yank")
    )))
}

/// A moving tag that stays at a yanked version is pulled by whoever follows it.
fn warn_of_yanked_tags(info: &StatementInfo, subject: &Subject) -> Option<Diagnostic> {
    let stay: Vec<&OrphanInfo> = info.orphans.iter().filter(|orphan| orphan.yanked.is_some()).collect();
    if stay.is_empty() {
        return None;
    }
    // The answer says where.
    let names: BTreeSet<&str> = stay.iter().map(|orphan| orphan.tag.tag.as_str()).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    let message = format!("tags that move stay at a yanked version: {names}");
    let mut warning = Diagnostic::warning(Code::PassedOver, message);
    let held: BTreeSet<&String> = stay.iter().filter_map(|orphan| orphan.held.last()).collect();
    for version in held {
        let about = Asked { tag: Some(version.clone()), ..subject.asked.clone() };
        warning = warning.help(format!(
            "a rollback passes {version} over; if it is better than this: `{}`",
            about.command("unhold")
        ));
    }
    let follows = match subject.project().tags.stable() {
        None => "no tag is deleted under those who pull it: release the next version, and it follows",
        Some(_) => {
            "no tag is deleted under those who pull it: release the next version, and it follows; a tag of promotions follows once another version is promoted"
        }
    };
    Some(warning.help(follows))
}

async fn show(
    session: &Session<'_>,
    subject: &Subject,
    speech: Speech,
    saying: &Saying,
) -> Result<StatementInfo, Failure> {
    let head = read_head(subject).await?;
    let voyage = subject.voyage(session, &head, Purpose::Look, Stage::Real)?;
    let foreseen = foresee(&voyage.world, subject.project(), saying).await;
    voyage.display.clear();
    let foreseen = foreseen.map_err(|stop| explain::findings(&stop, &subject.asked))?;
    Ok(StatementInfo::foreseen(speech, &subject.project().name, &foreseen))
}

/// Says it. Gives what could not be done of it, too.
async fn say(
    session: &Session<'_>,
    subject: &Subject,
    speech: Speech,
    saying: &Saying,
) -> Result<(StatementInfo, Option<Findings>), Failure> {
    let head = read_head(subject).await?;
    let voyage = subject.voyage(session, &head, Purpose::Change, Stage::Real)?;
    let spoke = speak(&voyage.world, subject.project(), saying).await;
    let spoke = spoke.map_err(|stop| explain::findings(&stop, &subject.asked));
    let deployed = match &spoke {
        Ok(spoke) if matches!(speech, Speech::Rollback | Speech::Unhold) => {
            let deployments = subject.project().deployments.kept();
            redeploy(&voyage.world, subject.project(), &deployments, spoke).await
        }
        _ => Ok(Vec::new()),
    };
    voyage.display.clear();
    let spoke = spoke?;
    let deployed = deployed.map_err(|error| explain_redeploy(&error, &subject.asked))?;
    let deployments = deployed.iter().map(DeploymentInfo::of).collect();
    let said = StatementInfo::said(speech, &subject.project().name, &spoke);
    let missing = spoke.judge().err().map(|stop| explain::findings(&stop, &subject.asked));
    Ok((StatementInfo { deployments, ..said }, missing))
}

/// Why environments did not follow, though tags did.
fn explain_redeploy(error: &RedeployError, asked: &Asked) -> Failure {
    let staying = "it is said, and the moving tags have followed; the environments stay where they are";
    match error {
        RedeployError::Stop(stop) => explain::findings(stop, asked).into(),
        RedeployError::Ledger(error) => error.explain(asked).into(),
        RedeployError::Doubted(doubt) => doubt.explain(asked).help(staying).into(),
        RedeployError::Unrecorded { .. } => {
            Diagnostic::error(Code::RecordUnproven, Cure::FixThenRunAgain, error.to_string())
                .help(staying)
                .help("without a record nobody knows which commit is to be deployed: take it into the ledger with `plimsoll ledger adopt`")
                .into()
        }
    }
}

async fn read_head(subject: &Subject) -> Result<plimsoll_engine::domain::git::Oid, Failure> {
    let head = subject.repository.read_head().await.map_err(|error| error.explain(&subject.asked))?;
    Ok(head.commit)
}

/// The compose file of a release with pinned images, for whoever deploys what was gone back to.
async fn find_compose(library: &Library, version: &str) -> Result<Option<PinnedFile>, Failure> {
    // The file is compared with what the release says of it; that its other files are whole is not asked here.
    let release = library.find_counted(version, Comparing::Later).await?;
    if release.record.file(FileRole::DockerCompose).is_none() {
        return Ok(None);
    }
    let recorded = read_recorded(library, "compose", FileRole::DockerCompose, &release).await?;
    let text = String::from_utf8_lossy(&recorded.bytes).into_owned();
    Ok(Some(PinnedFile { path: recorded.info.path, hash: recorded.info.hash, text }))
}
