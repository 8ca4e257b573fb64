//! The files of one folder of a commit.

use std::collections::BTreeMap;

use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::error::GitError;
use plimsoll_engine::world::ledger::{LedgerFile, LedgerView};
use plimsoll_engine::world::{Work, WorldError};

use super::repository::Repository;
use crate::adapters::files::check_name;

/// The largest file that is read, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;

/// The ledger as a commit has it: of the user's repository, or one that was fetched.
#[derive(Clone)]
pub(crate) struct CommitLedger {
    repository: Repository,
    commit: Oid,
    directory: String,
}

/// One file of the folder.
struct Entry {
    oid: Oid,
    size: u64,
}

impl CommitLedger {
    /// The ledger in `directory` of `commit`.
    pub(crate) fn new(repository: Repository, commit: Oid, directory: &str) -> CommitLedger {
        CommitLedger { repository, commit, directory: directory.trim_matches('/').to_owned() }
    }

    /// The commit.
    pub(super) fn commit(&self) -> &Oid {
        &self.commit
    }

    /// The files of the folder, or the one that is named.
    async fn entries(&self, name: &str) -> Result<BTreeMap<String, Entry>, GitError> {
        let folder = format!("{}/", self.directory);
        let call = self.repository.objects_call("ls-tree").args(["-z", "-l", "--full-tree"]);
        let output =
            call.arg(self.commit.as_str()).arg("--").arg(format!("{folder}{name}")).success().await?;
        let lines = output.stdout.split(|byte| *byte == 0).filter_map(|line| std::str::from_utf8(line).ok());
        Ok(lines.filter_map(|line| parse_entry(line, &folder)).collect())
    }

    async fn read_entries(&self, entries: Vec<(String, Entry)>) -> Result<Vec<LedgerFile>, WorldError> {
        if let Some((name, entry)) = entries.iter().find(|(_, entry)| entry.size > LIMIT) {
            let why = format!("{name} has {} bytes, more than {LIMIT}", entry.size);
            return Err(failed(why).into());
        }
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let questions: String = entries.iter().map(|(_, entry)| format!("{}\n", entry.oid)).collect();
        let total: u64 = entries.iter().map(|(_, entry)| entry.size.saturating_add(128)).sum();
        let call = self.repository.objects_call("cat-file").arg("--batch").stdin(questions);
        let output = call.limit(usize::try_from(total).unwrap_or(usize::MAX)).success().await?;
        let mut rest = output.stdout.as_slice();
        let mut files = Vec::new();
        for (name, entry) in entries {
            let (bytes, after) = split_blob(rest, &entry.oid)
                .ok_or_else(|| failed(format!("{name} of {} can't be read", self.commit)))?;
            files.push(LedgerFile { name, bytes: bytes.to_vec() });
            rest = after;
        }
        Ok(files)
    }
}

impl LedgerView for CommitLedger {
    fn read<'a>(&'a self, name: &'a str) -> Work<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let wanted = self.entries(check_name(name)?).await?.into_iter().collect();
            Ok(self.read_entries(wanted).await?.pop().map(|file| file.bytes))
        })
    }

    fn read_all<'a>(&'a self, ending: &'a str) -> Work<'a, Vec<LedgerFile>> {
        Box::pin(async move {
            let entries = self.entries("").await?.into_iter();
            self.read_entries(entries.filter(|(name, _)| name.ends_with(ending)).collect()).await
        })
    }
}

fn failed(why: String) -> GitError {
    GitError::Failed { command: "cat-file".into(), why }
}

/// Reads `mode SP kind SP oid SP+ size TAB path`; only plain files right in the folder count.
fn parse_entry(line: &str, folder: &str) -> Option<(String, Entry)> {
    let (head, path) = line.split_once('\t')?;
    let name = path.strip_prefix(folder).filter(|name| check_name(name).is_ok())?;
    let mut words = head.split_whitespace();
    let (mode, _, oid, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let plain = matches!(mode, "100644" | "100755");
    plain.then_some(())?;
    Some((name.to_owned(), Entry { oid: oid.parse().ok()?, size: size.parse().ok()? }))
}

/// Takes the blob `oid` off the front of what `cat-file --batch` printed: `oid SP blob SP size LF bytes LF`.
pub(super) fn split_blob<'b>(printed: &'b [u8], oid: &Oid) -> Option<(&'b [u8], &'b [u8])> {
    let end = printed.iter().position(|byte| *byte == b'\n')?;
    let (header, rest) = printed.split_at_checked(end)?;
    let size = std::str::from_utf8(header).ok()?.strip_prefix(oid.as_str())?.strip_prefix(" blob ")?;
    let (bytes, rest) = rest.get(1..)?.split_at_checked(size.parse().ok()?)?;
    Some((bytes, rest.strip_prefix(b"\n")?))
}
