//! What is said of a release that is out while its registry does not answer, or not to us: never more than is known.

use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits};
use plimsoll_testkit::process::Output;
use plimsoll_testkit::repo::Repo;

use crate::scene::{CONFIG, Scene};

/// A project whose v1.0.0 is out, with its claims on a bare repository.
fn released() -> (Scene, FaultRegistry) {
    let registry = FaultRegistry::start(Habits::default());
    let repository = format!("{}/acme/app", registry.address());
    let scene = Scene::with_config(&CONFIG.replace("registry.example/app", &repository));
    scene.repo.annotated_tag("v1.0.0");
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main", "v1.0.0"]);
    scene.run("release v1.0.0").expect_success();
    (scene, registry)
}

#[track_caller]
fn says(output: &Output, code: i32, words: &[&str], not: &str) {
    let all = format!("{}{}", output.stdout(), output.stderr());
    assert_eq!(output.code(), Some(code), "{all}");
    for word in words {
        assert!(all.contains(word), "{word}: {all}");
    }
    assert!(!all.contains(not), "{not}: {all}");
}

#[test]
fn a_registry_that_is_down() {
    let (scene, registry) = released();
    let _closed = registry.close();
    let unreachable = "error[registry-unreachable]";
    let plan = scene.run("plan v1.0.0 --online");
    says(&plan, 8, &[unreachable, "what could not be looked at may be missing"], "nothing is missing");
    let plan: serde_json::Value =
        serde_json::from_str(scene.run("plan v1.0.0 --online --output json").stdout()).unwrap();
    assert_eq!(plan["changes"], serde_json::Value::Null, "{plan}");
    let status = scene.run("status v1.0.0");
    says(
        &status,
        8,
        &[unreachable, "it is released; what could not be looked at may be missing"],
        "something is missing",
    );
    let release = scene.run("release v1.0.0");
    says(&release, 9, &[unreachable, "the release is out"], "nothing has left this machine");
    says(&scene.run("verify v1.0.0"), 8, &[unreachable], "login");
}

#[test]
fn nothing_is_called_other_than_released_that_nobody_could_look_at() {
    let registry = FaultRegistry::start(Habits::default());
    let repository = format!("{}/acme/app", registry.address());
    let config = CONFIG.replace("registry.example/app", &repository);
    let scene = Scene::with_config(&format!("{config}[tags]\nstable = \"v{{version}}-stable\"\n"));
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.annotated_tag("v1.0.0");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main", "v1.0.0"]);
    scene.run("release v1.0.0").expect_success();
    scene.run("tag --stable v1.0.0 --push").expect_success();
    let _closed = registry.close();
    let promote = scene.run("promote v1.0.0-stable");
    let words = ["error[registry-unreachable]", "can't be reached", "not looked at: content"];
    says(&promote, 8, &words, "not as released");
}

#[test]
fn a_registry_that_lets_nobody_look() {
    let (scene, registry) = released();
    for method in ["GET", "HEAD"] {
        registry.fault(method, "/manifests/", 0, 1000, Effect::Instead(Answer::status(403)));
    }
    let verify = scene.run("verify v1.0.0");
    says(&verify, 4, &["error[registry-denied]", "denied", "log in"], "unreachable");
}

