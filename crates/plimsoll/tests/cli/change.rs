//! The commands that change something, when all goes well.

use insta::assert_snapshot;
use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits};

use crate::scene::{CONFIG, Scene};

#[test]
fn release_says_what_was_released_and_the_next_run_that_nothing_was_missing() {
    let scene = Scene::tagged();
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 0
    --- stdout
    released app v1.0.0 from commit [commit]

    app  registry.example/app
      tags       1.0.0, 1.0, latest
      platforms  linux/amd64
      sha256:[1]
    --- stderr
    everything is done; running the same command again changes nothing
    ");
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 0
    --- stdout
    app v1.0.0 is released already; nothing was missing
    --- stderr
    everything is done; running the same command again changes nothing
    ");
    let again = scene.json("release v1.0.0 --local");
    assert_eq!((&again["status"], &again["changed"]), (&"already-released".into(), &false.into()));
}

#[test]
fn release_works_on_the_tags_commit_wherever_head_is() {
    let scene = Scene::tagged();
    scene.repo.write("plimsoll.toml", "this is no toml").write("app", "other").commit("second");
    scene.run("release v1.0.0 --local").expect_success();
    scene.repo.write("plimsoll.toml", CONFIG).commit("third");
    let labels = scene.json("images v1.0.0 --local")["images"][0]["labels"].clone();
    let tagged = scene.repo.resolve("v1.0.0^{commit}");
    assert_eq!(labels["org.opencontainers.image.revision"], tagged.as_str());
}

#[test]
fn the_local_registry_can_be_configured() {
    let scene = Scene::with_config(&format!("registry = \"local\"\n{CONFIG}"));
    scene.repo.annotated_tag("v1.0.0");
    scene.run("release v1.0.0").expect_success();
    scene.run("verify v1.0.0").expect_success();
    assert!(scene.has(".plimsoll/releases/v1.0.0-release-info.json") && !scene.has("releases"));
}

#[test]
fn rehearse_leaves_nothing() {
    let scene = Scene::with_config(CONFIG);
    assert_snapshot!(scene.show("rehearse v2.0.0"), @r"
    exit 0
    --- stdout
    rehearsed app v2.0.0 from commit [commit]; nothing of it was kept

    app  registry.example/app
      tags       2.0.0, 2.0, latest
      platforms  linux/amd64
      sha256:[1]
    --- stderr
    rehearsing v2.0.0 in a registry that is thrown away
    a release of v2.0.0 from this commit would make the same; `plimsoll doctor` says whether keys, programs and registries are ready for it
    ");
    scene.repo.annotated_tag("v1.0.0");
    assert_eq!(scene.json("rehearse")["tag"], "v1.0.1", "the next patch");
    scene.repo.write("VERSION", "3.0.0\n").commit("version");
    assert_eq!(scene.json("rehearse")["tag"], "v3.0.0", "what the files say");
    assert!(!scene.has(".plimsoll") && !scene.has("releases"));
    assert_eq!(scene.files("../tmp"), [""; 0].map(std::path::PathBuf::from));
}

#[test]
fn withdraw_takes_back_the_tag() {
    let scene = Scene::tagged();
    assert_snapshot!(scene.show("withdraw v1.0.0 --local"), @r"
    exit 2
    --- stderr
    error[usage]: withdrawing asks first, and there is nobody to answer
     |
     = help: say `plimsoll withdraw v1.0.0 --local --yes`
    ");
    assert_snapshot!(scene.show("withdraw v1.0.0 --local --yes"), @r"
    exit 0
    --- stdout
    withdrew app v1.0.0: it had no claim; its git tag is gone
    ");
    assert_eq!(scene.repo.git(["tag", "--list"]), "");
}

#[test]
fn quiet_says_nothing_but_the_answer() {
    let scene = Scene::tagged();
    let output = scene.plimsoll("release v1.0.0 --local --quiet").run().expect_success();
    assert_eq!(output.stderr(), "");
    assert!(output.stdout().starts_with("released app v1.0.0"));
}

/// Whoever finishes what was sealed before runs no gate again, and is told so.
#[test]
fn gates_that_are_not_run_again_are_told() {
    let registry = FaultRegistry::start(Habits::default());
    let config = CONFIG.replace("registry.example/app", &format!("{}/acme/app", registry.address()));
    let (scene, _) = Scene::with_remote(&format!("{config}[gates]\nsource = [\"test -f app\"]\n"));
    scene.push_version("v1.0.0");
    registry.fault("PUT", "/manifests/plimsoll-1.0.0-", 0, 10_000, Effect::Instead(Answer::status(403)));
    assert_ne!(scene.run("release v1.0.0").code(), Some(0));
    registry.forget_faults();
    let finished = scene.run("release v1.0.0").expect_success();
    let told = "not run again: 1 gate; what this finished had been sealed once they had succeeded";
    assert!(finished.stderr().contains(told), "{}", finished.stderr());
    assert!(!scene.run("release v1.0.0").stderr().contains("not run again"), "it finished nothing");
    scene.push_version("v1.1.0");
    let whole = scene.json("release v1.1.0");
    assert_eq!(whole["gates"], serde_json::json!(["test -f app"]), "{whole:#}");
    assert_eq!(whole["gates_before"], serde_json::Value::Null);
}

#[test]
fn progress_in_a_pipe_is_lines_without_times() {
    let scene = Scene::tagged();
    let output = scene.plimsoll("release v1.0.0 --local").run().expect_success();
    let mut lines: Vec<&str> = output.stderr().lines().collect();
    lines.sort_unstable();
    assert_snapshot!(scene.redacted(&lines.join("\n")), @r"
      hold registry.example/app:plimsoll-1.0.0-[hex]
      ledger-file v1.0.0-release-info.json
      push registry.example/app@sha256:[hex]
      record-artifact registry.example/app@sha256:[hex]
      version-tag registry.example/app:1.0.0
    everything is done; running the same command again changes nothing
    looking at everything once more
    making
    moving tags
    pushing by digest
    version tags
    ");
    assert!(!output.stderr().contains('\u{1b}'));
}

#[test]
fn colours_are_asked_for() {
    let scene = Scene::tagged();
    assert!(!scene.plimsoll("plan v1.0.0").run().stdout().contains('\u{1b}'));
    let coloured = scene.plimsoll("plan v1.0.0 --color always").run();
    assert!(coloured.stdout().contains('\u{1b}'));
}
