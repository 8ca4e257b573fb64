//! The ledger on a branch of the remote: each release one commit, made beside the user's working tree and index.
//!
//! When somebody else has pushed meanwhile, the commit is made anew on the new tip. What is there already is not
//! committed again, so a reply that was lost does no harm.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::ledger::index::{INDEX, index_of};
use plimsoll_engine::statement::mark::{MARK_ENDING, find_marked_version};
use plimsoll_engine::statement::record::RECORD_ENDING;
use plimsoll_engine::statement::release::{BUNDLE_ENDINGS, ENVELOPE_ENDING, STATEMENT_ENDING};
use plimsoll_engine::world::error::GitError;
use plimsoll_engine::world::ledger::{Coverage, Ledger, LedgerFile, LedgerView, Replacement};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::name::Digest;

use super::branch::{Change, Pushed, RemoteBranch};
use super::commit_files::CommitLedger;
use super::refusal::judge_silence;
use super::remote::{NAME, Remote};
use super::repository::Repository;

/// How records are committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committing {
    /// The branch that records belong on.
    pub base: String,
    /// Where they are pushed.
    pub landing: Landing,
    /// Who commits; none: who the user's git says.
    pub author: Option<Author>,
    /// Whether commits say who signs them off.
    pub sign_off: SignOff,
}

/// Where records are pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landing {
    /// Onto the branch that they belong on.
    Base,
    /// Onto a branch of each version's own, for a pull request.
    Proposal,
}

/// Who commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// Whether commits say who signs them off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOff {
    /// They do, in a `Signed-off-by` line.
    Yes,
    /// They do not.
    No,
}

/// What the names of branches begin with that records are proposed on.
const PROPOSAL: &str = "plimsoll/records-v";
/// The branch that files of no one version are proposed on.
const VARIOUS: &str = "plimsoll/records-various";

/// The branch that a version's records are proposed on.
pub fn proposal_branch(version: &str) -> String {
    format!("{PROPOSAL}{version}")
}

/// Whether records are proposed on this branch.
pub fn is_proposal(branch: &str) -> bool {
    branch.starts_with(PROPOSAL)
}

/// The ledger on a branch.
pub(crate) struct BranchLedger {
    repository: Repository,
    remote: Remote,
    directory: String,
    committing: Committing,
    /// What was last seen of the base branch: the outer option is whether anything was.
    seen: Mutex<Option<Option<CommitLedger>>>,
}

impl BranchLedger {
    /// The ledger in `directory` of the remote's branch.
    pub(crate) fn new(
        repository: Repository,
        remote: Remote,
        directory: &str,
        committing: Committing,
    ) -> BranchLedger {
        let directory = directory.to_owned();
        BranchLedger { repository, remote, directory, committing, seen: Mutex::default() }
    }

    fn branch(&self, name: &str) -> RemoteBranch {
        RemoteBranch::new(&self.repository, &self.remote, name)
    }

