//! Tags of real repositories and remotes.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;

use super::*;
use crate::adapters::git::tests::open;

struct Scene {
    environment: Environment,
    origin: Repo,
    repo: Repo,
    commit: String,
    object: String,
}

/// A repository with a commit and an annotated tag `v1`, and a remote that has both.
fn scene() -> Scene {
    let environment = Environment::new();
    let (origin, repo) = (Repo::bare(&environment, "origin.git"), Repo::init(&environment, "repo"));
    repo.remote("origin", &origin.url());
    let commit = repo.write("f", "1").commit("1");
    let object = repo.annotated_tag("v1");
    repo.push("origin", ["main", "v1"]);
    Scene { environment, origin, repo, commit, object }
}

fn tag(name: &str) -> GitTag {
    GitTag(name.into())
}

async fn remote(repository: &Repository) -> Remote {
    repository.read_remote(None).await.unwrap()
}

#[tokio::test]
async fn the_remote_comes_first() {
    let Scene { repo, commit, object, .. } = scene();
    let repository = open(&repo).await;
    let remote = remote(&repository).await;
    repo.commit("2");
    repo.git(["tag", "--force", "v1"]);
    repo.lightweight_tag("local");
    let there = repository.read_tag(&tag("v1"), Some(&remote)).await.unwrap();
    assert_eq!((there.object.as_str(), there.commit.as_str()), (object.as_str(), commit.as_str()));
    assert!(there.on_remote);
    let here = repository.read_tag(&tag("v1"), None).await.unwrap();
    assert_eq!((here.object.as_str(), here.on_remote), (repo.head().as_str(), false));
    let only_here = repository.read_tag(&tag("local"), Some(&remote)).await.unwrap();
    assert_eq!((only_here.commit.as_str(), only_here.on_remote), (repo.head().as_str(), false));
    for absent in ["v2", "v1^{}", "--all", "a b", "v*"] {
        let error = repository.read_tag(&tag(absent), Some(&remote)).await.unwrap_err();
        assert!(matches!(error, RepositoryError::TagMissing { .. }), "{absent}: {error}");
    }
}

#[tokio::test]
async fn a_shallow_clone_gets_what_it_lacks() {
    let Scene { environment, origin, repo, commit, object, .. } = scene();
    repo.write("f", "2").commit("2");
    repo.push("origin", ["main"]);
    let clone = Repo::clone_of(&environment, origin.url(), "clone", ["--depth=1", "--no-tags"]);
    let (refs, objects) = (clone.git(["for-each-ref"]), clone.git(["count-objects", "-v"]));
    let repository = open(&clone).await;
    let found = repository.read_tag(&tag("v1"), Some(&remote(&repository).await)).await.unwrap();
    assert_eq!((found.object.as_str(), found.commit.as_str()), (object.as_str(), commit.as_str()));
    assert!(repository.read_commit_time(&found.commit).await.is_ok());
    let bytes = repository.read_file(&found.commit, "f", 100).await.unwrap();
    assert_eq!(bytes.as_deref(), Some(b"1".as_slice()));
    assert_eq!((clone.git(["for-each-ref"]), clone.git(["count-objects", "-v"])), (refs, objects));
    assert!(!clone.path().join(".git/FETCH_HEAD").exists());
}

