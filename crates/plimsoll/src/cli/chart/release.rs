//! `chart release`: a chart by itself, if its content changed.

use clap::ArgAction;
use clap::Args;
use clap::builder::FalseyValueParser;
use plimsoll_engine::act::chart_alone::{AloneNumber, ChartAlone, Installed, find_alone_number};
use plimsoll_engine::domain::chart::Chart;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Reach};
use plimsoll_engine::domain::git::{GitTag, Oid, TagAt};
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::run::order::Takeover;
use plimsoll_tags::version::{Scheme, Version};

use super::files::source_date;
use crate::cli::ending::{Ended, Failure, Outcome, usage};
use crate::cli::release::{ChartPart, Manner, release};
use crate::cli::session::Session;
use crate::cli::subject::{Stage, Subject, open, read_installed};
use crate::explain::{self, Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::ignored::{Ignored, What};
use crate::wire::{Purpose, RepositoryError};

/// Releases a chart by itself, if its content changed
///
/// For a chart with versions and git tags of its own (`version = "independent"`, `git-tag`), between releases of the images:
/// it installs those of the newest release that was not yanked. What is compared is the last published package, file by
/// file, with what would be packaged now; where nothing changed nothing is done.
///
/// The chart gets the next number, its git tag on HEAD, and everything else that it gets with the images. Run it again, and
/// it finishes what is missing. `plimsoll release app-0.4.3` does the same for a tag that is there.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll chart release               in a job for pushes to the branch
  plimsoll chart release web --bump minor")]
pub(in crate::cli) struct Release {
    /// The chart's name; without it the only one that has git tags of its own
    #[arg(value_name = "CHART")]
    pub chart: Option<String>,
    /// Which number is raised, if Chart.yaml raises nothing
    #[arg(long, value_name = "PART", env = "PLIMSOLL_CHART_BUMP", value_enum, default_value_t)]
    pub bump: ChartPart,
    /// Take over from another run that holds the claim, whether it lives or not
    #[arg(long, env = "PLIMSOLL_TAKE_OVER", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub take_over: bool,
}

impl Release {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.change(self.release(session))
    }

    async fn release(&self, session: &Session<'_>) -> Outcome {
        // What is said of running again, or on this machine alone, is true of `release`.
        let asked = Asked { verb: "release", tag: None, keeping: Keeping::Remote };
        let repository = open(session, &asked).await?;
        let head = repository.read_head().await.map_err(|error| error.explain(&asked))?.commit;
        let time = match source_date(session)? {
            Some(time) => time,
            None => repository.read_commit_time(&head).await.map_err(|error| error.explain(&asked))?,
        };
        let subject = Subject::of_commit(session, repository, asked, &head).await?;
        if subject.asked.keeping == Keeping::Local {
            return Err(usage("the registry is this machine's own",
            )
            .help("charts are released by themselves where others get them: take `registry = \"local\"` out")
            .into());
        }
        let chart = self.choose(subject.project())?;
        subject.check_clean().await?;
        let installed = read_installed(session, subject.repository.clone(), &subject.asked, &head).await?;
        let alone = ChartAlone {
            chart,
            commit: &head,
            time,
            installs: installed.as_ref().map(|installed| Installed {
                seal: &installed.seal,
                version: &installed.record.version,
                scheme: subject.project().tags.scheme(),
            }),
            bump: self.bump.into(),
        };
        let voyage = subject.voyage(session, &head, Purpose::Look, Stage::Real)?;
        let found = find_alone_number(voyage.world.eyes(), alone).await;
        voyage.display.clear();
        let found = found.map_err(|stop| Failure::from(explain::findings(&stop, &subject.asked)))?;
        let number = match found {
            AloneNumber::Begun(number) | AloneNumber::Next(number) => number,
            AloneNumber::Unchanged(last) => {
                let reason = format!("is as it was published in {last}");
                let ignored = Ignored::because(What::Chart(chart.chart.clone()), reason);
                return Ok(Ended::well(Answer::Ignored(ignored)));
            }
        };
        let takeover = if self.take_over { Takeover::Now } else { Takeover::WhenDead };
        let manner = Manner { takeover, chart_bump: self.bump.into(), parts: &[] };
        let tag = find_tag(chart, &number).ok_or_else(|| no_tags(&chart.chart))?;
        let made = ensure_tag(&subject, &tag, &head).await?;
        let released = release(session, &tag.0, Keeping::Remote, manner).await;
        match (made, released) {
            // Nothing followed from the tag: it would only keep the next run, from another commit, from this number.
            (Some(made), Err(refused)) if session.reach() == Reach::Nothing => {
                Err(take_back(&subject, &made, refused).await)
            }
            (_, released) => released,
        }
    }

    /// The chart that is meant.
    fn choose<'p>(&self, project: &'p Project) -> Result<&'p Chart, Failure> {
        let is_meant = |chart: &&Chart| match &self.chart {
            Some(name) => chart.chart == *name || chart.name.as_str() == name,
            None => chart.is_numbered() && chart.tags.is_some(),
        };
        let mut meant = project.charts.iter().filter(is_meant);
        let names = || project.charts.iter().map(|chart| chart.chart.as_str()).collect::<Vec<_>>().join(", ");
        match (meant.next(), meant.next()) {
            (Some(chart), None) if chart.is_numbered() && chart.tags.is_some() => Ok(chart),
            (Some(chart), None) => Err(no_tags(&chart.chart)),
            (Some(_), Some(_)) => {
                Err(usage("there is more than one such chart").help(format!("name one: {}", names())).into())
            }
            (None, _) if project.charts.is_empty() => Err(usage("the configuration has no [[chart]]").into()),
            (None, _) => Err(usage("there is no such chart with git tags of its own")
                .fact("charts", names())
                .help("give it `version = \"independent\"` and `git-tag = \"NAME-{version}\"`")
                .into()),
        }
    }
}

fn find_tag(chart: &Chart, number: &str) -> Option<GitTag> {
    let version = Version::parse(Scheme::Semver, number).ok()?;
    Some(chart.tags.as_ref()?.of(&version).git_tag)
}

/// A release is of a tag: here it is made first, where neither the remote nor this clone has it. The remote gets it when the
/// chart is out. What was made now is answered.
async fn ensure_tag(subject: &Subject, tag: &GitTag, head: &Oid) -> Result<Option<TagAt>, Failure> {
    let there = match subject.repository.read_tag(tag, subject.remote.as_ref()).await {
        Err(RepositoryError::TagMissing { .. }) => {
            let made = subject.repository.make_lightweight_tag(tag, head).await;
            return Ok(Some(made.map_err(|error| error.explain(&subject.asked))?));
        }
        found => found.map_err(|error| error.explain(&subject.asked))?,
    };
    if there.commit == *head {
        return Ok(None);
    }
    let message = format!("git tag {tag} is there, on another commit");
    Err(Diagnostic::error(Code::GitTagTaken, Cure::FixThenRunAgain, message)
        .fact("want", head)
        .fact("found", &there.commit)
        .help(format!("if it is in this clone alone, an earlier run was cut off: `git tag --delete {tag}`"))
        .into())
}

/// The same refusal, without the tag that was made for nothing.
async fn take_back(subject: &Subject, tag: &TagAt, mut refused: Failure) -> Failure {
    if let Err(error) = subject.repository.take_back_tag(tag).await {
        refused.problems.add(error.explain(&subject.asked));
    }
    refused
}

fn no_tags(chart: &str) -> Failure {
    usage(format!("chart {chart} is released with the images alone"))
        .help("give it `version = \"independent\"` and `git-tag = \"NAME-{version}\"` to release it by itself, too")
        .into()
}