    /// The branch's tip as last seen; it is fetched if it never was.
    async fn seen(&self) -> Result<Option<CommitLedger>, GitError> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match seen {
            Some(seen) => Ok(seen),
            None => self.look().await,
        }
    }

    fn remember(&self, tip: Option<CommitLedger>) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(tip);
    }

    /// The base branch's tip as it is now.
    async fn look(&self) -> Result<Option<CommitLedger>, GitError> {
        let tip = self.fetch_tip(&self.committing.base).await?;
        self.remember(tip.clone());
        Ok(tip)
    }

    async fn fetch_tip(&self, branch: &str) -> Result<Option<CommitLedger>, GitError> {
        let tip = self.branch(branch).fetch_tip().await?;
        Ok(tip.map(|commit| self.at(commit)))
    }

    /// The ledger as a commit has it.
    fn at(&self, commit: Oid) -> CommitLedger {
        CommitLedger::new(self.repository.clone(), commit, &self.directory)
    }

    async fn read_file(&self, name: &str) -> Result<Option<Vec<u8>>, WorldError> {
        let base = match self.seen().await? {
            Some(tip) => tip.read(name).await?,
            None => None,
        };
        match (base, self.committing.landing, version_of(name)) {
            (None, Landing::Proposal, Some(version)) => {
                match self.fetch_tip(&proposal_branch(version)).await? {
                    Some(proposed) => proposed.read(name).await,
                    None => Ok(None),
                }
            }
            (base, _, _) => Ok(base),
        }
    }

    async fn commit(&self, files: &[LedgerFile], over: &Damaged) -> Result<(), WorldError> {
        let by_version = by_version(files);
        match self.committing.landing {
            Landing::Base => {
                let mut versions = by_version.keys().flatten();
                let what = match (versions.next(), versions.count()) {
                    (None, _) => "files".to_owned(),
                    (Some(version), 0) => format!("v{version}"),
                    (Some(_), others) => format!("{} releases", others + 1),
                };
                self.commit_to(&self.committing.base, files, over, &what).await
            }
            Landing::Proposal => {
                for (version, files) in by_version {
                    let what = version.map_or("files".to_owned(), |version| format!("v{version}"));
                    let branch = version.map_or(VARIOUS.to_owned(), proposal_branch);
                    self.commit_to(&branch, &files, over, &what).await?;
                }
                Ok(())
            }
        }
    }

    /// One commit with files on a branch; none if it has them.
    async fn commit_to(
        &self,
        branch: &str,
        files: &[LedgerFile],
        over: &Damaged,
        what: &str,
    ) -> Result<(), WorldError> {
        let branch = self.branch(branch);
        let mut attempts = branch.attempts();
        loop {
            let there = attempts.fetch_tip().await?.map(|tip| self.at(tip));
            let onto = match self.committing.landing {
                Landing::Base => {
                    self.remember(there.clone());
                    there
                }
                Landing::Proposal => {
                    let base = self.look().await?;
                    there.or(base)
                }
            };
            if let Some(onto) = &onto
                && self.has_all(onto, files, over).await?
            {
                return Ok(());
            }
            let commit = self.make_commit(onto.as_ref(), files, what).await?;
            if attempts.push(&commit).await? == Pushed::Yes {
                if self.committing.landing == Landing::Base {
                    self.remember(Some(self.at(commit)));
                }
                return Ok(());
            }
        }
    }

    /// True if all files are there; one that is there with other bytes is never written over, unless those are known as damaged.
    async fn has_all(
        &self,
        tip: &CommitLedger,
        files: &[LedgerFile],
        over: &Damaged,
    ) -> Result<bool, WorldError> {
        let mut all = true;
        for file in files {
            match tip.read(&file.name).await? {
                Some(there) if there == file.bytes => {}
                Some(there) if over.get(&file.name).is_some_and(|found| found.matches(&there)) => all = false,
                Some(_) => return Err(WorldError::Refused),
                None => all = false,
            }
        }
        Ok(all)
    }

    /// A commit with the files and a new index, on top of `onto`.
    async fn make_commit(
        &self,
        onto: Option<&CommitLedger>,
        files: &[LedgerFile],
        version: &str,
    ) -> Result<Oid, WorldError> {
        let (mut records, index) = match onto {
            Some(onto) => (onto.read_all(RECORD_ENDING).await?, onto.read(INDEX).await?),
            None => (Vec::new(), None),
        };
        records.retain(|record| files.iter().all(|file| file.name != record.name));
        records.extend(files.iter().filter(|file| file.name.ends_with(RECORD_ENDING)).cloned());
        let index = index_of(index.as_deref(), &records);
        let index = LedgerFile { name: INDEX.to_owned(), bytes: index.into_bytes() };
        let author = self.author().await?;
        let path = |file: &LedgerFile| format!("{}/{}", self.directory, file.name);
        let written = files.iter().chain([&index]).map(|file| (path(file), file.bytes.as_slice()));
        let change = Change { files: written.collect(), message: self.message(version, &author), author };
        self.branch(&self.committing.base).commit(onto.map(CommitLedger::commit), &change).await
    }

    fn message(&self, version: &str, author: &Author) -> String {
        let subject = format!("chore(release): record {version} [skip ci]\n");
        match self.committing.sign_off {
            SignOff::Yes => format!("{subject}\nSigned-off-by: {} <{}>\n", author.name, author.email),
            SignOff::No => subject,
        }
    }

    /// Who commits: who is configured, or who the user is to git, or Plimsoll.
    async fn author(&self) -> Result<Author, GitError> {
        if let Some(author) = &self.committing.author {
            return Ok(author.clone());
        }
        self.branch(&self.committing.base).read_author().await
    }

    /// Asks the remote whether the branch may be pushed to, without pushing. What protects a branch is told only to whoever
    /// really pushes.
    pub(crate) async fn check_writable(&self) -> Result<(), WorldError> {
        let Some(tip) = self.look().await? else { return Ok(()) };
        let refspec = format!("{}:refs/heads/{}", tip.commit(), self.committing.base);
        let push = self.repository.remote_call(&self.remote, "push").await?;
        let output = push.args(["--porcelain", "--dry-run", NAME, &refspec]).output().await?;
        match output.code {
            Some(0) => Ok(()),
            _ => Err(match judge_silence(&self.remote.shown(), "push", &output.stderr) {
                GitError::Denied { remote, why } => {
                    GitError::BranchDenied { remote, branch: self.committing.base.clone(), why }
                }
                other => other,
            }
            .into()),
        }
    }
}

