//! Lines: the commits that were the newest of a branch or pull request, and what one of them changed.

use plimsoll_engine::domain::git::{GitLine, Oid};
use plimsoll_engine::world::error::GitError;

use super::ref_name;
use super::remote::Remote;
use super::repository::{History, Repository, RepositoryError, text};
use super::scratch::{Amount, Objects, Scratch};

/// Commits of the longest branches, with room to spare, as `rev-list` prints them.
const COMMITS_LIMIT: usize = 256 * 1024 * 1024;

impl Repository {
    /// The commits that were the newest of a line: its tip, the tip's first parent, and so on, down to `until`, or to
    /// the first commit where that is none of them. On the remote, where there is one.
    ///
    /// A pull request that git knows no ref of (not every forge has one, and a clone has none) has `until` alone.
    pub(super) async fn read_line(
        &self,
        line: &GitLine,
        until: &Oid,
        remote: Option<&Remote>,
    ) -> Result<Vec<Oid>, GitError> {
        let names = refs_of(line);
        for name in &names {
            ref_name::check(name)?;
        }
        let found = match remote {
            Some(remote) => self.read_remote_refs(remote, &names).await?.into_iter().next(),
            None => self.find_here(&names).await?,
        };
        match (found, line) {
            (Some((tip, _)), _) if tip == *until => Ok(vec![tip]),
            (Some((tip, name)), _) => self.read_commits(&tip, &name, until, remote).await,
            (None, GitLine::Branch(_)) => Ok(Vec::new()),
            (None, GitLine::PullRequest(_)) => Ok(vec![until.clone()]),
        }
    }

    async fn find_here(&self, names: &[String]) -> Result<Option<(Oid, String)>, GitError> {
        let asked: Vec<String> = names.iter().map(|name| format!("{name}^{{commit}}")).collect();
        let mut found = self.find_objects(&asked).await?.into_iter().zip(names);
        Ok(found.find_map(|(object, name)| Some((object?.oid, name.clone()))))
    }

    async fn read_commits(
        &self,
        tip: &Oid,
        name: &str,
        until: &Oid,
        remote: Option<&Remote>,
    ) -> Result<Vec<Oid>, GitError> {
        let commits = match (self.history(), remote) {
            (History::Shallow, Some(remote)) => {
                // To deepen the clone would change it: the commits alone are fetched beside it.
                let scratch = Scratch::make(self, Objects::Own).await?;
                let fetched = scratch.fetch(self, remote, name, Amount::Graph).await?;
                let call = scratch.call(self, "rev-list").args(["--first-parent", &fetched]);
                call.limit(COMMITS_LIMIT).success().await?
            }
            (_, remote) => {
                let known = self.find_objects(&[tip.to_string()]).await?;
                if let (Some(remote), true) = (remote, known.iter().all(Option::is_none)) {
                    self.fetch(remote, name, Amount::Missing).await?;
                }
                let call = self.objects_call("rev-list").args(["--first-parent", tip.as_str()]);
                call.limit(COMMITS_LIMIT).success().await?
            }
        };
        let commits = String::from_utf8_lossy(&commits.stdout);
        let mut line = Vec::new();
        for commit in commits.lines().filter_map(|line| line.parse::<Oid>().ok()) {
            let last = commit == *until;
            line.push(commit);
            if last {
                break;
            }
        }
        Ok(line)
    }

    /// The parents of a commit, those of a shallow clone's last commits too.
    pub async fn read_parents(&self, commit: &Oid) -> Result<Vec<Oid>, RepositoryError> {
        // `rev-parse` does not see the parents of a shallow clone's last commits.
        let raw = self.objects_call("cat-file").args(["commit", commit.as_str()]).success().await?;
        let raw = String::from_utf8_lossy(&raw.stdout);
        let header = raw.lines().take_while(|line| !line.is_empty());
        Ok(header.filter_map(|line| line.strip_prefix("parent ")?.parse().ok()).collect())
    }

    /// The files that a commit has changed, against its first parent; `None` if that can't be told: it has no parent,
    /// or nobody has it.
    pub async fn find_changed(
        &self,
        commit: &Oid,
        remote: Option<&Remote>,
    ) -> Result<Option<Vec<String>>, RepositoryError> {
        let Some(parent) = self.read_parents(commit).await?.into_iter().next() else { return Ok(None) };
        if self.find_objects(&[parent.to_string()]).await?.iter().all(Option::is_none) {
            let Some(remote) = remote else { return Ok(None) };
            if self.fetch(remote, parent.as_str(), Amount::OneTree).await.is_err() {
                // Not every remote gives commits by their names.
                return Ok(None);
            }
        }
        let call = self.objects_call("diff-tree").args(["-r", "-z", "--name-only", "--no-renames"]);
        let output = call.args([parent.as_str(), commit.as_str()]).limit(COMMITS_LIMIT).success().await?;
        let names = text(&output);
        Ok(Some(names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect()))
    }
}

