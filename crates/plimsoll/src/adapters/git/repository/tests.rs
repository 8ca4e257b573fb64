//! The repository that a directory is in.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;

use super::*;
use crate::adapters::git::tests::{open, variables};

async fn find(environment: &Environment, from: &Path) -> Result<Repository, RepositoryError> {
    Repository::find(from, &variables(environment), &Redactor::new()).await
}

#[tokio::test]
async fn is_found_from_below() {
    let repo = Repo::init(&Environment::new(), "re po");
    repo.write("a/b/file", "x");
    let found = find(repo.environment(), &repo.path().join("a/b")).await.unwrap();
    assert_eq!(found.root(), repo.path());
}

#[tokio::test]
async fn absence_has_its_reasons() {
    let environment = Environment::new();
    let bare = Repo::bare(&environment, "bare");
    let empty = Repo::init(&environment, "empty");
    let nowhere = find(&environment, &environment.folder("plain")).await.err().unwrap();
    assert!(matches!(nowhere, RepositoryError::Git(GitError::NoRepository(_))), "{nowhere}");
    let missing = find(&environment, Path::new("/no/such/place")).await.err().unwrap();
    assert!(matches!(missing, RepositoryError::Git(GitError::NoRepository(_))), "{missing}");
    let bare = find(&environment, bare.path()).await.err().unwrap();
    assert!(matches!(bare, RepositoryError::NoWorktree(_)), "{bare}");
    let no_commits = open(&empty).await.read_head().await.unwrap_err();
    assert!(matches!(no_commits, RepositoryError::NoCommits(_)), "{no_commits}");
}

#[tokio::test]
async fn head_modified_files_and_tags() {
    let repo = Repo::init(&Environment::new(), "repo");
    repo.write("tracked file", "1").write("other", "1");
    let first = repo.commit("one");
    repo.lightweight_tag("light");
    let object = repo.annotated_tag("v1.0.0");
    let repository = open(&repo).await;
    assert_eq!(repository.find_modified().await.unwrap(), [""; 0]);
    repo.write("tracked file", "2").write("untracked", "x").remove("other");
    assert_eq!(repository.find_modified().await.unwrap(), ["other", "tracked file"]);
    let head = repository.read_head().await.unwrap();
    assert_eq!((head.commit.as_str(), head.branch.as_deref()), (first.as_str(), Some("main")));
    repo.git(["switch", "--quiet", "--detach"]);
    assert_eq!(repository.read_head().await.unwrap().branch, None);
    let tags = repository.read_local_tags().await.unwrap();
    let tags: Vec<_> =
        tags.iter().map(|tag| (tag.name.0.as_str(), tag.object.as_str(), tag.target.as_str())).collect();
    assert_eq!(
        tags,
        [("light", first.as_str(), first.as_str()), ("v1.0.0", object.as_str(), first.as_str())]
    );
}

#[tokio::test]
async fn a_repository_without_tags_has_none() {
    let repo = Repo::init(&Environment::new(), "repo");
    repo.commit("one");
    assert_eq!(open(&repo).await.read_local_tags().await.unwrap(), []);
}
