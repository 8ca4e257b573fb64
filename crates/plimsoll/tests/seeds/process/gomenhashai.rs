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
[[chart]]
path = "chart"
name = "gomenhashai"
version = "independent"
git-tag = "gomenhashai-{version}"
page = true
http = { branch = "gh-pages", url = "https://marcantoineRaymond.github.io/GomenHashai", packages = "page" }
image = { "image.digest" = "gomenhashai.digest" }
render = "if-present"
[signing]
key = "env:RELEASE_KEY"
[[trust]]
key = "release.pub"
[forge]
kind = "github"
url = "GITHUB"
"#;

const CHART: &str = "apiVersion: v2\nname: gomenhashai\nversion: 0.3.0\nappVersion: none\n";
const POD: &str = "kind: Pod\nspec: { containers: [{ image: \"{{ .Values.image.repository }}@{{ .Values.image.digest }}\" }] }\n";

/// The repository, and the private key, which lies beside it.
fn process() -> (Process, String) {
    let files = [
        ("manager", "#!/bin/sh\n"),
        (".gitignore", "*.key\n"),
        ("chart/Chart.yaml", CHART),
        ("chart/values.yaml", "image: { repository: REGISTRY/IMAGE, digest: \"\" } # set by the release\n"),
        ("chart/templates/pod.yaml", POD),
    ];
    let process = Process::new(CONFIGURATION, &files);
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

#[test]
fn a_chart_with_versions_of_its_own_goes_to_its_repository_with_every_image_and_alone() {
    let (process, key) = process();
    let line =
        |line: &str| process.plimsoll(line).set("RELEASE_KEY", &key).set("COSIGN_PASSWORD", "open sesame");
    let chart = |version: &str| format!("gomenhashai-{version}");
    let index = || process.remote.git(["show", "gh-pages:index.yaml"]);
    // A new chart version with every image, even if nothing of the chart has changed.
    for (tag, number) in [("v1.2.3", "0.3.0"), ("v1.2.4", "0.3.1")] {
        process.tag(tag);
        // The forge knows the tag of the chart as soon as it is pushed.
        process.github.point(&chart(number), &process.repo.resolve("HEAD"));
        line(&format!("release {tag}")).run().expect_success();
        let digest = process.json(&format!("info {tag}"))["images"][0]["digest"].clone();
        let page =
            process.github.releases().into_iter().find(|page| page.tag == chart(number)).expect("a page");
        let (package, bundle) = (format!("{}.tgz", chart(number)), format!("{tag}-release.sigstore"));
        for name in [&package, &bundle] {
            assert!(page.assets.iter().any(|asset| asset.name == *name), "{name}");
        }
        let package = page.assets.iter().find(|asset| asset.name == package).expect("the package");
        let read = plimsoll_helm::archive::read_chart(&package.bytes).expect("it is a chart");
        assert_eq!(read.metadata.app_version, tag);
        let values = read.find_text("values.yaml").expect("there are values").to_owned();
        assert!(
            values.contains(digest.as_str().expect("a digest")) && values.contains("# set by"),
            "{values}"
        );
        assert!(index().contains(&format!("/releases/download/{0}/{0}.tgz", chart(number))), "{}", index());
        process.run(&format!("verify {tag}")).expect_success();
    }
    // What the chart alone changes makes no image.
    process.repo.write("chart/templates/note.yaml", "# A note.\n").commit("chore: a note");
    process.repo.push("origin", ["main"]);
    process.github.point(&chart("0.3.2"), &process.repo.resolve("HEAD"));
    line("chart release").run().expect_success();
    assert!(index().contains("version: 0.3.2\n") && index().contains("appVersion: v1.2.4\n"), "{}", index());
    assert!(process.image(IMAGE, "v1.2.5").is_none());
    assert_eq!(process.json("latest")["version"], "1.2.4", "a chart is no release of the images");
}
