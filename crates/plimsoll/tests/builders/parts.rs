//! One runner per platform: parts that are merged, or refused with the reason.

use std::path::Path;

use serde_json::json;

use crate::yard::{Kind, Sea, Yard};

const DOCKERFILE: &str = "FROM scratch\nARG TARGETARCH\nLABEL built-for=$TARGETARCH\nCOPY app /app\n";

fn build(yard: &Yard, platform: &str, folder: &str) {
    yard.run(&format!("build --tag v1.0.0 --platform {platform} --output {folder}"));
}

#[track_caller]
fn refusal(yard: &Yard, from: &[&str]) -> (String, String) {
    let folders: Vec<String> = from.iter().map(|folder| format!("--from {folder}")).collect();
    let (error, exit) = yard.error(&format!("release v1.0.0 {}", folders.join(" ")));
    assert_eq!(error["reach"], json!("nothing"), "{error:#}");
    assert!(matches!(exit, Some(2 | 5)), "{error:#}");
    (error["code"].as_str().unwrap().to_owned(), error["message"].as_str().unwrap().to_owned())
}

#[test]
fn parts_from_several_builders_are_one_release() {
    let Some(yard) = Yard::new(Kind::Buildctl, Sea::Local) else { return };
    let platforms = ["linux/amd64", "linux/arm64"];
    yard.commit(&yard.config(&platforms, "", ""), DOCKERFILE);
    build(&yard, "linux/amd64", "../amd64");
    build(&yard, "linux/arm64", "../arm64");
    for (from, code, word) in [
        (vec!["../amd64"], "platform-missing", "linux/arm64"),
        (vec!["../amd64", "../arm64", "../amd64"], "platform-unexpected", "twice for linux/amd64"),
        (vec!["../amd64", "../nowhere"], "part-refused", "no part"),
    ] {
        let (found, message) = refusal(&yard, &from);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(word), "{message}");
    }
    // From the working directory: perhaps with files that nobody has committed.
    yard.run("build --platform linux/arm64 --output ../worktree");
    assert_eq!(refusal(&yard, &["../amd64", "../worktree"]).0, "part-refused");
    // The merge needs no builder.
    let merged = yard.plimsoll("release v1.0.0 --from ../amd64 --from ../arm64 -o json");
    let merged = merged.set("PATH", "/usr/bin:/bin").run().expect_success();
    let merged: serde_json::Value = serde_json::from_str(merged.stdout()).unwrap();
    let whole = yard.json("build --tag v1.0.0 --platform all");
    assert_eq!(merged["images"][0]["digest"], whole["images"][0]["digest"], "merged, and built at once");
}

#[test]
fn parts_of_something_else_are_refused() {
    let Some(yard) = Yard::new(Kind::Buildah, Sea::Local) else { return };
    let all = ["linux/amd64", "linux/arm64", "linux/s390x"];
    yard.commit(&yard.config(&all, "", ""), DOCKERFILE);
    for platform in all {
        build(&yard, platform, &format!("../{}", platform.replace('/', "-")));
    }
    // Another configuration, in another commit.
    yard.repo.write("plimsoll.toml", yard.config(&["linux/amd64", "linux/arm64"], "", ""));
    yard.repo.commit("fewer platforms");
    yard.repo.git(["tag", "--force", "--annotate", "--message=again", "v1.0.0"]);
    let (code, message) = refusal(&yard, &["../linux-amd64", "../linux-arm64"]);
    assert_eq!(code, "part-refused", "{message}");
    assert!(message.contains("built from commit"), "{message}");
    build(&yard, "linux/amd64", "../linux-amd64");
    build(&yard, "linux/arm64", "../linux-arm64");
    // A platform that the image does not have: whoever made this part by hand lied about its commit as well.
    let part = |folder: &str| yard.environment.root().join(folder).join("plimsoll-part.json");
    let lie = std::fs::read_to_string(part("linux-amd64")).unwrap();
    write(&part("linux-s390x"), &lie);
    let (code, message) = refusal(&yard, &["../linux-amd64", "../linux-arm64", "../linux-s390x"]);
    assert_eq!(code, "platform-unexpected", "{message}");
    assert!(message.contains("linux/s390x"), "{message}");
    yard.run("release v1.0.0 --from ../linux-amd64 --from ../linux-arm64");
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}