#[test]
fn a_version_tag_that_nobody_claimed() {
    let (scene, _registry) = released();
    let config = std::fs::read_to_string(scene.repo.path().join("plimsoll.toml")).unwrap();
    let repository = config.split("repository = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    scene.repo.annotated_tag("v1.0.1");
    scene.repo.push("origin", ["v1.0.1"]);
    scene.run(&format!("copy {repository}:1.0.0 {repository}:1.0.1")).expect_success();
    let withdraw = scene.run("withdraw v1.0.1 --yes");
    says(
        &withdraw,
        5,
        &[
            "error[not-withdrawable]: there is no claim on this version",
            "if it was pushed by mistake, delete",
        ],
        "published",
    );
    assert!(scene.repo.git(["tag", "--list"]).contains("v1.0.1"));
}

#[test]
fn a_tag_that_was_not_pushed() {
    let (scene, _registry) = released();
    scene.repo.annotated_tag("v1.0.1");
    let release = scene.run("release v1.0.1");
    let warning = "warning[tag-not-pushed]: git tag v1.0.1 is in this clone alone";
    // It may have been withdrawn elsewhere, which deletes no tag of this clone.
    let delete = "`git tag -d v1.0.1`";
    says(&release, 0, &[warning, "`git push origin v1.0.1`", delete], "error");
    says(&scene.run("verify v1.0.1"), 0, &[warning, delete], "DRIFT");
    says(&scene.run("verify v1.0.0"), 0, &[], "tag-not-pushed");
    scene.repo.push("origin", ["v1.0.1"]);
    says(&scene.run("release v1.0.1"), 0, &[], "tag-not-pushed");
    says(&scene.run("verify v1.0.1"), 0, &[], "tag-not-pushed");
}

/// Whoever makes a tag to push it is not told that it is not pushed.
#[test]
fn a_tag_that_is_pushed_after_it_was_made() {
    let (scene, _registry) = released();
    scene.repo.annotated_tag("v1.0.1");
    says(&scene.run("tag v1.0.1 --push"), 0, &["it is on the remote"], "tag-not-pushed");
}

#[test]
fn a_withdrawn_tag_that_other_clones_have() {
    let (scene, _registry) = released();
    scene.repo.annotated_tag("v1.0.1");
    let told = "delete it there, too, with `git tag -d v1.0.1`";
    says(&scene.run("withdraw v1.0.1 --yes"), 0, &["withdrew app v1.0.1"], told);
    scene.repo.annotated_tag("v1.0.1");
    scene.repo.push("origin", ["v1.0.1"]);
    says(&scene.run("withdraw v1.0.1 --dry-run"), 0, &["would withdraw"], told);
    says(&scene.run("withdraw v1.0.1 --yes"), 0, &["withdrew app v1.0.1", told], "error");
}

/// What nobody could ask for is not gone.
#[test]
fn an_export_from_a_registry_that_is_down() {
    let (scene, registry) = released();
    let _closed = registry.close();
    says(
        &scene.run("export v1.0.0"),
        8,
        &["error[registry-unreachable]: v1.0.0 can't be exported"],
        "content-gone",
    );
}

#[test]
fn an_export_from_a_registry_that_lets_nobody_in() {
    let (scene, registry) = released();
    registry.fault("GET", "/manifests/", 0, 1000, Effect::Instead(Answer::status(403)));
    says(&scene.run("export v1.0.0"), 4, &["error[registry-unauthorized]"], "content-gone");
}

/// A registry that is down is waited for once, and not once for each thing that is asked of it.
#[test]
fn a_registry_that_is_down_is_waited_for_once() {
    let (scene, registry) = released();
    let _closed = registry.close();
    for line in ["status v1.0.0", "audit", "verify v1.0.0"] {
        let begun = std::time::Instant::now();
        scene.run(line).expect_code(8);
        // Five attempts take five seconds at most; so did each of several questions before.
        assert!(begun.elapsed().as_secs() < 9, "{line}: {:?}", begun.elapsed());
    }
}

/// A version tag that somebody else has written comes back by a command that is told.
#[test]
fn a_version_tag_that_was_written_over() {
    let (scene, registry) = released();
    let repository = format!("{}/acme/app", registry.address());
    scene.repo.write("app", "two").commit("two");
    scene.repo.annotated_tag("v1.1.0");
    scene.repo.push("origin", ["v1.1.0"]);
    scene.run("release v1.1.0").expect_success();
    let overwrite = format!("copy {repository}:1.0.0 {repository}:1.1.0");
    scene.run(&overwrite).expect_success();
    for line in ["release v1.1.0", "verify v1.1.0"] {
        let output = scene.run(line);
        says(&output, 7, &["put it back: `plimsoll copy "], "retag");
        let (_, command) = output.stderr().split_once("put it back: `plimsoll ").unwrap();
        let (command, _) = command.split_once('`').unwrap();
        scene.run(command).expect_success();
        scene.run("verify v1.1.0").expect_success();
        scene.run(&overwrite).expect_success();
    }
}

/// Killed after `published`, a run leaves the rest to the next one.
#[test]
fn what_has_not_followed_a_published_release() {
    let (scene, registry) = released();
    let repository = format!("{}/acme/app", registry.address());
    says(&scene.run("status"), 0, &["no release is under way"], "is published, but");
    scene.repo.write("app", "two").commit("two");
    scene.repo.annotated_tag("v1.1.0");
    scene.repo.push("origin", ["v1.1.0"]);
    scene.run("release v1.1.0").expect_success();
    scene.run(&format!("copy {repository}:1.0.0 {repository}:latest")).expect_success();
    let behind = format!(
        "1.1.0 is published, but {repository}:latest is not at it; `plimsoll release v1.1.0` does what is left"
    );
    says(&scene.run("status"), 0, &[&behind, "`plimsoll audit --repair`"], "record of it");
    assert_eq!(scene.json("status")["behind"][0]["version"], "1.1.0");
    scene.run("release v1.1.0").expect_success();
    says(&scene.run("status"), 0, &["no release is under way"], "is published, but");
    let _closed = registry.close();
    says(&scene.run("status"), 0, &["warning[registry-unreachable]", "could not be looked at"], "error[");
}

#[test]
fn a_published_release_without_its_record_file() {
    let scene = Scene::released();
    std::fs::remove_file(scene.repo.path().join(".plimsoll/releases/v1.0.0-release-info.json")).unwrap();
    let lacking = "1.0.0 is published, but the ledger has no record of it; `plimsoll release v1.0.0 --local`";
    says(&scene.run("status --local"), 0, &[lacking], "latest");
    scene.run("release v1.0.0 --local").expect_success();
    says(&scene.run("status --local"), 0, &["no release is under way"], "is published, but");
}

#[test]
fn a_silent_registry_where_no_claim_is_held() {
    let registry = FaultRegistry::start(Habits::default());
    let repository = format!("{}/acme/app", registry.address());
    let config = CONFIG.replace("registry.example/app", &repository);
    let scene = Scene::with_config(&format!("claim = \"none\"\n{config}"));
    scene.repo.annotated_tag("v1.0.0");
    scene.run("release v1.0.0").expect_success();
    let lines = ["list", "latest", "verify v1.0.0", "images v1.0.0", "yank v1.0.0 --reason breaks"];
    for method in ["GET", "HEAD"] {
        registry.fault(method, "/manifests/", 0, 10_000, Effect::Instead(Answer::status(403)));
    }
    for line in lines {
        says(&scene.run(line), 4, &["error[registry-unauthorized]"], "no releases yet");
    }
    let _closed = registry.close();
    for line in lines {
        says(&scene.run(line), 8, &["error[registry-unreachable]"], "no releases yet");
    }
}

/// The mirror is first in the alphabet, so that it is asked first.
#[test]
fn a_silent_mirror_keeps_no_other_repository_from_being_heard() {
    let (home, mirror) = (FaultRegistry::start(Habits::default()), FaultRegistry::start(Habits::default()));
    let app = format!("{}/acme/app", home.address().replace("127.0.0.1", "localhost"));
    let copy = format!("mirrors = [{{ repository = \"{}/acme/app\", optional = true }}]", mirror.address());
    let config = CONFIG.replace("registry.example/app", &app);
    let scene = Scene::with_config(&config.replace("platforms", &format!("{copy}\nplatforms")));
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main"]);
    for tag in ["v1.0.0", "v1.1.0"] {
        scene.repo.annotated_tag(tag);
        scene.repo.push("origin", [tag]);
        scene.run(&format!("release {tag}")).expect_success();
    }
    scene.run("yank v1.1.0 --reason broken").expect_success();
    let _closed = mirror.close();
    assert_eq!(scene.json("latest")["version"], "1.0.0");
    assert_eq!(scene.json("list")["latest"], "1.0.0");
    says(&scene.run("latest"), 0, &["warning[registry-unreachable]", "not asked: "], "may have been yanked");
    let audit = scene.json("audit");
    assert_eq!(audit["unheard"][0]["code"], "registry-unreachable", "{audit:#}");
    assert_eq!(audit["releases"][1]["standing"], "latest", "{audit:#}");
    let _closed = home.close();
    says(&scene.run("latest"), 8, &["error[registry-unreachable]"], "1.1.0");
}

#[test]
fn a_tag_that_is_another_one_on_the_remote() {
    let (scene, _registry) = released();
    scene.repo.annotated_tag("v1.0.1");
    scene.repo.push("origin", ["v1.0.1"]);
    let there = scene.repo.head();
    scene.repo.write("app", "other").commit("other");
    scene.repo.git(["tag", "--delete", "v1.0.1"]);
    scene.repo.annotated_tag("v1.0.1");
    let here = scene.repo.head();
    let plan = scene.run("plan v1.0.1 --online");
    let warning = "git tag v1.0.1 of this clone is not the remote's";
    says(&plan, 0, &[warning, &here, &there, "git fetch --force origin tag v1.0.1"], "error");
    says(&scene.run("release v1.0.1"), 0, &[warning, &there], "error");
    scene.repo.git(["fetch", "--quiet", "--force", "origin", "tag", "v1.0.1"]);
    says(&scene.run("release v1.0.1"), 0, &[], warning);
}

#[test]
fn a_ref_that_is_no_claim() {
    let (scene, _registry) = released();
    let name = "refs/plimsoll/claims/app/1.3.0";
    let tree = scene.repo.git(["rev-parse", "HEAD^{tree}"]);
    scene.repo.git(["push", "--quiet", "origin", &format!("{tree}:{name}")]);
    let remove = format!("`git push origin :{name}`");
    says(&scene.run("list"), 2, &["error[claim-format]", name, &remove], "git-failed");
    let blob = scene.repo.git(["rev-parse", "HEAD:app"]);
    scene.repo.git(["push", "--quiet", "--force", "origin", &format!("{blob}:{name}")]);
    says(&scene.run("list"), 2, &["error[claim-format]", name, &remove], "git-failed");
    scene.repo.git(["push", "--quiet", "origin", &format!(":{name}")]);
    says(&scene.run("list"), 0, &["1.0.0"], "claim-format");
}
