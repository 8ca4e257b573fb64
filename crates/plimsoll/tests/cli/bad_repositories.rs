//! `init` in repositories that are in a bad way: nothing is overwritten, nothing stops it that it can go without, and what it
//! could not look at is said.

use std::os::unix::fs::symlink;
use std::path::Path;

use plimsoll_testkit::process::Output;
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

use crate::init::checksums;
use crate::scene::{CONFIG, Scene};

const DOCKERFILE: &str = "FROM scratch\nCOPY app /app\n";
/// A workflow that pushes, of which something is to be said.
const PUSHING: &str = "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [{ uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/app:latest' } }] } }\n";

/// A repository of acme/app with a Dockerfile.
fn repository() -> Scene {
    let scene = Scene::empty();
    scene.repo.remote("origin", "https://github.com/acme/app.git");
    scene.repo.write("Dockerfile", DOCKERFILE).write("app", "app");
    scene
}

fn init(scene: &Scene, options: &str) -> Output {
    scene.plimsoll(&format!("init {options}")).args(["--checksums", &checksums(scene)]).run()
}

#[track_caller]
fn left_of(scene: &Scene) -> String {
    let output = init(scene, "-o json").expect_success();
    let answer: Value = serde_json::from_str(output.stdout()).unwrap();
    answer["left"].to_string()
}

#[test]
fn a_broken_configuration_is_kept_with_its_problems_and_the_difference() {
    for broken in [CONFIG.replace("platforms", "plattforms"), "[project\n".to_owned()] {
        let scene = repository();
        scene.repo.write("plimsoll.toml", &broken).commit("first");
        let output = init(&scene, "");
        assert_ne!(output.code(), Some(0));
        let said = output.stderr();
        assert!(said.contains("plimsoll.toml:"), "{said}");
        assert!(
            said.contains("--- plimsoll.toml") && said.contains("+repository = \"ghcr.io/acme/app\""),
            "{said}"
        );
        assert_eq!(scene.read("plimsoll.toml"), broken);
        assert!(!scene.has(".github"));
    }
}

#[test]
fn workflows_that_cannot_be_read_are_said() {
    let scene = repository();
    let folder = scene.repo.path().join(".github/workflows");
    scene.repo.write(".github/workflows/good.yml", PUSHING);
    std::fs::write(folder.join("latin.yml"), b"name: Ver\xf6ffentlichen\n").unwrap();
    std::fs::write(folder.join("large.yml"), format!("# {}\n{PUSHING}", "x".repeat(300_000))).unwrap();
    symlink("loop.yml", folder.join("loop.yml")).unwrap();
    std::fs::create_dir(folder.join("folder.yml")).unwrap();
    scene.repo.commit("first");
    let left = left_of(&scene);
    for what in [
        "latin.yml` can't be read: ",
        "byte 9 is not UTF-8",
        "large.yml` can't be read: ",
        "is larger than 262144 bytes",
        "loop.yml` can't be read: it is a link that leads nowhere",
    ] {
        assert!(left.contains(what), "{what}\n{left}");
    }
    assert!(!left.contains("folder.yml"), "{left}");
    assert!(scene.read("plimsoll.toml").contains("repository = \"ghcr.io/acme/app\""));
    let said = scene.run("check");
    for file in ["latin", "large", "loop"] {
        assert!(
            said.stderr().contains(&format!("`.github/workflows/{file}.yml` can't be read")),
            "{}",
            said.stderr()
        );
    }
    assert_eq!(said.code(), Some(0), "they are warnings");
}

#[test]
fn what_stands_in_the_place_of_a_file_is_no_file() {
    let folder = repository();
    std::fs::create_dir(folder.repo.path().join("plimsoll.toml")).unwrap();
    let said = init(&folder, "");
    assert_ne!(said.code(), Some(0));
    assert!(said.stderr().contains("plimsoll.toml"), "{}", said.stderr());
    assert!(!folder.has(".github"));

    let loops = repository();
    symlink("plimsoll.toml", loops.repo.path().join("plimsoll.toml")).unwrap();
    let said = init(&loops, "");
    assert_ne!(said.code(), Some(0));
    assert!(said.stderr().contains("`plimsoll.toml` can't be read"), "{}", said.stderr());
    assert!(!loops.has(".github"));

    // A file where the folder of workflows would be.
    let file = repository();
    file.repo.write(".github", "hello\n");
    let said = init(&file, "");
    assert_ne!(said.code(), Some(0));
    assert!(
        said.stderr().contains(".github/workflows/plimsoll-release.yml can't be written"),
        "{}",
        said.stderr()
    );
    assert_eq!(file.read(".github"), "hello\n");

    let dockerfile = Scene::empty();
    dockerfile.repo.remote("origin", "https://github.com/acme/app.git");
    std::fs::create_dir(dockerfile.repo.path().join("Dockerfile")).unwrap();
    init(&dockerfile, "").expect_code(2);
    symlink("nowhere", dockerfile.repo.path().join("Dockerfile.web")).unwrap();
    dockerfile.repo.write("Dockerfile.api", DOCKERFILE);
    let left = left_of(&dockerfile);
    assert!(left.contains("`Dockerfile.web` can't be read: it is a link that leads nowhere"), "{left}");
}

#[test]
fn a_clone_of_any_kind_is_looked_at_as_far_as_it_goes() {
    // Without a commit.
    let empty = repository();
    init(&empty, "").expect_success();
    assert!(empty.read("plimsoll.toml").contains("ghcr.io/acme/app"));

    // From a folder of it, everything goes to the root.
    let scene = repository();
    scene.repo.write("deep/er/file", "x").commit("first");
    let inside = scene.plimsoll("init").args(["--checksums", &checksums(&scene)]);
    inside.in_folder(scene.repo.path().join("deep/er")).run().expect_success();
    assert!(
        scene.has("plimsoll.toml") && scene.has(".github/workflows") && !scene.has("deep/er/plimsoll.toml")
    );

    // A shallow one has not all tags.
    let whole = repository();
    whole.repo.commit("first");
    whole.repo.write("more", "x").commit("second");
    let place = whole.environment().folder("clones").join("shallow");
    let address = format!("file://{}", whole.repo.path().display());
    whole.repo.git(["clone", "--quiet", "--depth", "1", &address, place.to_str().unwrap()]);
    let init_at = |folder: &Path| {
        let program = whole.plimsoll("init --workflows none --registry ghcr.io/acme");
        program.in_folder(folder).run()
    };
    let said = init_at(&place).expect_success();
    assert!(said.stderr().contains("this clone is shallow"), "{}", said.stderr());

    // A bare one has no files.
    let bare = Repo::bare(whole.environment(), "bare.git");
    let said = init_at(bare.path());
    assert_ne!(said.code(), Some(0));
    assert!(said.stderr().starts_with("error"), "{}", said.stderr());
    let nowhere = whole.environment().folder("nowhere");
    assert_ne!(init_at(&nowhere).code(), Some(0));
}
