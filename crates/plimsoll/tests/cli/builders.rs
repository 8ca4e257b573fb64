//! Images from Dockerfiles, as far as that can be seen without any builder.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use insta::assert_snapshot;
use plimsoll_testkit::process::Output;

use crate::scene::{CONFIG, Scene};

const BUILT: &str = r#"[project]
name = "app"

[[image]]
repository = "registry.example/app"
platforms = ["linux/amd64", "linux/arm64"]
dockerfile = "Dockerfile"
"#;

/// A project with a Dockerfile, and nothing but git and a shell on the machine.
struct Bare {
    scene: Scene,
    path: String,
}

impl Bare {
    fn new(config: &str, dockerfile: Option<&str>) -> Bare {
        let scene = Scene::empty();
        scene.repo.write("plimsoll.toml", config).write("app", "app\n");
        if let Some(dockerfile) = dockerfile {
            scene.repo.write("Dockerfile", dockerfile);
        }
        scene.repo.commit("first");
        scene.repo.annotated_tag("v1.0.0");
        let folder = scene.environment().folder("programs");
        let path = std::env::var("PATH").unwrap();
        for program in ["git", "sh", "env", "cat", "test", "sleep"] {
            let found = path.split(':').map(|folder| format!("{folder}/{program}"));
            let found = found.into_iter().find(|path| std::fs::metadata(path).is_ok());
            symlink(found.unwrap_or_else(|| panic!("{program} is there")), folder.join(program)).unwrap();
        }
        Bare { scene, path: folder.display().to_string() }
    }

    #[track_caller]
    fn run(&self, line: &str) -> Output {
        self.scene.plimsoll(line).arg("--no-progress").set("PATH", &self.path).run()
    }

    #[track_caller]
    fn show(&self, line: &str) -> String {
        self.scene.shown(&self.run(line))
    }

    /// The codes of everything that `check` finds.
    fn codes(&self) -> Vec<String> {
        let output = self.run("check -o json");
        let answer: serde_json::Value = serde_json::from_str(output.stdout()).unwrap();
        let problems = answer["problems"].as_array().unwrap_or_else(|| panic!("{answer:#}"));
        let mut codes: Vec<String> =
            problems.iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect();
        codes.retain(|code| code != "no-remote");
        codes
    }
}

