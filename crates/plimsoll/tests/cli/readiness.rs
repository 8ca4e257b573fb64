//! What a release on this machine would stop for is said by whoever is asked whether it can begin.

use plimsoll_testkit::process::Output;

use crate::scene::{CONFIG, Scene};
use crate::signing::{SIGNING, tagged};

const TRUST: &str = "\n[[trust]]\nkey = \"release.pub\"\n";
const SYFT: &str = "\n[[attestation]]\ntype = \"https://spdx.dev/Document\"\nfrom = \"syft\"\n";

/// A `PATH` that leads to git and to nothing else.
fn path_with_git_alone(scene: &Scene) -> String {
    let folder = scene.environment().root().join("git-alone");
    if !folder.exists() {
        std::fs::create_dir(&folder).unwrap();
        let path = std::env::var_os("PATH").unwrap();
        let git = std::env::split_paths(&path).find(|path| path.join("git").is_file());
        std::os::unix::fs::symlink(git.unwrap().join("git"), folder.join("git")).unwrap();
    }
    folder.display().to_string()
}

/// A line on a machine that has git alone.
fn bare(scene: &Scene, line: &str) -> Output {
    scene.plimsoll(line).arg("--no-progress").set("PATH", path_with_git_alone(scene)).run()
}

/// A project with a chart that Helm must render, tagged.
fn with_chart() -> Scene {
    let chart = "\n[[chart]]\npath = \"chart\"\noci = \"oci://registry.example/charts\"\n";
    let scene = Scene::with_config(&format!("{CONFIG}{chart}"));
    scene.repo.write("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 0.1.0\n");
    scene.repo.write("chart/values.yaml", "image: {}\n");
    scene.repo.write("chart/templates/a.yaml", "kind: ConfigMap\n").commit("chart");
    scene.repo.annotated_tag("v1.0.0");
    scene
}

#[test]
fn helm_that_is_missing_is_a_warning_beforehand() {
    let scene = with_chart();
    for line in ["check", "check v1.0.0", "rehearse v1.0.0"] {
        let ended = bare(&scene, line).expect_success();
        let said = ended.stderr();
        assert!(said.contains("warning[tool-missing]: chart"), "{line}: {said}");
        assert!(said.contains("the machine that releases needs it"), "{line}: {said}");
    }
    scene.repo.write("plimsoll.toml", format!("{}render = \"if-present\"\n", scene.read("plimsoll.toml")));
    scene.repo.commit("without helm");
    let said = bare(&scene, "check").expect_success();
    assert!(!said.stderr().contains("tool-missing"), "{}", said.stderr());
}

#[test]
fn keys_and_programs_that_are_missing_are_named_and_stop_a_plan() {
    let scene = tagged(&format!("{SIGNING}{TRUST}{SYFT}"));
    for line in ["check", "check v1.0.0"] {
        let ended = bare(&scene, line).expect_success();
        let said = ended.stderr();
        for word in ["warning[key-unusable]", "RELEASE_KEY is not set", "warning[tool-missing]: ", "syft"] {
            assert!(said.contains(word), "{line}: {word}: {said}");
        }
    }
    let plan = bare(&scene, "plan v1.0.0 --local --online");
    assert_eq!(plan.code(), Some(2), "{}", plan.stderr());
    for word in ["error[key-unusable]", "error[tool-missing]"] {
        assert!(plan.stderr().contains(word), "{word}: {}", plan.stderr());
    }
    let release = bare(&scene, "release v1.0.0 --local");
    assert_eq!(release.code(), plan.code(), "as the release ends: {}", release.stderr());
}

#[test]
fn a_key_whose_password_is_missing_is_not_to_be_made_anew() {
    let scene = tagged(&format!("{SIGNING}{TRUST}"));
    let key = scene.read("release.key");
    for (line, kind) in [("check v1.0.0", "warning"), ("release v1.0.0 --local", "error")] {
        for password in [None, Some("wrong")] {
            let run = scene.plimsoll(line).arg("--no-progress").set("RELEASE_KEY", &key);
            let run = match password {
                Some(password) => run.set("COSIGN_PASSWORD", password),
                None => run,
            };
            let ended = run.run();
            let said = ended.stderr();
            assert!(said.contains(&format!("{kind}[key-unusable]: the key env:RELEASE_KEY")), "{said}");
            assert!(said.contains("PLIMSOLL_KEY_PASSWORD, or COSIGN_PASSWORD"), "{said}");
            assert!(!said.contains("key generate"), "{line}: {said}");
        }
    }
    let run = scene.plimsoll("check v1.0.0").set("RELEASE_KEY", &key).set("COSIGN_PASSWORD", "open sesame");
    let well = run.run().expect_success();
    assert!(!well.stderr().contains("key-unusable"), "{}", well.stderr());
}

#[test]
fn no_command_is_run_for_a_key_by_whoever_only_checks() {
    let scene = tagged(&format!("\n[signing]\nkey = \"command:touch ran\"\n{TRUST}"));
    scene.run("check v1.0.0").expect_success();
    scene.run("plan v1.0.0 --local --online").expect_success();
    assert!(!scene.has("ran"), "whoever looks runs nothing of the project");
}

#[test]
fn files_that_say_whose_signatures_count_are_missed_beforehand() {
    let signing = "\n[signing]\nkey = \"env:RELEASE_KEY\"\nsigning-config = \"config.json\"\n";
    let trust = "\n[[trust]]\nkey = \"nothere.pub\"\ntrusted-root = \"root.json\"\n";
    let scene = tagged(&format!("{signing}{trust}"));
    let said = |line: &str| scene.run(line).expect_success().stderr().to_owned();
    let wanted = [
        "warning[key-unusable]: the public key nothere.pub is not in the commit",
        "warning[trust-invalid]: the trusted root root.json is not in the commit",
        "warning[trust-invalid]: the signing config config.json is not in the commit",
    ];
    for line in ["check", "check v1.0.0", "rehearse v1.0.0"] {
        let said = said(line);
        for want in wanted {
            assert!(said.contains(want), "{line}: {want}: {said}");
        }
    }
    // A release takes what lies beside its commit, too.
    scene.repo.write("nothere.pub", scene.read("release.pub"));
    assert!(!said("check v1.0.0").contains("nothere.pub"));
    scene.repo.write("root.json", "{}").write("config.json", "{}").commit("all of them");
    let said = said("check v1.0.1");
    assert!(!said.contains("is not there"), "{said}");
}
