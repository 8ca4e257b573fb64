//! Files of real commits, in folders.

use std::fs;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;
use tempfile::TempDir;

use crate::adapters::git::tests::open;

/// The commit that a tag names, in a folder; what stays empty comes with it.
async fn written(repo: &Repo, commit: &str) -> (TempDir, Vec<String>) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (to, index) = (folder.path().join("tree"), folder.path().join("index"));
    fs::create_dir(&to).expect("a folder can be made in it");
    let commit = commit.parse().expect("git names commits so");
    let empty = open(repo).await.check_out(&commit, &to, &index).await.expect("the commit is there");
    (folder, empty)
}

fn read(folder: &TempDir, path: &str) -> Vec<u8> {
    fs::read(folder.path().join("tree").join(path)).expect("the file was written")
}

#[tokio::test]
async fn attributes_are_those_of_the_commit() {
    let repo = Repo::init(&Environment::new(), "repo");
    repo.write("x.txt", "a\nb\n").write("deep/y.txt", "a\n").commit("1");
    let first = repo.head();
    repo.write(".gitattributes", "*.txt text eol=crlf\n").commit("2");
    let second = repo.head();
    let (folder, empty) = written(&repo, &first).await;
    assert_eq!((read(&folder, "x.txt"), empty), (b"a\nb\n".to_vec(), Vec::new()));
    assert_eq!(read(&written(&repo, &second).await.0, "deep/y.txt"), b"a\r\n");
    // What nobody committed counts for nothing, wherever it stands.
    repo.write(".gitattributes", "*.txt text eol=lf\n");
    repo.write("deep/.gitattributes", "*.txt text eol=lf\n");
    assert_eq!(read(&written(&repo, &second).await.0, "deep/y.txt"), b"a\r\n");
    let attributes = repo.path().join(".git/attributes");
    fs::write(&attributes, "*.txt text eol=crlf\n").expect("it can be written");
    repo.git(["config", "core.attributesFile", &attributes.display().to_string()]);
    assert_eq!(read(&written(&repo, &first).await.0, "x.txt"), b"a\nb\n");
}

#[tokio::test]
async fn submodules_are_filled_from_the_clone_by_their_commits() {
    let environment = Environment::new();
    let (inner, lib) = (Repo::init(&environment, "inner"), Repo::init(&environment, "lib"));
    inner.write("deep.c", "deep\n").commit("1");
    lib.write("lib.c", "one\n").commit("1");
    let address = |repo: &Repo| repo.path().display().to_string();
    let allowed = ["-c", "protocol.file.allow=always", "submodule", "--quiet"];
    let add = |repo: &Repo, of: &str, at: &str| repo.git([&allowed[..], &["add", of, at]].concat());
    add(&lib, &address(&inner), "inner");
    lib.commit("2");
    let repo = Repo::init(&environment, "repo");
    repo.write("main.c", "main\n");
    add(&repo, &address(&lib), "vendor/lib");
    repo.commit("1");
    let commit = repo.head();
    // The inner one was not fetched.
    let (folder, empty) = written(&repo, &commit).await;
    assert_eq!(
        (read(&folder, "vendor/lib/lib.c"), empty),
        (b"one\n".to_vec(), vec!["vendor/lib/inner".to_owned()])
    );
    repo.git([&allowed[..], &["update", "--init", "--recursive"]].concat());
    repo.write("vendor/lib/lib.c", "changed\n");
    let (folder, empty) = written(&repo, &commit).await;
    assert_eq!((read(&folder, "vendor/lib/inner/deep.c"), empty), (b"deep\n".to_vec(), Vec::new()));
    assert_eq!(read(&folder, "vendor/lib/lib.c"), b"one\n");
    // A clone without them.
    let clone = Repo::clone_of(&environment, repo.path(), "clone", [] as [&str; 0]);
    let (folder, empty) = written(&clone, &commit).await;
    assert_eq!((read(&folder, "main.c"), empty), (b"main\n".to_vec(), vec!["vendor/lib".to_owned()]));
}
