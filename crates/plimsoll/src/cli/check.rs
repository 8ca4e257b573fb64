//! `check`: would this tag be released, and why not?

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use plimsoll_engine::check::text::dockerfile::{
    BuildsWhere, Machine, SECRET_NAMES, dockerfiles, is_secret_name,
};
use plimsoll_engine::check::{self, Findings};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Diagnostic, Severity};
use plimsoll_engine::domain::git::{GitTag, Oid};
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::project::{ClaimPolicy, Origin, Project};

use super::chart_findings::{chart_findings, lockstep_findings};
use super::ending::{Ended, Failure, Outcome};
use super::precedent::compare_with_published;
use super::readiness::readiness_findings;
use super::rehearse::find_next_version;
use super::session::Session;
use super::subject::{CommitTexts, Look, Subject, Tagged, WorktreeTexts, find_move};
use super::trust_findings::trust_findings;
use super::workflow_findings::Workflows;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::check::CheckReport;
use crate::wire::{self, RepositoryError};

/// Says whether a tag would be released, and why not
///
/// Without a tag it says whether the project is in order. Nothing is asked of any network, but with --published. Everything that is wrong is said at
/// once. A tag that this clone does not have is taken to be made on HEAD. What a release on this machine would lack (programs,
/// keys, their passwords) is a warning: the machine that releases may have it.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll check                       configuration, version files, tag policy
  plimsoll check v1.4.0                would this tag be released? (exit code 5 if not)
  plimsoll check --published           was the newest version published as this configuration would release it?")]
pub(super) struct Check {
    /// The git tag; without it, the project alone is looked at
    #[arg(value_name = "TAG")]
    pub tag: Option<String>,
    /// Ask the registries, too: hold what the configuration, as it lies here, would release of the newest version tag against what
    /// is published of it
    #[arg(long, env = "PLIMSOLL_PUBLISHED", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    #[arg(conflicts_with = "tag")]
    pub published: bool,
}

impl Check {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let checked = session.look(async {
            match &self.tag {
                Some(tag) => check_tag(session, tag).await,
                None if self.published => check_published(session).await,
                None => check_project(session).await,
            }
        });
        // What is refused is what was asked for, not a failure to find out.
        checked.or_else(|failure| match is_verdict(&failure) {
            true => {
                let report = CheckReport { tag: self.tag.clone(), ..CheckReport::of(&failure.problems) };
                Ok(Ended::with(Answer::Check(report), failure.problems))
            }
            false => Err(failure),
        })
    }
}

/// Whether problems are what `check` is there to find.
fn is_verdict(failure: &Failure) -> bool {
    let outside = |problem: &Diagnostic| {
        matches!(problem.code.exit(), 1 | 4 | 8 | 9 | 130)
            || matches!(problem.code, Code::Usage | Code::NoRepository | Code::ConfigMissing)
    };
    !failure.problems.all().iter().any(outside)
}

async fn check_tag(session: &Session<'_>, name: &str) -> Outcome {
    let tagged = Tagged::read(session, "check", name, Keeping::Remote, Look::Here).await?;
    let mut findings = tagged.warnings.clone();
    findings.extend(find_move(session, &tagged.subject.asked, (&tagged.tag, tagged.standing)).await);
    findings.extend(tagged.find_missing_notes().await?);
    match &tagged.occasion {
        Occasion::Promotion(version) => {
            let Subject { repository, asked, .. } = &tagged.subject;
            let version_tag = GitTag(tagged.subject.project().tags.version().render(version));
            let at = match repository.read_tag(&version_tag, None).await {
                Ok(at) => Some(at.commit),
                Err(RepositoryError::TagMissing { .. }) => None,
                Err(error) => return Err(error.explain(asked).into()),
            };
            let project = tagged.subject.project();
            let sits = check::text::promotion(project, name, version, &tagged.tag.commit, at.as_ref());
            findings.extend(sits);
            if let Err(failure) = tagged.plan() {
                findings.extend(failure.problems);
            }
        }
        Occasion::Version(_) | Occasion::Prerelease(_) => match tagged.plan() {
            Ok(_) => {
                findings.extend(remote_findings(&tagged.subject));
                let Subject { repository, asked, .. } = &tagged.subject;
                let tree = repository.tree(&tagged.tag.commit);
                if let Occasion::Version(version) = &tagged.occasion {
                    findings.extend(lockstep_findings(tagged.subject.project(), &tree, version).await);
                }
                let version = tagged.occasion.released().map(ToString::to_string);
                findings
                    .extend(chart_findings(tagged.subject.project(), &tree, version.as_deref(), asked).await);
                let workflows = Workflows::read(session, &tagged.subject).await?;
                findings.extend(
                    committed_dockerfile_findings(&workflows, &tagged.subject, &tagged.tag.commit).await?,
                );
                let (commit, time) = (&tagged.tag.commit, tagged.source.commit_time);
                findings.extend(readiness_findings(session, &tagged.subject, commit, time).await?);
                // A warning: by the time of the release it may be committed.
                findings.extend(tagged.subject.find_dirt().await?.map(warning));
            }
            Err(failure) => findings.extend(failure.problems),
        },
        Occasion::Branch(_) | Occasion::PullRequest(_) => {}
    }
    let version = match &tagged.occasion {
        Occasion::Version(version) | Occasion::Prerelease(version) | Occasion::Promotion(version) => {
            Some(version.to_string())
        }
        Occasion::Branch(_) | Occasion::PullRequest(_) => None,
    };
    let report = CheckReport {
        tag: Some(name.to_owned()),
        occasion: Some(tagged.occasion.name()),
        version,
        commit: Some(tagged.tag.commit.to_string()),
        ..CheckReport::of(&findings)
    };
    Ok(Ended::with(Answer::Check(report), findings))
}