/// As GitHub's checkout action leaves it: one commit, and the tag's name on the commit itself.
#[tokio::test]
async fn a_checkout_of_ci_gets_the_tag_object_alone() {
    let Scene { environment, origin, repo, .. } = scene();
    let commit = repo.write("large", "x".repeat(100_000)).commit("2");
    let object = repo.annotated_tag("v2");
    repo.push("origin", ["main", "v2"]);
    let checkout = Repo::init(&environment, "checkout");
    checkout.remote("origin", &origin.url());
    checkout.git([
        "fetch",
        "--quiet",
        "--no-tags",
        "--depth=1",
        "origin",
        &format!("+{commit}:refs/tags/v2"),
    ]);
    checkout.git(["checkout", "--quiet", "v2"]);
    let repository = open(&checkout).await;
    let remote = remote(&repository).await;
    let found = repository.read_tag(&tag("v2"), Some(&remote)).await.unwrap();
    assert_eq!((found.object.as_str(), found.commit.as_str()), (object.as_str(), commit.as_str()));
    let call = repository.scratch_call("count-objects").await.unwrap().arg("-v").success().await.unwrap();
    let counted = String::from_utf8(call.stdout).unwrap();
    assert!(counted.contains("count: 1\n") || counted.contains("in-pack: 1\n"), "{counted}");
    assert_eq!(checkout.resolve("refs/tags/v2"), commit, "the user's own tag stays");
    let git = GitTags::new(repository, Some(remote));
    assert_eq!(git.tag(&found).await.unwrap(), TagNow::Same);
}

#[tokio::test]
async fn the_users_connection_is_used() {
    let Scene { origin, repo, object, environment, .. } = scene();
    repo.git(["remote", "set-url", "origin", "https://forge.test/acme/app.git"]);
    let included = environment.root().join("included");
    let text = format!("[url \"{}\"]\n\tinsteadOf = https://forge.test/acme/app.git\n", origin.url());
    std::fs::write(&included, text).unwrap();
    let condition = format!("includeIf.gitdir:{}/.git.path", repo.path().display());
    repo.git(["config", &condition, included.to_str().unwrap()]);
    let repository = open(&repo).await;
    let remote = repository.read_remote(Some("https://forge.test/acme/app")).await.unwrap();
    let found = repository.read_tag(&tag("v1"), Some(&remote)).await.unwrap();
    assert_eq!((found.object.as_str(), found.on_remote), (object.as_str(), true));
    repo.git(["remote", "set-url", "origin", "../origin.git"]);
    let repository = open(&repo).await;
    let remote = repository.read_remote(None).await.unwrap();
    assert!(repository.read_tag(&tag("v1"), Some(&remote)).await.unwrap().on_remote);
}

#[tokio::test]
async fn a_whole_clone_that_is_behind_gets_what_it_lacks() {
    let Scene { environment, origin, repo, .. } = scene();
    let clone = Repo::clone_of(&environment, origin.url(), "clone", []);
    let commit = repo.write("f", "2").commit("2");
    repo.annotated_tag("v2");
    repo.push("origin", ["main", "v2"]);
    let repository = open(&clone).await;
    let found = repository.read_tag(&tag("v2"), Some(&remote(&repository).await)).await.unwrap();
    assert_eq!(found.commit.as_str(), commit);
}

#[tokio::test]
async fn only_commits_are_released() {
    let Scene { repo, .. } = scene();
    repo.git(["tag", "tree", "HEAD^{tree}"]);
    repo.git(["tag", "--annotate", "-m", "x", "blob", "HEAD:f"]);
    repo.push("origin", ["tree", "blob"]);
    let repository = open(&repo).await;
    let remote = remote(&repository).await;
    for name in ["tree", "blob"] {
        for remote in [None, Some(&remote)] {
            let error = repository.read_tag(&tag(name), remote).await.unwrap_err();
            assert_eq!(error, RepositoryError::TagNotACommit { tag: tag(name), found: name.into() });
        }
    }
}

#[tokio::test]
async fn a_tag_of_a_tag_is_held_to_as_a_whole() {
    let Scene { repo, commit, .. } = scene();
    repo.git(["tag", "--annotate", "-m", "outer", "outer", "v1"]);
    repo.push("origin", ["outer"]);
    let repository = open(&repo).await;
    let found = repository.read_tag(&tag("outer"), Some(&remote(&repository).await)).await.unwrap();
    assert_eq!(
        (found.object.as_str(), found.commit.as_str()),
        (repo.resolve("refs/tags/outer").as_str(), commit.as_str())
    );
}

