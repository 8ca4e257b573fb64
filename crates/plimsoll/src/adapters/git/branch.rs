//! A branch of the remote, written beside the user's working tree and index.
//!
//! Commits are made in the scratch repository with an index of their own, and pushed with a lease.

use std::time::Duration;

use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::error::GitError;

use super::branch_ledger::Author;
use super::push_report::{Fate, read_fate};
use super::ref_name;
use super::refusal::{Refusal, judge_answer, judge_silence};
use super::remote::{NAME, Remote};
use super::repository::{Repository, text};

/// How often a commit is made anew because somebody else has pushed.
const TRIES: u32 = 40;
/// The longest wait between two of them, in milliseconds.
const LONGEST_WAIT: u64 = 2000;

/// A branch of a remote.
#[derive(Clone)]
pub(crate) struct RemoteBranch {
    repository: Repository,
    remote: Remote,
    name: String,
}

/// Files that a commit writes; all others stay.
#[derive(Clone, Debug)]
pub(super) struct Change<'a> {
    /// Path in the tree → bytes.
    pub(super) files: Vec<(String, &'a [u8])>,
    /// The message.
    pub(super) message: String,
    /// Who commits.
    pub(super) author: Author,
}

impl RemoteBranch {
    /// The branch `name` of `remote`.
    pub(super) fn new(repository: &Repository, remote: &Remote, name: &str) -> RemoteBranch {
        RemoteBranch { repository: repository.clone(), remote: remote.clone(), name: name.to_owned() }
    }

    fn full_name(&self) -> String {
        format!("refs/heads/{}", self.name)
    }

    /// Its tip as it is now, fetched; `None` if there is no such branch.
    pub(super) async fn fetch_tip(&self) -> Result<Option<Oid>, GitError> {
        let name = self.full_name();
        ref_name::check(&name)?;
        let there = self.repository.read_remote_refs(&self.remote, std::slice::from_ref(&name)).await?;
        if there.is_empty() {
            return Ok(None);
        }
        self.repository.fetch_commit(&self.remote, &name).await.map(Some)
    }

    /// Begins to move it: whoever is refused because others pushed meanwhile commits anew, on the new tip.
    pub(super) fn attempts(&self) -> Attempts<'_> {
        Attempts { branch: self, made: 0, tip: None, refused: None }
    }

    /// A commit with changed files on top of `onto`; without it, one with nothing else.
    pub(super) async fn commit(&self, onto: Option<&Oid>, change: &Change<'_>) -> Result<Oid, WorldError> {
        let folder =
            tempfile::TempDir::with_prefix("plimsoll-index-").map_err(|error| failed("index", &error))?;
        let index_file = folder.path().join("index");
        let call = |command| self.repository.scratch_call(command);
        let read = call("read-tree").await?.set("GIT_INDEX_FILE", &index_file);
        match onto {
            Some(onto) => read.arg(onto.as_str()).success().await?,
            None => read.arg("--empty").success().await?,
        };
        let mut entries = String::new();
        for (path, bytes) in &change.files {
            let written = call("hash-object").await?.args(["-w", "--stdin"]).stdin(bytes.to_vec());
            let oid = text(&written.success().await?);
            entries.push_str(&format!("100644 {oid}\t{path}\0"));
        }
        let update = call("update-index").await?.set("GIT_INDEX_FILE", &index_file);
        update.args(["-z", "--index-info"]).stdin(entries).success().await?;
        let tree = call("write-tree").await?.set("GIT_INDEX_FILE", &index_file);
        // A clone without all blobs still knows their names.
        let tree = text(&tree.arg("--missing-ok").success().await?);
        let commit = call("commit-tree").await?.arg(&tree);
        let commit = match onto {
            Some(onto) => commit.args(["-p", onto.as_str()]),
            None => commit,
        };
        let author = &change.author;
        let commit = commit
            .set("GIT_AUTHOR_NAME", &author.name)
            .set("GIT_AUTHOR_EMAIL", &author.email)
            .set("GIT_COMMITTER_NAME", &author.name)
            .set("GIT_COMMITTER_EMAIL", &author.email)
            .stdin(change.message.clone());
        let oid = text(&commit.success().await?);
        Ok(oid.parse().map_err(|_| failed("commit-tree", &oid))?)
    }

    /// Moves the branch from `tip` to `commit`; refused if it is not at `tip` any more.
    async fn push(&self, tip: Option<&Oid>, commit: &Oid) -> Result<(), WorldError> {
        let name = self.full_name();
        let lease = format!("--force-with-lease={name}:{}", tip.map_or("", Oid::as_str));
        let push = self.repository.remote_call(&self.remote, "push").await?;
        let push = push.args(["--porcelain", &lease, NAME, &format!("{commit}:{name}")]);
        let shown = self.remote.shown();
        let output = push.attempt().await.map_err(|(error, _)| match error {
            GitError::Failed { why, .. } => GitError::Unreachable { remote: shown.clone(), why },
            other => other,
        })?;
        match read_fate(&output, &name) {
            Some(Fate::Done | Fate::UpToDate) => Ok(()),
            Some(Fate::Rejected(why)) => Err(match judge_answer(&shown, &with_talk(&why, &output.stderr)) {
                Refusal::Refused => WorldError::Refused,
                // It answered, and said no: whatever its words are, it is about this branch.
                Refusal::Git(GitError::Denied { why, .. } | GitError::Failed { why, .. }) => {
                    GitError::BranchDenied { remote: shown, branch: self.name.clone(), why }.into()
                }
                Refusal::Git(error) => error.into(),
            }),
            None => Err(judge_silence(&shown, "push", &output.stderr).into()),
        }
    }

    /// Who the user is to git, or Plimsoll.
    pub(super) async fn read_author(&self) -> Result<Author, GitError> {
        let read = |key: &'static str| async move {
            let output = self.repository.call("config").args(["--get", key]).output().await?;
            Ok::<_, GitError>(Some(text(&output)).filter(|value| !value.is_empty()))
        };
        Ok(match (read("user.name").await?, read("user.email").await?) {
            (Some(name), Some(email)) => Author { name, email },
            _ => Author { name: "Plimsoll".into(), email: "plimsoll@localhost".into() },
        })
    }
}

