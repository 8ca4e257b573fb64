//! `release`: from a git tag to its one truthful end.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};
use futures_util::future::{join_all, join3};
use plimsoll_engine::act;
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::chart_number::ChartBump;
use plimsoll_engine::domain::claim::{ClaimName, State};
use plimsoll_engine::domain::diagnostic::Severity;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::target::Necessity;
use plimsoll_engine::plan::Plan;
use plimsoll_engine::run::order::{Order, Takeover};
use plimsoll_engine::run::swap;
use plimsoll_tags::git_tag::TagVerdict;

use super::arguments::Place;
use super::checklist::Checklist;
use super::ending::{Ended, Failure, Outcome, usage};
use super::promote::promote_tagged;
use super::session::Session;
use super::subject::{Look, Stage, Subject, Tagged, Voyage, read_installed};
use crate::ci::CiEvent;
use crate::explain::{self, Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::ignored::{Ignored, What};
use crate::output::json::released::{ReleaseDone, ReleasedStatus};
use crate::wire::Purpose;

/// Why a release has no page where nothing else is the reason.
const NO_FORGE: &str = "plimsoll.toml names no forge";

/// Releases a version, or finishes what is missing of it
///
/// Everything is made and checked on this machine first. Then content goes up by digest, where nobody sees it; version
/// tags come after everything that they point to, moving tags last. The git tag must be there (`plimsoll tag` makes one); where
/// the remote has another one of this name, the remote's counts. The configuration and the files are those of its commit,
/// wherever HEAD is.
///
/// Run it again, here or on another machine, and it finishes what is missing, or does nothing.
///
/// A promotion tag such as v1.4.0-stable makes nothing: it promotes what was released, as `plimsoll promote` does.
///
/// In CI a job that a tag set off need not name it; a tag that does not begin like a release tag is then ignored.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll release v1.4.0
  plimsoll release v1.4.0 --local      into the registry in .plimsoll/, with nothing installed
  plimsoll release v1.4.0 --from amd64 --from arm64
                                       merges what one runner per platform has built
  plimsoll release v1.4.0 -o json      for scripts: one JSON object on standard output")]
pub(super) struct Release {
    /// The git tag; in CI, without it, the one that set the job off
    #[arg(value_name = "TAG")]
    pub tag: Option<String>,
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Take over from another run that holds the claim, whether it lives or not
    #[arg(long, env = "PLIMSOLL_TAKE_OVER", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub take_over: bool,
    /// Which number a chart with versions of its own raises, if this release has none yet and Chart.yaml raises nothing
    #[arg(long, value_name = "PART", env = "PLIMSOLL_CHART_BUMP", value_enum, default_value_t)]
    pub chart_bump: ChartPart,
    /// Take images that have a Dockerfile from what `plimsoll build --output` wrote, instead of building them; once for
    /// each part
    #[arg(long, value_name = "DIR", env = "PLIMSOLL_FROM", value_delimiter = ':')]
    pub from: Vec<PathBuf>,
    /// Its checklist.
    #[command(flatten)]
    pub checklist: Checklist,
}

/// A part of a chart's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ChartPart {
    /// The third number
    #[default]
    Patch,
    /// The second number
    Minor,
    /// The first number
    Major,
}

impl From<ChartPart> for ChartBump {
    fn from(part: ChartPart) -> ChartBump {
        match part {
            ChartPart::Patch => ChartBump::Patch,
            ChartPart::Minor => ChartBump::Minor,
            ChartPart::Major => ChartBump::Major,
        }
    }
}

/// How a release is to be run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner<'a> {
    /// Whether to take over from a run that holds the claim.
    pub(crate) takeover: Takeover,
    /// What the numbers of charts raise.
    pub(crate) chart_bump: ChartBump,
    /// Folders with parts that were built elsewhere.
    pub(crate) parts: &'a [PathBuf],
}

impl Manner<'_> {
    /// Without any wishes.
    pub(crate) fn plain() -> Manner<'static> {
        Manner { takeover: Takeover::WhenDead, chart_bump: ChartBump::Patch, parts: &[] }
    }
}

