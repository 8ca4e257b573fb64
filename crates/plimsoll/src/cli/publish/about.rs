//! What `publish` is about: named, or said by the CI job, or checked out.

use plimsoll_engine::check::text::{EventName, event_name};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::{GitLine, GitTag, Oid};
use plimsoll_engine::domain::source::{Ancestry, Source};
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::plan::plan_publish;
use plimsoll_engine::plan::publish::{PublishPlan, Publishing, line_of};
use plimsoll_tags::facts::{CommitId, Facts};

use crate::ci::{CiEvent, Job};
use crate::cli::ending::{Failure, usage};
use crate::cli::session::Session;
use crate::cli::subject::{Subject, explain_date, open};
use crate::cli::tags::about::{self as tags, find_about, find_pull_request, read_job, start_reader};
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::json::ignored::{Ignored, What};
use crate::wire::{Repository, RepositoryError, find_source_date};

/// What it is about.
pub(super) enum About {
    /// A commit of a branch or pull request, with its configuration.
    Commit(Box<Commit>, Box<Subject>),
    /// A CI job for something else.
    Nothing(Ignored),
}

/// A commit of a branch or pull request.
pub(super) struct Commit {
    /// The branch or pull request.
    pub(super) line: GitLine,
    /// Who says so.
    pub(super) whose: Whose,
    commit: Oid,
    position: Oid,
    time: Moment,
    reference: String,
    is_named: bool,
}

/// Who says what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The event that set a CI job off.
    Events,
    /// A person.
    Named,
}

/// Finds out what it is about: the ref that is named, else that of the CI job, else the branch that is checked out.
pub(super) async fn find(
    session: &Session<'_>,
    named: Option<&str>,
    keeping: Keeping,
) -> Result<About, Failure> {
    let asked = Asked { verb: "publish", tag: None, keeping };
    let repository = open(session, &asked).await?;
    let explain = |error: RepositoryError| Failure::from(error.explain(&asked));
    let head = repository.read_head().await.map_err(explain)?;
    let event = session.ci()?.map(|ci| ci.event);
    let job = read_job(session).filter(|_| named.is_none());
    let (line, whose) = match (named, event) {
        (Some(name), _) => (parse_line(name)?, Whose::Named),
        (None, Some(CiEvent::Branch(name))) => (GitLine::Branch(name), Whose::Events),
        (None, Some(CiEvent::PullRequest { number: Some(number), .. })) => {
            (GitLine::PullRequest(number), Whose::Events)
        }
        (None, Some(CiEvent::Tag(GitTag(tag)))) => return ignore_tag(session, repository, asked, &tag).await,
        (None, Some(CiEvent::PullRequest { number: None, .. } | CiEvent::Other) | None) => {
            match head.branch {
                Some(branch) => (GitLine::Branch(branch), Whose::Named),
                None => return Err(nothing_named().into()),
            }
        }
    };
    let chosen = choose(&line, job.as_ref(), &head.commit, &repository, &asked).await?;
    let (commit, position) = match (chosen, session.ci()?.is_some_and(|ci| ci.is_from_fork())) {
        (Chosen::Commit { commit, position }, _) => (commit, position),
        (Chosen::Elsewhere(_), true) => {
            let reason = "comes from another repository, and none of its commits is checked out".to_owned();
            return Ok(About::Nothing(Ignored::because(What::Ref(line.to_string()), reason)));
        }
        (Chosen::Elsewhere(why), false) => return Err((*why).into()),
    };
    let time = match find_source_date(session.variables).map_err(|error| explain_date(&error))? {
        Some(date) => date,
        None => repository.read_commit_time(&commit).await.map_err(explain)?,
    };
    let is_here = commit == head.commit;
    let subject = Subject::of_commit(session, repository, asked, &commit).await?;
    if is_here {
        subject.check_clean().await?;
    }
    let reference = match &line {
        GitLine::Branch(name) => format!("refs/heads/{name}"),
        GitLine::PullRequest(number) => format!("refs/pull/{number}/merge"),
    };
    let is_named = job.is_none();
    let commit = Commit { line, whose, commit, position, time, reference, is_named };
    Ok(About::Commit(Box::new(commit), Box::new(subject)))
}

/// Which commit is built.
enum Chosen {
    /// This one, at this place on its line.
    Commit { commit: Oid, position: Oid },
    /// What is checked out is something else.
    Elsewhere(Box<Diagnostic>),
}