async fn check_project(session: &Session<'_>) -> Outcome {
    let (_, findings) = find_in_project(session).await?;
    Ok(Ended::with(Answer::Check(CheckReport::of(&findings)), findings))
}

/// The same, and whether the newest version was published so.
async fn check_published(session: &Session<'_>) -> Outcome {
    let (subject, mut findings) = find_in_project(session).await?;
    let refused = findings.has_errors();
    let compared = compare_with_published(session, &subject).await?;
    findings.extend(compared.findings);
    let report = CheckReport { published: Some(compared.info), ..CheckReport::of(&findings) };
    // That nothing can be read is no fault of the project.
    let verdict = if findings.has_errors() && !refused { "unknown" } else { report.verdict };
    let report = CheckReport { verdict, ..report };
    Ok(Ended::with(Answer::Check(report), findings))
}

async fn find_in_project(session: &Session<'_>) -> Result<(Subject, Findings), Failure> {
    let subject = Subject::of_worktree(session, Asked { verb: "check", ..Asked::default() }).await?;
    let mut findings: Findings = subject.config.warnings.iter().cloned().collect();
    let texts = WorktreeTexts::of(subject.repository.root());
    match texts.ask(|texts| check::text::project(subject.project(), texts)) {
        Ok(found) => findings.extend(found),
        Err(error) => findings.add(error.explain(&subject.asked)),
    }
    let tree = subject.repository.worktree();
    findings.extend(chart_findings(subject.project(), &tree, None, &subject.asked).await);
    if let Some(next) = find_next_version(&subject).await? {
        findings.extend(lockstep_findings(subject.project(), &tree, &next).await);
    }
    let workflows = Workflows::read(session, &subject).await?;
    findings.extend(dockerfile_findings(&workflows, &subject, &texts).await?);
    match subject.repository.read_head().await {
        Ok(head) => {
            let time = subject.repository.read_commit_time(&head.commit).await;
            let time = time.map_err(|error| error.explain(&subject.asked))?;
            findings.extend(readiness_findings(session, &subject, &head.commit, time).await?);
        }
        Err(error) => findings.add(error.explain(&subject.asked)),
    }
    findings.extend(remote_findings(&subject));
    findings.extend(trust_findings(&subject.config.signing));
    findings.extend(workflows.findings(&subject));
    Ok((subject, findings))
}

/// What is wrong or odd about Dockerfiles, as far as that can be known without building.
async fn dockerfile_findings(
    workflows: &Workflows,
    subject: &Subject,
    texts: &WorktreeTexts,
) -> Result<Findings, Failure> {
    let project = subject.project();
    if !has_dockerfiles(project) {
        return Ok(Findings::new());
    }
    let secret_files = subject.repository.find_files(SECRET_NAMES).await;
    let secret_files = secret_files.map_err(|error| error.explain(&subject.asked))?;
    let platform = wire::host_platform();
    let machine =
        Machine { platform: &platform, builds: builds(workflows, subject), secret_files: &secret_files };
    let found = texts.ask(|texts| dockerfiles(project, texts, machine));
    Ok(found.unwrap_or_else(|error| error.explain(&subject.asked).into()))
}

/// The same of a commit, whose files alone a release is built from.
async fn committed_dockerfile_findings(
    workflows: &Workflows,
    subject: &Subject,
    commit: &Oid,
) -> Result<Findings, Failure> {
    let project = subject.project();
    if !has_dockerfiles(project) {
        return Ok(Findings::new());
    }
    let files = subject.repository.list_committed_files(commit).await;
    let mut secret_files = files.map_err(|error| error.explain(&subject.asked))?;
    secret_files.retain(|path| is_secret_name(path));
    let platform = wire::host_platform();
    let machine =
        Machine { platform: &platform, builds: builds(workflows, subject), secret_files: &secret_files };
    let mut texts = CommitTexts::of(&subject.repository, commit);
    let found = texts.ask(|texts| dockerfiles(project, texts, machine)).await;
    Ok(found.unwrap_or_else(|error| error.explain(&subject.asked).into()))
}

fn has_dockerfiles(project: &Project) -> bool {
    project.images.iter().any(|image| matches!(image.origin, Origin::Dockerfile(_)))
}

/// Where builds take place, as far as the configuration and the workflows say.
fn builds(workflows: &Workflows, subject: &Subject) -> BuildsWhere {
    let build = &subject.config.build;
    if build.builder.is_some() || build.address.is_some() {
        return BuildsWhere::Elsewhere;
    }
    let images = &subject.project().images;
    let mut platforms = images.iter().flat_map(|image| &image.platforms);
    // Runners are of these two kinds.
    let is_of_runners = platforms.all(|platform| matches!(platform.architecture.as_str(), "amd64" | "arm64"));
    match is_of_runners && workflows.build_on_arm() {
        true => BuildsWhere::Elsewhere,
        false => BuildsWhere::Here,
    }
}

/// The same as something that need not stop a release.
fn warning(diagnostic: Diagnostic) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..diagnostic }
}

/// Whether a claim can be held at all, as far as that can be known without asking.
fn remote_findings(subject: &Subject) -> Option<Diagnostic> {
    match (subject.asked.keeping, subject.project().claim, &subject.remote) {
        (Keeping::Remote, ClaimPolicy::Held { .. }, None) => {
            // A warning: with `--local` the release needs none.
            Some(warning(RepositoryError::NoRemote.explain(&subject.asked)))
        }
        _ => None,
    }
}