#[test]
fn without_any_builder_it_is_said_what_to_install() {
    let bare = Bare::new(BUILT, Some("FROM scratch\nCOPY app /app\n"));
    assert_snapshot!(bare.show("release v1.0.0 --local"), @r"
    exit 8
    --- stderr
    error[builder-missing]: image `app`: there is no builder
     |
     = docker buildx: `docker` is not installed
     = buildctl: `buildctl` is not installed
     = buildah: `buildah` is not installed
     = podman: `podman` is not installed
     = help: install docker with buildx, buildctl with buildkitd, buildah, or podman
     = help: an image of files that exist already needs none of them: `[image.assemble]`

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn dockerfiles_are_judged_before_they_are_built() {
    let missing = Bare::new(BUILT, None);
    assert_snapshot!(missing.show("build"), @r"
    exit 2
    --- stderr
    error[dockerfile-invalid]: image `app` is built from `Dockerfile`, which is not there
    --> Dockerfile
     = help: `dockerfile` is a path from the repository's root; it must be in the commit

    nothing has left this machine; mend this, then run again
    ");
    assert_eq!(missing.codes(), ["dockerfile-invalid"]);
    let broken = Bare::new(BUILT, Some("FROM scratch\n\nCOPPY app /app\n"));
    assert_eq!(broken.codes(), ["dockerfile-invalid"]);
    assert_snapshot!(broken.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    error[dockerfile-invalid]: `Dockerfile` of image `app` is no Dockerfile: line 3: there is no instruction `COPPY`
    --> Dockerfile:3:1

    nothing has left this machine; mend this, then run again
    ");
    let config = format!("{BUILT}target = \"relase\"\n");
    let unknown = Bare::new(&config, Some("FROM scratch AS release\nCOPY app /app\n"));
    assert_eq!(unknown.codes(), ["dockerfile-invalid"]);
}

#[test]
fn what_is_odd_about_a_build_is_found_by_check() {
    let bare = Bare::new(BUILT, Some("FROM scratch\nCOPY . /\n"));
    assert_eq!(bare.codes(), [""; 0], "nothing runs, nothing is emulated");
    bare.scene
        .repo
        .write("config/.env", "TOKEN=x")
        .write(".gitignore", "config/\n")
        .write(".env.example", "TOKEN=");
    assert_eq!(bare.codes(), ["secrets-in-context"], "git ignores it, builders do not");
    bare.scene.repo.write(".dockerignore", "**/.env\n");
    assert_eq!(bare.codes(), [""; 0]);
    bare.scene.repo.write("Dockerfile", "FROM alpine\nRUN true\n");
    assert_eq!(bare.codes(), ["emulated-uncached"]);
    let native = "on: workflow_dispatch\njobs:\n  build:\n    runs-on: ubuntu-24.04-arm\n    steps: [{ run: plimsoll build --platform linux/arm64 --output part }]\n";
    bare.scene.repo.write(".github/workflows/build.yml", native);
    assert_eq!(bare.codes(), [""; 0], "the workflow builds where it runs");
    bare.scene.repo.write(".github/workflows/build.yml", native.replace("-arm", ""));
    assert_eq!(bare.codes(), ["emulated-uncached"]);
    bare.scene.repo.git(["clean", "--quiet", "--force", "-d", ".github"]);
    bare.scene.repo.write("plimsoll.toml", format!("{BUILT}cache-from = [\"type=gha\"]\n"));
    assert_eq!(bare.codes(), [""; 0]);
    let cached =
        |to: &str| format!("{BUILT}cache-from = [\"type=gha\"]\ncache-to = [\"type=registry,ref={to}\"]\n");
    bare.scene.repo.write("plimsoll.toml", cached("registry.example/{image}:cache"));
    assert_eq!(bare.codes(), ["cache-among-releases"]);
    bare.scene.repo.write("plimsoll.toml", cached("registry.example/cache:{image}-{platform}"));
    assert_eq!(bare.codes(), [""; 0]);
}

#[test]
fn build_publishes_nothing_and_says_so() {
    let scene = Scene::tagged();
    assert_snapshot!(scene.show("build --push"), @r"
    exit 2
    --- stderr
    error[usage]: `build` pushes nothing
     |
     = help: a version is published by `plimsoll release TAG`, and by nothing else
    ");
    // An assembled image needs no builder.
    let built = scene.json("build");
    let (version, tag) = (&built["images"][0]["labels"]["org.opencontainers.image.version"], &built["tag"]);
    assert_eq!(version, tag);
    assert!(tag.as_str().unwrap().starts_with("sha-"), "{built:#}");
    let as_released = scene.json("build --tag v1.0.0");
    scene.run("release v1.0.0 --local").expect_success();
    let released = scene.json("images v1.0.0 --local");
    assert_eq!(as_released["images"][0]["digest"], released["images"][0]["digest"]);
    assert_snapshot!(scene.show("build --output part"), @r"
    exit 2
    --- stderr
    error[usage]: there is nothing to build

    nothing has left this machine; mend this, then run again
    ");
    assert_eq!(scene.error("build nobody"), ("usage".into(), Some(2)));
    assert_eq!(scene.error("build --platform linux/riscv64"), ("usage".into(), Some(2)));
    assert_eq!(scene.error("build --platform linux"), ("usage".into(), Some(2)));
}

#[test]
fn parts_that_are_none_are_refused() {
    let bare = Bare::new(BUILT, Some("FROM scratch\nCOPY app /app\n"));
    assert_snapshot!(bare.show("release v1.0.0 --local --from nowhere"), @r"
    exit 5
    --- stderr
    error[part-refused]: image `app`: nowhere: this is no part of a release: it has no plimsoll-part.json
    --> nowhere
     = help: build it again from the commit that is released: `plimsoll build --tag v1.0.0 --output DIR`

    nothing has left this machine; mend this, then run again
    ");
}

#[test]
fn a_gate_that_fails_stops_the_release() {
    let gates = format!("{CONFIG}\n[gates]\nsource = [\"test -f app\", \"cat nothing\"]\n");
    let bare = Bare::new(&gates, None);
    assert_snapshot!(bare.show("release v1.0.0 --local"), @r"
    exit 5
    --- stderr
    error[gate-failed]: gate `cat nothing` failed
     |
     = cause: cat: nothing: No such file or directory
     = log: .plimsoll/logs/gate-source-2.log
     = exit code: 1

    nothing has left this machine; mend this, then run again
    ");
    let images = bare.run("images v1.0.0 --local");
    assert_ne!(images.code(), Some(0), "nothing was released");
}

impl Bare {
    /// Puts a program on the machine that notes what it is asked; gives the file that it notes it in.
    fn stand_in(&self, program: &str, script: &str) -> std::path::PathBuf {
        let notes = self.scene.environment().root().join(format!("{program}.asked"));
        let path = std::path::Path::new(&self.path).join(program);
        std::fs::write(&path, format!("#!/bin/sh\necho \"$@\" >> {}\n{script}\n", notes.display())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        notes
    }
}

/// Gates install what they need where they run; images are what was committed.
#[test]
fn what_source_gates_write_is_in_no_image() {
    let gates = "[gates]\nsource = [\"echo tampered > app; echo x > stray\", \"test -f stray\"]\n";
    let one = BUILT.replace(", \"linux/arm64\"", "");
    let config = format!("[build]\nwith = \"buildah\"\n{gates}{one}");
    let bare = Bare::new(&config, Some("FROM scratch\nCOPY . /src/\n"));
    let script = "test \"$1\" = info && exit 0\nfor context; do :; done\ncat \"$context/app\" >> $0.saw\n\
                  test -e \"$context/stray\" && echo stray >> $0.saw\nexit 1";
    bare.stand_in("buildah", script);
    let ended = bare.run("release v1.0.0 --local");
    assert!(ended.stderr().contains("error[build-failed]"), "{}", ended.stderr());
    let saw = std::fs::read_to_string(format!("{}/buildah.saw", bare.path)).unwrap();
    assert_eq!(saw, "app\n");
}

/// The name behind a word of a line.
fn behind<'l>(line: &'l str, word: &str) -> &'l str {
    let mut words = line.split(' ').skip_while(|other| *other != word);
    words.nth(1).unwrap_or_else(|| panic!("no {word} in {line}"))
}

/// A docker that runs what it is asked to as `run` says.
fn smoked(run: &str) -> (Bare, std::path::PathBuf) {
    let smoke = CONFIG.replace("[image.assemble]", "smoke = [\"/app\"]\n[image.assemble]");
    let bare = Bare::new(&format!("{smoke}\n[gates]\ntimeout = \"2s\"\n"), None);
    let script = format!("case $1 in run) {run} ;; version) echo 1 ;; esac");
    let notes = bare.stand_in("docker", &script);
    (bare, notes)
}

/// Killing the program that began a container does not end it.
#[test]
fn nothing_of_a_smoke_command_is_left_however_it_ends() {
    for (run, is_well) in [("true", true), ("exit 3", false), ("sleep 60", false)] {
        let (bare, notes) = smoked(run);
        let ended = bare.run("release v1.0.0 --local");
        assert_eq!(ended.code() == Some(0), is_well, "{run}: {}", ended.stderr());
        let asked = std::fs::read_to_string(notes).unwrap();
        let line = |begin: &str| asked.lines().find(|line| line.starts_with(begin));
        let ran = line("run ").unwrap_or_else(|| panic!("{asked}"));
        let (container, image) = (behind(ran, "--name"), behind(ran, "/app"));
        assert!(container.starts_with("plimsoll-smoke-"), "{asked}");
        let removed = line("rm ").map(str::to_owned);
        let want = (!is_well).then(|| format!("rm --force {container}"));
        assert_eq!(removed, want, "{run}: {asked}");
        assert!(asked.ends_with(&format!("image rm {image}\n")), "{run}: {asked}");
    }
}

#[test]
fn a_smoke_command_that_is_stopped_leaves_no_container() {
    let (bare, notes) = smoked("sleep 60");
    let asked = || std::fs::read_to_string(&notes).unwrap_or_default();
    let running =
        bare.scene.plimsoll("release v1.0.0 --local").arg("--no-progress").set("PATH", &bare.path).start();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !asked().contains("run --rm") {
        assert!(std::time::Instant::now() < until, "{}", asked());
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    running.interrupt();
    let ended = running.wait();
    assert_eq!(ended.code(), Some(130), "{}", ended.stderr());
    assert!(asked().contains("\nrm --force plimsoll-smoke-"), "{}", asked());
    assert!(asked().contains("\nimage rm localhost/plimsoll-sealed/app:"), "{}", asked());
}

#[test]
fn a_tag_is_checked_with_the_dockerfiles_of_its_commit() {
    let bare = Bare::new(BUILT, Some("FROM scratch\nCOPPY app /app\n"));
    // What lies in the working directory is not what would be built.
    bare.scene.repo.write("Dockerfile", "FROM scratch\nCOPY app /app\n").write("key.pem", "secret");
    let codes = |tag: &str| {
        let output = bare.run(&format!("check {tag} -o json"));
        let answer: serde_json::Value = serde_json::from_str(output.stdout()).unwrap();
        let codes =
            answer["problems"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned());
        codes.filter(|code| code != "no-remote" && code != "dirty-tree").collect::<Vec<_>>()
    };
    assert_eq!(codes("v1.0.0"), ["dockerfile-invalid"]);
    bare.scene.repo.commit("mended, with a key in it");
    bare.scene.repo.annotated_tag("v1.0.1");
    assert_eq!(codes("v1.0.1"), ["secrets-in-context"]);
}

#[test]
fn sealed_gates_pull_images_where_nothing_runs_them() {
    let program = env!("CARGO_BIN_EXE_plimsoll");
    let gate = format!("{program} copy $PLIMSOLL_IMAGE_APP oci:$OUT --quiet");
    let gates = format!("{CONFIG}\n[gates]\nsealed = [\"{gate}\"]\nenvironment = [\"OUT\"]\n");
    let bare = Bare::new(&gates, None);
    let out = bare.scene.environment().root().join("pulled");
    let released =
        bare.scene.plimsoll("release v1.0.0 --local -o json").set("PATH", &bare.path).set("OUT", &out).run();
    let released: serde_json::Value = serde_json::from_str(released.expect_success().stdout()).unwrap();
    let index = std::fs::read_to_string(out.join("index.json")).unwrap();
    let hex = released["images"][0]["digest"].as_str().unwrap().replace("sha256:", "");
    assert!(out.join("blobs/sha256").join(&hex).is_file(), "{index}");
}

#[test]
fn a_part_is_written_and_programs_are_answered() {
    let scene = Scene::with_config(CONFIG);
    // The folder stands on the command line, for whom the answer is in the variable.
    let output = scene.plimsoll("build --output part").set("PLIMSOLL_OUTPUT", "json").run();
    let answer: serde_json::Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(answer["error"]["message"], "there is nothing to build", "{answer:#}");
}
