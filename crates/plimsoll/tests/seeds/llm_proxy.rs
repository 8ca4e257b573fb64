//! A service whose releases are promoted by a second tag: the examples of its release guide.

use crate::verdict::Seed;

const CONFIGURATION: &str = r#"
[project]
name = "llm-proxy"
license = "MIT"

[version]
files = []

[tags]
version = "v{version}"
stable = "v{version}-stable"
prerelease = false

[[image]]
repository = "ghcr.io/sofatutor/llm-proxy"
platforms = ["linux/amd64", "linux/arm64"]
tags.release = ["v{version}", "{major}.{minor}", "sha-{sha}", { tag = "latest", if = "on-default-branch" }]
[image.assemble]
files = [{ from = "bin/{os}-{arch}/llm-proxy", to = "/usr/bin/llm-proxy" }]
"#;

/// A repository with all of these tags on one commit.
fn seed(tags: &[&str]) -> Seed {
    let seed = Seed::new(CONFIGURATION);
    for architecture in ["amd64", "arm64"] {
        seed.repo.write(&format!("bin/linux-{architecture}/llm-proxy"), "#!/bin/sh\n");
    }
    seed.repo.commit("All of it");
    for tag in tags {
        seed.repo.annotated_tag(tag);
    }
    seed
}

#[test]
fn version_tags_and_stable_tags_are_valid() {
    let seed = seed(&["v1.0.0", "v1.0.0-stable", "v1.2.3", "v1.4.0", "v1.4.0-stable"]);
    for version in ["1.0.0", "1.2.3", "1.4.0"] {
        seed.check(&format!("v{version}")).expect_ok("version", version);
    }
    for version in ["1.0.0", "1.4.0"] {
        seed.check(&format!("v{version}-stable")).expect_ok("promotion", version);
    }
}

#[test]
fn what_the_guide_calls_invalid_is_refused_with_the_nearest_valid_tag() {
    let table: [(&str, &str, &[&str]); 8] = [
        ("1.4.0", "tag-invalid", &["v{version}", "v{version}-stable", "v1.4.0"]),
        ("v1.4", "tag-invalid", &["v{version}", "v{version}-stable", "v1.4.0"]),
        ("v1.4.0stable", "tag-invalid", &["v{version}", "v{version}-stable", "v1.4.0-stable"]),
        ("v1.0-stable", "tag-invalid", &["v1.0.0-stable"]),
        ("v1.4.0-rc1", "prerelease-refused", &["v1.4.0"]),
        ("v1.4.0-beta", "prerelease-refused", &["v1.4.0"]),
        ("v1.4.0-alpha", "prerelease-refused", &["v1.4.0"]),
        ("nightly", "tag-invalid", &["v{version}"]),
    ];
    let tags: Vec<&str> = table.iter().map(|(tag, _, _)| *tag).collect();
    // Whether such a tag exists makes no difference.
    for seed in [seed(&tags), seed(&[])] {
        for (tag, code, words) in table {
            seed.check(tag).expect_refusal(code, words);
        }
    }
}

#[test]
fn a_stable_tag_sits_on_the_commit_of_its_version() {
    let seed = seed(&["v1.4.0"]);
    seed.repo.commit("One more");
    seed.repo.annotated_tag("v1.4.0-stable");
    seed.check("v1.4.0-stable").expect_refusal("promotion-elsewhere", &["v1.4.0"]);
    seed.repo.annotated_tag("v1.5.0-stable");
    let verdict = seed.check("v1.5.0-stable");
    verdict.expect_refusal("tag-missing", &["v1.5.0"]);
}

#[test]
fn a_tag_that_is_not_there_yet_is_judged_as_if_it_were_on_head() {
    seed(&[]).check("v1.4.0").expect_ok("version", "1.4.0");
}
