//! The files of one folder of a commit.

use futures_util::future::try_join_all;
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::error::GitError;
use plimsoll_engine::world::ledger::{Coverage, LedgerFile, LedgerView};
use plimsoll_engine::world::{Work, WorldError};

use super::object_answer::split_blob;
use super::repository::Repository;
use crate::adapters::files::{check_name, share_of};

/// The largest file that is read, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;
/// The most bytes that are read of all files together.
const LIMIT_OF_ALL: usize = 1024 * 1024 * 1024;

/// The ledger as a commit has it: of the user's repository, or one that was fetched.
#[derive(Clone)]
pub(crate) struct CommitLedger {
    repository: Repository,
    commit: Oid,
    directory: String,
}

/// One file of the folder: its name, and its blob.
type Entry = (String, Oid);

impl CommitLedger {
    /// The ledger in `directory` of `commit`.
    pub(crate) fn new(repository: Repository, commit: Oid, directory: &str) -> CommitLedger {
        CommitLedger { repository, commit, directory: directory.trim_matches('/').to_owned() }
    }

    /// The commit.
    pub(super) fn commit(&self) -> &Oid {
        &self.commit
    }

    /// The files of the folder, or the one that is named, by name.
    async fn entries(&self, name: &str) -> Result<Vec<Entry>, GitError> {
        let folder = format!("{}/", self.directory);
        let call = self.repository.objects_call("ls-tree").args(["-z", "--full-tree"]);
        let output =
            call.arg(self.commit.as_str()).arg("--").arg(format!("{folder}{name}")).success().await?;
        let lines = output.stdout.split(|byte| *byte == 0).filter_map(|line| std::str::from_utf8(line).ok());
        let mut entries: Vec<Entry> = lines.filter_map(|line| parse_entry(line, &folder)).collect();
        entries.sort_unstable();
        Ok(entries)
    }

    /// Reads files; of many each git reads a part.
    async fn read_entries(&self, entries: &[Entry]) -> Result<Vec<LedgerFile>, WorldError> {
        let shares = entries.chunks(share_of(entries.len())).map(|share| self.read_share(share));
        Ok(try_join_all(shares).await?.into_iter().flatten().collect())
    }

    async fn read_share(&self, entries: &[Entry]) -> Result<Vec<LedgerFile>, WorldError> {
        let questions: String = entries.iter().map(|(_, oid)| format!("{oid}\n")).collect();
        let call = self.repository.objects_call("cat-file").args(["--batch", "--buffer"]).stdin(questions);
        let output = call.limit(LIMIT_OF_ALL).success().await?;
        let mut rest = output.stdout.as_slice();
        let mut files = Vec::with_capacity(entries.len());
        for (name, oid) in entries {
            let (bytes, after) = split_blob(rest, oid)
                .ok_or_else(|| failed(format!("{name} of {} can't be read", self.commit)))?;
            if u64::try_from(bytes.len()).is_ok_and(|size| size > LIMIT) {
                let why = format!("{name} has {} bytes, more than {LIMIT}", bytes.len());
                return Err(failed(why).into());
            }
            files.push(LedgerFile { name: name.clone(), bytes: bytes.to_vec() });
            rest = after;
        }
        Ok(files)
    }
}

impl LedgerView for CommitLedger {
    fn read<'a>(&'a self, name: &'a str) -> Work<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let wanted = self.entries(check_name(name)?).await?;
            Ok(self.read_entries(&wanted).await?.pop().map(|file| file.bytes))
        })
    }

    fn coverage(&self) -> Coverage {
        Coverage::Checkout
    }

    fn read_all<'a>(&'a self, ending: &'a str) -> Work<'a, Vec<LedgerFile>> {
        Box::pin(async move {
            let mut entries = self.entries("").await?;
            entries.retain(|(name, _)| name.ends_with(ending));
            self.read_entries(&entries).await
        })
    }
}

fn failed(why: String) -> GitError {
    GitError::Failed { command: "cat-file".into(), why }
}

/// Reads `mode SP kind SP oid TAB path`; only plain files right in the folder count.
fn parse_entry(line: &str, folder: &str) -> Option<Entry> {
    let (head, path) = line.split_once('\t')?;
    let name = path.strip_prefix(folder).filter(|name| check_name(name).is_ok())?;
    let mut words = head.split(' ');
    let (mode, _, oid) = (words.next()?, words.next()?, words.next()?);
    let plain = matches!(mode, "100644" | "100755");
    plain.then_some(())?;
    Some((name.to_owned(), oid.parse().ok()?))
}
