//! What the tools that run compose files say of pinned ones: `docker-compose` 1.29 and Compose 2.

#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll_engine::document::compose::{Builds, Choices, ComposeFile, Left, ThirdParty};
use plimsoll_oci::name::Digest;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::tools::{Tool, require};

/// What 1.29 does not read, pinned or not: `:+` in a variable, and the project's `name`.
const TOO_NEW: [&str; 2] = ["nested-variables.yml", "wide.yml"];
/// A digest as it is put behind an image.
const DIGEST_LENGTH: usize = "@sha256:".len() + 64;

#[test]
fn docker_compose_1_reads_pinned_files_as_their_sources_with_digests() {
    let Some(tool) = require("docker-compose") else { return };
    check_all(&tool, &TOO_NEW);
}

#[test]
fn compose_2_reads_pinned_files_as_their_sources_with_digests() {
    let Some(tool) = require("compose2") else { return };
    check_all(&tool, &[]);
}

#[test]
fn no_variable_changes_what_is_pinned() {
    let Some(tool) = require("compose2") else { return };
    let environment = Environment::new();
    let folder = environment.folder("project");
    let source = "services:\n  app:\n    image: ${DOCKER_IMAGE:-acme/app:1.0}\n";
    std::fs::write(folder.join("c.yml"), pin(source)).unwrap();
    let config = tool.command(&environment).in_folder(&folder).args(["-f", "c.yml", "config", "--images"]);
    let images = config.set("DOCKER_IMAGE", "evil/app:2.0").run().expect_success();
    let digest = Digest::of(b"docker.io/acme/app:1.0");
    assert_eq!(images.stdout().trim_end(), format!("evil/app:2.0@{digest}"));
}

fn check_all(tool: &Tool, unreadable: &[&str]) {
    let environment = Environment::new();
    let folder = environment.folder("project");
    let files = files();
    let mut read = 0;
    for path in &files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let source = std::fs::read_to_string(path).unwrap();
        std::fs::write(folder.join("source.yml"), &source).unwrap();
        std::fs::write(folder.join("pinned.yml"), pin(&source)).unwrap();
        let config = |file: &str| {
            let command = tool.command(&environment).in_folder(&folder);
            command.set("COMPOSE_PROJECT_NAME", "project").args(["-f", file, "config"]).run()
        };
        let before = config("source.yml");
        if unreadable.contains(&name) {
            assert_ne!(before.code(), Some(0), "{name} is read after all");
            continue;
        }
        let (before, after) = (before.expect_success(), config("pinned.yml").expect_success());
        // Both indent the keys of a service by four.
        for line in after.stdout().lines().filter(|line| line.starts_with("    image: ")) {
            assert!(line.contains("@sha256:"), "{name}: {line}\n{}", after.stdout());
        }
        assert_eq!(without_digests(after.stdout()), without_digests(before.stdout()), "{name}");
        read += 1;
    }
    assert_eq!(read, files.len() - unreadable.len());
    assert!(read >= 30, "{read}");
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose_files");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// The file as a registry would have it pinned in which every image has a digest of its name.
fn pin(source: &str) -> String {
    let file = ComposeFile::parse(source).unwrap();
    let choices = Choices::make(&file, &BTreeMap::new(), ThirdParty::Resolve, Left::default());
    let resolve = choices.to_resolve().into_iter();
    let resolved = resolve.map(|reference| {
        let digest = Digest::of(reference.to_string().as_bytes());
        (reference, Ok(digest))
    });
    let pins = choices.pins(&resolved.collect()).unwrap();
    file.pin(&pins, Builds::Keep).unwrap()
}

/// A text without digests.
fn without_digests(text: &str) -> String {
    let mut bare = String::new();
    for line in text.lines() {
        let line = match line.find("@sha256:") {
            Some(at) => {
                let rest = line.get(at + DIGEST_LENGTH..).unwrap_or_default();
                format!("{}{rest}", line.get(..at).unwrap_or_default())
            }
            None => line.to_owned(),
        };
        bare.push_str(&line);
        bare.push('\n');
    }
    bare
}
