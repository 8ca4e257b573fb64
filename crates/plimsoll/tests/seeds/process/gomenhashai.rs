//! A webhook with a signed image and a chart that refers to it by digest.

use super::Process;

const IMAGE: &str = "marcantoineraymond/gomenhashai";

const CONFIGURATION: &str = r#"
[project]
name = "gomenhashai"
[version]
files = []
[[image]]
repository = "REGISTRY/marcantoineraymond/gomenhashai"
platforms = ["linux/amd64"]
assemble.files = [{ from = "manager", to = "/manager" }]
[image.tags]
release = ["v{version}"]
"branch:main" = ["main"]
[signing]
key = "env:RELEASE_KEY"
[[trust]]
key = "release.pub"
[forge]
kind = "github"
url = "GITHUB"
"#;

/// The repository, and the private key, which lies beside it.
fn process() -> (Process, String) {
    let process = Process::new(CONFIGURATION, &[("manager", "#!/bin/sh\n"), (".gitignore", "*.key\n")]);
    let line = "key generate --output-key-prefix release";
    process.plimsoll(line).set("COSIGN_PASSWORD", "open sesame").run().expect_success();
    process.repo.commit("chore: the public key");
    process.repo.push("origin", ["main"]);
    let key = std::fs::read_to_string(process.repo.path().join("release.key")).expect("the key was made");
    (process, key)
}

#[test]
fn every_release_is_a_signed_image_with_its_attestation_on_the_page() {
    let (process, key) = process();
    let signing = |line: &str| {
        let command = process.plimsoll(line).set("RELEASE_KEY", &key).set("COSIGN_PASSWORD", "open sesame");
        command.run().expect_success();
    };
    // What is merged into main gets the moving tag, which is no release.
    signing("publish --ref main");
    let main = process.image(IMAGE, "main").expect("main is published");
    assert_eq!(process.github.releases(), []);
    assert_eq!(process.json("list")["releases"].as_array().map(Vec::len), Some(0));
    process.tag("v1.2.3");
    signing("release v1.2.3");
    let image = process.image(IMAGE, "v1.2.3").expect("it is tagged by its version");
    assert_eq!(process.image(IMAGE, "main"), Some(main), "a release does not move main");
    let digest = process.json("info v1.2.3")["images"][0]["digest"].clone();
    let digest = digest.as_str().expect("a digest");
    let place = format!("{}/{IMAGE}@{digest}", process.registry.address());
    process.run(&format!("verify image {place} --key release.pub")).expect_success();
    assert_eq!(process.json("verify v1.2.3")["authorship"], "vouched-for");
    let assets = process.assets("v1.2.3");
    for name in ["v1.2.3-release.sigstore", "v1.2.3-release.intoto.jsonl"] {
        assert!(assets.iter().any(|asset| asset == name), "{name}: {assets:?}");
    }
    // What is on the page can be verified by itself.
    let folder = process.repo.environment().folder("downloaded");
    let page = process.github.releases().remove(0);
    for asset in &page.assets {
        std::fs::write(folder.join(&asset.name), &asset.bytes).expect("a file can be written");
    }
    let file = |name: &str| folder.join(name).display().to_string();
    let (record, bundle) = (file("v1.2.3-release-info.json"), file("v1.2.3-release.sigstore"));
    process.run(&format!("verify file {record} --bundle {bundle} --key release.pub")).expect_success();
    assert!(image["manifests"].is_array());
}
