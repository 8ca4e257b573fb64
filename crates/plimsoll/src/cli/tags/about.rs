//! What `tags` is about: named, or said by the CI job, or checked out.

use plimsoll_engine::check::Findings;
use plimsoll_engine::check::text::{EventName, event_name, tag_name};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::source::Ancestry;
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::error::GitError;
use plimsoll_tags::facts::{CommitId, DefaultBranch, Event, Facts, Run};
use plimsoll_tags::notation::action::context::GitRef;
use plimsoll_tags::version::Version;

use crate::ci::{Job, JobRepository, find_job, payload_file};
use crate::cli::ending::{Failure, usage};
use crate::cli::session::Session;
use crate::cli::subject::{Subject, newer};
use crate::explain::Explain as _;
use crate::wire::{Commit, CommitReader, RepositoryError, find_source_date, now};

/// The largest event that is read, in bytes. GitHub's are at most 25 MB.
const EVENT_LIMIT: u64 = 32 * 1024 * 1024;

/// What `tags` is about.
pub(crate) enum About {
    /// Something that images are made for.
    Something(Box<Something>),
    /// A CI job whose tag is none of ours, or whose event is about no ref.
    Nothing {
        /// The ref.
        reference: String,
    },
}

/// A ref that images are made for.
pub(crate) struct Something {
    /// Its full name.
    pub(crate) reference: String,
    /// What rules depend on.
    pub(crate) facts: Facts,
    /// What the forge says of the repository.
    pub(crate) repository: JobRepository,
    /// The versions that are tagged in this clone and newer than the one released, for a release; without pre-releases,
    /// for which no tag stays behind.
    pub(crate) tagged: Vec<Version>,
}

/// Starts to read commits, for [`find_about`].
pub(crate) fn start_reader(session: &Session<'_>) -> CommitReader {
    CommitReader::start(&session.directory, session.variables, &session.redactor)
}

/// Finds out what it is about: the ref that is named, else that of the CI job, else what is checked out.
pub(crate) async fn find_about(
    session: &Session<'_>,
    subject: &Subject,
    commits: CommitReader,
    named: Option<&str>,
) -> Result<About, Failure> {
    let job = match named {
        Some(_) => None,
        None => read_job(session),
    };
    let explain = |error: &RepositoryError| Failure::from(error.explain(&subject.asked));
    let repository = &subject.repository;
    let reference = match (named, &job) {
        (Some(name), _) => find_reference(subject, name).await?,
        (None, Some(job)) => job.reference.clone(),
        (None, None) => match repository.find_branch().await.map_err(|error| explain(&error.into()))? {
            Some(branch) => format!("refs/heads/{branch}"),
            None => find_tag_on_head(subject).await?,
        },
    };
    let event = match named {
        Some(_) => read_named(subject, &reference)?,
        None => read_found(subject, &reference)?,
    };
    let Some(event) = event else { return Ok(About::Nothing { reference }) };
    let said: Option<Oid> =
        job.as_ref().and_then(|job| job.commit.as_deref()).and_then(|commit| commit.parse().ok());
    let wanted = match (&said, named) {
        (Some(said), _) => said.as_str(),
        (None, Some(_)) => &reference,
        (None, None) => "HEAD",
    };
    let released = match &event {
        Event::Release { version, .. } => Some(version),
        _ => None,
    };
    let (commits, clone_default, tagged) =
        futures_util::join!(read_commits(commits, wanted), repository.find_default_branch(), async {
            // While git is asked for the commit.
            match released {
                Some(version) => Ok(newer(subject, &repository.read_tag_names().await?, version)),
                None => Ok(Vec::new()),
            }
        });
    let (head, found) = commits.map_err(|error| explain(&error.into()))?;
    let head = head.ok_or_else(|| explain(&repository.no_commits()))?;
    let time = match (&found, &said) {
        (Some(found), _) => Some(found.time),
        // The commit of a CI job may not be in this clone.
        (None, Some(_)) => None,
        // A tag that does not exist yet would be made on HEAD.
        (None, None) => Some(head.time),
    };
    let commit = said.or(found.map(|commit| commit.oid)).unwrap_or(head.oid);
    let standing = match asks_for_ancestry(subject) {
        true => repository.observe_ancestry(&commit, None).await.map_err(|error| explain(&error))?,
        false => Ancestry::Unknown,
    };
    let job = job.unwrap_or_default();
    let commit_time = job.commit_time.or(time).unwrap_or_else(now);
    let default_branch = job.default_branch.clone().or(clone_default.ok().flatten());
    let date = source_date(session)?;
    let is_version = event.version().is_some();
    let run = Run {
        // A release has the same tags whenever it is run.
        now: date.unwrap_or_else(|| if is_version { commit_time } else { now() }).timestamp(),
        commit_time: commit_time.timestamp(),
        default_branch,
        base_ref: job.base_ref.clone(),
        event_name: job.event_name.clone(),
        short_length: short_length(session)?,
    };
    let default_branch =
        if standing == Ancestry::On { DefaultBranch::Contains } else { DefaultBranch::Lacks };
    let commit = CommitId::parse(commit.as_str())
        .map_err(|error| Diagnostic::error(Code::Bug, Cure::ReportBug, error.to_string()))?;
    let tagged = tagged.map_err(|error: RepositoryError| explain(&error))?;
    Ok(About::Something(Box::new(Something {
        reference,
        facts: Facts { event, commit, default_branch, run },
        repository: job.repository,
        tagged,
    })))
}