#[tokio::test]
async fn a_tag_that_moves_is_seen() {
    let Scene { repo, .. } = scene();
    let repository = open(&repo).await;
    let remote = remote(&repository).await;
    let git = GitTags::new(repository.clone(), Some(remote.clone()));
    let began = repository.read_tag(&tag("v1"), Some(&remote)).await.unwrap();
    assert_eq!(git.tag(&began).await.unwrap(), TagNow::Same);
    repo.git(["tag", "--force", "--annotate", "-m", "again", "v1"]);
    repo.push("origin", ["+v1"]);
    assert_eq!(git.tag(&began).await.unwrap(), TagNow::Other(repo.resolve("v1").parse().unwrap()));
    repo.push("origin", [":v1"]);
    assert_eq!(git.tag(&began).await.unwrap(), TagNow::Gone);
}

#[tokio::test]
async fn a_tag_of_this_clone_alone_must_stay_alone() {
    let Scene { repo, .. } = scene();
    repo.lightweight_tag("mine");
    let repository = open(&repo).await;
    let remote = remote(&repository).await;
    let git = GitTags::new(repository.clone(), Some(remote.clone()));
    let began = repository.read_tag(&tag("mine"), Some(&remote)).await.unwrap();
    assert_eq!(git.tag(&began).await.unwrap(), TagNow::Same);
    repo.push("origin", ["mine"]);
    assert_eq!(git.tag(&began).await.unwrap(), TagNow::Same);
    let other = repo.write("f", "2").commit("2");
    repo.git(["push", "--quiet", "--force", "origin", "HEAD:refs/tags/mine"]);
    assert_eq!(git.tag(&began).await.unwrap(), TagNow::Other(other.parse().unwrap()));
}

#[tokio::test]
async fn deletes_only_what_was_meant() {
    let Scene { origin, repo, object, .. } = scene();
    let repository = open(&repo).await;
    let git = GitTags::new(repository.clone(), Some(remote(&repository).await));
    let other: Oid = repo.head().parse().unwrap();
    assert!(git.delete_tag(&tag("v1"), &other).await.is_err());
    assert_eq!(origin.resolve("refs/tags/v1"), object);
    let object: Oid = object.parse().unwrap();
    git.delete_tag(&tag("v1"), &object).await.unwrap();
    assert_eq!((origin.git(["tag"]), repo.git(["tag"])), (String::new(), String::new()));
    git.delete_tag(&tag("v1"), &object).await.unwrap();
}

#[tokio::test]
async fn an_unreachable_remote_is_no_absence() {
    let Scene { repo, .. } = scene();
    repo.git(["remote", "set-url", "origin", "file:///no/such/repository"]);
    let repository = open(&repo).await;
    let error = repository.read_tag(&tag("v1"), Some(&remote(&repository).await)).await.unwrap_err();
    assert!(matches!(error, RepositoryError::Git(GitError::Unreachable { .. })), "{error}");
}

#[tokio::test]
async fn the_source_chooses_the_remote() {
    let Scene { repo, .. } = scene();
    repo.remote("upstream", "https://secret-token@forge.test/acme/app.git");
    let repository = open(&repo).await;
    let shown = async |source| repository.read_remote(Some(source)).await.map(|remote| remote.shown());
    let own = shown("https://forge.test/acme/app").await;
    assert_eq!(own.as_deref(), Ok("https://forge.test/acme/app.git"));
    let other = shown("https://forge.test/acme/other").await;
    assert_eq!(other.as_deref(), Ok("https://forge.test/acme/other"));
    let program = shown("ext::sh -c evil").await.unwrap_err();
    assert!(matches!(program, RepositoryError::RemoteRefused { .. }), "{program}");
    repo.git(["remote", "remove", "origin"]);
    assert_eq!(open(&repo).await.read_remote(None).await.unwrap_err(), RepositoryError::NoRemote);
}
