//! Whether a commit lies on the default branch.

use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::domain::source::Ancestry;
use plimsoll_engine::world::error::GitError;

use super::remote::Remote;
use super::repository::{History, Repository, RepositoryError};
use super::scratch::{Amount, Objects, Scratch};

/// Where a clone may know the default branch by, best first.
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
    /// Whether `commit` lies on the default branch: of `remote`, as it was when it was first asked anything, or as far as
    /// this clone knows where none is given. [`Ancestry::Unknown`] if nobody can tell.
    pub async fn observe_ancestry(
        &self,
        commit: &Oid,
        remote: Option<&Remote>,
    ) -> Result<Ancestry, RepositoryError> {
        let Some(remote) = remote else { return Ok(self.stand_here(commit).await?) };
        let Some(head) = self.find_remote_head(remote).await? else { return Ok(Ancestry::Unknown) };
        if head == *commit {
            return Ok(Ancestry::On);
        }
        Ok(match self.history() {
            History::Whole => self.stand_below(commit, &head, remote).await?,
            History::Shallow => self.stand_in_graph(commit, remote).await?,
        })
    }

    /// Whether a branch of a remote has `commit`, as far as this clone knows.
    pub async fn is_on_remote_branch(&self, commit: &Oid) -> Result<bool, RepositoryError> {
        let call = self.call("for-each-ref").args(["--count=1", "--format=%(refname)", "--contains"]);
        let found = call.arg(commit.as_str()).arg("refs/remotes/").success().await?;
        Ok(!found.stdout.is_empty())
    }

    async fn stand_here(&self, commit: &Oid) -> Result<Ancestry, GitError> {
        let names: Vec<String> = CANDIDATES.iter().map(|name| format!("{name}^{{commit}}")).collect();
        let found = self.find_objects(&names).await?;
        match found.into_iter().flatten().next() {
            Some(branch) => self.compare(commit, branch.oid.as_str()).await,
            None => Ok(Ancestry::Unknown),
        }
    }

    /// In a whole clone only what it is behind is fetched.
    async fn stand_below(&self, commit: &Oid, head: &Oid, remote: &Remote) -> Result<Ancestry, GitError> {
        let known = self.find_objects(&[head.to_string()]).await?;
        if known.iter().all(Option::is_none) {
            self.fetch(remote, "HEAD", Amount::Missing).await?;
        }
        self.compare(commit, head.as_str()).await
    }

    /// A shallow clone can't tell, and to deepen it would change it: the commits alone are fetched beside it.
    async fn stand_in_graph(&self, commit: &Oid, remote: &Remote) -> Result<Ancestry, GitError> {
        let scratch = Scratch::make(self, Objects::Own).await?;
        let head = scratch.fetch(self, remote, "HEAD", Amount::Graph).await?;
        let commits = scratch.call(self, "rev-list").arg(head).limit(COMMITS_LIMIT).success().await?;
        let mut lines = commits.stdout.split(|byte| *byte == b'\n');
        Ok(if lines.any(|line| line == commit.as_str().as_bytes()) { Ancestry::On } else { Ancestry::Off })
    }

    async fn compare(&self, commit: &Oid, tip: &str) -> Result<Ancestry, GitError> {
        let ask = self.objects_call("merge-base").args(["--is-ancestor", commit.as_str(), tip]);
        Ok(match (ask.output().await?.code, self.history()) {
            (Some(0), _) => Ancestry::On,
            (Some(1), History::Whole) => Ancestry::Off,
            _ => Ancestry::Unknown,
        })
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

    async fn stand(repository: &Repository, commit: &str, remote: Option<&Remote>) -> Ancestry {
        repository.observe_ancestry(&commit.parse().unwrap(), remote).await.unwrap()
    }

    #[tokio::test]
    async fn a_whole_clone_knows() {
        let environment = Environment::new();
        let (origin, on, off) = origin(&environment);
        let clone = open(&Repo::clone_of(&environment, origin.url(), "clone", [])).await;
        assert_eq!(stand(&clone, &on, None).await, Ancestry::On);
        assert_eq!(stand(&clone, &off, None).await, Ancestry::Off);
    }

    #[tokio::test]
    async fn the_remote_knows_better() {
        let environment = Environment::new();
        let (origin, on, off) = origin(&environment);
        let clone = Repo::clone_of(&environment, origin.url(), "clone", []);
        let repository = open(&clone).await;
        let remote = repository.read_remote(None).await.unwrap();
        // Somebody else goes on, and then makes another branch the default one.
        let other = Repo::clone_of(&environment, origin.url(), "other", []);
        let newer = other.write("f", "5").commit("5");
        other.push("origin", ["main"]);
        assert_eq!(stand(&repository, &on, Some(&remote)).await, Ancestry::On);
        assert_eq!(stand(&repository, &newer, Some(&remote)).await, Ancestry::On);
        assert_eq!(stand(&repository, &off, Some(&remote)).await, Ancestry::Off);
        origin.git(["symbolic-ref", "HEAD", "refs/heads/aside"]);
        let remote = repository.read_remote(None).await.unwrap();
        assert_eq!(stand(&repository, &off, Some(&remote)).await, Ancestry::On);
        assert_eq!(stand(&repository, &newer, Some(&remote)).await, Ancestry::Off);
        origin.git(["symbolic-ref", "HEAD", "refs/heads/none"]);
        let remote = repository.read_remote(None).await.unwrap();
        assert_eq!(stand(&repository, &on, Some(&remote)).await, Ancestry::Unknown);
    }

    #[tokio::test]
    async fn a_shallow_clone_asks_the_remote() {
        let environment = Environment::new();
        let (origin, on, off) = origin(&environment);
        for (name, branch, commit, want) in
            [("a", "aside", &off, Ancestry::Off), ("b", "main", &on, Ancestry::On)]
        {
            let options = ["--depth=1", "--branch", branch];
            let clone = Repo::clone_of(&environment, origin.url(), name, options);
            let repository = open(&clone).await;
            assert_eq!(stand(&repository, commit, None).await, Ancestry::Unknown, "{name}");
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
        assert_eq!(stand(&open(&repo).await, &commit, None).await, Ancestry::Unknown);
        repo.branch("main");
        assert_eq!(stand(&open(&repo).await, &commit, None).await, Ancestry::On);
    }
}
