//! A tool of Python: PEP 440 versions of three and four parts, and a version file that was forgotten more and more
//! often. Tags and versions are those of `igormcsouza/gpt4shell`.

use crate::verdict::Seed;

const CONFIGURATION: &str = r#"
[project]
name = "gpt4shell"

[version]
files = ["pyproject.toml"]
scheme = "pep440"

[[image]]
repository = "docker.io/igormcsouza/gpt4shell"
tags.release = ["{version}", "sha-{sha}", "latest"]
import = { archive = "dist/image.tar" }
"#;

/// Each tag with the version that its commit's `pyproject.toml` has.
const TAGS: [(&str, &str); 9] = [
    ("v0.1.0", "0.1.0"),
    ("v0.1.0.1", "0.1.0.1"),
    ("v0.1.0.2", "0.1.0.1"),
    ("v0.1.0.3", "0.1.0.1"),
    ("v0.1.0.4", "0.1.0.1"),
    ("v0.1.0.5", "0.0.0"),
    ("v0.1.0.6", "0.0.0"),
    ("v0.1.0.7-test", "0.0.0"),
    ("v0.2.0", "0.0.0"),
];

fn poetry(version: &str) -> String {
    format!(
        "[tool.poetry]\nname = \"gpt4shell\"\nversion = \"{version}\"\ndescription = \"\"\n\n\
         [tool.poetry.dependencies]\npython = \"^3.10\"\n\n\
         [build-system]\nrequires = [\"poetry-core\"]\nbuild-backend = \"poetry.core.masonry.api\"\n"
    )
}

fn seed() -> Seed {
    let seed = Seed::new(CONFIGURATION);
    for (tag, version) in TAGS {
        seed.repo.write("pyproject.toml", poetry(version)).commit(tag);
        seed.repo.lightweight_tag(tag);
    }
    seed
}

#[test]
fn tags_that_agree_with_their_version_file_would_be_released() {
    let seed = seed();
    for version in ["0.1.0", "0.1.0.1"] {
        seed.check(&format!("v{version}")).expect_ok("version", version);
    }
}

#[test]
fn tags_that_disagree_are_refused_with_both_numbers_and_the_line() {
    let seed = seed();
    let wrong = TAGS.iter().filter(|(tag, version)| tag.strip_prefix('v') != Some(version));
    let wrong: Vec<_> = wrong.filter(|(tag, _)| !tag.ends_with("-test")).collect();
    assert_eq!(wrong.len(), 6);
    for (tag, file) in wrong {
        let version = tag.trim_start_matches('v');
        seed.check(tag).expect_refusal("version-mismatch", &[version, file, "pyproject.toml:3"]);
    }
}

#[test]
fn a_tag_that_is_no_version_is_refused_as_such() {
    seed().check("v0.1.0.7-test").expect_refusal("tag-invalid", &["v{version}"]);
}

#[test]
fn the_next_version_is_released_once_its_file_says_so() {
    let seed = seed();
    seed.repo.write("pyproject.toml", poetry("0.2.1")).commit("Version 0.2.1");
    seed.repo.annotated_tag("v0.2.1");
    seed.check("v0.2.1").expect_ok("version", "0.2.1");
    // The same in the notation of PEP 621.
    let text = "[project]\nname = \"gpt4shell\"\nversion = \"0.2.2\"\n";
    seed.repo.write("pyproject.toml", text).commit("Version 0.2.2");
    seed.repo.annotated_tag("v0.2.2");
    seed.check("v0.2.2").expect_ok("version", "0.2.2");
    seed.repo.annotated_tag("v0.2.3");
    seed.check("v0.2.3").expect_refusal("version-mismatch", &["0.2.2", "0.2.3", "pyproject.toml:3"]);
}
