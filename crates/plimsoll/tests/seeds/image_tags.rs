//! The image tags of four public repositories: what their workflows pushed for their git tags, and what `plimsoll tags`
//! gives for the same rules.
//!
//! Names of tags, commits and rules are facts of those repositories. What was pushed follows from the workflow at the
//! commit of each tag. Where Plimsoll gives something else, the row says so, and a comment says why.

use plimsoll_testkit::process::Output;

use crate::verdict::Seed;

/// What Plimsoll gives for a ref.
enum Ours {
    /// What the workflow pushed.
    Same,
    /// These instead.
    Others(&'static [&'static str]),
    /// No tags, and the reason by its code.
    Refused(&'static str),
}
use Ours::{Others, Refused, Same};

/// A ref, its commit, what the workflow pushed, and what Plimsoll gives.
type Row = (&'static str, &'static str, &'static [&'static str], Ours);

/// Pushes the refs one after the other, as happened, and asks for the tags of each.
#[track_caller]
fn expect_tags(configuration: &str, event: &str, payload: &str, rows: &[Row]) {
    let seed = Seed::new(configuration);
    seed.repo.commit("All of it");
    for (reference, commit, pushed, ours) in rows {
        if let Some(tag) = reference.strip_prefix("refs/tags/") {
            seed.repo.lightweight_tag(tag);
        }
        let output = seed.tags(event, reference, commit, payload);
        let tags = tags(&output);
        match ours {
            Same => assert_eq!(tags, *pushed, "{reference}: {}", output.stderr()),
            Others(instead) => {
                assert_ne!(instead, pushed, "{reference} is no exception");
                assert_eq!(tags, *instead, "{reference}: {}", output.stderr());
            }
            Refused(code) => {
                assert_eq!(output.code(), Some(5), "{reference}: {}", output.stderr());
                assert!(output.stderr().contains(code), "{reference}: {}", output.stderr());
            }
        }
    }
}

/// The tags of every image, which must be the same, without the repository.
fn tags(output: &Output) -> Vec<&str> {
    let mut repositories: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in output.stdout().lines() {
        let (repository, tag) = line.rsplit_once(':').unwrap_or((line, ""));
        match repositories.iter_mut().find(|(known, _)| *known == repository) {
            Some((_, tags)) => tags.push(tag),
            None => repositories.push((repository, vec![tag])),
        }
    }
    let first = repositories.first().map(|(_, tags)| tags.clone()).unwrap_or_default();
    assert!(repositories.iter().all(|(_, tags)| *tags == first), "{repositories:?}");
    first
}

/// Three tags that are written out; `release` events.
#[test]
fn gpt4shell() {
    let configuration = r#"
[project]
name = "gpt4shell"
[version]
files = []
scheme = "pep440"
[[image]]
repository = "docker.io/igormcsouza/gpt4shell"
tags.release = ["{version}", "sha-{sha}", "latest"]
import.archive = "dist/image.tar"
"#;
    let rows: &[Row] = &[
        // The first two were pushed by a workflow for `main` that knew the version alone.
        (
            "refs/tags/v0.1.0",
            "29f996f4e7f1ba31055648e7e2b7146df728194b",
            &["0.1.0"],
            Others(&["0.1.0", "sha-29f996f", "latest"]),
        ),
        (
            "refs/tags/v0.1.0.1",
            "2a542fd9863b272afacdd9f4067bc0a920f66d81",
            &["0.1.0.1"],
            Others(&["0.1.0.1", "sha-2a542fd", "latest"]),
        ),
        (
            "refs/tags/v0.1.0.2",
            "bff5fb85083db59affce4fb1823d84097148deef",
            &["0.1.0.2", "sha-bff5fb8", "latest"],
            Same,
        ),
        (
            "refs/tags/v0.1.0.3",
            "a9f497e6af44e86d94d89704a8601425871ebb7d",
            &["0.1.0.3", "sha-a9f497e", "latest"],
            Same,
        ),
        (
            "refs/tags/v0.1.0.4",
            "a990dbbf9195e730beb35fda8136da5aa6705397",
            &["0.1.0.4", "sha-a990dbb", "latest"],
            Same,
        ),
        (
            "refs/tags/v0.1.0.5",
            "5259b3059a49ef17336b544fcdd5531b9bd89e5b",
            &["0.1.0.5", "sha-5259b30", "latest"],
            Same,
        ),
        (
            "refs/tags/v0.1.0.6",
            "b3250d0c0d63198e0f681c80bf4ef5c74cbcb968",
            &["0.1.0.6", "sha-b3250d0", "latest"],
            Same,
        ),
        // It took `latest` for a test, and its sha was that of `main`: this is no version, so it is no release.
        (
            "refs/tags/v0.1.0.7-test",
            "1cdba4bc7aaa0d34d3235d541a961e633a814cfd",
            &["0.1.0.7-test", "latest"],
            Refused("tag-invalid"),
        ),
        (
            "refs/tags/v0.2.0",
            "b6707593cd2415fb26fd41ee770a5c45a3ee8e3c",
            &["0.2.0", "sha-b670759", "latest"],
            Same,
        ),
    ];
    expect_tags(configuration, "release", "{}", rows);
}

