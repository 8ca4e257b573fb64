//! Builds that fail, that are killed, and builders that do wrong.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use plimsoll_testkit::builders::push_base;
use plimsoll_testkit::tools;
use serde_json::{Value, json};

use crate::yard::{Kind, Sea, Yard};

fn texts(value: &Value) -> String {
    value.to_string()
}

#[test]
fn a_build_that_fails_shows_its_last_lines() {
    for kind in [Kind::Buildctl, Kind::Buildah] {
        let Some(yard) = Yard::new(kind, Sea::Registry) else { continue };
        let registry = yard.registry.as_ref().expect("a registry was asked for");
        let Some(base) = push_base(&yard.environment, registry) else { continue };
        let dockerfile = format!("FROM {base}\nRUN echo the last words && exit 7\n");
        yard.commit(&yard.config(&["linux/amd64"], "", ""), &dockerfile);
        let (error, exit) = yard.error("release v1.0.0");
        // 9, not 8: the version is reserved on the remote, and nothing of it is visible.
        assert_eq!((&error["code"], exit), (&json!("build-failed"), Some(9)), "{error:#}");
        assert_eq!(error["reach"], json!("invisible"));
        assert!(texts(&error["causes"]).contains("the last words"), "{error:#}");
        assert!(texts(&error).contains(".plimsoll/logs/build"), "{error:#}");
        let tags = yard.environment.command(tools::find("crane").unwrap().path());
        let tags = tags.args(["ls", &yard.repository()]).run();
        assert!(!tags.stdout().contains("1.0.0"), "{}", tags.stdout());
        // A base that is not there.
        yard.repo.write("Dockerfile", format!("FROM {}\nCOPY app /\n", registry.repository("nothing:1")));
        let (error, _) = yard.error("build");
        assert_eq!(error["code"], json!("build-failed"), "{error:#}");
        assert!(texts(&error["help"]).contains("base image"), "{error:#}");
    }
}

#[test]
fn a_build_that_is_interrupted_ends_with_everything_that_it_started() {
    for kind in [Kind::Buildctl, Kind::Buildah] {
        let Some(yard) = Yard::new(kind, Sea::Registry) else { continue };
        let registry = yard.registry.as_ref().expect("a registry was asked for");
        let Some(base) = push_base(&yard.environment, registry) else { continue };
        let slow = format!("FROM {base}\nRUN busybox echo begun; sleep 4321\n");
        yard.commit(&yard.config(&["linux/amd64"], "", ""), &slow);
        let running = yard.plimsoll("release v1.0.0").start();
        let until = Instant::now() + Duration::from_secs(60);
        while !is_running("sleep4321") && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        running.interrupt();
        let interrupted = Instant::now();
        let output = running.wait().expect_code(130);
        assert!(interrupted.elapsed() < Duration::from_secs(20), "{}", output.stderr());
        assert!(output.stderr().contains("nothing"), "{}", output.stderr());
        let until = Instant::now() + Duration::from_secs(20);
        while is_running("sleep4321") && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(!is_running("sleep4321"), "the build goes on");
        // The next run is none the worse for it.
        yard.repo.write("Dockerfile", "FROM scratch\nCOPY app /app\n");
        yard.repo.commit("quick");
        yard.repo.annotated_tag("v1.0.1");
        yard.repo.push("origin", ["main", "v1.0.1"]);
        yard.run("release v1.0.1");
    }
}

/// Whether a program with these arguments runs, wherever its container is.
fn is_running(arguments: &str) -> bool {
    let processes = std::fs::read_dir("/proc").expect("processes can be listed").flatten();
    let mut lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| {
        let words: Vec<u8> = line.into_iter().filter(|byte| *byte != 0).collect();
        words == arguments.as_bytes()
    })
}

#[test]
fn a_builder_that_is_down_or_unknown_is_named() {
    let Some(yard) = Yard::new(Kind::Buildx, Sea::Local) else { return };
    let dockerfile = "FROM scratch\nCOPY app /app\n";
    let config = yard.config(&["linux/amd64"], "", "");
    yard.commit(&config, dockerfile);
    for (with, word) in [
        ("with = \"buildx\"\nbuilder = \"nobody\"", "nobody"),
        ("with = \"buildctl\"\naddress = \"unix:///nowhere\"", "nowhere"),
        ("with = \"podman\"", "podman"),
    ] {
        yard.repo.write("plimsoll.toml", config.replace("with = \"buildx\"", with));
        let (error, exit) = yard.error("build");
        assert_eq!((&error["code"], exit), (&json!("builder-unusable"), Some(8)), "{error:#}");
        assert!(texts(&error).contains(word), "{error:#}");
    }
    // Without a name the next one that can be used is taken.
    yard.repo.write("plimsoll.toml", config.replace("with = \"buildx\"", "# whoever can"));
    yard.plimsoll("build").set("DOCKER_CONFIG", "/nowhere").run();
    yard.run("build");
}

