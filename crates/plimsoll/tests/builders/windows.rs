//! Images for Windows: whichever release of it a base image is for is kept.

use plimsoll_testkit::registry::Registry;
use plimsoll_testkit::tools;
use serde_json::{Value, json};

use crate::yard::{Kind, Sea, Yard};

/// Pushes a base image for one release of Windows, always under the same name.
#[track_caller]
fn push_base(yard: &Yard, registry: &Registry, version: &str) -> String {
    let crane = tools::find("crane").expect("the yard has it");
    let name = registry.repository("windows");
    let folder = yard.environment.folder("windows/Files");
    std::fs::write(folder.join("version.txt"), version).unwrap();
    let archive = yard.environment.root().join("windows.tar");
    let tar = yard.environment.command("tar").arg("-C").arg(yard.environment.root().join("windows"));
    tar.arg("-cf").arg(&archive).arg("Files").run().expect_success();
    let run = |arguments: &[&str]| {
        crane.command(&yard.environment).args(arguments).arg("--insecure").run().expect_success();
    };
    run(&["append", "--oci-empty-base", "-f", &archive.display().to_string(), "-t", &name]);
    run(&["mutate", &name, "--set-platform", &format!("windows/amd64:{version}"), "-t", &name]);
    name
}

/// The platforms of an index, in their order.
fn platforms(index: &Value) -> Vec<&Value> {
    index["manifests"].as_array().unwrap().iter().map(|manifest| &manifest["platform"]).collect()
}

#[test]
fn the_release_of_windows_is_kept() {
    for kind in [Kind::Buildctl, Kind::Buildah] {
        let Some(yard) = Yard::new(kind, Sea::Registry) else { continue };
        let registry = yard.registry.as_ref().expect("a registry was asked for");
        let base = push_base(&yard, registry, "10.0.17763.6659");
        yard.commit(&yard.config(&["windows/amd64"], "", ""), &format!("FROM {base}\nLABEL made=here\n"));
        yard.run("build --tag v1.0.0 --platform windows/amd64 --output ../older");
        push_base(&yard, registry, "10.0.20348.3207");
        yard.run("build --tag v1.0.0 --platform windows/amd64 --output ../newer");
        // The same twice is a mistake; two releases of Windows are two platforms.
        let (error, _) = yard.error("release v1.0.0 --from ../older --from ../older");
        assert_eq!(error["code"], json!("platform-unexpected"), "{error:#}");
        yard.run("release v1.0.0 --from ../newer --from ../older");
        let image = yard.json("images v1.0.0")["images"][0].clone();
        let of = |version: &str| json!({ "os": "windows", "architecture": "amd64", "os.version": version });
        let index = yard.manifest(&image["digest"]);
        assert_eq!(platforms(&index), [&of("10.0.17763.6659"), &of("10.0.20348.3207")], "{index:#}");
        // What others read.
        let manifest = tools::find("crane").expect("the yard has it").command(&yard.environment);
        let manifest = manifest.args(["manifest", "--insecure", &format!("{}:1.0.0", yard.repository())]);
        let read: Value = serde_json::from_str(manifest.run().expect_success().stdout()).unwrap();
        assert_eq!(read, index);
        yard.run("verify v1.0.0");
    }
}