impl Release {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let takeover = if self.take_over { Takeover::Now } else { Takeover::WhenDead };
        let parts = self.parts(session);
        let manner = Manner { takeover, chart_bump: self.chart_bump.into(), parts: &parts };
        session.change(async {
            let ended = match &self.tag {
                Some(tag) => release(session, tag, self.place.keeping(), manner).await?,
                None => self.release_event(session, manner).await?,
            };
            let asked = Asked { verb: "release", tag: self.tag.clone(), keeping: self.place.keeping() };
            self.checklist.write(session, asked, &ended).await?;
            Ok(ended)
        })
    }

    /// The folders with parts, seen from where the process is.
    fn parts(&self, session: &Session<'_>) -> Vec<PathBuf> {
        self.from.iter().map(|folder| session.path(folder)).collect()
    }

    /// Releases the tag that set the CI job off, if it is one of ours.
    async fn release_event(&self, session: &Session<'_>, manner: Manner<'_>) -> Outcome {
        let event = session.ci()?.map(|ci| ci.event);
        let Some(CiEvent::Tag(GitTag(tag))) = event else {
            return Err(usage("no git tag is named")
                .help("name it: `plimsoll release v1.0.0`; only in a CI job that a tag set off it goes without saying")
                .into());
        };
        let asked = Asked { verb: "release", tag: Some(tag.clone()), keeping: self.place.keeping() };
        match find_ignored(session, &tag, asked).await? {
            Some(ignored) => Ok(Ended::well(Answer::Ignored(ignored))),
            None => release(session, &tag, self.place.keeping(), manner).await,
        }
    }
}

/// What is said of a tag that set a CI job off and does not begin like one of ours; `None` of one that does.
pub(super) async fn find_ignored(
    session: &Session<'_>,
    tag: &str,
    asked: Asked,
) -> Result<Option<Ignored>, Failure> {
    let subject = Subject::of_worktree(session, asked).await?;
    Ok(match subject.project().tags.read(tag) {
        TagVerdict::Outside { nearest } => Some(Ignored::of(tag, nearest)),
        TagVerdict::Version(_)
        | TagVerdict::Prerelease(_)
        | TagVerdict::Promotion(_)
        | TagVerdict::Refused(_) => None,
    })
}

/// Releases a tag.
pub(crate) async fn release(
    session: &Session<'_>,
    tag: &str,
    keeping: Keeping,
    manner: Manner<'_>,
) -> Outcome {
    let mut tagged = Tagged::read(session, "release", tag, keeping, Look::Everywhere).await?;
    if let Occasion::Promotion(_) = &tagged.occasion {
        return promote_tagged(session, tagged).await;
    }
    let dirt = tagged.subject.find_dirt().await?;
    let plan = tagged.plan()?;
    tagged.page = tagged.read_page_text().await?;
    tell_warnings(session, &tagged.warnings);
    let name = tagged.claim_name();
    let inputs = tagged.inputs(&name, manner.parts);
    let voyage =
        tagged.subject.voyage_with(session, &tagged.tag.commit, Purpose::Change, Stage::Real, inputs)?;
    if let Some(dirt) = dirt
        && !is_settled(&tagged, &voyage, &plan, &name).await?
    {
        return Err(dirt.into());
    }
    if tagged.is_chart_alone() {
        check_pushed(&tagged)?;
        let there = swap::read(&voyage.world, &name).await;
        let there = there.map_err(|stop| explain::findings(&stop, &tagged.subject.asked))?;
        if let Some(release) = there.and_then(|at| at.claim.number_for) {
            let reason = format!("is the chart of {release}, which makes it");
            return Ok(Ended::well(Answer::Ignored(Ignored::because(What::Tag(tag.to_owned()), reason))));
        }
        let installed = read_installed(
            session,
            tagged.subject.repository.clone(),
            &tagged.subject.asked,
            &tagged.tag.commit,
        )
        .await?;
        tagged.installs = installed.map(|installed| installed.seal);
    }
    if tagged.subject.asked.keeping == Keeping::Remote {
        preflight(session, &tagged, &voyage, &plan, &name).await?;
    }
    ship(&tagged, &voyage, &plan, &name, manner).await
}

/// Whether the content of a release is settled: then nothing is made of the files that lie here.
async fn is_settled(
    tagged: &Tagged,
    voyage: &Voyage,
    plan: &Plan,
    name: &ClaimName,
) -> Result<bool, Failure> {
    let order = tagged.order(plan, name, voyage, Takeover::WhenDead);
    let settled = act::is_settled(&voyage.world, &order).await;
    Ok(settled.map_err(|stop| explain::findings(&stop, &tagged.subject.asked))?)
}

