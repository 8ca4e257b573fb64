//! Whether a commit lies on the default branch.

use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::domain::source::Standing;
use plimsoll_engine::world::error::GitError;

use super::remote::Remote;
use super::repository::{History, Repository, RepositoryError};
use super::scratch::Amount;

/// Where the default branch is looked for, best first.
const CANDIDATES: &[&str] = &[
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
];

/// Commits of the largest repositories, with room to spare, as `rev-list` prints them.
const COMMITS_LIMIT: usize = 256 * 1024 * 1024;

impl Repository {
    /// Whether `commit` lies on the default branch. What this clone knows decides; where it was cut off or knows no such
    /// branch, `remote` is asked for its commits. [`Standing::Unknown`] if nobody can tell.
    pub async fn find_standing(
        &self,
        commit: &Oid,
        remote: Option<&Remote>,
    ) -> Result<Standing, RepositoryError> {
        let here = self.stand_here(commit).await?;
        match (here, remote) {
            (Standing::Unknown, Some(remote)) => Ok(self.stand_there(commit, remote).await?),
            (known, _) => Ok(known),
        }
    }

    async fn stand_here(&self, commit: &Oid) -> Result<Standing, GitError> {
        let names: Vec<String> = CANDIDATES.iter().map(|name| format!("{name}^{{commit}}")).collect();
        let found = self.find_objects(&names).await?;
        let Some(branch) = found.into_iter().flatten().next() else { return Ok(Standing::Unknown) };
        let ask =
            self.objects_call("merge-base").args(["--is-ancestor", commit.as_str(), branch.oid.as_str()]);
        Ok(match (ask.output().await?.code, self.history()) {
            (Some(0), _) => Standing::On,
            (Some(1), History::Whole) => Standing::Off,
            _ => Standing::Unknown,
        })
    }

    async fn stand_there(&self, commit: &Oid, remote: &Remote) -> Result<Standing, GitError> {
        let head = match self.fetch(remote, "HEAD", Amount::Graph).await {
            Ok(head) => head,
            // A remote without a default branch.
            Err(GitError::Failed { .. }) => return Ok(Standing::Unknown),
            Err(error) => return Err(error),
        };
        let commits = self.scratch_call("rev-list").await?.arg(head).limit(COMMITS_LIMIT).success().await?;
        let mut lines = commits.stdout.split(|byte| *byte == b'\n');
        Ok(if lines.any(|line| line == commit.as_str().as_bytes()) { Standing::On } else { Standing::Off })
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_testkit::env::Environment;
    use plimsoll_testkit::repo::Repo;

    use super::*;
    use crate::adapters::git::tests::open;

    /// A remote with four commits on `main`, and one beside them after the second, tagged `beside`.
    fn origin(environment: &Environment) -> (Repo, String, String) {
        let (origin, repo) = (Repo::bare(environment, "origin.git"), Repo::init(environment, "first"));
        origin.git(["config", "uploadpack.allowFilter", "true"]);
        repo.remote("origin", &origin.url());
        repo.write("f", "1").commit("1");
        let on = repo.write("f", "2").commit("2");
        repo.branch("aside");
        let off = repo.write("g", "x").commit("aside");
        repo.annotated_tag("beside");
        repo.switch("main").write("f", "3").commit("3");
        repo.write("f", "4").commit("4");
        repo.push("origin", ["main", "aside", "beside"]);
        (origin, on, off)
    }

    async fn stand(repository: &Repository, commit: &str, remote: Option<&Remote>) -> Standing {
        repository.find_standing(&commit.parse().unwrap(), remote).await.unwrap()
    }

    #[tokio::test]
    async fn a_whole_clone_knows() {
        let environment = Environment::new();
        let (origin, on, off) = origin(&environment);
        let clone = open(&Repo::clone_of(&environment, origin.url(), "clone", [])).await;
        assert_eq!(stand(&clone, &on, None).await, Standing::On);
        assert_eq!(stand(&clone, &off, None).await, Standing::Off);
    }

    #[tokio::test]
    async fn a_shallow_clone_asks_the_remote() {
        let environment = Environment::new();
        let (origin, on, off) = origin(&environment);
        for (name, branch, commit, want) in
            [("a", "aside", &off, Standing::Off), ("b", "main", &on, Standing::On)]
        {
            let options = ["--depth=1", "--branch", branch];
            let clone = Repo::clone_of(&environment, origin.url(), name, options);
            let repository = open(&clone).await;
            assert_eq!(stand(&repository, commit, None).await, Standing::Unknown, "{name}");
            let before = clone.git(["for-each-ref"]);
            let remote = repository.read_remote(None).await.unwrap();
            assert_eq!(stand(&repository, commit, Some(&remote)).await, want, "{name}");
            assert_eq!(clone.git(["for-each-ref"]), before, "the user's repository is as it was");
        }
    }

    #[tokio::test]
    async fn without_a_default_branch_nobody_knows() {
        let environment = Environment::new();
        let repo = Repo::init(&environment, "repo");
        repo.branch("trunk");
        let commit = repo.commit("1");
        assert_eq!(stand(&open(&repo).await, &commit, None).await, Standing::Unknown);
        repo.branch("main");
        assert_eq!(stand(&open(&repo).await, &commit, None).await, Standing::On);
    }
}
