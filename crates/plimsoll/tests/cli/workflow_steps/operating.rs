//! What people decide about releases, each shown first: by the workflow or pipeline that `init` writes.

use super::actions::{Event, Ran};
use super::forge::{Forge, Host, Setup};
use super::pipelines::Pipeline;

/// Versions that are good get a tag of their own.
const STABLE: &str = "[tags]\nstable = \"v{version}-stable\"\n";

const IMAGE: &str = "tags.release = [\"{version}\", \"latest\"]\ntags.promotion = [\"stable\"]\n";

/// A project whose versions people judge.
pub(super) const JUDGED: Setup<'static> =
    Setup { options: "--actions none", image: IMAGE, tables: STABLE, ..Setup::PLAIN };

fn release_two(forge: &Forge) {
    release(forge, "v1.0.0");
    forge.change("app", "#!/bin/sh\necho better\n");
    forge.tag("v1.0.1");
    release(forge, "v1.0.1");
}

fn release(forge: &Forge, tag: &str) {
    match forge.host {
        Host::GitLab => forge.run_pipeline(&Pipeline::tag(tag)).well(),
        Host::GitHub | Host::Forgejo => forge.see(&Event::tag(tag)).well(),
    };
}

/// Shows what would be done; GitHub goes on by itself, unless its environment has rules.
fn show(forge: &Forge, act: &'static str, tag: &str) -> Option<Ran> {
    match forge.host {
        Host::GitHub => None,
        Host::Forgejo => {
            let asked =
                Event::by_hand(&[("act", act), ("tag", tag), ("reason", "it sinks"), ("how", "show it")]);
            Some(forge.run("plimsoll-operate", &asked))
        }
        Host::GitLab => Some(forge.run_pipeline(&Pipeline::act(act, tag))),
    }
}

fn carry_out(forge: &Forge, act: &'static str, tag: &str) -> Ran {
    match forge.host {
        Host::GitHub | Host::Forgejo => {
            let asked =
                Event::by_hand(&[("act", act), ("tag", tag), ("reason", "it sinks"), ("how", "do it")]);
            forge.run("plimsoll-operate", &asked)
        }
        Host::GitLab => forge.run_pipeline(&Pipeline::act(act, tag).starting("plimsoll-operate")),
    }
}

/// What an image tag of the registry is at.
fn at(forge: &Forge, tag: &str) -> Option<String> {
    forge.manifest("acme/app", tag)
}

#[test]
fn a_release_is_rolled_back_and_forth_and_promoted() {
    for host in Host::ALL {
        roll_back_and_promote(&Forge::new(host, Setup { options: "", ..JUDGED }));
    }
}

/// Of two releases the older is what people get, then the newer again, and one is found good.
pub(super) fn roll_back_and_promote(forge: &Forge) {
    let host = forge.host;
    release_two(forge);
    assert_eq!(at(forge, "latest"), at(forge, "1.0.1"), "{host:?}");
    if let Some(shown) = show(forge, "rollback", "v1.0.0") {
        assert_eq!(shown.well().len(), 1, "{host:?}");
    }
    assert_eq!(at(forge, "latest"), at(forge, "1.0.1"), "{host:?}: it was only shown");
    assert_eq!(carry_out(forge, "rollback", "v1.0.0").well().len(), 2);
    assert_eq!(at(forge, "latest"), at(forge, "1.0.0"), "{host:?}");
    carry_out(forge, "unhold", "v1.0.1").well();
    assert_eq!(at(forge, "latest"), at(forge, "1.0.1"), "{host:?}");

    let early = carry_out(forge, "promote", "v1.0.0");
    assert!(early.failure.unwrap().contains("tag-missing"), "{host:?}: its tag is not there");
    assert_eq!(early.jobs.len(), 1, "what can't be is not begun");
    forge.scene.repo.git(["tag", "-a", "-m", "good", "v1.0.0-stable", "v1.0.0^{commit}"]);
    forge.scene.repo.push("origin", ["v1.0.0-stable"]);
    show(forge, "promote", "v1.0.0-stable").map(Ran::well);
    assert_eq!(at(forge, "stable"), None, "{host:?}: it was only shown");
    carry_out(forge, "promote", "v1.0.0-stable").well();
    assert_eq!(at(forge, "stable"), at(forge, "1.0.0"), "{host:?}");
}

#[test]
fn only_what_nobody_can_have_seen_is_withdrawn() {
    for host in Host::ALL {
        withdraw(&Forge::new(host, Setup { options: "", ..JUDGED }));
    }
}

/// A tag is taken back, which a release is not.
pub(super) fn withdraw(forge: &Forge) {
    let host = forge.host;
    release_two(forge);
    let released = carry_out(forge, "withdraw", "v1.0.1");
    assert!(released.failure.unwrap().contains("not-withdrawable"), "{host:?}");
    assert_eq!(released.jobs.len(), 1, "{host:?}: refused when it is shown, before anybody is asked");
    forge.tag("v1.0.2");
    let is_there = || forge.remote.try_git(["rev-parse", "--verify", "refs/tags/v1.0.2"]).code() == Some(0);
    show(forge, "withdraw", "v1.0.2").map(Ran::well);
    assert!(is_there(), "{host:?}");
    assert_eq!(carry_out(forge, "withdraw", "v1.0.2").well().len(), 2, "{host:?}");
    assert!(!is_there(), "{host:?}");
}

/// Where each platform is built on a runner of its own, nothing is built for tags that make no image.
#[test]
fn promotions_and_charts_are_not_built_for() {
    let tables = format!("{STABLE}{}", super::CHART);
    let image = "platforms = [\"linux/amd64\", \"linux/arm64\"]\ndockerfile = \"Dockerfile\"\n";
    let files: Vec<(&str, &str)> =
        super::CHART_FILES.into_iter().chain([("Dockerfile", "FROM scratch\nCOPY app /app\n")]).collect();
    let forge = Forge::new(Host::GitHub, Setup { image, tables: &tables, files: &files, ..Setup::default() });
    let text = forge.scene.read(".github/workflows/plimsoll-release.yml");
    let workflow: serde_json::Value = yaml_serde::from_str(&text).unwrap();
    for (tag, want) in [
        ("v1.0.0", &["build", "release"][..]),
        ("v1.0.0-rc.1", &["build", "release"]),
        ("v1.0.0-stable", &["other"]),
        ("chart-0.5.0", &["other"]),
    ] {
        for (pushed, named) in [(tag, ""), ("main", tag)] {
            let contexts = serde_json::json!({ "github": { "ref_name": pushed }, "inputs": { "tag": named }, "needs": {} });
            let mut runs: Vec<&str> = Vec::new();
            for (id, job) in workflow["jobs"].as_object().unwrap() {
                let is_on =
                    job.get("if").is_none_or(|is| super::expressions::holds(is.as_str().unwrap(), &contexts));
                let waits_for = super::actions::needed(job);
                if is_on && waits_for.iter().all(|needed| runs.contains(&needed.as_str())) {
                    runs.push(id);
                }
            }
            assert_eq!(runs, want, "{tag}: {text}");
        }
    }
}