/// Files that may be written over, by name: the digest of what is damaged.
type Damaged = BTreeMap<String, Digest>;

/// Files by the version that they belong to.
fn by_version(files: &[LedgerFile]) -> BTreeMap<Option<&str>, Vec<LedgerFile>> {
    let mut by_version: BTreeMap<_, Vec<LedgerFile>> = BTreeMap::new();
    for file in files {
        by_version.entry(version_of(&file.name)).or_default().push(file.clone());
    }
    by_version
}

/// The version that a file of the ledger belongs to.
fn version_of(name: &str) -> Option<&str> {
    if let Some(version) = find_marked_version(name) {
        return Some(version);
    }
    let stem = name.strip_prefix('v')?;
    let recorded = [RECORD_ENDING, STATEMENT_ENDING, "-app-compose.json", "-docker-compose.yml"];
    let signed = BUNDLE_ENDINGS.into_iter().chain([ENVELOPE_ENDING]);
    recorded.into_iter().chain(signed).find_map(|ending| stem.strip_suffix(ending))
}

impl LedgerView for BranchLedger {
    fn read<'a>(&'a self, name: &'a str) -> Work<'a, Option<Vec<u8>>> {
        Box::pin(self.read_file(name))
    }

    fn coverage(&self) -> Coverage {
        Coverage::All
    }

    fn read_all<'a>(&'a self, ending: &'a str) -> Work<'a, Vec<LedgerFile>> {
        Box::pin(async move {
            // A record never changes, but something new may be said at any time.
            let tip = if ending == MARK_ENDING { self.look().await? } else { self.seen().await? };
            match tip {
                Some(tip) => tip.read_all(ending).await,
                None => Ok(Vec::new()),
            }
        })
    }
}

impl Ledger for BranchLedger {
    fn write<'a>(&'a self, files: &'a [LedgerFile]) -> Work<'a, ()> {
        Box::pin(async move { self.commit(files, &Damaged::new()).await })
    }

    fn replace<'a>(&'a self, files: &'a [Replacement]) -> Work<'a, Option<String>> {
        Box::pin(async move {
            let over = files.iter().map(|one| (one.file.name.clone(), one.found.clone())).collect();
            let files: Vec<LedgerFile> = files.iter().map(|one| one.file.clone()).collect();
            self.commit(&files, &over).await?;
            // The commits before have what was there.
            Ok(None)
        })
    }
}

#[cfg(test)]
mod tests;