/// Runs a program with a disk of a mebibyte at `$0`, which nobody else sees.
const ON_A_SMALL_DISK: &str = r#"mkdir -p "$0" && mount -t tmpfs -o size=1m none "$0" && exec "$@""#;

#[test]
fn a_full_disk_is_named_with_the_way_to_make_room() {
    let Some(mut yard) = Yard::new(Kind::Buildah, Sea::Local) else { return };
    yard.commit(&yard.config(&["linux/amd64"], "", ""), "FROM scratch\nCOPY big /big\n");
    yard.repo.write("big", vec![7; 4 << 20]);
    // The builder's disk, not ours: its storage is on a small one.
    let folder = yard.environment.folder("small-disk");
    let real = tools::find("buildah").expect("it was there before");
    let storage = yard.environment.root().join("containers/graph");
    let script = format!(
        "#!/bin/sh\nexec unshare --mount sh -c '{ON_A_SMALL_DISK}' '{}' '{}' \"$@\"\n",
        storage.display(),
        real.path().display()
    );
    std::fs::write(folder.join("buildah"), script).unwrap();
    std::fs::set_permissions(folder.join("buildah"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    yard.environment.set("PATH", format!("{}:{path}", folder.display()));
    let (error, exit) = yard.error("build");
    assert_eq!((&error["code"], exit), (&json!("build-failed"), Some(8)), "{error:#}");
    assert!(texts(&error["help"]).contains("makes room"), "{error:#}");
}

#[test]
fn what_is_built_may_not_fit_on_our_disk() {
    let Some(yard) = Yard::new(Kind::Buildah, Sea::Local) else { return };
    yard.commit(&yard.config(&["linux/amd64"], "", ""), "FROM scratch\nCOPY big /big\n");
    // Nothing that a layer could be made smaller by.
    let mut word = 1_u32;
    let noise = std::iter::repeat_with(|| {
        word ^= word << 13;
        word ^= word >> 17;
        word ^= word << 5;
        word.to_le_bytes()[0]
    });
    yard.repo.write("big", noise.take(4 << 20).collect::<Vec<u8>>());
    let line = ["--mount", "sh", "-c", ON_A_SMALL_DISK];
    let run = yard.environment.command("unshare").in_folder(yard.repo.path()).args(line);
    let run = run.arg(yard.repo.path().join(".plimsoll")).arg(env!("CARGO_BIN_EXE_plimsoll"));
    let output = run.args(["build", "-o", "json"]).run().expect_code(8);
    let answer: Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(answer["error"]["code"], json!("build-failed"), "{answer:#}");
    assert!(texts(&answer["error"]["help"]).contains("`.plimsoll` is on"), "{answer:#}");
}

#[test]
fn a_builder_that_gives_too_little_is_caught() {
    let Some(mut yard) = Yard::new(Kind::Buildctl, Sea::Local) else { return };
    yard.commit(&yard.config(&["linux/amd64", "linux/arm64"], "", ""), "FROM scratch\nCOPY app /app\n");
    // Between us and the real one: it forgets a platform.
    let folder = yard.environment.folder("forgetful");
    let real = tools::find("buildctl").expect("it was there before");
    let script = format!(
        "#!/bin/bash\nexec '{}' \"${{@/platform=linux\\/amd64,linux\\/arm64/platform=linux/amd64}}\"\n",
        real.path().display()
    );
    std::fs::write(folder.join("buildctl"), script).unwrap();
    std::fs::set_permissions(folder.join("buildctl"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    yard.environment.set("PATH", format!("{}:{path}", folder.display()));
    let (error, exit) = yard.error("release v1.0.0");
    assert_eq!((&error["code"], exit), (&json!("platform-missing"), Some(2)), "{error:#}");
    assert!(texts(&error).contains("linux/arm64"), "{error:#}");
}

#[test]
fn a_build_that_takes_too_long_is_ended() {
    let Some(yard) = Yard::new(Kind::Buildctl, Sea::Registry) else { return };
    let registry = yard.registry.as_ref().expect("a registry was asked for");
    let Some(base) = push_base(&yard.environment, registry) else { return };
    let config = yard.config(&["linux/amd64"], "", "").replace("timeout = \"5m\"", "timeout = \"2s\"");
    yard.commit(&config, &format!("FROM {base}\nRUN echo it begins; sleep 300\n"));
    let (error, exit) = yard.error("build");
    assert_eq!((&error["code"], exit), (&json!("build-failed"), Some(8)), "{error:#}");
    assert!(texts(&error).contains("within 2 s"), "{error:#}");
}
