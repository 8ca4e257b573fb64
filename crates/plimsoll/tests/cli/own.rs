//! The configuration with which this repository is released.

use plimsoll_testkit::tools;

use crate::scene::Scene;

#[test]
fn this_repository_could_be_released() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let scene = Scene::empty();
    let signing = ["sigstore/signing_config.json", "sigstore/trusted_root.json"];
    for file in ["plimsoll.toml", "Cargo.toml", "LICENSE"].into_iter().chain(signing) {
        scene.repo.write(file, std::fs::read(root.join(file)).unwrap());
    }
    scene.repo.commit("as it is");
    scene.run("check").expect_success();
    scene.run(concat!("check v", env!("CARGO_PKG_VERSION"))).expect_success();
    assert_eq!(scene.run("check v999.0.0").code(), Some(5));
    // The two programs are all that a clone lacks.
    for arch in ["amd64", "arm64"] {
        scene.repo.write(&format!("dist/linux-{arch}/plimsoll"), arch);
    }
    scene.run("rehearse").expect_success();
}

/// The job is the one that signs: without its token a release ends before anything is made, and says so.
#[test]
fn our_own_releases_are_signed_by_their_workflow() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let scene = Scene::empty();
    let signing = ["sigstore/signing_config.json", "sigstore/trusted_root.json"];
    for file in ["plimsoll.toml", "Cargo.toml", "LICENSE"].into_iter().chain(signing) {
        scene.repo.write(file, std::fs::read(root.join(file)).unwrap());
    }
    scene.repo.write(
        ".github/workflows/release.yml",
        std::fs::read(root.join(".github/workflows/release.yml")).unwrap(),
    );
    for arch in ["amd64", "arm64"] {
        scene.repo.write(&format!("dist/linux-{arch}/plimsoll"), arch);
    }
    scene.repo.commit("as it is");
    // `check` would say which permissions the workflow lacks.
    let checked = scene.run("check").expect_success();
    assert!(!checked.stderr().contains("workflow-permissions"), "{}", checked.stderr());
    let tag = concat!("v", env!("CARGO_PKG_VERSION"));
    scene.repo.annotated_tag(tag);
    let output = scene.run(&format!("release {tag} --local"));
    assert_eq!(output.code(), Some(4), "{}", output.stderr());
    assert!(output.stderr().contains("error[identity-token]"), "{}", output.stderr());
}

#[test]
fn our_own_workflows_and_action_please_their_judges() {
    let (Some(actionlint), Some(zizmor)) = (tools::require("actionlint"), tools::require("zizmor")) else {
        return;
    };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let scene = Scene::empty();
    let workflows = [".github/workflows/docs.yml", ".github/workflows/release.yml"];
    let there = std::fs::read_dir(root.join(".github/workflows")).unwrap().count();
    assert_eq!(there, workflows.len(), "a workflow that nobody judges");
    actionlint.command(scene.environment()).in_folder(root).args(workflows).run().expect_success();
    let [docs, release] = workflows;
    let options = ["--offline", "--no-progress", "--persona", "pedantic", docs, release, "action.yml"];
    zizmor.command(scene.environment()).in_folder(root).args(options).run().expect_success();
}