/// The commit that is built, and its place on the line. A CI job says which commit it is for; of a pull request that is
/// often one that merges it with its base, and what is checked out may be either.
async fn choose(
    line: &GitLine,
    job: Option<&Job>,
    head: &Oid,
    repository: &Repository,
    asked: &Asked,
) -> Result<Chosen, Failure> {
    let parse = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Oid>().ok());
    let said = job.and_then(|job| parse(&job.commit));
    let GitLine::PullRequest(number) = line else {
        let commit = said.unwrap_or_else(|| head.clone());
        return Ok(Chosen::Commit { position: commit.clone(), commit });
    };
    let Some(position) = job.and_then(|job| parse(&job.head)) else {
        return Ok(Chosen::Commit { commit: head.clone(), position: head.clone() });
    };
    // It runs for the base's commit, with the base's rights: that commit is none of the pull request's.
    let is_of_base = job.is_some_and(|job| job.event_name == "pull_request_target");
    let is_own = *head == position || (said.as_ref() == Some(head) && !is_of_base);
    let parents = repository.read_parents(head).await.map_err(|error| error.explain(asked))?;
    if is_own || parents.contains(&position) {
        return Ok(Chosen::Commit { commit: head.clone(), position });
    }
    let message = format!("what is checked out is no commit of pull request {number}");
    let elsewhere = usage(message)
        .fact("checked out", head)
        .fact("pull request", &position)
        .help(format!("check out its merge or its head: `ref: refs/pull/{number}/head`"));
    Ok(Chosen::Elsewhere(Box::new(elsewhere)))
}

/// Reads the name of a branch, or the full name of a ref.
fn parse_line(name: &str) -> Result<GitLine, Failure> {
    if let Some(number) = find_pull_request(name) {
        return Ok(GitLine::PullRequest(number));
    }
    match name.strip_prefix("refs/heads/").or_else(|| (!name.starts_with("refs/")).then_some(name)) {
        Some(branch) if !branch.is_empty() => Ok(GitLine::Branch(branch.to_owned())),
        _ => {
            let message = format!("`{name}` is no branch and no pull request");
            Err(usage(message).help("a version is published by `plimsoll release TAG`").into())
        }
    }
}

fn nothing_named() -> Diagnostic {
    let message = "HEAD is on no branch, and no CI job says what this is about";
    usage(message).help("name it: `plimsoll publish --ref main`, or `--ref refs/pull/7/head`")
}

/// A tag that set the job off is published by `release`, or by nobody.
async fn ignore_tag(
    session: &Session<'_>,
    repository: Repository,
    asked: Asked,
    tag: &str,
) -> Result<About, Failure> {
    let head = repository.read_head().await.map_err(|error| error.explain(&asked))?.commit;
    let subject = Subject::of_commit(session, repository, asked, &head).await?;
    let reason = match event_name(subject.project(), tag) {
        Ok(EventName::Ours(_)) | Err(_) => "is a git tag: `plimsoll release` is for those",
        Ok(EventName::Foreign) => "is a git tag, and no release tag",
    };
    Ok(About::Nothing(Ignored::because(What::Tag(tag.to_owned()), reason.to_owned())))
}

impl Commit {
    /// What people call the branch or pull request.
    pub(super) fn name(&self) -> String {
        match &self.line {
            GitLine::Branch(name) => name.clone(),
            line @ GitLine::PullRequest(_) => line.to_string(),
        }
    }

    /// What images are made from.
    pub(super) fn source(&self) -> Source {
        Source {
            tag: None,
            commit: self.commit.clone(),
            commit_time: self.time,
            on_default_branch: Ancestry::Unknown,
        }
    }

    /// Whether the commit of a branch has changed nothing but files of the ledger. Where that can't be told it has.
    pub(super) async fn touches_only_records(&self, subject: &Subject) -> Result<bool, Failure> {
        if let GitLine::PullRequest(_) = self.line {
            return Ok(false);
        }
        let changed = subject.repository.find_changed(&self.commit, subject.remote.as_ref()).await;
        let changed = changed.map_err(|error| error.explain(&subject.asked))?.unwrap_or_default();
        let directory = format!("{}/", subject.project().records_directory.trim_end_matches('/'));
        Ok(!changed.is_empty() && changed.iter().all(|path| path.starts_with(&directory)))
    }

    /// What is published; `None` if no image has a tag for it.
    pub(super) async fn plan(
        &self,
        session: &Session<'_>,
        subject: &Subject,
    ) -> Result<Option<PublishPlan>, Failure> {
        let named = self.is_named.then_some(self.reference.as_str());
        let tags::About::Something(something) =
            find_about(session, subject, start_reader(session), named).await?
        else {
            return Ok(None);
        };
        let commit = CommitId::parse(self.commit.as_str())
            .map_err(|error| Diagnostic::error(Code::Bug, Cure::ReportBug, error.to_string()))?;
        let facts = Facts { commit, ..something.facts };
        if line_of(&facts.event).as_ref() != Some(&self.line) {
            return Ok(None);
        }
        let publishing = Publishing {
            line: self.line.clone(),
            commit: self.commit.clone(),
            position: self.position.clone(),
            facts,
        };
        Ok(plan_publish(subject.project(), &publishing)?)
    }
}
