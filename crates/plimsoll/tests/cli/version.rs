//! `version`: what the files say, and how they are changed.

use insta::assert_snapshot;
use plimsoll_testkit::repo::Repo;

use crate::scene::{CONFIG, Scene};

const CARGO: &str = "# comments stay\n[package]\nname    = \"app\"\nversion = '1.4.2' # as does this\n";
const CHART: &str = "name: app # x\nversion: 1.4.2\nappVersion: \"9\"\n";

fn scene() -> Scene {
    let scene =
        Scene::with_config(&format!("{CONFIG}\n[version]\nfiles = [\"Cargo.toml\", \"chart/Chart.yaml\"]\n"));
    scene.repo.write("Cargo.toml", CARGO).write("chart/Chart.yaml", CHART);
    scene
}

#[test]
fn the_version_alone_is_data() {
    let scene = scene();
    assert_snapshot!(scene.show("version"), @r"
    exit 0
    --- stdout
    1.4.2
    --- stderr
    Cargo.toml:4
    chart/Chart.yaml:2
    ");
    assert_eq!(scene.run("version show").stdout(), "1.4.2\n");
    assert_eq!(scene.json("version")["files"][1]["file"], "chart/Chart.yaml");
}

#[test]
fn a_bump_changes_the_version_and_nothing_else() {
    let scene = scene();
    assert_snapshot!(scene.show("version bump minor"), @r"
    exit 0
    --- stdout
    1.5.0
    --- stderr
    Cargo.toml: 1.4.2 to 1.5.0
    chart/Chart.yaml: 1.4.2 to 1.5.0
    ");
    assert_eq!(scene.read("Cargo.toml"), CARGO.replace("1.4.2", "1.5.0"));
    assert_eq!(scene.read("chart/Chart.yaml"), CHART.replace("1.4.2", "1.5.0"));
    for (part, want) in [
        ("patch", "1.5.1"),
        ("prerelease rc", "1.5.2-rc.0"),
        ("prerelease", "1.5.2-rc.1"),
        ("major", "2.0.0"),
    ] {
        assert_eq!(scene.run(&format!("version bump {part}")).stdout(), format!("{want}\n"));
    }
}

/// Cargo itself reads what was written: a lock file that is behind is refused.
#[test]
fn a_cargo_workspace_builds_after_a_bump_as_it_did_before() {
    let scene = Scene::with_config(&format!("{CONFIG}\n[version]\nfiles = [\"Cargo.toml\"]\n"));
    let root =
        "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n[workspace.package]\nversion = \"0.3.0\"\n";
    let member = |name: &str, rest: &str| {
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion.workspace = true\nedition = \"2021\"\n{rest}");
        scene.repo.write(&format!("crates/{name}/Cargo.toml"), manifest);
        scene.repo.write(&format!("crates/{name}/src/lib.rs"), "");
    };
    scene.repo.write("Cargo.toml", root).write(".gitignore", "ignored\n");
    member("one", "");
    member("two", "[dependencies]\none = { path = \"../one\", version = \"0.3.0\" }\n");
    scene.repo.write(
        "ignored/Cargo.toml",
        "[dependencies]\none = { path = \"../crates/one\", version = \"0.3.0\" }\n",
    );
    let cargo = |words: &[&str]| {
        let cargo = std::path::Path::new(env!("CARGO"));
        let call = scene.environment().command(cargo).set("RUSTC", cargo.with_file_name("rustc"));
        call.in_folder(scene.repo.path()).args(words).run().expect_success()
    };
    cargo(&["generate-lockfile", "--offline"]);
    scene.repo.commit("a workspace");
    cargo(&["metadata", "--locked", "--offline", "--format-version=1"]);
    assert_snapshot!(scene.show("version set 0.5.0"), @r"
    exit 0
    --- stdout
    0.5.0
    --- stderr
    Cargo.lock: 0.3.0 to 0.5.0
    Cargo.toml: 0.3.0 to 0.5.0
    crates/two/Cargo.toml: 0.3.0 to 0.5.0
    ");
    cargo(&["metadata", "--locked", "--offline", "--format-version=1"]);
}

#[test]
fn set_brings_files_that_disagree_together() {
    let scene = scene();
    scene.repo.write("chart/Chart.yaml", CHART.replace("1.4.2", "1.4.1"));
    assert_snapshot!(scene.show("version"), @r"
    exit 5
    --- stderr
    error[version-mismatch]: chart/Chart.yaml names version 1.4.1, Cargo.toml names 1.4.2
     --> chart/Chart.yaml:2:10
      |
    2 | version: 1.4.1
      |          ^^^^^
      |
      = here: 1.4.1
      = there: 1.4.2 (Cargo.toml:4)
      = help: run `plimsoll version set` with the right one
    ");
    scene.run("version set 2.0.0").expect_success();
    assert_eq!(scene.run("version").stdout(), "2.0.0\n");
    assert_snapshot!(scene.show("version set 2.0.0"), @r"
    exit 0
    --- stdout
    2.0.0
    --- stderr
    every file names 2.0.0 already
    ");
}

#[test]
fn what_is_no_version_is_refused_and_nothing_is_written() {
    let scene = scene();
    assert_snapshot!(scene.show("version set v2"), @r"
    exit 2
    --- stderr
    error[invalid-value]: `v2` is no SemVer version: the leading `v` is not part of a version
    ");
    assert_snapshot!(scene.show("version bump prerelease 7"), @r"
    exit 2
    --- stderr
    error[invalid-value]: `7` is no pre-release identifier of SemVer
     |
     = help: say which version you mean: `plimsoll version set VERSION`
    ");
    scene.repo.remove("chart/Chart.yaml");
    assert_snapshot!(scene.show("version set 2.0.0"), @r"
    exit 2
    --- stderr
    error[version-file-invalid]: chart/Chart.yaml is not there
    --> chart/Chart.yaml
     = help: commit it, or take it out of `files` under `[version]`
    ");
    assert_eq!(scene.read("Cargo.toml"), CARGO);
}

#[test]
fn without_version_files_there_is_no_version() {
    assert_snapshot!(Scene::with_config(CONFIG).show("version"), @r#"
    exit 2
    --- stderr
    error[missing-key]: no file names the project's version
     |
     = help: name the files that do: `files = ["VERSION"]` under `[version]` in plimsoll.toml
    "#);
}

#[test]
fn a_rehearsal_takes_the_version_from_a_file_with_a_pattern() {
    let files = r#"files = [{ file = "src/version.h", pattern = 'VERSION "{version}"' }]"#;
    let scene = Scene::with_config(&format!("{CONFIG}\n[version]\n{files}\n"));
    scene.repo.write("src/version.h", "#define VERSION \"3.2.1\"\n").commit("second");
    let rehearsed = scene.run("rehearse -q");
    assert!(rehearsed.stdout().starts_with("rehearsed app v3.2.1 "), "{}", rehearsed.stdout());
}

#[test]
fn files_that_are_no_texts_are_said_to_be_none() {
    let scene = Scene::with_config(&format!("{CONFIG}\n[version]\nfiles = [\"VERSION\"]\n"));
    let outside = scene.environment().folder("outside");
    std::fs::write(outside.join("VERSION"), "1.0.0\n").unwrap();
    let file = scene.repo.path().join("VERSION");
    std::os::unix::fs::symlink(outside.join("VERSION"), &file).unwrap();
    scene.repo.commit("link");
    scene.repo.annotated_tag("v1.0.0");
    assert_snapshot!(scene.show("check"), @r#"
    exit 2
    --- stderr
    error[version-file-invalid]: VERSION can't be read as a text
    --> VERSION
     = cause: a symbolic link leads outside of the repository
     = help: name the files that hold the version in `files` under `[version]`, or `[]` if there is none

    warning[no-remote]: there is no git remote `origin`, and none is named by `project.source`
     |
     = help: add one: `git remote add origin URL`
     = help: or keep everything on this machine: `plimsoll release TAG --local`
     = help: or hold no claim: claim = "none" in plimsoll.toml

    1 error, 1 warning
    "#);
    assert_snapshot!(scene.show("check v1.0.0"), @r"
    exit 2
    --- stderr
    error[version-file-invalid]: VERSION can't be read as a text
    --> VERSION
     = cause: it is a symbolic link that leads out of the commit, to [ROOT]/outside/VERSION: others do not have what is there
     = help: name the files that hold the version in `files` under `[version]`, or `[]` if there is none
    ");
    assert_eq!(scene.run("version set 2.0.0").code(), Some(2));
    assert_eq!(std::fs::read_to_string(outside.join("VERSION")).unwrap(), "1.0.0\n");
    std::fs::remove_file(&file).unwrap();
    for (bytes, why) in [(b"1.0.0\xff".to_vec(), "byte 5 is not UTF-8"), (vec![b' '; 17 << 20], "more than")]
    {
        scene.repo.write("VERSION", bytes).commit("bytes");
        scene.repo.git(["tag", "--force", "v1.0.0"]);
        for line in ["check", "check v1.0.0", "version"] {
            let refused = scene.run(line);
            assert!(refused.stderr().contains(why), "{line}: {}", refused.stderr());
            assert_eq!(refused.code(), Some(2), "{line}");
        }
    }
}

#[test]
fn commits_ask_for_the_next_version() {
    let scene = Scene::with_config(CONFIG);
    assert_snapshot!(scene.redacted(&scene.show("version next")), @r"
    exit 0
    --- stdout
    0.1.0
    --- stderr
    1 commit and no version tag: this would be the first version
    ");
    scene.repo.annotated_tag("v1.0.0");
    let change = |message: &str| {
        scene.repo.write("app", message);
        scene.repo.commit(message);
    };
    change("docs: say more");
    assert_snapshot!(scene.redacted(&scene.show("version next")), @r"
    exit 0
    --- stderr
    1 commit since v1.0.0, none of which asks for a release
    ");
    change("fix(net): time out");
    change("feat: count");
    scene.repo.annotated_tag("v1.1.0-rc.1");
    change("feat(ui): colours");
    assert_snapshot!(scene.redacted(&scene.show("version next")), @r"
    exit 0
    --- stdout
    1.1.0
    --- stderr
    4 commits since v1.0.0; decided by:
      [commit] feat(ui): colours (feature)
      [commit] feat: count (feature)
    ");
    change("fix!: drop the old names");
    let json = scene.json("version next");
    assert_eq!((&json["version"], &json["change"]), (&"2.0.0".into(), &"breaking".into()));
    assert_eq!(json["decided"][0]["subject"], "fix!: drop the old names");
    assert_eq!((&json["commits"], &json["last"]), (&5.into(), &"1.0.0".into()));
}

#[test]
fn the_next_version_needs_all_of_the_history() {
    let empty = Scene::empty();
    empty.repo.write("plimsoll.toml", CONFIG);
    assert_eq!(empty.error("version next"), ("no-commits".into(), Some(2)));
    let origin = Scene::tagged();
    origin.repo.commit("feat: count");
    let clone = Repo::clone_of(origin.environment(), origin.repo.url(), "clone", ["--depth=1"]);
    assert_eq!(Scene { repo: clone }.error("version next"), ("shallow-clone".into(), Some(2)));
}

#[test]
fn a_compose_file_that_is_refused_keeps_no_version_from_being_set() {
    let config = format!("[version]\nfiles = [\"VERSION\"]\n{CONFIG}\n[compose]\nfile = \"compose.yml\"\n");
    let scene = Scene::with_config(&config);
    scene.repo.write("VERSION", "1.0.0\n").write("compose.yml", "services: { db: { image: \"${DB}\" } }\n");
    scene.repo.commit("compose");
    assert_eq!(scene.run("version").expect_success().stdout().trim(), "1.0.0");
    scene.run("version set 1.1.0").expect_success();
    assert_eq!(scene.read("VERSION"), "1.1.0\n");
    scene.repo.commit("version");
    // It keeps the release from being made.
    assert_eq!(scene.error("plan v1.1.0").0, "compose-unpinned");
}