/// The remote gets a chart's tag from whoever finishes the release, as a lightweight one: an annotated one would be another.
/// Of what stays on this machine it gets none.
fn check_pushed(tagged: &Tagged) -> Result<(), Failure> {
    let tag = &tagged.tag;
    let stays_here = tagged.subject.asked.keeping == Keeping::Local;
    if stays_here || tag.on_remote || tag.object == tag.commit {
        return Ok(());
    }
    let message = format!("git tag {} is annotated, and in this clone alone", tag.name);
    Err(usage(message).help(format!("push it first: `git push origin {}`", tag.name)).into())
}

/// Runs the release of a plan.
pub(super) async fn ship(
    tagged: &Tagged,
    voyage: &Voyage,
    plan: &Plan,
    name: &ClaimName,
    manner: Manner<'_>,
) -> Outcome {
    let order = Order { chart_bump: manner.chart_bump, ..tagged.order(plan, name, voyage, manner.takeover) };
    let released = act::release(&voyage.world, &order).await;
    voyage.display.clear();
    let released = released.map_err(|stop| Failure::from(explain::findings(&stop, &tagged.subject.asked)))?;
    let mut done = ReleaseDone::of(name, &tagged.tag, &released);
    done.verify = tagged.subject.asked.command("verify");
    done.gates = voyage.world.inspector.passed();
    if done.status != ReleasedStatus::AlreadyReleased {
        let gates = &tagged.subject.config.gates;
        let configured = gates.source.iter().chain(&gates.sealed);
        done.gates_before = configured.filter(|gate| !done.gates.contains(gate)).cloned().collect();
    }
    let has_forge = tagged.subject.config.forge.address.is_some();
    done.pageless = (tagged.subject.asked.keeping == Keeping::Remote && !has_forge).then_some(NO_FORGE);
    let (done, asked) = (Answer::Released(done), &tagged.subject.asked);
    match released.judge() {
        Ok(()) => Ok(Ended::well(done)),
        Err(stop) => Err(Failure::from(explain::findings(&stop, asked)).beside(done)),
    }
}

/// What is odd is said before the work begins, while it can still be stopped.
pub(super) fn tell_warnings(session: &Session<'_>, warnings: &Findings) {
    for warning in warnings.all().iter().filter(|warning| warning.severity == Severity::Warning) {
        session.say(&crate::output::diagnostic::render_diagnostic(warning, session.ink()));
    }
}

/// What can be known before anything is made is known before: may every repository be written to? A version that is
/// settled is made no more, and one whose tag is taken must stop the run before anything is tried: neither needs asking.
async fn preflight(
    session: &Session<'_>,
    tagged: &Tagged,
    voyage: &Voyage,
    plan: &Plan,
    name: &ClaimName,
) -> Result<(), Failure> {
    let asked = &tagged.subject.asked;
    let there = swap::read(&voyage.world, name).await.map_err(|stop| explain::findings(&stop, asked))?;
    let open = |state| matches!(state, State::Reserved | State::Sealed);
    if there.is_some_and(|at| !open(at.claim.state)) {
        return Ok(());
    }
    let required = || plan.targets.iter().filter(|target| target.necessity == Necessity::Required);
    let tags = required().flat_map(|target| target.version_tags.iter().map(|tag| (&target.repository, tag)));
    let looks = tags.map(|(repository, tag)| async move {
        // An error says the same as the asking below, which says it better.
        matches!(voyage.world.eyes().pull(repository).resolve(tag).await, Ok(Some(_)))
    });
    if join_all(looks).await.contains(&true) {
        return Ok(());
    }
    let mut repositories: Vec<_> = required().map(|target| &target.repository).collect();
    repositories.sort();
    repositories.dedup();
    let asks = repositories.into_iter().map(|repository| voyage.registries.check_push(repository));
    let records = tagged.subject.check_records(session, &tagged.tag.commit, voyage);
    let forge = async {
        match tagged.page {
            Some(_) => voyage.world.eyes().forge().check_writable().await,
            None => Ok(()),
        }
    };
    let (asked_of_registries, asked_of_git, asked_of_forge) = join3(join_all(asks), records, forge).await;
    let refusals = asked_of_registries.into_iter().filter_map(Result::err);
    let refusals = refusals.chain(asked_of_git.err()).chain(asked_of_forge.err());
    let problems: Findings = refusals.map(|error| error.explain(asked)).collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems.into()),
    }
}
