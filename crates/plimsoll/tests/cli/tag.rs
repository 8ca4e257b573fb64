//! Git tags are made after every check, and never moved.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits};
use plimsoll_testkit::repo::Repo;

use crate::scene::{CONFIG, Scene};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const STABLE: &str = "[tags]\nstable = \"v{version}-stable\"\n";

fn scene() -> Scene {
    Scene::with_config(&format!("registry = \"local\"\n{CONFIG}{STABLE}"))
}

#[test]
fn a_tag_is_annotated_and_made_once() {
    let scene = scene();
    assert_snapshot!(scene.show("tag v1.0.0"), @"
    exit 0
    --- stdout
    made the tag v1.0.0 on commit [commit]
    --- stderr
    it is in this clone, which has no remote to push it to; `plimsoll release v1.0.0` goes on from it
    ");
    assert_eq!(scene.repo.git(["cat-file", "-t", "v1.0.0"]).trim(), "tag");
    assert!(scene.repo.git(["cat-file", "tag", "v1.0.0"]).contains("Release v1.0.0"));
    assert_snapshot!(scene.show("tag v1.0.0"), @"
    exit 0
    --- stdout
    the tag v1.0.0 is on commit [commit] already
    --- stderr
    it is in this clone, which has no remote to push it to; `plimsoll release v1.0.0` goes on from it
    ");
    let made = scene.json("tag --bump minor --message ours");
    assert_eq!(
        (&made["tag"], &made["status"], &made["signed"]),
        (&"v1.1.0".into(), &"made".into(), &false.into())
    );
    assert!(scene.repo.git(["cat-file", "tag", "v1.1.0"]).contains("ours"));
    scene.repo.commit("later");
    assert_eq!(scene.error("tag v1.0.0"), ("git-tag-taken".into(), Some(5)));
}

#[test]
fn what_could_not_be_released_is_not_tagged() {
    let scene = scene();
    assert_eq!(scene.error("tag v1.0"), ("tag-invalid".into(), Some(5)));
    assert_eq!(scene.error("tag --bump patch"), ("usage".into(), Some(2)));
    assert_eq!(scene.error("tag v1.0.0-stable"), ("usage".into(), Some(2)));
    scene.repo.write("VERSION", "2.0.0\n").commit("version");
    assert_eq!(scene.error("tag v1.0.0"), ("version-mismatch".into(), Some(5)));
    scene.repo.write("app", "changed");
    assert_eq!(scene.error("tag v2.0.0").0, "dirty-tree");
    assert_eq!(scene.repo.git(["tag", "--list"]), "");
}

#[test]
fn a_promotion_tag_sits_on_the_commit_of_what_is_published() {
    let scene = scene();
    scene.run("tag v1.0.0").expect_success();
    assert_eq!(scene.error("tag --stable v1.0.0"), ("not-published".into(), Some(5)));
    scene.run("release v1.0.0").expect_success();
    scene.repo.write("app", "later").commit("later");
    assert_snapshot!(scene.show("tag --stable v1.0.0"), @"
    exit 0
    --- stdout
    made the tag v1.0.0-stable on commit [commit]
    --- stderr
    it is in this clone, which has no remote to push it to; `plimsoll release v1.0.0-stable` goes on from it
    ");
    assert_eq!(scene.repo.resolve("v1.0.0-stable^{commit}"), scene.repo.resolve("v1.0.0^{commit}"));
    scene.run("release v1.0.0-stable").expect_success();
}

/// The commit's files are none of these commands' business: their version is out, or is to be taken back.
#[test]
fn a_version_with_a_compose_file_is_promoted_looked_at_and_taken_back_by_its_tag() {
    let compose = "[compose]\nfile = \"compose.yml\"\n";
    let scene = Scene::with_config(&format!("registry = \"local\"\n{CONFIG}{STABLE}{compose}"));
    let compose = "name: shop\nservices:\n  app:\n    image: registry.example/app\n";
    scene.repo.write("compose.yml", compose).commit("feat: compose");
    for tag in ["v1.0.0", "v1.1.0"] {
        scene.run(&format!("tag {tag}")).expect_success();
    }
    scene.run("release v1.0.0").expect_success();
    scene.run("tag --stable v1.0.0").expect_success();
    scene.run("promote v1.0.0").expect_success();
    scene.run("status v1.0.0").expect_success();
    scene.run("withdraw v1.1.0 --yes").expect_success();
}

#[test]
fn a_tag_is_pushed_if_the_remote_has_no_other() {
    let scene = Scene::with_config(&format!("{CONFIG}{STABLE}"));
    let remote = scene.repo.path().join("../remote.git");
    scene.repo.git(["init", "--bare", "--quiet", remote.to_str().unwrap()]);
    scene.repo.git(["remote", "add", "origin", remote.to_str().unwrap()]);
    let pushed = scene.json("tag v1.0.0 --push");
    assert_eq!((&pushed["pushed"], &pushed["status"]), (&true.into(), &"made".into()), "{pushed:#}");
    let there = scene.repo.git(["ls-remote", "origin", "refs/tags/v1.0.0"]);
    assert!(there.contains(pushed["object"].as_str().unwrap()), "{there}");
    assert_eq!(pushed["commit_pushed"], false, "{pushed:#}");
    scene.repo.git(["tag", "-d", "v1.0.0"]);
    let again = scene.run("tag v1.0.0 --push").expect_success();
    assert!(again.stderr().contains("no branch of the remote has its commit"), "{}", again.stderr());
    assert!(again.stderr().contains("`git push origin main`"), "{}", again.stderr());
    scene.repo.push("origin", ["main"]);
    let again = scene.json("tag v1.0.0 --push");
    assert_eq!((&again["status"], &again["commit_pushed"]), (&"there-already".into(), &true.into()));
    scene.run("tag v1.1.0").expect_success();
    assert_eq!(scene.json("tag v1.1.0 --push")["pushed"], true, "it is made once and pushed later");
}

#[test]
fn a_version_that_is_known_elsewhere_is_not_tagged() {
    let registry = FaultRegistry::start(Habits::default());
    let repository = format!("{}/acme/app", registry.address());
    let scene = Scene::with_config(&CONFIG.replace("registry.example/app", &repository));
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main"]);
    let image = registry.put_blob("acme/app", b"{}");
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[],"annotations":{{"of":"{image}"}}}}"#
    );
    registry.put_manifest("acme/app", "1.0.0", INDEX, manifest.as_bytes());
    assert_snapshot!(scene.show("tag v1.0.0"), @"
    exit 5
    --- stderr
    error[tag-taken]: 127.0.0.1:[PORT]/acme/app:1.0.0 is there already, and not from this run
     |
     = found: sha256:[1]
     = help: a version tag is never moved; release the next version
     = help: what was released must stay: `plimsoll whatis sha256:[1]` says whether that is
     = help: or, if it was pushed by mistake, delete 127.0.0.1:[PORT]/acme/app:1.0.0 and run again

    nothing has left this machine; running again is safe but ends the same way
    ");
    assert_eq!(scene.repo.git(["tag", "--list"]), "", "its image tag is somebody's");
    scene.run("tag v1.1.0 --push").expect_success();
    scene.run("release v1.1.0").expect_success();
    for place in [None, Some("origin")] {
        match place {
            None => scene.repo.git(["tag", "-d", "v1.1.0"]),
            Some(remote) => scene.repo.git(["push", "--quiet", remote, ":refs/tags/v1.1.0"]),
        };
    }
    scene.repo.write("app", "other").commit("other");
    assert_eq!(scene.error("tag v1.1.0"), ("tag-moved-since".into(), Some(5)));
    assert_eq!(scene.repo.git(["tag", "--list"]), "", "its claim says that it was released");
}

#[test]
fn what_can_not_be_looked_at_is_told_and_keeps_no_tag_from_being_made() {
    let registry = FaultRegistry::start(Habits::default());
    let repository = format!("{}/acme/app", registry.address());
    let scene = Scene::with_config(&CONFIG.replace("registry.example/app", &repository));
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main"]);
    let denied = Effect::Instead(Answer::status(403).body("{}"));
    registry.fault("GET", "/v2/", 0, 1000, denied.clone());
    registry.fault("HEAD", "/v2/", 0, 1000, denied);
    let output = scene.run("tag v1.0.0");
    assert!(output.stderr().contains("warning[registry-unauthorized]"), "{}", output.stderr());
    output.expect_success();
    assert_eq!(scene.repo.git(["tag", "--list"]).trim(), "v1.0.0");
}

#[test]
fn a_tag_that_has_nowhere_to_go_is_not_made() {
    let (local, remote) = (scene(), Scene::with_config(&format!("{CONFIG}{STABLE}")));
    let shown = local.show("tag v1.0.0 --push");
    assert_snapshot!(shown, @"
    exit 2
    --- stderr
    error[no-remote]: there is no git remote to push the tag to, so it was not made
     |
     = help: add one: `git remote add origin URL`
     = help: or make it in this clone alone: the same without `--push`

    nothing has left this machine; mend this, then run again
    ");
    assert_eq!(remote.show("tag v1.0.0 --push"), shown);
    for scene in [local, remote] {
        assert_eq!(scene.repo.git(["tag", "--list"]), "");
    }
}

#[test]
fn a_remote_that_can_not_be_asked_keeps_a_tag_from_being_pushed_and_not_from_being_made() {
    let scene = scene();
    scene.repo.remote("origin", "file:///nowhere/at/all.git");
    assert_eq!(scene.error("tag v1.0.0 --push"), ("git-unreachable".into(), Some(8)));
    assert_eq!(scene.repo.git(["tag", "--list"]), "");
    assert_snapshot!(scene.show("tag v1.0.0"), @"
    exit 0
    --- stdout
    made the tag v1.0.0 on commit [commit]
    --- stderr
    it is in this clone alone; push it: `plimsoll tag v1.0.0 --push`
    ");
}

#[test]
fn a_tag_that_the_remote_refuses_stays_here_and_that_is_said() {
    let (scene, remote) = Scene::with_remote(&format!("registry = \"local\"\n{CONFIG}{STABLE}"));
    remote.write("hooks/pre-receive", "#!/bin/sh\necho no tags today >&2\nexit 1\n");
    let hook = remote.path().join("hooks/pre-receive");
    std::fs::set_permissions(hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_snapshot!(scene.show("tag v1.0.0 --push"), @"
    exit 4
    --- stderr
    error[git-denied]: git remote file://[ROOT]/origin.git does not allow this
     |
     = cause: [remote rejected] (pre-receive hook declined)
     = made, in this clone alone: v1.0.0
     = help: give the account the right to read the remote, and to push tags to it
     = help: the tag stays in this clone; to push it: `plimsoll tag v1.0.0 --push`
     = help: or take it away again: `git tag -d v1.0.0`

    nothing has left this machine; mend this, then run again
    ");
    assert_eq!(scene.repo.git(["tag", "--list"]).trim(), "v1.0.0");
    assert_snapshot!(scene.show("tag v1.0.0 --push"), @"
    exit 4
    --- stderr
    error[git-denied]: git remote file://[ROOT]/origin.git does not allow this
     |
     = cause: [remote rejected] (pre-receive hook declined)
     = in this clone alone: v1.0.0
     = help: give the account the right to read the remote, and to push tags to it
     = help: the tag stays in this clone; to push it: `plimsoll tag v1.0.0 --push`

    nothing has left this machine; mend this, then run again
    ");
}

/// What stays on this machine needs no remote, however the tag is missing.
#[test]
fn a_local_registry_asks_no_remote() {
    let scene = scene();
    scene.repo.remote("origin", "file:///nowhere/at/all.git");
    for line in ["status v1.0.0", "plan v1.0.0"] {
        scene.run(line).expect_success();
    }
    assert_eq!(scene.error("release v1.0.0").0, "tag-missing");
    scene.run("tag v1.0.0").expect_success();
    scene.run("release v1.0.0").expect_success();
    assert_snapshot!(scene.show("promote v1.0.0"), @"
    exit 5
    --- stderr
    error[tag-missing]: there is no git tag `v1.0.0-stable`
     |
     = help: make it on its version's commit: `plimsoll tag --stable v1.0.0-stable`
     = help: or see what it would do: `plimsoll plan v1.0.0-stable`
     = help: or fetch it: the remote was not asked, and `git fetch --tags` brings what it has

    nothing has left this machine; mend this, then run again
    ");
    scene.run("tag --stable v1.0.0").expect_success();
    scene.run("promote v1.0.0").expect_success();
}
