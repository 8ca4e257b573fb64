//! Other tools push to and pull from our registry.

use plimsoll_testkit::builders::Daemon;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::tools::{self, Tool};

struct Scene {
    environment: Environment,
    registry: Registry,
    archive: String,
}

fn scene() -> Scene {
    let environment = Environment::new();
    let registry = Registry::start(&environment, Flavor::Plimsoll, Access::Anonymous).expect("it is ours");
    let folder = environment.folder("layer");
    std::fs::write(folder.join("file.txt"), "hello").expect("a file can be written in the temporary folder");
    let archive = environment.root().join("layer.tar");
    let tar = environment.command("tar").arg("-cf").arg(&archive).arg("-C").arg(&folder);
    tar.arg("file.txt").run().expect_success();
    Scene { environment, registry, archive: archive.display().to_string() }
}

impl Scene {
    #[track_caller]
    fn says(&self, tool: &Tool, line: &str) -> String {
        let words = line
            .split(' ')
            .map(|word| word.replace("ARCHIVE", &self.archive).replace("REGISTRY", &self.registry.address()));
        tool.command(&self.environment).args(words).run().expect_success().stdout().trim().to_owned()
    }
}

#[test]
fn crane_and_skopeo_and_regctl_hand_an_image_round() {
    let Some([crane, skopeo, regctl]) = tools::require_all(["crane", "skopeo", "regctl"]) else { return };
    let scene = scene();
    scene.says(&crane, "append --oci-empty-base -f ARCHIVE -t REGISTRY/by/crane:v1");
    let digest = scene.says(&crane, "digest REGISTRY/by/crane:v1");
    scene.says(&crane, "tag REGISTRY/by/crane:v1 v2");
    assert_eq!(scene.says(&crane, "ls REGISTRY/by/crane"), "v1\nv2");
    scene.says(
        &skopeo,
        "copy --preserve-digests --src-tls-verify=false --dest-tls-verify=false docker://REGISTRY/by/crane:v1 docker://REGISTRY/by/skopeo:v1",
    );
    scene.says(&regctl, "registry set --tls disabled REGISTRY");
    scene.says(&regctl, "image copy REGISTRY/by/skopeo:v1 REGISTRY/by/regctl:v1");
    assert_eq!(scene.says(&regctl, "image digest REGISTRY/by/regctl:v1"), digest);
    assert_eq!(scene.says(&crane, "catalog REGISTRY"), "by/crane\nby/regctl\nby/skopeo");
    scene.says(&crane, "pull --format oci REGISTRY/by/regctl:v1 pulled");
    scene.says(&crane, "validate --remote REGISTRY/by/regctl:v1");
    scene.says(&skopeo, "delete --tls-verify=false docker://REGISTRY/by/skopeo:v1");
    scene.says(&regctl, "tag delete REGISTRY/by/regctl:v1");
    assert_eq!(scene.says(&crane, "ls REGISTRY/by/regctl"), "");
}

#[test]
fn oras_attaches_and_discovers() {
    let Some([crane, oras]) = tools::require_all(["crane", "oras"]) else { return };
    let scene = scene();
    scene.says(&crane, "append --oci-empty-base -f ARCHIVE -t REGISTRY/app:v1");
    scene.says(
        &oras,
        "attach --plain-http --disable-path-validation --artifact-type example/note REGISTRY/app:v1 ARCHIVE",
    );
    let found = scene.says(&oras, "discover --plain-http --format json REGISTRY/app:v1");
    assert!(found.contains("example/note"), "{found}");
    scene
        .says(&oras, "copy --recursive --from-plain-http --to-plain-http REGISTRY/app:v1 REGISTRY/copied:v1");
    let found = scene.says(&oras, "discover --plain-http --format json REGISTRY/copied:v1");
    assert!(found.contains("example/note"), "{found}");
    scene.says(
        &oras,
        "push --plain-http --disable-path-validation REGISTRY/artifact:v1 ARCHIVE:application/x-tar",
    );
    scene.says(&oras, "pull --plain-http --allow-path-traversal -o pulled REGISTRY/artifact:v1");
}

#[test]
fn docker_pushes_and_pulls() {
    let Some([docker, crane]) = tools::require_all(["docker", "crane"]) else { return };
    let scene = scene();
    let Some(daemon) = Daemon::docker(&scene.environment) else { return };
    scene.says(&crane, "append --oci-empty-base -f ARCHIVE -t REGISTRY/by/crane:v1");
    let digest = scene.says(&crane, "digest REGISTRY/by/crane:v1");
    let says = |line: &str| scene.says(&docker, &format!("--host {} {line}", daemon.address()));
    let pulled = says("pull REGISTRY/by/crane:v1");
    assert!(pulled.contains(&digest), "{pulled}");
    says("tag REGISTRY/by/crane:v1 REGISTRY/by/docker:v1");
    let pushed = says("push REGISTRY/by/docker:v1");
    let digest = scene.says(&crane, "digest REGISTRY/by/docker:v1");
    assert!(pushed.contains(&digest), "{pushed}");
    says("rmi REGISTRY/by/docker:v1 REGISTRY/by/crane:v1");
    says(&format!("pull REGISTRY/by/docker@{digest}"));
    scene.says(&crane, "validate --remote REGISTRY/by/docker:v1");
}

#[test]
fn cosign_signs_and_verifies_in_both_ways() {
    let Some([crane, new, old]) = tools::require_all(["crane", "cosign", "cosign2"]) else { return };
    let mut scene = scene();
    scene.environment.set("COSIGN_PASSWORD", "");
    scene.says(&new, "generate-key-pair");
    // No log is reached from a test: a signing config without services is one by a key alone.
    scene.says(&new, "signing-config create --out offline.json");
    // Each has a repository of its own: the old one stumbles over the new one's signatures.
    for (repository, cosign, sign, verify) in [
        ("new", &new, "--signing-config offline.json", "--private-infrastructure"),
        ("old", &old, "--tlog-upload=false", "--insecure-ignore-tlog=true"),
    ] {
        scene.says(&crane, &format!("append --oci-empty-base -f ARCHIVE -t REGISTRY/{repository}:v1"));
        let digest = scene.says(&crane, &format!("digest REGISTRY/{repository}:v1"));
        let at = format!("REGISTRY/{repository}@{digest}");
        scene.says(cosign, &format!("sign --yes --key cosign.key --allow-http-registry {sign} {at}"));
        scene.says(cosign, &format!("verify --key cosign.pub --allow-http-registry {verify} {at}"));
    }
    let tags = scene.says(&crane, "ls REGISTRY/old");
    assert!(tags.contains(".sig"), "cosign 2 keeps its signatures under a tag: {tags}");
    assert_eq!(scene.says(&crane, "ls REGISTRY/new").trim(), "v1", "cosign 3 needs none");
}
