//! What can be wrong with repositories and tags.

use insta::assert_snapshot;
use plimsoll_testkit::repo::Repo;

use crate::scene::{CONFIG, Scene};

#[test]
fn a_folder_outside_of_git() {
    let scene = Scene::empty();
    scene.environment().folder("plain");
    assert_snapshot!(scene.show("-C ../plain check"), @r"
    exit 2
    --- stderr
    error[no-repository]: ../plain is in no git repository
     |
     = help: go to the project, or name it with `-C DIR`
    ");
    assert_eq!(scene.error("-C /nowhere check").0, "usage");
}

#[test]
fn a_repository_without_commits() {
    let scene = Scene::empty();
    scene.repo.write("plimsoll.toml", CONFIG);
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    error[no-commits]: [ROOT]/repo has no commits
     |
     = help: make the first commit

    nothing has left this machine; mend this, then run again
    ");
    for line in ["rehearse v1.0.0", "plan v1.0.0", "check v1.0.0", "list --local"] {
        let output = scene.run(line);
        assert!(output.stderr().contains("error[no-commits]"), "{line}: {}", output.stderr());
        assert_eq!(output.code(), Some(2), "{line}");
    }
}

#[test]
fn a_tag_that_is_not_there() {
    assert_snapshot!(Scene::tagged().show("release v9.0.0 --local"), @r"
    exit 5
    --- stderr
    error[tag-missing]: there is no git tag `v9.0.0`
     |
     = help: make it, after every check: `plimsoll tag v9.0.0`
     = help: or that of a promotion, on the commit that was released: `plimsoll tag --stable TAG`
     = help: or see what it would do: `plimsoll plan v9.0.0`

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn a_remote_that_is_not_asked_is_not_said_to_lack_a_tag() {
    let scene = Scene::tagged();
    scene.repo.git(["remote", "add", "origin", "https://git.example/app.git"]);
    let refused = scene.run("release v9.0.0 --local").expect_code(5);
    let said = refused.stderr();
    assert!(said.contains("there is no git tag `v9.0.0`\n"), "{said}");
    assert!(said.contains("the remote was not asked"), "{said}");
}

#[test]
fn a_tag_that_is_not_on_a_commit() {
    let scene = Scene::tagged();
    scene.repo.git(["tag", "v1.1.0", "HEAD^{tree}"]);
    assert_snapshot!(scene.show("release v1.1.0 --local"), @r"
    exit 5
    --- stderr
    error[tag-not-a-commit]: git tag `v1.1.0` points at a tree, not at a commit
     |
     = want: a commit
     = found: a tree
     = help: make it anew on a commit: `git tag -d v1.1.0`, then `git tag -a v1.1.0 COMMIT`

    nothing has left this machine; mend this, then run again
    ");
    assert_eq!(scene.run("check v1.1.0").code(), Some(5));
}

#[test]
fn modified_tracked_files() {
    let scene = Scene::tagged();
    scene.repo.write("app", "changed");
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    error[dirty-tree]: tracked files are modified
     |
     = modified: app
     = help: commit them, or put them away with `git stash`

    nothing has left this machine; mend this, then run again
    ");
    assert_eq!(scene.error("rehearse v1.0.0").0, "dirty-tree");
    scene.run("plan v1.0.0").expect_success();
    let check = scene.json("check v1.0.0");
    let warned: Vec<_> =
        check["problems"].as_array().unwrap().iter().map(|problem| &problem["code"]).collect();
    assert_eq!(
        (&check["verdict"], warned.contains(&&"dirty-tree".into())),
        (&"ok".into(), true),
        "{check:#}"
    );
}

#[test]
fn what_a_release_writes_into_a_committed_ledger_is_no_dirt() {
    let scene = Scene::tagged();
    for file in ["README.md", "v0.9.0-release-info.json", "v0.9.0-release.intoto.json", "notes.md"] {
        scene.repo.write(&format!("releases/{file}"), "old");
    }
    scene.repo.commit("the ledger");
    scene.repo.write("releases/README.md", "new");
    scene.repo.write("releases/v0.9.0-release-info.json", "new");
    scene.repo.remove("releases/v0.9.0-release.intoto.json");
    scene.repo.write("releases/notes.md", "new");
    assert_eq!(scene.error("release v1.0.0 --local"), ("dirty-tree".into(), Some(2)));
    scene.repo.write("releases/notes.md", "old");
    scene.run("release v1.0.0 --local").expect_success();
}

#[test]
fn untracked_files_do_not_matter() {
    let scene = Scene::tagged();
    scene.repo.write("notes.txt", "mine");
    scene.run("release v1.0.0 --local").expect_success();
}

#[test]
fn no_remote_to_hold_a_claim() {
    let scene = Scene::tagged();
    assert_snapshot!(scene.show("release v1.0.0"), @r#"
    exit 2
    --- stderr
    error[no-remote]: there is no git remote `origin`, and none is named by `project.source`
     |
     = help: add one: `git remote add origin URL`
     = help: or keep everything on this machine: `plimsoll release v1.0.0 --local`
     = help: or hold no claim: claim = "none" in plimsoll.toml; a tag that is there has its own plimsoll.toml, in place of which `plimsoll release v1.0.0 --config plimsoll.toml` takes this one

    nothing has left this machine; mend this, then run again
    "#);
    assert_eq!(scene.error("list"), ("no-remote".into(), Some(2)));
    // The tag's own commit asks for a claim; what is said of another configuration works.
    scene.repo.write("plimsoll.toml", format!("claim = \"none\"\n{CONFIG}")).commit("without claims");
    assert_eq!(scene.error("release v1.0.0").0, "no-remote");
    assert_ne!(scene.error("release v1.0.0 --config plimsoll.toml").0, "no-remote");
}

#[test]
fn a_remote_that_is_not_there() {
    let scene = Scene::tagged();
    scene.repo.remote("origin", "file:///nowhere/at/all.git");
    assert_snapshot!(scene.show("release v1.0.0"), @r"
    exit 8
    --- stderr
    error[git-unreachable]: git remote file:///nowhere/at/all.git can't be reached
     |
     = cause: '/nowhere/at/all.git' does not appear to be a git repository; Could not read from remote repository.; Please make sure you have the correct access rights; and the repository exists.
     = help: look whether the network is up and the address is right; once `git ls-remote file:///nowhere/at/all.git` lists something, run again

    nothing has left this machine; run the same command again
    ");
}

#[test]
fn tags_that_are_refused() {
    let scene = Scene::with_config(CONFIG);
    assert_snapshot!(scene.show("check 1.0.0"), @r"
    exit 5
    --- stderr
    error[tag-invalid]: git tag `1.0.0` is refused
     |
     = cause: it does not begin like a release tag
     = patterns: v{version}
     = nearest: v1.0.0
     = help: did you mean `v1.0.0`?
    ");
    assert_snapshot!(scene.show("check v1.0.0-rc.1"), @r"
    exit 5
    --- stderr
    error[prerelease-refused]: git tag `v1.0.0-rc.1` is refused
     |
     = cause: 1.0.0-rc.1 is a prerelease, and prereleases are not allowed
     = patterns: v{version}
     = nearest: v1.0.0
     = help: did you mean `v1.0.0`?
     = help: to release prereleases, write `prerelease = true` under `[tags]`
    ");
    for tag in ["v1.4", "v01.2.3", "latest", "v1.4.0stable"] {
        assert_eq!(scene.run(&format!("check {tag}")).code(), Some(5), "{tag}");
    }
}

#[test]
fn promotion_tags_sit_on_their_versions_commit() {
    let config = format!("{CONFIG}\n[tags]\nstable = \"v{{version}}-stable\"\n");
    let scene = Scene::with_config(&config);
    scene.repo.annotated_tag("v1.0.0");
    assert_snapshot!(scene.show("check v1.0.0-stable"), @r"
    exit 0
    --- stdout
    v1.0.0-stable is a right promotion tag of version 1.0.0, commit [commit]
    ");
    assert_snapshot!(scene.show("release v1.0.0-stable --local"), @r"
    exit 5
    --- stderr
    error[tag-missing]: there is no git tag `v1.0.0-stable`
     |
     = help: make it, after every check: `plimsoll tag v1.0.0-stable`
     = help: or that of a promotion, on the commit that was released: `plimsoll tag --stable TAG`
     = help: or see what it would do: `plimsoll plan v1.0.0-stable`

    nothing has left this machine; mend this, then run again
    ");
    scene.repo.annotated_tag("v1.0.0-stable");
    assert_eq!(scene.error("release v1.0.0-stable --local"), ("not-published".into(), Some(5)));
    scene.repo.commit("second");
    scene.repo.git(["tag", "-f", "v1.0.0-stable"]);
    assert_snapshot!(scene.show("check v1.0.0-stable"), @r"
    exit 5
    --- stderr
    error[promotion-elsewhere]: git tag `v1.0.0-stable` sits on another commit than `v1.0.0`
     |
     = promotion: [COMMIT]
     = version: [COMMIT]
     = help: a promotion proves what was released: tag `v1.0.0^{}`
    ");
    assert_eq!(scene.run("check v3.0.0-stable").code(), Some(5));
}

#[test]
fn a_shallow_clone_gets_what_it_lacks() {
    let origin = Scene::tagged();
    origin.repo.commit("second");
    let machine = origin.environment();
    let clone = Repo::clone_of(machine, origin.repo.url(), "clone", ["--depth=1", "--no-tags"]);
    let scene = Scene { repo: clone };
    scene.run("release v1.0.0 --local").expect_code(5);
    scene.repo.git(["fetch", "--quiet", "--depth=1", "origin", "tag", "v1.0.0"]);
    scene.run("release v1.0.0 --local").expect_success();
}

#[test]
fn a_shallow_clone_that_was_cut_through() {
    let scene = Scene::tagged();
    let commit = scene.repo.resolve("v1.0.0^{commit}");
    // As if the clone ended above the commit: the tag is there, and what it points at is not.
    let (folder, file) = commit.split_at(2);
    scene.repo.commit("second");
    std::fs::remove_file(scene.repo.path().join(".git/objects").join(folder).join(file)).unwrap();
    let output = scene.run("release v1.0.0 --local");
    assert_eq!(output.code(), Some(2), "{}", output.stderr());
    assert!(output.stderr().contains("error[shallow-clone]"), "{}", output.stderr());
}

#[test]
fn without_git() {
    let scene = Scene::tagged();
    let output = scene.plimsoll("check").set("PATH", "/nowhere").run();
    assert_snapshot!(scene.shown(&output), @r"
    exit 8
    --- stderr
    error[tool-missing]: git 2.31 or newer is needed
     |
     = want: git 2.31
     = found: it is not installed
     = help: install git from your system's packages or https://git-scm.com
    ");
    let output = scene.plimsoll("demo").set("PATH", "/nowhere").run();
    assert!(output.stderr().contains("error[tool-missing]"), "{}", output.stderr());
}
