//! What is named is there, and of another kind than is meant.

use crate::keyed::{run, scene};
use crate::scene::{CONFIG, Scene};

#[test]
fn a_file_or_an_image_where_a_release_is_meant() {
    let scene = scene();
    scene.repo.write("app.txt", "words\n");
    for (named, advice) in [
        ("app.txt", "`plimsoll verify file app.txt --bundle app.txt.sigstore.json --key KEY`"),
        ("registry.example/app:1.0.0", "`plimsoll verify image registry.example/app:1.0.0 --key KEY`"),
    ] {
        let output = run(&scene, &format!("verify {named} --local"));
        assert_eq!(output.code(), Some(2), "{output:?}");
        assert!(output.stderr().contains(advice), "{output:?}");
    }
    let output = run(&scene, "verify v9.9.9 --local");
    assert!(!output.stderr().contains("plimsoll verify image"), "{output:?}");
}

#[test]
fn a_folder_where_a_file_is_meant() {
    let output = run(&scene(), "sign file . --bundle bundle.json --key one.key");
    assert_eq!(output.code(), Some(2), "{output:?}");
    assert!(output.stderr().starts_with("error[usage]: . is a folder: a file is meant"), "{output:?}");
}

#[test]
fn a_key_goes_into_a_folder_that_is_there() {
    let output = run(&scene(), "key generate --output-key-prefix nowhere/release");
    assert_eq!(output.code(), Some(2), "{output:?}");
    let message = "error[file-missing]: there is no folder nowhere for nowhere/release.key";
    assert!(output.stderr().starts_with(message), "{output:?}");
}

#[test]
fn a_file_where_a_git_tag_is_meant() {
    let scene = Scene::with_config(&format!("registry = \"local\"\n{CONFIG}"));
    scene.repo.write("VERSION", "1.0.0\n");
    for verb in ["check", "plan", "status", "rehearse"] {
        let output = scene.run(&format!("{verb} plimsoll.toml"));
        assert_eq!(output.code(), Some(5), "{output:?}");
        for advice in
            ["`plimsoll.toml` is a file here; what is wanted is a git tag", "`--config plimsoll.toml`"]
        {
            assert!(output.stderr().contains(advice), "{verb}: {output:?}");
        }
    }
    let other = scene.run("check nothing-here");
    assert!(!other.stderr().contains("is a file here"), "{other:?}");
    let config = scene.run("check --config VERSION");
    assert_eq!(config.code(), Some(2), "{config:?}");
    let advice = "VERSION is read as a configuration, which is TOML: name a `plimsoll.toml`";
    assert!(config.stderr().contains(advice), "{config:?}");
}

#[test]
fn a_registry_needs_no_project() {
    let scene = Scene::empty();
    let outside = scene.environment().root();
    let output = scene.plimsoll("registry serve").in_folder(outside).run();
    assert_eq!(output.code(), Some(2), "{output:?}");
    assert!(output.stderr().contains("or name the folder of a registry: `--dir DIR`"), "{output:?}");
}

#[test]
fn a_pull_request_has_one_meaning_by_all_of_its_refs() {
    let rules = "tags.pull-request = [\"pr-{number}\"]\n";
    let scene = Scene::with_config(&CONFIG.replace("[image.assemble]", &format!("{rules}[image.assemble]")));
    for name in ["refs/pull/7/head", "refs/pull/7/merge", "refs/merge-requests/7/head"] {
        let tags = scene.run(&format!("tags --ref {name}")).expect_success();
        assert!(tags.stdout().contains("pr-7"), "{name}: {tags:?}");
        let plan = scene.run(&format!("plan --ref {name}")).expect_success();
        assert!(plan.stdout().contains("pr-7"), "{name}: {plan:?}");
    }
    for line in ["tags --ref refs/pull/none/head", "plan --ref refs/pull/none/head"] {
        assert_eq!(scene.error(line), ("usage".to_owned(), Some(2)), "{line}");
    }
}

#[test]
fn a_release_where_a_part_of_one_is_meant() {
    let scene = Scene::released();
    let said = scene.run("whatis v1.0.0 --local");
    assert_eq!(said.code(), Some(2), "{}", said.stderr());
    assert!(said.stderr().contains("to see a release: `plimsoll info v1.0.0`"), "{}", said.stderr());
}

#[test]
fn a_link_to_nothing_or_a_folder_where_a_chart_has_a_file() {
    let scene = Scene::empty();
    scene.repo.write("chart/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n");
    scene.repo.write("chart/values.yaml/image.yaml", "tag: x\n");
    assert_eq!(scene.error("chart package chart"), ("chart-invalid".to_owned(), Some(2)));
    std::fs::remove_dir_all(scene.repo.path().join("chart/values.yaml")).unwrap();
    std::os::unix::fs::symlink("nowhere", scene.repo.path().join("chart/notes.md")).unwrap();
    let said = scene.run("chart lint chart");
    assert_eq!(said.code(), Some(2), "{}", said.stderr());
    let want = "error[path-escape]: `notes.md` is a link to nothing";
    assert!(said.stderr().starts_with(want), "{}", said.stderr());
    assert!(said.stderr().contains("help: put the file itself there"), "{}", said.stderr());
}
