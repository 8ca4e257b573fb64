//! Trees of real commits.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use futures_util::{StreamExt as _, TryStreamExt as _};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;

use super::*;
use crate::adapters::git::tests::open;

async fn whole(file: TreeFile) -> Vec<u8> {
    let pieces: Vec<_> = file.bytes.try_collect().await.unwrap();
    pieces.concat()
}

async fn tree(repo: &Repo) -> CommitTree {
    let repository = open(repo).await;
    let head = repository.read_head().await.unwrap();
    repository.tree(&head.commit)
}

fn problem(error: &WorldError) -> FileProblem {
    match error {
        WorldError::File { kind, .. } => *kind,
        other => panic!("{other}"),
    }
}

fn make_executable(repo: &Repo, path: &str) {
    std::fs::set_permissions(repo.path().join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn reads_the_commit_and_not_the_worktree() {
    let repo = Repo::init(&Environment::new(), "repo");
    let names =
        ["plain", "with space", "new\nline", "tab\there", "üñï/ço dé", "\"quoted\"", "-dash", "deep/er/file"];
    for name in names {
        repo.write(name, name);
    }
    repo.write("empty", "").write("run", "#!");
    make_executable(&repo, "run");
    repo.commit("1");
    for name in names {
        repo.write(name, "modified");
    }
    repo.remove("empty");
    let tree = tree(&repo).await;
    for name in names {
        let file = tree.open(name).await.unwrap().unwrap();
        assert_eq!((file.size, file.standing), (u64::try_from(name.len()).unwrap(), FileStanding::Tracked));
        assert!(!file.executable);
        assert_eq!(whole(file).await, name.as_bytes());
    }
    assert!(tree.open("run").await.unwrap().unwrap().executable);
    assert_eq!(whole(tree.open("./empty").await.unwrap().unwrap()).await, b"");
    assert!(tree.open("none").await.unwrap().is_none());
}

#[tokio::test]
async fn large_blobs_come_in_pieces_and_in_any_order() {
    let repo = Repo::init(&Environment::new(), "repo");
    let large: Vec<u8> = (0..3_000_000u32).flat_map(|n| n.to_le_bytes()).collect();
    repo.write("large", &large).write("small", "s");
    for n in 0..12 {
        repo.write(&format!("f{n}"), n.to_string());
    }
    repo.commit("1");
    let tree = tree(&repo).await;
    let mut first = tree.open("large").await.unwrap().unwrap();
    let begin = first.bytes.next().await.unwrap().unwrap();
    assert!(begin.len() <= 256 * 1024);
    // One file is half read and twelve are open: nobody waits for anybody.
    let mut files = Vec::new();
    for n in 0..12 {
        files.push(tree.open(&format!("f{n}")).await.unwrap().unwrap());
    }
    for (n, file) in files.into_iter().enumerate().rev() {
        assert_eq!(whole(file).await, n.to_string().as_bytes());
    }
    let second = whole(tree.open("large").await.unwrap().unwrap()).await;
    let rest = whole(first).await;
    assert!([begin.as_ref(), &rest].concat() == large && second == large);
    let mut dropped = tree.open("large").await.unwrap().unwrap();
    dropped.bytes.next().await.unwrap().unwrap();
    drop(dropped);
    assert_eq!(whole(tree.open("small").await.unwrap().unwrap()).await, b"s");
}

#[tokio::test]
async fn untracked_files_stand_behind_the_commit() {
    let repo = Repo::init(&Environment::new(), "repo");
    repo.write("tracked", "committed").write(".gitignore", "dist/\n").commit("1");
    repo.write("dist/tool", "built").write("tracked", "modified");
    make_executable(&repo, "dist/tool");
    symlink("tool", repo.path().join("dist/link")).unwrap();
    let tree = tree(&repo).await;
    for path in ["dist/tool", "dist/link", "dist/./tool"] {
        let file = tree.open(path).await.unwrap().unwrap();
        assert_eq!((file.executable, file.standing, file.size), (true, FileStanding::Untracked, 5));
        assert_eq!(whole(file).await, b"built");
    }
    let file = tree.open("tracked").await.unwrap().unwrap();
    assert_eq!(file.standing, FileStanding::Tracked);
    let file = tree.open("dist/tool").await.unwrap().unwrap();
    repo.write("dist/tool", "built again");
    let changed = file.bytes.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(problem(&changed), FileProblem::Broken);
}

#[tokio::test]
async fn nothing_leads_out_and_only_files_are_files() {
    let environment = Environment::new();
    let (repo, library) = (Repo::init(&environment, "repo"), Repo::init(&environment, "library"));
    library.write("x", "x").commit("1");
    std::fs::write(environment.root().join("secret"), "x").unwrap();
    repo.write("folder/file", "x");
    symlink("folder/file", repo.path().join("link")).unwrap();
    symlink("folder", repo.path().join("linked")).unwrap();
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &library.url(), "sub"];
    repo.git(add);
    repo.commit("1");
    symlink("../secret", repo.path().join("out")).unwrap();
    symlink("..", repo.path().join("up")).unwrap();
    let tree = tree(&repo).await;
    let error = async |path| tree.open(path).await.err().unwrap();
    for path in ["link", "linked", "linked/file", "sub", "sub/x", "folder"] {
        assert_eq!(problem(&error(path).await), FileProblem::Broken, "{path}");
    }
    for path in ["out", "up/secret", "../secret", "/etc/passwd", ".git/config", "sub/../.GIT/config", ""] {
        assert_eq!(problem(&error(path).await), FileProblem::Escapes, "{path}");
    }
    assert!(error("sub/x").await.to_string().contains("`sub` is a submodule in the commit"));
}

#[tokio::test]
async fn small_files_are_read_whole() {
    let repo = Repo::init(&Environment::new(), "repo");
    repo.write("plimsoll.toml", "x = 1").write("a b/*?[x]", "odd").write("a b/other", "x");
    for (name, target) in [
        ("link", "plimsoll.toml"),
        ("a b/up", "../link"),
        ("out", "../x"),
        ("round", "round"),
        ("dir", "a b"),
    ] {
        symlink(target, repo.path().join(name)).unwrap();
    }
    repo.commit("1");
    repo.write("untracked", "x");
    let repository = open(&repo).await;
    let commit = repository.read_head().await.unwrap().commit;
    let read = async |path, limit| repository.read_file(&commit, path, limit).await;
    assert_eq!(read("plimsoll.toml", 5).await.unwrap().as_deref(), Some(b"x = 1".as_slice()));
    assert_eq!(problem(&read("plimsoll.toml", 4).await.unwrap_err()), FileProblem::Broken);
    assert_eq!(read("a b/./*?[x]", 5).await.unwrap().as_deref(), Some(b"odd".as_slice()));
    for absent in ["untracked", "a b/*", "link/x", "a b/other/x", "a b", "a b/"] {
        assert_eq!(read(absent, 5).await.unwrap(), None, "{absent}");
    }
    for link in ["link", "a b/up"] {
        assert_eq!(read(link, 5).await.unwrap().as_deref(), Some(b"x = 1".as_slice()), "{link}");
    }
    for link in ["out", "round", "dir"] {
        assert_eq!(problem(&read(link, 5).await.unwrap_err()), FileProblem::Link, "{link}");
    }
}

#[tokio::test]
async fn links_of_a_chart_are_the_files_that_they_lead_to() {
    let repo = Repo::init(&Environment::new(), "repo");
    repo.write("values.yaml", "a: 1").write("chart/Chart.yaml", "name: x").write(".gitignore", "ignored\n");
    for (name, target) in [("values.yaml", "../values.yaml"), ("out", "/etc/passwd"), ("dir", "../chart")] {
        symlink(target, repo.path().join("chart").join(name)).unwrap();
    }
    repo.commit("1");
    repo.write("ignored", "x").write("more", "x");
    let opened = async |tree: &dyn Tree, folder| {
        let mut found = Vec::new();
        for file in tree.open_chart(folder).await.unwrap().unwrap() {
            let path = file.path.clone();
            let bytes = file.bytes.try_collect::<Vec<_>>().await;
            found.push((path, bytes.map(|pieces| pieces.concat().len()).ok()));
        }
        found
    };
    let file = |path: &str, length| (path.to_owned(), length);
    let chart = [
        file("chart/Chart.yaml", Some(7)),
        file("chart/dir", None),
        file("chart/out", None),
        file("chart/values.yaml", Some(4)),
    ];
    let tree = tree(&repo).await;
    assert_eq!(opened(&tree, "chart").await, chart);
    let whole = |more: &[(String, Option<usize>)]| {
        let mut whole = vec![file(".gitignore", Some(8))];
        whole.extend(chart.clone());
        whole.extend(more.iter().cloned());
        whole.push(file("values.yaml", Some(4)));
        whole
    };
    assert_eq!(opened(&tree, ".").await, whole(&[]));
    let worktree = open(&repo).await.worktree();
    assert_eq!(opened(&worktree, ".").await, whole(&[file("more", Some(1))]));
    assert!(tree.open_below("chart").await.is_err());
}

#[tokio::test]
async fn a_folder_that_a_chart_links_to_is_a_folder_of_it() {
    let repo = Repo::init(&Environment::new(), "repo");
    repo.write("chart/Chart.yaml", "name: x").write("lib/crds/a/b.yaml", "b: 1").write("c.yaml", "c");
    let links = [
        ("chart/crds", "../lib/crds"),
        ("chart/up", ".."),
        ("lib/crds/again", "../crds"),
        ("lib/crds/c.yaml", "../../c.yaml"),
    ];
    for (link, target) in links {
        symlink(target, repo.path().join(link)).unwrap();
    }
    repo.commit("1");
    let mut found = Vec::new();
    for file in tree(&repo).await.open_chart("chart").await.unwrap().unwrap() {
        let path = file.path.clone();
        found.push((path, file.bytes.try_collect::<Vec<_>>().await.is_ok()));
    }
    // Folders that links of a linked folder lead to have no end, and nobody could say what is there.
    let worktree = open(&repo).await.worktree();
    let whole = repo.path().join("lib").display().to_string();
    for (link, target) in [("own", "../.git"), ("dead", "nowhere"), ("out", "../../x"), ("whole", &whole)] {
        symlink(target, repo.path().join("chart").join(link)).unwrap();
    }
    let mut lying = Vec::new();
    for file in worktree.open_chart("chart").await.unwrap().unwrap() {
        let path = file.path.clone();
        let read = file.bytes.try_collect::<Vec<_>>().await;
        lying.push((path, read.err().map(|error| problem(&error))));
    }
    let link = Some(FileProblem::Link);
    let want = [
        ("chart/Chart.yaml", None),
        ("chart/crds/a/b.yaml", None),
        ("chart/crds/again", link),
        ("chart/crds/c.yaml", None),
        ("chart/dead", link),
        ("chart/out", link),
        ("chart/own", link),
        ("chart/up", link),
        ("chart/whole", link),
    ];
    assert_eq!(lying, want.map(|(path, fault)| (path.to_owned(), fault)));
    let want = [
        ("chart/Chart.yaml", true),
        ("chart/crds/a/b.yaml", true),
        ("chart/crds/again", false),
        ("chart/crds/c.yaml", true),
        ("chart/up", false),
    ];
    assert_eq!(found, want.map(|(path, is_there)| (path.to_owned(), is_there)));
}
