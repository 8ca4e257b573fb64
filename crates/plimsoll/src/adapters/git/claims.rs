//! Claims as refs of a git remote, changed by leased pushes (`docs/design/claim.md`, section 7).
//!
//! A claim is the blob that `refs/plimsoll/claims/<component>/<version>` points at; its identity is the blob's name.

use std::collections::BTreeMap;

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::claim::ClaimName;
use plimsoll_engine::domain::git::{Oid, TagAt};
use plimsoll_engine::world::claims::{ClaimId, Claims, ClaimsView, Held, Swap};
use plimsoll_engine::world::error::GitError;
use plimsoll_engine::world::{Work, WorldError};

use super::object_answer::split_blob;
use super::push_report::{Fate, read_fate};
use super::ref_name;
use super::refusal::{Refusal, judge_answer, judge_silence};
use super::remote::{NAME, Remote};
use super::repository::{Repository, text};
use super::scratch::Amount;
use super::tag::{There, ref_of};

/// The largest claim that is read, in bytes.
const CLAIM_LIMIT: u64 = 1024 * 1024;

/// How much is asked for at once, in bytes: half of what is read of an answer, as each blob has a line before it.
const BATCH_LIMIT: u64 = 32 * 1024 * 1024;

/// A claim that was fetched and not read yet.
#[derive(Debug)]
struct Listed {
    oid: Oid,
    /// In bytes.
    size: u64,
    name: String,
}

/// Which of the refs that were fetched are meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meant {
    /// The one that was asked for by its whole name.
    ThisName,
    /// All of them.
    EveryName,
}

/// Claims on a git remote.
pub(crate) struct GitClaims {
    repository: Repository,
    remote: Remote,
}

impl GitClaims {
    /// The claims on `remote`, spoken to from `repository`.
    pub(crate) fn new(repository: Repository, remote: Remote) -> GitClaims {
        GitClaims { repository, remote }
    }

    /// One fetch gives name and bytes of one moment. A pattern that fits nothing is a success of git's, so that absence
    /// is the remote's own answer and no command's failure.
    async fn find(&self, name: &ClaimName) -> Result<Option<Held>, GitError> {
        let pattern = format!("{}*", ref_name::check(&name.git_ref())?);
        let fetched = self.repository.fetch(&self.remote, &pattern, Amount::Blobs).await?;
        Ok(self.read_fetched(&fetched, &name.git_ref(), Meant::ThisName).await?.remove(""))
    }

    async fn find_all(&self, component: &ArtifactName) -> Result<Vec<(String, Held)>, GitError> {
        let pattern = format!("{}*", ClaimName::prefix(component));
        let fetched = self.repository.fetch(&self.remote, &pattern, Amount::Blobs).await?;
        let prefix = ClaimName::prefix(component);
        Ok(self.read_fetched(&fetched, &prefix, Meant::EveryName).await?.into_iter().collect())
    }

    /// What lies under the refs that begin with `stem`, which are those with `prefix` on the remote, by what follows in their
    /// names. Only what is meant is judged: a neighbour that is no claim is no reason to stop.
    async fn read_fetched(
        &self,
        stem: &str,
        prefix: &str,
        meant: Meant,
    ) -> Result<BTreeMap<String, Held>, GitError> {
        let format = "--format=%(objecttype) %(objectsize) %(objectname) %(refname)";
        let folder = stem.rsplit_once('/').map_or(stem, |(folder, _)| folder);
        let listed =
            self.repository.scratch_call("for-each-ref").await?.args([format, folder]).success().await?;
        let listed = text(&listed);
        let mut names = Vec::new();
        for line in listed.lines() {
            let name = line.splitn(4, ' ').nth(3).and_then(|name| name.strip_prefix(stem));
            let name = name.ok_or_else(|| odd_answer(line, "a ref that was not asked for"))?;
            if meant == Meant::ThisName && !name.is_empty() {
                continue;
            }
            let (oid, size) = parse_listed(line)
                .map_err(|why| GitError::NoClaim { git_ref: format!("{prefix}{name}"), why })?;
            names.push(Listed { oid, size, name: name.to_owned() });
        }
        let mut held = BTreeMap::new();
        for batch in batches(names) {
            held.extend(self.read_batch(batch).await?);
        }
        Ok(held)
    }

    async fn read_batch(&self, batch: Vec<Listed>) -> Result<Vec<(String, Held)>, GitError> {
        let questions: String = batch.iter().map(|listed| format!("{}\n", listed.oid)).collect();
        let output = self.repository.scratch_call("cat-file").await?.arg("--batch").stdin(questions);
        let stdout = output.success().await?.stdout;
        let mut rest = stdout.as_slice();
        let mut held = Vec::new();
        for Listed { oid, name, .. } in batch {
            let (bytes, after) =
                split_blob(rest, &oid).ok_or_else(|| odd_answer(oid.as_str(), "it can't be read"))?;
            held.push((name, Held { id: ClaimId(oid.to_string()), bytes: bytes.to_vec() }));
            rest = after;
        }
        Ok(held)
    }