/// Rules of docker/metadata-action; a second tag promotes, which makes no image.
#[test]
fn llm_proxy() {
    let configuration = r#"
[project]
name = "llm-proxy"
[tags]
version = "v{version}"
stable = "v{version}-stable"
[[image]]
repository = "ghcr.io/sofatutor/llm-proxy"
import.archive = "dist/image.tar"
[image.tags]
release = ["type=semver,pattern={{version}}", "type=semver,pattern={{major}}.{{minor}}", "type=sha"]
"branch:*" = ["type=ref,event=branch", "type=sha"]
pull-request = ["type=ref,event=pr", "type=sha"]
"#;
    let rows: &[Row] = &[
        (
            "refs/tags/v0.1.0",
            "35e35f0b69509cec1d4135c9f14f6a656de2315f",
            &["0.1.0", "0.1", "sha-35e35f0", "latest"],
            Same,
        ),
        (
            "refs/tags/v0.1.1",
            "170fe43aedf72f1984d0ef89b2ac7d6ca02b0d45",
            &["0.1.1", "0.1", "sha-170fe43", "latest"],
            Same,
        ),
        ("refs/tags/v0.1.1-stable", "170fe43aedf72f1984d0ef89b2ac7d6ca02b0d45", &[], Same),
        (
            "refs/tags/v0.1.2",
            "7a9bf1d0ec6e434ee956b2ea686dfb46e9f96458",
            &["0.1.2", "0.1", "sha-7a9bf1d", "latest"],
            Same,
        ),
        ("refs/tags/v0.1.2-stable", "7a9bf1d0ec6e434ee956b2ea686dfb46e9f96458", &[], Same),
        (
            "refs/tags/v0.1.3",
            "1d8d8c7111605ac7b7f88efb5c6da65daf529a75",
            &["0.1.3", "0.1", "sha-1d8d8c7", "latest"],
            Same,
        ),
        ("refs/tags/v0.1.3-stable", "1d8d8c7111605ac7b7f88efb5c6da65daf529a75", &[], Same),
        // A later step takes `latest` for `main` too: it followed two lines, and was the last that was pushed.
        (
            "refs/heads/main",
            "4ad75ccf8a3b216872a83a518fe3d9e2b68574b9",
            &["main", "sha-4ad75cc", "latest"],
            Others(&["main", "sha-4ad75cc"]),
        ),
    ];
    expect_tags(configuration, "push", "{}", rows);
}

