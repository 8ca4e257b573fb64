//! A commit of a git directory as a working directory, with the history that there was by then.

use std::path::Path;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;

use super::table::Row;

/// Checks a commit out. Later tags are dropped, so that the figures do not change with the copy's age; files that a partial
/// copy lacks are taken out of a commit on top.
pub(super) fn checkout(directory: &Path, row: &Row) -> Repo {
    let mut environment = Environment::new();
    // Whatever network there is, nothing is reached: no one answers here.
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"] {
        environment.set(name, "http://127.0.0.1:9");
    }
    // By `--shared` nothing is copied, and nothing that the copy lacks is missed.
    let repo = Repo::clone_of(&environment, directory, "repository", ["--shared", "--no-checkout"]);
    let Row { repository, commit, .. } = row;
    let commit = repo.git(["rev-parse", "--verify", "--quiet", &format!("{commit}^{{commit}}")]);
    drop_later_tags(&repo, &commit);
    // Clones of clones have only the branches that the first one checked out.
    repo.git(["update-ref", "HEAD", &commit]);
    let branch = repo.git(["symbolic-ref", "--short", "HEAD"]);
    repo.git(["update-ref", &format!("refs/remotes/origin/{branch}"), &commit]);
    repo.git(["read-tree", "HEAD"]);
    repo.try_git(["checkout-index", "--all", "--force"]);
    let missing = repo.git(["ls-files", "--deleted", "-z"]);
    for file in missing.split('\0').filter(|file| !file.is_empty()) {
        repo.git(["rm", "--quiet", "--cached", "--", file]);
    }
    repo.commit("As it was");
    repo.git(["remote", "set-url", "origin", &format!("https://github.com/{repository}.git")]);
    repo
}

/// Drops the tags of commits that are younger.
fn drop_later_tags(repo: &Repo, commit: &str) {
    let seconds = |text: &str| text.trim().parse::<u64>().unwrap_or(0);
    let now = seconds(&repo.git(["show", "--no-patch", "--format=%ct", commit]));
    let format = "--format=%(committerdate:unix)%(*committerdate:unix) %(refname)";
    let tags = repo.git(["for-each-ref", format, "refs/tags"]);
    for line in tags.lines() {
        let (time, name) = line.split_once(' ').unwrap();
        if seconds(time) > now {
            repo.git(["update-ref", "-d", name]);
        }
    }
}
