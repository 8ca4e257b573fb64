//! Two images whose tags follow the default branch, pull requests and versions.

use super::{Process, platforms};

const CONFIGURATION: &str = r#"
[project]
name = "rustchat"
description = "Team chat."
license = "MIT"
[version]
files = []
[image-defaults]
platforms = ["linux/amd64", "linux/arm64"]
[image-defaults.tags]
release = ["v{version}"]
"branch:main" = ["latest", "main", "sha-{sha}"]
pull-request = ["pr-{number}"]
[[image]]
name = "backend"
repository = "REGISTRY/rustchat/rustchat-backend"
assemble.files = [{ from = "backend", to = "/backend" }]
labels = { "org.opencontainers.image.title" = "rustchat-backend", "org.opencontainers.image.source" = "GITHUB" }
[[image]]
name = "frontend"
repository = "REGISTRY/rustchat/rustchat-frontend"
assemble.files = [{ from = "frontend", to = "/frontend" }]
labels = { "org.opencontainers.image.title" = "rustchat-frontend", "org.opencontainers.image.source" = "GITHUB" }
"#;

const IMAGES: [&str; 2] = ["rustchat/rustchat-backend", "rustchat/rustchat-frontend"];

fn process() -> Process {
    Process::new(CONFIGURATION, &[("backend", "#!/bin/sh\n"), ("frontend", "<html>\n")])
}

#[test]
fn pushes_to_main_and_version_tags_give_the_tags_that_were_proposed() {
    let process = process();
    let first = process.repo.head();
    process.job("push", "refs/heads/main", &first, "publish").expect_success();
    for image in IMAGES {
        let main = process.image(image, "main").expect("main is published");
        assert_eq!(platforms(&main), ["linux/amd64", "linux/arm64"]);
        for tag in ["latest", &format!("sha-{}", &first[..7])] {
            assert_eq!(process.image(image, tag).as_ref(), Some(&main), "{image}:{tag}");
        }
    }
    // A version tag makes its own tag and leaves those of the branch alone.
    process.tag("v1.0.0");
    process.tag_job("v1.0.0", "release").expect_success();
    for image in IMAGES {
        assert!(process.image(image, "v1.0.0").is_some(), "{image}");
        assert_eq!(process.image(image, "latest"), process.image(image, "main"), "{image}");
    }
    // The next commit moves them; the first one keeps its tag.
    let before = process.image(IMAGES[0], "main");
    process.repo.write("backend", "#!/bin/sh\nexit\n").commit("feat: more");
    process.repo.push("origin", ["main"]);
    process.job("push", "refs/heads/main", &process.repo.head(), "publish").expect_success();
    assert_ne!(process.image(IMAGES[0], "main"), before);
    assert_eq!(process.image(IMAGES[0], "latest"), process.image(IMAGES[0], "main"));
    assert_eq!(process.image(IMAGES[0], &format!("sha-{}", &first[..7])), before);
}

#[test]
fn images_have_the_labels_that_were_proposed() {
    let process = process();
    process.tag("v1.0.0");
    process.run("release v1.0.0").expect_success();
    let images = process.json("images v1.0.0");
    for (at, title) in ["rustchat-backend", "rustchat-frontend"].into_iter().enumerate() {
        let labels = &images["images"][at]["labels"];
        let label = |name: &str| labels[format!("org.opencontainers.image.{name}")].as_str();
        assert_eq!(label("title"), Some(title), "{images:#}");
        assert_eq!(label("description"), Some("Team chat."));
        assert_eq!(label("source"), Some(process.github.url().as_str()));
        assert_eq!(label("version"), Some("1.0.0"));
        assert_eq!(label("revision"), Some(process.repo.head().as_str()));
        assert_eq!(label("licenses"), Some("MIT"));
        assert!(label("created").is_some());
    }
}