/// Two images from a matrix, and commits in full.
#[test]
fn rustchat() {
    let image = |name: &str| {
        format!(
            r#"
[[image]]
name = "{name}"
repository = "ghcr.io/rustchatio/rustchat-{name}"
import.archive = "dist/{name}.tar"
tags = [
  "type=semver,pattern={{{{version}}}}",
  "type=semver,pattern={{{{major}}}}.{{{{minor}}}}",
  "type=ref,event=branch",
  "type=ref,event=pr",
  "type=sha,format=long",
]
"#
        )
    };
    let configuration = format!("[project]\nname = \"rustchat\"\n{}{}", image("backend"), image("frontend"));
    let rows: &[Row] = &[
        (
            "refs/tags/v0.0.1",
            "d134160927f491dac8bcef8537e0d03071b21cf6",
            &["0.0.1", "0.0", "sha-d134160927f491dac8bcef8537e0d03071b21cf6", "latest"],
            Same,
        ),
        (
            "refs/tags/v0.0.5",
            "6287da2a74e679ab488b289f8798c822c761fba1",
            &["0.0.5", "0.0", "sha-6287da2a74e679ab488b289f8798c822c761fba1", "latest"],
            Same,
        ),
        (
            "refs/heads/main",
            "17604cac2a0a361e295c3ab81dbab5d61fd616c1",
            &["main", "sha-17604cac2a0a361e295c3ab81dbab5d61fd616c1"],
            Same,
        ),
    ];
    expect_tags(&configuration, "push", "{}", rows);
}

/// No rules at all, so those that the action has without any; the chart has git tags of its own.
const GOMENHASHAI: &str = r#"
[project]
name = "gomenhashai"
[[image]]
repository = "ghcr.io/marcantoineraymond/gomenhashai"
import.archive = "dist/image.tar"
tags = ["type=schedule", "type=ref,event=branch", "type=ref,event=tag", "type=ref,event=pr"]
"#;

#[test]
fn gomenhashai() {
    let rows: &[Row] = &[
        ("refs/tags/v0.1.0", "8ca29b1e8f60c5bbe17c8cfb8fb2dece2a900f23", &["v0.1.0", "latest"], Same),
        ("refs/tags/gomenhashai-0.1.1", "38008e8831ecf536083525549417ddc00008b58f", &[], Same),
        ("refs/tags/v0.2.0", "87436bb0c43018c5241f6681822f9fd63ac1c17e", &["v0.2.0", "latest"], Same),
        ("refs/tags/v0.3.0", "30c36b49c76aa6986408cb3e42e1c363771e7f8f", &["v0.3.0", "latest"], Same),
        ("refs/tags/v0.4.0", "c52a731b01d289390feea328c14b67ccd98eca35", &["v0.4.0", "latest"], Same),
        ("refs/tags/v1.0.0", "fa1788e9b0c6be5a719c305475787004ff35d65c", &["v1.0.0", "latest"], Same),
        ("refs/tags/v1.1.0", "25c0228676b0232f173556b26c7ea895fa1faa76", &["v1.1.0", "latest"], Same),
        ("refs/tags/v1.1.1", "6d0dcb430273ef8bc2ada95d6ca2bb2d34f28dd8", &["v1.1.1", "latest"], Same),
        ("refs/tags/v1.1.2", "859ae4556a13b2ad27e565554a6b903911dd0207", &["v1.1.2", "latest"], Same),
        ("refs/tags/gomenhashai-1.1.3", "b47261b698ce98d53d131845e1b158539594143e", &[], Same),
        ("refs/tags/v1.2.0", "b47261b698ce98d53d131845e1b158539594143e", &["v1.2.0", "latest"], Same),
        ("refs/tags/v1.3.0", "1e9480fb7faebb9df125daa52958486295d27c76", &["v1.3.0", "latest"], Same),
        ("refs/tags/v1.3.1", "01e4fb00d0f252b67215c147f11dcef239cee79f", &["v1.3.1", "latest"], Same),
        ("refs/heads/main", "ed1cc6945044de04290a4f0cadb8462a75f553c1", &["main"], Same),
    ];
    expect_tags(GOMENHASHAI, "push", "{}", rows);
}

#[test]
fn gomenhashai_for_pull_requests() {
    let rows: &[Row] = &[("refs/heads/main", "ed1cc6945044de04290a4f0cadb8462a75f553c1", &["pr-105"], Same)];
    expect_tags(GOMENHASHAI, "pull_request_target", r#"{"number":105}"#, rows);
}