/// The commit at HEAD, and the one that another name leads to.
async fn read_commits(
    reader: CommitReader,
    name: &str,
) -> Result<(Option<Commit>, Option<Commit>), GitError> {
    if name == "HEAD" {
        let (head, _) = reader.read(&[]).await?;
        return Ok((head.clone(), head));
    }
    let (head, found) = reader.read(&[name]).await?;
    Ok((head, found.into_iter().next().flatten()))
}

/// Whether a rule depends on whether the default branch contains the commit.
fn asks_for_ancestry(subject: &Subject) -> bool {
    let images = &subject.project().images;
    images.iter().any(|image| image.tags.rule_set().rules().iter().any(|(_, rule)| rule.condition.is_some()))
}

pub(crate) fn read_job(session: &Session<'_>) -> Option<Job> {
    let event = payload_file(session.variables).and_then(|file| {
        let is_small = std::fs::metadata(&file).is_ok_and(|file| file.len() <= EVENT_LIMIT);
        // Without the event the variables still say most of it.
        is_small.then(|| std::fs::read(&file).ok()).flatten()
    });
    find_job(session.variables, event.as_deref())
}

/// The full name of a ref that a person named: a tag of ours, a branch, or anything in full.
async fn find_reference(subject: &Subject, name: &str) -> Result<String, Failure> {
    if name.starts_with("refs/") {
        return Ok(name.to_owned());
    }
    if subject.project().tags.is_in_family(name) {
        return Ok(format!("refs/tags/{name}"));
    }
    let branch = format!("refs/heads/{name}");
    let found = subject.repository.find_ref(&branch).await;
    match found.map_err(|error| error.explain(&subject.asked))? {
        Some(_) => Ok(branch),
        None => Ok(format!("refs/tags/{name}")),
    }
}

/// The highest version tag on HEAD, which no branch leads to.
async fn find_tag_on_head(subject: &Subject) -> Result<String, Failure> {
    let repository = &subject.repository;
    let head = repository.read_head().await.map_err(|error| error.explain(&subject.asked))?;
    let tags = repository.read_tags_on(&head.commit).await.map_err(|error| error.explain(&subject.asked))?;
    let policy = &subject.project().tags;
    let version = |tag: &String| {
        policy.version().find_version_text(tag).and_then(|text| Version::parse(policy.scheme(), text).ok())
    };
    let versions = tags.iter().filter_map(|tag| Some((version(tag)?, tag)));
    match versions.max() {
        Some((_, tag)) => Ok(format!("refs/tags/{tag}")),
        None => Err(usage("HEAD is on no branch and has no version tag")
            .help("say what it is about: `plimsoll tags --ref REF`")
            .into()),
    }
}

/// The pull request or merge request that a ref is of: its head, or what merges it.
pub(crate) fn find_pull_request(reference: &str) -> Option<u64> {
    let rest =
        reference.strip_prefix("refs/pull/").or_else(|| reference.strip_prefix("refs/merge-requests/"))?;
    rest.split('/').next()?.parse().ok()
}

/// What a ref means that somebody named: a version or promotion tag, a branch, or a pull request.
fn read_named(subject: &Subject, reference: &str) -> Result<Option<Event>, Failure> {
    if let Some(number) = find_pull_request(reference) {
        return Ok(Some(Event::PullRequest(number)));
    }
    match GitRef::parse(reference) {
        GitRef::Branch(name) => Ok(Some(Event::Branch(name))),
        GitRef::Tag(tag) => {
            let advise = |refused: Findings| match subject.project().tags.is_in_family(&tag) {
                true => refused,
                false => advise_branch(refused, &tag),
            };
            let occasion = tag_name(subject.project(), &tag).map_err(advise)?;
            Ok(event_of(occasion, tag))
        }
        GitRef::Pull(_) | GitRef::Other(_) => {
            let message = format!("`{reference}` is no branch, tag or pull request");
            Err(usage(message).into())
        }
    }
}

/// What a ref means that a CI job or the checkout is on; `None` for a tag that is none of ours, and for refs of other kinds.
fn read_found(subject: &Subject, reference: &str) -> Result<Option<Event>, Failure> {
    match GitRef::parse(reference) {
        GitRef::Branch(name) => Ok(Some(Event::Branch(name))),
        GitRef::Pull(number) => Ok(number.parse().ok().map(Event::PullRequest)),
        GitRef::Tag(tag) => match event_name(subject.project(), &tag)? {
            EventName::Ours(occasion) => Ok(event_of(occasion, tag)),
            EventName::Foreign => Ok(None),
        },
        GitRef::Other(_) => Ok(None),
    }
}

fn event_of(occasion: Occasion, tag: String) -> Option<Event> {
    match occasion {
        Occasion::Version(version) | Occasion::Prerelease(version) => Some(Event::Release { version, tag }),
        Occasion::Promotion(version) => Some(Event::Promotion { version, tag }),
        Occasion::Branch(_) | Occasion::PullRequest(_) => None,
    }
}

/// What is no git tag of ours may be meant as a branch.
fn advise_branch(refused: Findings, name: &str) -> Findings {
    let help = format!("a branch that is not in this clone is named in full: `refs/heads/{name}`");
    refused.into_iter().map(|problem| problem.help(help.clone())).collect()
}

fn source_date(session: &Session<'_>) -> Result<Option<Moment>, Failure> {
    find_source_date(session.variables).map_err(|error| usage(error.to_string()).into())
}

fn short_length(session: &Session<'_>) -> Result<usize, Failure> {
    const NAME: &str = "DOCKER_METADATA_SHORT_SHA_LENGTH";
    match session.variables.text(NAME).map(str::parse) {
        None => Ok(CommitId::SHORT_LENGTH),
        Some(Ok(length)) => Ok(length),
        Some(Err(_)) => {
            let message = format!("`{NAME}` is no number");
            Err(usage(message).into())
        }
    }
}
