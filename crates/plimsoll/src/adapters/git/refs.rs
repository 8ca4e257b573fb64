//! Refs of this clone, by name.

use plimsoll_engine::domain::git::{GitTag, Oid};
use plimsoll_engine::world::error::GitError;

use super::ref_files::{Kept, TagNames};
use super::repository::{History, Repository, RepositoryError, text};

/// Messages since the last release, with room to spare.
const HISTORY_LIMIT: usize = 64 * 1024 * 1024;

impl Repository {
    /// The names of all tags of this clone. Nothing that they point at is looked at.
    pub async fn read_tag_names(&self) -> Result<TagNames, RepositoryError> {
        if let Kept::Here(names) = self.ref_files().read_tag_names() {
            return Ok(names);
        }
        let call = self.call("for-each-ref").args(["--format=%(refname:strip=2)", "refs/tags"]);
        Ok(text(&call.success().await?).into())
    }

    /// The tags that lie on a commit.
    pub async fn read_tags_on(&self, commit: &Oid) -> Result<Vec<String>, RepositoryError> {
        let on = format!("--points-at={commit}");
        let call = self.call("for-each-ref").args(["--format=%(refname:strip=2)", &on, "refs/tags"]);
        Ok(text(&call.success().await?).lines().map(str::to_owned).collect())
    }

    /// The commit that a full ref name leads to; `None` if there is none of that name.
    pub async fn find_ref(&self, name: &str) -> Result<Option<Oid>, RepositoryError> {
        let name = format!("{name}^{{commit}}");
        let output =
            self.call("rev-parse").args(["--verify", "--quiet", "--end-of-options", &name]).output().await?;
        Ok(text(&output).parse().ok())
    }

    /// The names of the tags that HEAD contains.
    ///
    /// # Errors
    /// [`RepositoryError::CutOff`] for a shallow clone, which can't tell.
    pub async fn read_tags_below_head(&self) -> Result<Vec<String>, RepositoryError> {
        if self.history() == History::Shallow {
            return Err(RepositoryError::CutOff);
        }
        self.read_head().await?;
        let call =
            self.call("for-each-ref").args(["--merged=HEAD", "--format=%(refname:strip=2)", "refs/tags"]);
        Ok(text(&call.success().await?).lines().map(str::to_owned).collect())
    }

    /// The names of the tags that a commit contains.
    ///
    /// # Errors
    /// [`RepositoryError::CutOff`] for a shallow clone, which can't tell.
    pub async fn read_tags_below(&self, commit: &Oid) -> Result<Vec<String>, RepositoryError> {
        if self.history() == History::Shallow {
            return Err(RepositoryError::CutOff);
        }
        let merged = format!("--merged={commit}");
        let call = self.call("for-each-ref").args([&merged, "--format=%(refname:strip=2)", "refs/tags"]);
        Ok(text(&call.success().await?).lines().map(str::to_owned).collect())
    }

    /// The commits that HEAD contains and a tag does not, the newest first, with their messages. Merges are left out.
    /// Without a tag: all commits.
    pub async fn read_history(&self, after: Option<&GitTag>) -> Result<Vec<(Oid, String)>, RepositoryError> {
        self.read_log("HEAD", after).await
    }

    /// The same for the commits that a commit contains.
    pub async fn read_history_of(
        &self,
        below: &Oid,
        after: Option<&GitTag>,
    ) -> Result<Vec<(Oid, String)>, RepositoryError> {
        self.read_log(below.as_str(), after).await
    }

    async fn read_log(
        &self,
        below: &str,
        after: Option<&GitTag>,
    ) -> Result<Vec<(Oid, String)>, RepositoryError> {
        let range = after.map(|tag| format!("^refs/tags/{tag}"));
        let call = self.call("log").args(["-z", "--no-merges", "--format=%H %B", below]).args(range);
        // A file may be called as a ref is.
        let call = call.arg("--");
        let output = call.limit(HISTORY_LIMIT).success().await?;
        let entries = String::from_utf8_lossy(&output.stdout);
        let parse = |entry: &str| {
            let (commit, message) = entry.split_once(' ')?;
            Some((commit.parse().ok()?, message.to_owned()))
        };
        Ok(entries.split('\0').filter_map(parse).collect())
    }

    /// The name of the default branch, as far as this clone knows it.
    pub async fn find_default_branch(&self) -> Result<Option<String>, GitError> {
        if let Kept::Here(branch) = self.ref_files().read_remote_branch("origin") {
            return Ok(branch);
        }
        let call = self.call("symbolic-ref").args(["--quiet", "refs/remotes/origin/HEAD"]);
        let output = call.output().await?;
        Ok(text(&output).strip_prefix("refs/remotes/origin/").map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use plimsoll_engine::domain::git::GitTag;
    use plimsoll_testkit::env::Environment;
    use plimsoll_testkit::repo::Repo;

    use crate::adapters::git::tests::open;

    #[tokio::test]
    async fn tags_and_branches_are_found_by_name() {
        let repo = Repo::init(&Environment::new(), "repo");
        let commit = repo.commit("one");
        repo.annotated_tag("v1.0.0");
        repo.lightweight_tag("light");
        let repository = open(&repo).await;
        let names = repository.read_tag_names().await.unwrap();
        let names: BTreeSet<&str> = names.iter().collect();
        assert_eq!(names, BTreeSet::from(["light", "v1.0.0"]));
        let found = repository.find_ref("refs/tags/v1.0.0").await.unwrap().unwrap();
        assert_eq!(found.as_str(), commit.as_str());
        assert_eq!(repository.read_tags_on(&found).await.unwrap(), ["light", "v1.0.0"]);
        assert_eq!(repository.find_ref("refs/tags/--help").await.unwrap(), None);
        repo.write("a", "1");
        let second = repo.commit("two");
        let tag = GitTag("v1.0.0".into());
        let history = repository.read_history(Some(&tag)).await.unwrap();
        assert_eq!(history, [(second.parse().unwrap(), "two\n".to_owned())]);
        assert_eq!(repository.read_history(None).await.unwrap().len(), 2);
        assert_eq!(repository.read_tags_below_head().await.unwrap(), ["light", "v1.0.0"]);
        assert_eq!(repository.find_default_branch().await.unwrap(), None);
    }
}
