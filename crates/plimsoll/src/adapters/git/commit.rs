//! Commits, as git stores them.

use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::error::GitError;

use super::object_answer::parse_object_head;
use super::ref_name;
use super::remote::Remote;
use super::repository::{Repository, RepositoryError, text};
use super::scratch::Amount;

/// An object that a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) oid: Oid,
    pub(super) kind: String,
}

/// A commit of this clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub oid: Oid,
    /// The committer's time.
    pub time: Moment,
}

impl Repository {
    /// When a commit was made.
    pub async fn read_commit_time(&self, commit: &Oid) -> Result<Moment, RepositoryError> {
        let output = self.objects_call("cat-file").args(["commit", commit.as_str()]).output().await?;
        if output.code != Some(0) {
            return Err(RepositoryError::Lacking { object: commit.clone() });
        }
        let broken =
            || GitError::Failed { command: "cat-file".into(), why: format!("commit {commit} has no time") };
        Ok(parse_committer_time(&output.stdout).ok_or_else(broken)?)
    }

    /// The commit that a name of this clone leads to: a branch, tag or commit.
    pub async fn read_commit(&self, name: &str) -> Result<Oid, RepositoryError> {
        let call = self.call("rev-parse").args(["--verify", "--quiet", "--end-of-options"]);
        let output = call.arg(format!("{name}^{{commit}}")).output().await?;
        text(&output).parse().map_err(|_| RepositoryError::NoSuchRef(name.to_owned()))
    }

    /// The commits that `to` has and `from` has not, newest first, each with the first line of its message.
    pub async fn read_commits_between(
        &self,
        from: &Oid,
        to: &Oid,
    ) -> Result<Vec<(Oid, String)>, RepositoryError> {
        let call = self.call("log").args(["--format=%H %s", "--no-show-signature", "--no-color"]);
        let output = call.arg(format!("{from}..{to}")).arg("--").success().await?;
        let text = String::from_utf8_lossy(&output.stdout);
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        Ok(lines.filter_map(|(oid, subject)| Some((oid.parse().ok()?, subject.to_owned()))).collect())
    }

    /// The full name of a remote's branch or tag; a branch if it has both.
    pub(crate) async fn find_branch_or_tag(
        &self,
        remote: &Remote,
        name: &str,
    ) -> Result<Option<String>, GitError> {
        let names = [format!("refs/heads/{name}"), format!("refs/tags/{name}")];
        names.iter().try_for_each(|name| ref_name::check(name).map(|_| ()))?;
        let there = self.read_remote_refs(remote, &names).await?;
        Ok(names.into_iter().find(|name| there.iter().any(|(_, found)| found == name)))
    }

    /// Whether a remote has a branch.
    ///
    /// # Errors
    /// It can't be reached, or the name is none of a branch.
    pub async fn has_branch(&self, remote: &Remote, branch: &str) -> Result<bool, GitError> {
        let name = format!("refs/heads/{branch}");
        ref_name::check(&name)?;
        Ok(!self.read_remote_refs(remote, &[name]).await?.is_empty())
    }

    /// Fetches the commit that a ref of a remote points at.
    pub(crate) async fn fetch_commit(&self, remote: &Remote, name: &str) -> Result<Oid, GitError> {
        let fetched = self.fetch(remote, name, Amount::Missing).await?;
        let call = self.scratch_call("rev-parse").await?;
        let output = call.args(["--verify", "--quiet", &format!("{fetched}^{{commit}}")]).success().await?;
        text(&output).parse().map_err(|_| GitError::Failed {
            command: "rev-parse".into(),
            why: format!("{name} is no commit"),
        })
    }

    /// What each of `names` leads to; `None` for what this clone does not have.
    pub(super) async fn find_objects(&self, names: &[String]) -> Result<Vec<Option<Object>>, GitError> {
        let questions: String = names.iter().map(|name| format!("{name}\n")).collect();
        let output = self.objects_call("cat-file").arg("--batch-check").stdin(questions).success().await?;
        let answers = String::from_utf8_lossy(&output.stdout);
        let object = |line| {
            let head = parse_object_head(line)?;
            Some(Object { oid: head.oid.parse().ok()?, kind: head.kind.to_owned() })
        };
        Ok(answers.lines().map(object).collect())
    }
}

/// Reads the committer's time from a commit's header: `committer NAME <EMAIL> SECONDS ZONE`.
pub(super) fn parse_committer_time(commit: &[u8]) -> Option<Moment> {
    let header = commit.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let line = header.into_iter().find_map(|line| line.strip_prefix(b"committer "))?;
    let after_email = line.rsplit(|byte| *byte == b'>').next()?;
    let text = std::str::from_utf8(after_email).ok()?;
    text.split_whitespace().next()?.parse().ok().map(Moment)
}

#[cfg(test)]
mod tests {
    use plimsoll_testkit::env::{Environment, NOW};
    use plimsoll_testkit::repo::Repo;
    use proptest::prelude::*;

    use super::*;
    use crate::adapters::git::tests::open;

    #[test]
    fn reads_the_time_of_the_committer() {
        let table: [(&[u8], Option<i64>); 6] = [
            (b"tree x\nauthor A <a@b> 1 +0000\ncommitter B <b@c> 1700000000 +0200\n\nm", Some(1_700_000_000)),
            (b"tree x\ncommitter B > <b@c> -5 -0100\n\nm", Some(-5)),
            (b"tree x\ncommitter \xff\xfe <b@c> 7 +0000\n\nm", Some(7)),
            (b"tree x\n\ncommitter B <b@c> 7 +0000\n", None),
            (b"committer B <b@c> soon\n", None),
            (b"", None),
        ];
        for (commit, want) in table {
            assert_eq!(parse_committer_time(commit), want.map(Moment), "{commit:?}");
        }
    }

    #[tokio::test]
    async fn asks_git() {
        let repo = Repo::init(&Environment::new(), "repo");
        let commit: Oid = repo.commit("one").parse().unwrap();
        let repository = open(&repo).await;
        let time = repository.read_commit_time(&commit).await.unwrap();
        assert_eq!(time, Moment(i64::try_from(NOW).unwrap()));
        let absent: Oid = "0123456789012345678901234567890123456789".parse().unwrap();
        let error = repository.read_commit_time(&absent).await.unwrap_err();
        assert_eq!(error, RepositoryError::Lacking { object: absent });
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = parse_committer_time(&bytes);
        }
    }
}