    async fn push(&self, swap: Swap<'_>) -> Result<Option<ClaimId>, WorldError> {
        let name = swap.name.git_ref();
        ref_name::check(&name)?;
        let expected = match swap.expected {
            // An identity that is no object name stands on no git remote.
            Some(id) => id.0.parse::<Oid>().map_err(|_| WorldError::Refused)?.to_string(),
            None => String::new(),
        };
        let new = match (swap.new, swap.expected) {
            (Some(bytes), _) => self.write_blob(bytes).await?,
            (None, Some(_)) => String::new(),
            (None, None) => {
                let there = self.find(swap.name).await?;
                return there.map_or(Ok(None), |_| Err(WorldError::Refused));
            }
        };
        let mut arguments = vec!["--porcelain".to_owned(), format!("--force-with-lease={name}:{expected}")];
        let tag = self.lease_tag(swap.with_tag).await?;
        arguments.extend(tag.iter().flat_map(|(lease, _)| ["--atomic".to_owned(), lease.clone()]));
        arguments.push(NAME.to_owned());
        arguments.extend(tag.map(|(_, refspec)| refspec));
        arguments.push(format!("{new}:{name}"));
        let push = self.repository.remote_call(&self.remote, "push").await?.args(arguments);
        let shown = self.remote.shown();
        let output = match push.attempt().await {
            Ok(output) => output,
            Err((error, _)) => return Err(self.unanswered(error).into()),
        };
        match read_fate(&output, &name) {
            Some(Fate::Done) => Ok(Some(ClaimId(new)).filter(|id| !id.0.is_empty())),
            // Git says this whatever the lease was: who wrote it is for the caller to see.
            Some(Fate::UpToDate) => Err(WorldError::Refused),
            Some(Fate::Rejected(why)) => {
                Err(match judge_answer(&shown, &why_with_talk(&why, &output.stderr)) {
                    Refusal::Refused => WorldError::Refused,
                    Refusal::Git(error) => error.into(),
                })
            }
            None => Err(judge_silence(&shown, "push", &output.stderr).into()),
        }
    }

    /// Lease and refspec that make a push fail if the tag is not what it was. The refspec changes nothing: it is there
    /// because git looks only at leases of refs that are pushed.
    async fn lease_tag(&self, tag: Option<&TagAt>) -> Result<Option<(String, String)>, WorldError> {
        let Some(tag) = tag else { return Ok(None) };
        let name = ref_of(&tag.name);
        ref_name::check(&name)?;
        if !tag.on_remote {
            // Absence can't be leased without offering to delete whatever comes in between, so it is looked at.
            return match self.repository.find_remote_tag(&self.remote, &tag.name).await? {
                None => Ok(None),
                Some(there) if there == tag.object => Ok(Some(lease(&name, &there))),
                Some(_) => Err(WorldError::Refused),
            };
        }
        let there = There { object: tag.object.clone(), below: tag.commit.clone() };
        let object = self.repository.ensure_tag_object(&self.remote, &tag.name, &there).await?;
        match object == tag.object {
            true => Ok(Some(lease(&name, &object))),
            false => Err(WorldError::Refused),
        }
    }

    async fn write_blob(&self, bytes: &[u8]) -> Result<String, GitError> {
        let call = self.repository.scratch_call("hash-object").await?.args(["-w", "--stdin"]);
        Ok(text(&call.stdin(bytes).success().await?))
    }

    fn unanswered(&self, error: GitError) -> GitError {
        match error {
            GitError::Failed { why, .. } => GitError::Unreachable { remote: self.remote.shown(), why },
            other => other,
        }
    }
}

fn lease(name: &str, object: &Oid) -> (String, String) {
    (format!("--force-with-lease={name}:{object}"), format!("{object}:{name}"))
}

/// The server's own words, such as a hook's, are on standard error.
fn why_with_talk(why: &str, stderr: &str) -> String {
    let talk = stderr.lines().filter_map(|line| line.strip_prefix("remote:")).map(str::trim);
    let talk = talk.filter(|line| !line.is_empty()).take(5).collect::<Vec<_>>().join("; ");
    if talk.is_empty() { why.to_owned() } else { format!("{why}: {talk}") }
}

fn odd_answer(what: &str, why: &str) -> GitError {
    GitError::Failed { command: "fetch".into(), why: format!("{what}: {why}") }
}

/// Parts of what was listed, each small enough for one answer of git's.
fn batches(listed: Vec<Listed>) -> Vec<Vec<Listed>> {
    let mut batches: Vec<Vec<Listed>> = Vec::new();
    let mut left = 0;
    for one in listed {
        match batches.last_mut() {
            Some(batch) if one.size <= left => {
                left -= one.size;
                batch.push(one);
            }
            _ => {
                left = BATCH_LIMIT.saturating_sub(one.size);
                batches.push(vec![one]);
            }
        }
    }
    batches
}

/// Reads `kind SP size SP oid SP name` and accepts blobs of bounded size.
fn parse_listed(line: &str) -> Result<(Oid, u64), &'static str> {
    let mut parts = line.splitn(4, ' ');
    let mut next = || parts.next().ok_or("a line that git does not print");
    let (kind, size, oid) = (next()?, next()?, next()?);
    if kind != "blob" {
        return Err("a claim is a blob, and this is none");
    }
    let size = size.parse::<u64>().ok().filter(|size| *size <= CLAIM_LIMIT).ok_or("larger than any claim")?;
    let oid = oid.parse().map_err(|_| "a line that git does not print")?;
    Ok((oid, size))
}

impl ClaimsView for GitClaims {
    fn read<'a>(&'a self, name: &'a ClaimName) -> Work<'a, Option<Held>> {
        Box::pin(async move { Ok(self.find(name).await?) })
    }

    fn list<'a>(&'a self, component: &'a ArtifactName) -> Work<'a, Vec<(String, Held)>> {
        Box::pin(async move { Ok(self.find_all(component).await?) })
    }
}

impl Claims for GitClaims {
    fn swap<'a>(&'a self, swap: Swap<'a>) -> Work<'a, Option<ClaimId>> {
        Box::pin(self.push(swap))
    }
}

#[cfg(test)]
mod tests;