/// The refs under which a line may stand, best first.
fn refs_of(line: &GitLine) -> Vec<String> {
    match line {
        GitLine::Branch(name) => vec![format!("refs/heads/{name}")],
        // GitHub, Gitea and Forgejo; GitLab.
        GitLine::PullRequest(number) => {
            vec![format!("refs/pull/{number}/head"), format!("refs/merge-requests/{number}/head")]
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_testkit::env::Environment;
    use plimsoll_testkit::repo::Repo;

    use super::*;
    use crate::adapters::git::tests::open;

    fn main() -> GitLine {
        GitLine::Branch("main".into())
    }

    /// A remote with commits 1, 2 and a merge of `aside` on `main`, and what was read on the way.
    fn origin(environment: &Environment) -> (Repo, [String; 4]) {
        let (origin, repo) = (Repo::bare(environment, "origin.git"), Repo::init(environment, "first"));
        origin.git(["config", "uploadpack.allowFilter", "true"]);
        repo.remote("origin", &origin.url());
        let one = repo.write("f", "1").commit("1");
        repo.branch("aside");
        let aside = repo.write("g", "x").commit("aside");
        repo.switch("main");
        let two = repo.write("f", "2").commit("2");
        repo.git(["merge", "--quiet", "--no-ff", "-m", "merge", "aside"]);
        let merge = repo.git(["rev-parse", "HEAD"]).trim().to_owned();
        repo.push("origin", ["main", "aside"]);
        origin.git(["update-ref", "refs/pull/7/head", &aside]);
        (origin, [one, two, aside, merge])
    }

    async fn read(
        repository: &Repository,
        line: &GitLine,
        until: &str,
        remote: Option<&Remote>,
    ) -> Vec<String> {
        let line = repository.read_line(line, &until.parse().unwrap(), remote).await.unwrap();
        line.iter().map(ToString::to_string).collect()
    }

    #[tokio::test]
    async fn a_line_is_what_was_the_tip() {
        let environment = Environment::new();
        let (origin, [one, two, aside, merge]) = origin(&environment);
        for (name, options) in [("whole", vec![]), ("shallow", vec!["--depth=1"])] {
            let clone = Repo::clone_of(&environment, origin.url(), name, options);
            let repository = open(&clone).await;
            let remote = repository.read_remote(None).await.unwrap();
            let remote = Some(&remote);
            assert_eq!(read(&repository, &main(), &merge, remote).await, [merge.as_str()], "{name}");
            assert_eq!(read(&repository, &main(), &two, remote).await, [merge.as_str(), &two], "{name}");
            // What a merge brought in was never the tip.
            let all = [merge.as_str(), &two, &one];
            assert_eq!(read(&repository, &main(), &aside, remote).await, all, "{name}");
            assert_eq!(
                read(&repository, &GitLine::PullRequest(7), &one, remote).await,
                [aside.as_str(), &one]
            );
            assert_eq!(read(&repository, &GitLine::PullRequest(8), &one, remote).await, [one.as_str()]);
            let gone = GitLine::Branch("gone".into());
            assert_eq!(read(&repository, &gone, &one, remote).await, [""; 0], "{name}");
        }
        let clone = open(&Repo::clone_of(&environment, origin.url(), "here", [])).await;
        assert_eq!(read(&clone, &main(), &two, None).await, [merge.as_str(), &two]);
        assert!(
            clone.read_line(&GitLine::Branch("--help x".into()), &one.parse().unwrap(), None).await.is_err()
        );
    }

    #[tokio::test]
    async fn what_a_commit_has_changed_is_told_in_a_shallow_clone_too() {
        let environment = Environment::new();
        let (origin, [one, ..]) = origin(&environment);
        let author = Repo::clone_of(&environment, origin.url(), "author", []);
        let records = author.write("releases/a.json", "{}").write("releases/b c", "x").commit("records");
        author.push("origin", ["main"]);
        let changed = |clone: Repo, commit: String| async move {
            let repository = open(&clone).await;
            let remote = repository.read_remote(None).await.unwrap();
            repository.find_changed(&commit.parse().unwrap(), Some(&remote)).await.unwrap()
        };
        for (name, options) in [("whole", vec![]), ("shallow", vec!["--depth=1"])] {
            let clone = Repo::clone_of(&environment, origin.url(), name, options);
            let found = changed(clone, records.clone()).await;
            assert_eq!(found, Some(vec!["releases/a.json".into(), "releases/b c".into()]), "{name}");
        }
        assert_eq!(changed(author, one).await, None, "the first commit is no change");
    }
}
