//! Releases as five projects describe theirs, each as a repository of its own in `seeds/`: what is drafted for them, and what
//! of them is left.

use insta::assert_snapshot;
use plimsoll_testkit::process::Output;
use serde_json::Value;

use crate::carried_over::{unpack, without_dockerfiles};
use crate::init::checksums;
use crate::scene::Scene;

/// A repository that was moved over, no line edited.
struct Moved {
    scene: Scene,
    answer: Value,
}

impl Moved {
    fn over(text: &str) -> Moved {
        let scene = unpack(text);
        let output = scene.plimsoll("init -o json").args(["--checksums", &checksums(&scene)]).run();
        let answer = serde_json::from_str(output.stdout()).unwrap_or_else(|_| panic!("{}", output.stderr()));
        let moved = Moved { scene, answer };
        moved.passes(&moved.scene.run("check"));
        moved
    }

    /// What `init` wrote, without its first lines, which are the same for all.
    fn config(&self) -> String {
        let text = self.scene.read("plimsoll.toml");
        text.split_once("\n[project]")
            .unwrap()
            .1
            .split("\n# What could not")
            .next()
            .unwrap()
            .trim()
            .to_owned()
    }

    /// What could not be carried over, as it is said and as it stands in the file.
    fn left(&self) -> String {
        let text = self.scene.read("plimsoll.toml");
        let left: Vec<&str> =
            self.answer["left"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        for what in &left {
            assert!(text.contains(&format!("# - {}\n", what.replace('\n', " "))), "{what}\n{text}");
        }
        left.join("\n")
    }

    /// What releases from now on.
    fn release_workflow(&self) -> String {
        self.scene.read(".github/workflows/plimsoll-release.yml")
    }

    /// Rehearses a tag; base images can't be had here.
    fn rehearse(&self, tag: &str) {
        self.scene.repo.write("plimsoll.toml", without_dockerfiles(&self.scene.read("plimsoll.toml")));
        self.scene.repo.commit("moved over");
        self.passes(&self.scene.run(&format!("plan {tag} --local")));
        self.passes(&self.scene.run(&format!("rehearse {tag}")));
    }

    #[track_caller]
    fn passes(&self, output: &Output) {
        assert_eq!(output.code(), Some(0), "{}\n{}", output.stderr(), self.scene.read("plimsoll.toml"));
    }
}

#[test]
fn a_page_starts_it() {
    let moved = Moved::over(include_str!("seeds/page-starts-it.txt"));
    assert_snapshot!(moved.config(), @"");
    assert_snapshot!(moved.left(), @"");
    assert!(moved.release_workflow().contains("release:\n    types: [published]\n"));
    moved.rehearse("v0.2.0");
}

#[test]
fn the_chart_has_its_own_numbers() {
    let moved = Moved::over(include_str!("seeds/chart-and-signatures.txt"));
    assert_snapshot!(moved.config(), @"");
    assert_snapshot!(moved.left(), @"");
    assert!(moved.scene.run("check").stderr().contains("job `image` builds for a pull request of anybody"));
    moved.rehearse("v1.1.0");
}

#[test]
fn records_lie_in_the_repository() {
    let moved = Moved::over(include_str!("seeds/records-and-dstack.txt"));
    assert_snapshot!(moved.config(), @"");
    assert_snapshot!(moved.left(), @"");
}

#[test]
fn a_second_tag_promotes() {
    let moved = Moved::over(include_str!("seeds/stable-promotes.txt"));
    assert_snapshot!(moved.config(), @"");
    assert_snapshot!(moved.left(), @"");
    moved.rehearse("v1.1.0");
}

#[test]
fn latest_is_the_newest_main() {
    let moved = Moved::over(include_str!("seeds/two-images.txt"));
    assert_snapshot!(moved.config(), @"");
    assert_snapshot!(moved.left(), @"");
    moved.rehearse("v0.1.0");
}