/// What a push came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// The branch is at the commit.
    Yes,
    /// It was refused: somebody else may have pushed, which the next look shows.
    Refused,
}

/// Attempts to move a branch. Each looks for the tip, and pushes a commit on top of it.
pub(super) struct Attempts<'a> {
    branch: &'a RemoteBranch,
    made: u32,
    /// The tip that was seen last.
    tip: Option<Oid>,
    /// Why the last push was refused.
    refused: Option<WorldError>,
}

impl Attempts<'_> {
    /// The tip to commit onto; `None` if there is no such branch.
    ///
    /// # Errors
    /// The remote does not answer, or refuses a commit though nobody else pushes, or always somebody else was first.
    pub(super) async fn fetch_tip(&mut self) -> Result<Option<Oid>, WorldError> {
        if self.made == TRIES {
            return Err(WorldError::Refused);
        }
        self.made += 1;
        let tip = self.branch.fetch_tip().await?;
        // Who was refused while nobody else pushed will be refused again.
        if let Some(why) = self.refused.take()
            && self.tip == tip
        {
            return Err(why);
        }
        self.tip.clone_from(&tip);
        Ok(tip)
    }

    /// Moves the branch from that tip to a commit.
    ///
    /// # Errors
    /// The remote does not answer.
    pub(super) async fn push(&mut self, commit: &Oid) -> Result<Pushed, WorldError> {
        match self.branch.push(self.tip.as_ref(), commit).await {
            Ok(()) => Ok(Pushed::Yes),
            Err(error @ WorldError::Git(GitError::Unreachable { .. })) => Err(error),
            Err(error) => {
                self.refused = Some(error);
                pause(self.made - 1).await;
                Ok(Pushed::Refused)
            }
        }
    }
}

/// Waits before another try: writers that lost together come back apart.
async fn pause(round: u32) {
    let spread = u64::from(std::process::id().wrapping_mul(2_654_435_761) >> 22);
    let wait = (40 + spread).saturating_mul(u64::from(round.min(5)) + 1).min(LONGEST_WAIT);
    tokio::time::sleep(Duration::from_millis(wait)).await;
}

/// The server's own words, such as a rule's, are on standard error.
fn with_talk(why: &str, stderr: &str) -> String {
    let talk = stderr.lines().filter_map(|line| line.strip_prefix("remote:")).map(str::trim);
    let talk = talk.filter(|line| !line.is_empty()).take(5).collect::<Vec<_>>().join("; ");
    if talk.is_empty() { why.to_owned() } else { format!("{why}: {talk}") }
}

fn failed(command: &str, why: &dyn std::fmt::Display) -> GitError {
    GitError::Failed { command: command.into(), why: why.to_string() }
}
