//! What tests of signatures share: two keys, an image to sign, and cosign beside us.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Output;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::tools::Tool;
use serde_json::Value;

use crate::scene::Scene;

/// The password of every key.
pub(crate) const PASSWORD: &str = "open sesame";
/// An image in the local registry.
pub(crate) const LOCAL: &str = "local:registry.example/app:1.0.0";

/// A release in the local registry, and keys `one` and `two`.
pub(crate) fn scene() -> Scene {
    let scene = Scene::released();
    for name in ["one", "two"] {
        run(&scene, &format!("key generate --output-key-prefix {name}")).expect_success();
    }
    scene
}

/// A command of ours that knows the password.
pub(crate) fn run(scene: &Scene, line: &str) -> Output {
    scene.plimsoll(line).set("COSIGN_PASSWORD", PASSWORD).run()
}

/// The exit code of one, and its answer.
#[track_caller]
pub(crate) fn json(scene: &Scene, line: &str) -> (i32, Value) {
    let output = run(scene, &format!("{line} -o json"));
    let value = serde_json::from_str(output.stdout()).unwrap_or_else(|_| panic!("{output:?}"));
    (output.code().unwrap(), value)
}

/// A command of cosign that knows the password.
pub(crate) fn cosign(tool: &Tool, scene: &Scene, line: &str) -> Output {
    let command = tool.command(scene.environment()).in_folder(scene.repo.path());
    command.set("COSIGN_PASSWORD", PASSWORD).args(line.split(' ')).run()
}

/// Registries that list what refers to an image, and one that does not.
pub(crate) fn registries() -> impl Iterator<Item = Registry> {
    let flavors = [Flavor::Plimsoll, Flavor::Distribution3, Flavor::Refreg];
    flavors.into_iter().filter_map(|flavor| Registry::start(&Environment::new(), flavor, Access::Anonymous))
}

/// A trusted root and a signing config that name nobody: keys vouch by themselves.
pub(crate) fn write_nobody(scene: &Scene) {
    let root = r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;
    let none = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
    scene.repo.write("root.json", root).write("none.json", none);
}
