//! Programs of a foreign platform, and images that run.

use plimsoll_testkit::builders::{Daemon, emulate_arm64, push_base};
use plimsoll_testkit::tools;

use crate::yard::{Kind, Sea, Yard};

fn dockerfile(base: &str) -> String {
    format!(
        "FROM {base}\nARG TARGETARCH\nRUN --mount=type=secret,id=token read TOKEN < /run/secrets/token; \
         echo $TOKEN; echo $TARGETARCH > /machine\nENTRYPOINT [\"/bin/busybox\"]\nCMD [\"cat\", \"/machine\"]\n"
    )
}

/// Releases an image whose build runs programs of two platforms, and runs what was released.
#[track_caller]
fn release_and_run(kind: Kind) {
    let Some(()) = emulate_arm64() else { return };
    let Some(mut yard) = Yard::new(kind, Sea::Registry) else { return };
    let registry = yard.registry.take().expect("a registry was asked for");
    let Some(base) = push_base(&yard.environment, &registry) else { return };
    yard.registry = Some(registry);
    let Some(docker) = tools::require("docker") else { return };
    let Some(daemon) = Daemon::docker(&yard.environment) else { return };
    yard.environment.set("DOCKER_HOST", daemon.address()).set("TOKEN", "hunter2-hunter2-hunter2");
    let image = "secrets = { token = \"env:TOKEN\" }\nsmoke = [\"/bin/busybox\", \"cat\", \"/machine\"]";
    let gates = "[gates]\nsealed = [\"docker run --rm --network none $PLIMSOLL_IMAGE_APP cat /machine\"]";
    yard.commit(&yard.config(&["linux/amd64", "linux/arm64"], image, gates), &dockerfile(&base));
    let released = yard.run("release v1.0.0");
    assert!(
        released.stderr().contains("linux/arm64 is emulated and without a cache"),
        "{}",
        released.stderr()
    );
    assert_eq!(yard.log("smoke-app-linux-arm64.log"), "arm64\n");
    assert_eq!(yard.log("gate-sealed-1.log"), "amd64\n");
    // The build printed its secret.
    let logs = std::fs::read_dir(yard.repo.path().join(".plimsoll/logs")).unwrap();
    for log in logs.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()) {
        assert!(!log.contains("hunter2"), "{log}");
    }
    let name = format!("{}:1.0.0", yard.repository());
    for architecture in ["amd64", "arm64"] {
        let platform = format!("linux/{architecture}");
        let pull =
            docker.command(&yard.environment).args(["pull", "--quiet", "--platform", &platform, &name]);
        pull.run().expect_success();
        let run = docker.command(&yard.environment).args(["run", "--rm"]);
        let ran = run.args(["--network", "none", "--platform", &platform, &name]).run().expect_success();
        assert_eq!(ran.stdout().trim(), architecture);
    }
    // What is loaded for a try has the name that a release would give it.
    let built = yard.json("build --load");
    let loaded = built["images"][0]["loaded"].as_str().unwrap().to_owned();
    assert!(loaded.starts_with(&format!("{}:sha-", yard.repository())), "{loaded}");
    docker
        .command(&yard.environment)
        .args(["run", "--rm", "--network", "none", &loaded])
        .run()
        .expect_success();
}

#[test]
fn buildctl_builds_for_a_foreign_platform() {
    release_and_run(Kind::Buildctl);
}

#[test]
fn buildah_builds_for_a_foreign_platform() {
    release_and_run(Kind::Buildah);
}
