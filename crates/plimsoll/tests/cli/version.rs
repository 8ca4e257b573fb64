//! `version`: what the files say, and how they are changed.

use insta::assert_snapshot;

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
     = help: make it, or take it out of `files` under `[version]`
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
