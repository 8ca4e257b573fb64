//! Charts in a chart repository: what stands there after a release, whoever has been at it since.

use std::path::PathBuf;

use crate::released_charts::{VALUES, releasing, yard};
use crate::scene::Scene;

/// A project whose chart is released and listed on this machine, and the folder of its chart repository.
fn listed() -> (Scene, PathBuf) {
    let scene = yard(VALUES);
    let http = "http = { branch = \"gh-pages\", url = \"https://acme.github.io/app\" }\n";
    let config = scene.read("plimsoll.toml").replace("[[chart]]\n", &format!("[[chart]]\n{http}"));
    scene.repo.write("plimsoll.toml", config).commit("listed");
    scene.repo.git(["tag", "--force", "--annotate", "--message=v1.0.0", "v1.0.0"]);
    release(&scene);
    let folder = scene.repo.path().join(".plimsoll/chart-repositories/gh-pages");
    (scene, folder)
}

fn release(scene: &Scene) {
    releasing(scene, "kind: ConfigMap").run().expect_success();
}

#[test]
fn a_package_that_is_gone_from_beside_its_index_is_missed_and_put_back() {
    let (scene, folder) = listed();
    scene.run("verify v1.0.0 --local").expect_success();
    let package = folder.join("app-1.0.0.tgz");
    let bytes = std::fs::read(&package).unwrap();
    let lose: [&dyn Fn(); 2] =
        [&|| std::fs::remove_file(&package).unwrap(), &|| std::fs::write(&package, "other").unwrap()];
    for lose in lose {
        lose();
        let verified = scene.run("verify v1.0.0 --local").expect_code(7);
        let told = format!("{}{}", verified.stdout(), verified.stderr());
        assert!(told.contains("chart-package gh-pages:app-1.0.0.tgz"), "{told}");
        release(&scene);
        assert_eq!(std::fs::read(&package).unwrap(), bytes);
        scene.run("verify v1.0.0 --local").expect_success();
    }
    std::fs::remove_file(&package).unwrap();
    scene.run("audit --local").expect_code(7);
    scene.run("audit --local --repair").expect_success();
    assert_eq!(std::fs::read(&package).unwrap(), bytes);
}

/// Helm drops comments where it writes an index anew, and with them what tells our mark from the chart's own word.
#[test]
fn a_mark_that_helm_has_written_anew_goes_with_the_yank() {
    let (scene, folder) = listed();
    let index = folder.join("index.yaml");
    let before = std::fs::read_to_string(&index).unwrap();
    scene.run("yank v1.0.0 --reason broken --local").expect_success();
    let yanked = std::fs::read_to_string(&index).unwrap();
    assert!(yanked.contains("deprecated: true # yanked\n"), "{yanked}");
    std::fs::write(&index, yanked.replace(" # yanked", "")).unwrap();
    scene.run("unyank v1.0.0 --local").expect_success();
    assert_eq!(std::fs::read_to_string(&index).unwrap(), before);
}
