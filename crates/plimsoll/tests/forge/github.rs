//! A release page on GitHub: begun, filled, published, found again; whatever is there before, and whatever goes wrong.

use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::github::{GitHubFault, GitHubRelease};

use crate::port::Port;

const FILES: [&str; 4] =
    ["SHA256SUMS", "digests.txt", "v1.0.0-release-info.json", "v1.0.0-release.intoto.json"];

fn names(release: &GitHubRelease) -> Vec<&str> {
    let mut names: Vec<&str> = release.assets.iter().map(|asset| asset.name.as_str()).collect();
    names.sort_unstable();
    names
}

/// The one release that there is, which everybody sees and which has every file once.
#[track_caller]
fn the_release(port: &Port) -> GitHubRelease {
    let releases = port.github.releases();
    let [release] = releases.as_slice() else { panic!("{releases:#?}") };
    assert!(!release.draft, "{release:#?}");
    assert_eq!(names(release), FILES);
    assert!(release.assets.iter().all(|asset| asset.state == "uploaded"), "{release:#?}");
    release.clone()
}

#[test]
fn a_release_gets_one_page_and_a_second_run_changes_nothing() {
    let port = Port::new();
    let released = port.json("release v1.0.0");
    assert_eq!(released["page"]["url"], format!("{}/releases/tag/v1.0.0", port.github.url()));
    let release = the_release(&port);
    assert_eq!(release.title, "v1.0.0");
    assert!(release.body.starts_with("## Features\n\n- the first thing ("), "{}", release.body);
    let image = released["images"][0]["digest"].as_str().expect("an image");
    assert!(release.body.contains(image), "{}", release.body);
    assert_eq!(port.github.latest().as_deref(), Some("v1.0.0"));
    let changes = port.github.changes();
    assert_eq!(changes.len(), 7, "draft, four files, publish, latest: {changes:#?}");
    assert_eq!(port.json("release v1.0.0")["status"], "already-released");
    assert_eq!(port.github.changes(), changes);
    port.run("verify v1.0.0").expect_success();
}

#[test]
fn the_checksums_hold() {
    let port = Port::new();
    port.run("release v1.0.0").expect_success();
    let folder = port.repo.environment().root().join("downloaded");
    std::fs::create_dir(&folder).expect("the folder is new");
    for asset in the_release(&port).assets {
        std::fs::write(folder.join(&asset.name), &asset.bytes).expect("it can be written");
    }
    let check = port.repo.environment().command("sha256sum").in_folder(&folder);
    check.args(["--check", "--strict", "SHA256SUMS"]).run().expect_success();
}

#[test]
fn a_page_that_a_person_published_first_is_completed_and_keeps_its_words() {
    let port = Port::new();
    port.github.make_release("v1.0.0", "The first", false);
    port.github.add_asset("handbook.pdf", b"pdf");
    port.run("release v1.0.0").expect_success();
    let releases = port.github.releases();
    assert_eq!(
        (releases.len(), releases[0].title.as_str(), releases[0].body.as_str()),
        (1, "The first", "by hand")
    );
    assert_eq!(names(&releases[0]).len(), FILES.len() + 1);
}

#[test]
fn to_an_immutable_page_nothing_is_added_and_it_is_said() {
    let port = Port::new();
    port.github.make_immutable();
    port.github.make_release("v1.0.0", "Too early", false);
    let ended = port.run("release v1.0.0");
    assert!(
        ended.stderr().contains("it is immutable and was published before: it lacks"),
        "{}",
        ended.stderr()
    );
    ended.expect_success();
    assert_eq!(port.github.releases()[0].assets, []);
    port.run("verify v1.0.0").expect_success();
}

#[test]
fn an_immutable_release_is_published_with_everything() {
    let port = Port::new();
    port.github.make_immutable();
    port.run("release v1.0.0").expect_success();
    assert!(the_release(&port).immutable);
    assert_eq!(port.github.latest().as_deref(), Some("v1.0.0"));
}

#[test]
fn a_draft_is_found_in_the_list_and_finished() {
    let port = Port::new();
    for number in 0..120 {
        port.github.make_release(&format!("old-{number}"), "old", false);
    }
    port.github.make_release("v1.0.0", "Prepared", true);
    for number in 0..120 {
        port.github.make_release(&format!("older-{number}"), "old", false);
    }
    port.run("release v1.0.0").expect_success();
    let releases = port.github.releases();
    let ours: Vec<_> = releases.iter().filter(|release| release.tag == "v1.0.0").collect();
    assert_eq!((ours.len(), ours[0].title.as_str(), ours[0].draft), (1, "Prepared", false));
    assert_eq!(names(ours[0]), FILES);
}

#[test]
fn of_several_drafts_of_a_person_one_is_finished_and_none_is_thrown_away() {
    let port = Port::new();
    port.github.make_release("v1.0.0", "Prepared", true);
    port.github.make_release("v1.0.0", "Prepared too", true);
    port.run("release v1.0.0").expect_success();
    port.run("release v1.0.0").expect_success();
    let releases = port.github.releases();
    let shown: Vec<_> = releases.iter().map(|it| (it.title.as_str(), it.draft, it.assets.len())).collect();
    assert_eq!(shown, [("Prepared", false, FILES.len()), ("Prepared too", true, 0)]);
}

/// GitHub refuses ours then: `already_exists`.
#[test]
fn a_page_that_a_person_publishes_meanwhile_is_completed_and_our_draft_goes() {
    for (method, skip) in [("POST", 0), ("PATCH", 0)] {
        let port = Port::new();
        port.github.fault(method, "/releases", skip, 1, GitHubFault::PersonPublishes("v1.0.0"));
        port.run("release v1.0.0").expect_success();
        let release = the_release(&port);
        assert_eq!((release.title.as_str(), release.body.as_str()), ("By hand", "by hand"), "{method}");
        assert_eq!(port.json("release v1.0.0")["status"], "already-released");
    }
}

#[test]
fn lost_replies_leave_one_page_with_every_file_once() {
    for (method, path) in [("POST", "/releases"), ("POST", "/assets"), ("PATCH", "/releases")] {
        let port = Port::new();
        port.github.fault(method, path, 0, 1, GitHubFault::ReplyLost);
        port.run("release v1.0.0").expect_success();
        the_release(&port);
        assert_eq!(port.github.latest().as_deref(), Some("v1.0.0"), "{method} {path}");
    }
}

#[test]
fn an_upload_that_breaks_off_is_thrown_away_and_sent_again() {
    let port = Port::new();
    port.github.fault("POST", "/assets", 1, 1, GitHubFault::UploadBreaks);
    port.run("release v1.0.0").expect_success();
    the_release(&port);
    assert_eq!(port.github.changes().iter().filter(|change| change.starts_with("DELETE")).count(), 1);
}

#[test]
fn drafts_that_show_late_are_not_published_twice() {
    let port = Port::new();
    port.github.show_drafts_late(3);
    port.run("release v1.0.0").expect_success();
    the_release(&port);
}

#[test]
fn a_limit_is_waited_for_and_a_long_one_is_told() {
    let limit = |seconds: &str| {
        let body = r#"{"message":"You have exceeded a secondary rate limit."}"#;
        GitHubFault::Instead(Answer::status(403).header("Retry-After", seconds).body(body))
    };
    let port = Port::new();
    port.github.fault("POST", "/releases", 0, 2, limit("1"));
    port.run("release v1.0.0").expect_success();
    the_release(&port);
    let port = Port::new();
    port.github.fault("POST", "/releases", 0, 1, limit("3600"));
    let ended = port.json("release v1.0.0");
    assert_eq!((&ended["error"]["code"], &ended["exit"]), (&"forge-busy".into(), &9.into()), "{ended:#}");
    // Everything else is there, and running again finishes it.
    assert!(port.registry.manifest("acme/app", "latest").is_some());
    assert_eq!(port.json("release v1.0.0")["status"], "finished");
    the_release(&port);
}

#[test]
fn digests_that_the_server_does_not_tell_are_read() {
    let port = Port::new();
    port.github.hide_digests();
    port.run("release v1.0.0").expect_success();
    the_release(&port);
    port.run("verify v1.0.0").expect_success();
    assert_eq!(port.json("release v1.0.0")["status"], "already-released");
}

#[test]
fn a_file_with_other_bytes_under_our_name_is_never_replaced() {
    let port = Port::new();
    port.github.make_release("v1.0.0", "The first", false);
    port.github.add_asset("v1.0.0-release-info.json", b"{}");
    let ended = port.json("release v1.0.0");
    assert_eq!((&ended["error"]["code"], &ended["exit"]), (&"drift".into(), &7.into()), "{ended:#}");
    assert!(port.registry.manifest("acme/app", "latest").is_some());
    let releases = port.github.releases();
    let taken = releases[0].assets.iter().find(|asset| asset.name.ends_with("info.json"));
    assert_eq!(taken.map(|asset| asset.bytes.as_slice()), Some(&b"{}"[..]));
    assert_eq!(port.run("verify v1.0.0").code(), Some(6));
}

#[test]
fn the_latest_page_is_the_highest_version_whichever_comes_last() {
    let port = Port::new();
    port.tag("feat!: everything is new", "v1.1.0");
    port.run("release v1.1.0").expect_success();
    port.run("release v1.0.0").expect_success();
    assert_eq!(port.github.latest().as_deref(), Some("v1.1.0"));
    let releases = port.github.releases();
    let newer = releases.iter().find(|release| release.tag == "v1.1.0").expect("it is released");
    assert!(newer.body.starts_with("## Breaking changes\n\n- everything is new ("), "{}", newer.body);
    assert!(!newer.body.contains("the first thing"), "{}", newer.body);
    let checks = port.json("verify v1.0.0");
    let text = checks.to_string();
    assert!(text.contains("forge-latest v1.0.0"), "{text}");
    port.run("verify v1.0.0").expect_success();
}

#[test]
fn a_plan_shows_the_page_and_makes_none() {
    let port = Port::new();
    let plan = port.run("plan v1.0.0 --online");
    assert!(plan.stdout().contains("release page"), "{}", plan.stdout());
    plan.expect_success();
    assert_eq!(port.github.changes(), Vec::<String>::new());
    port.run("release v1.0.0").expect_success();
    assert_eq!(port.run("plan v1.0.0 --online --detailed-exitcode").code(), Some(0));
    let status = port.run("status v1.0.0");
    assert!(status.stderr().contains("it is released; nothing is missing"), "{}", status.stderr());
}

#[test]
fn a_release_that_somebody_deletes_is_made_again() {
    let port = Port::new();
    port.run("release v1.0.0").expect_success();
    let id = the_release(&port).id;
    port.github.delete_release(id);
    assert_eq!(port.run("verify v1.0.0").code(), Some(7));
    assert_eq!(port.json("release v1.0.0")["status"], "finished");
    the_release(&port);
    assert_eq!(port.github.latest().as_deref(), Some("v1.0.0"));
}

#[test]
fn notes_come_from_a_file_of_the_commit() {
    let port = Port::with("notes-file = \"notes/{version}.md\"");
    assert_eq!(port.json("release v1.0.0")["error"]["code"], "file-missing");
    let port = Port::with("notes-file = \"app\"");
    port.run("release v1.0.0").expect_success();
    assert!(the_release(&port).body.starts_with("#!/bin/sh\necho app\n\n## Images"));
}

#[test]
fn notes_may_be_the_forges_own() {
    let port = Port::with("notes = \"forge\"");
    port.run("release v1.0.0").expect_success();
    let body = the_release(&port).body;
    assert!(body.starts_with("## Images") && body.ends_with("written by the forge"), "{body}");
}

#[test]
fn never_and_local_have_no_page() {
    let port = Port::with("release = \"never\"");
    port.run("release v1.0.0").expect_success();
    let port_local = Port::new();
    port_local.run("release v1.0.0 --local").expect_success();
    for port in [port, port_local] {
        assert!(port.github.exchanges().is_empty(), "{:?}", port.github.exchanges());
    }
}

#[test]
fn a_promoted_version_gets_its_page_under_the_promotion_tag() {
    let port = Port::with("release = \"stable\"\n[tags]\nstable = \"v{version}-stable\"");
    port.run("release v1.0.0").expect_success();
    assert_eq!(port.github.releases(), []);
    port.repo.annotated_tag("v1.0.0-stable");
    port.repo.push("origin", ["v1.0.0-stable"]);
    port.run("promote v1.0.0").expect_success();
    let release = the_release(&port);
    assert_eq!((release.tag.as_str(), release.title.as_str()), ("v1.0.0-stable", "v1.0.0-stable"));
    assert_eq!(port.github.latest().as_deref(), Some("v1.0.0-stable"));
    let changes = port.github.changes();
    port.run("release v1.0.0-stable").expect_success();
    assert_eq!(port.github.changes(), changes);
}

#[test]
fn a_yanked_version_is_the_latest_no_more() {
    let port = Port::new();
    port.tag("fix: it", "v1.0.1");
    port.run("release v1.0.0").expect_success();
    port.run("release v1.0.1").expect_success();
    assert_eq!(port.github.latest().as_deref(), Some("v1.0.1"));
    port.run("yank v1.0.1 --reason broken").expect_success();
    assert_eq!(port.github.latest().as_deref(), Some("v1.0.0"));
}

/// How many statements a release of one image makes: how it was made, and what was released.
const KEPT: usize = 2;

#[test]
fn what_is_attested_is_kept_by_the_forge_once() {
    let (port, key) = Port::attesting();
    let plan = port.signing(&key, "plan v1.0.0 --online").expect_success();
    assert!(plan.stdout().contains("attestations on the forge\n"), "{}", plan.stdout());
    port.signing(&key, "release v1.0.0").expect_success();
    let kept = port.github.attestations();
    assert_eq!(kept.len(), KEPT, "{kept:#?}");
    assert_eq!(kept[0]["mediaType"], "application/vnd.dev.sigstore.bundle.v0.3+json");
    let changes = port.github.changes();
    port.signing(&key, "release v1.0.0").expect_success();
    assert_eq!(port.github.changes(), changes, "there was nothing left to do");
    let plan = port.signing(&key, "plan v1.0.0 --online --detailed-exitcode");
    assert_eq!(plan.code(), Some(0), "{plan:?}");
}

#[test]
fn whatever_goes_wrong_an_attestation_is_kept_and_not_twice() {
    for fault in [GitHubFault::ReplyLost, GitHubFault::Instead(Answer::status(502))] {
        let (port, key) = Port::attesting();
        port.github.fault("POST", "/attestations", 0, 1, fault);
        port.signing(&key, "release v1.0.0").expect_success();
        assert_eq!(port.github.attestations().len(), KEPT);
    }
    // A token that may do everything but this.
    let (port, key) = Port::attesting();
    let refusal = Answer::status(403).body("{\"message\":\"Resource not accessible by integration\"}");
    port.github.fault("POST", "/attestations", 0, 1, GitHubFault::Instead(refusal));
    let refused = port.signing(&key, "release v1.0.0 -o json").expect_code(4);
    assert!(refused.stdout().contains("forge-denied"), "{}", refused.stdout());
    assert!(refused.stdout().contains("keep an attestation"), "{}", refused.stdout());
    assert_eq!(port.github.attestations().len(), 0);
    port.signing(&key, "release v1.0.0").expect_success();
    assert_eq!(port.github.attestations().len(), KEPT);
}

#[test]
fn attestations_whose_bundles_lie_elsewhere_are_known_again() {
    let (port, key) = Port::attesting();
    port.signing(&key, "release v1.0.0").expect_success();
    assert_eq!(port.github.attestations().len(), KEPT);
    port.github.keep_bundles_outside();
    port.signing(&key, "release v1.0.0").expect_success();
    assert_eq!(port.github.attestations().len(), KEPT, "each is there already");
}

#[test]
fn attestations_take_a_signer_and_github() {
    let check = |more: &str| {
        let port = Port::with(more);
        let answer = port.json("check");
        // That the key is not here is a warning.
        let is_error = |problem: &&serde_json::Value| problem["severity"] == "error";
        let found = answer["problems"].as_array().into_iter().flatten().find(is_error);
        found.and_then(|problem| problem["code"].as_str()).unwrap_or_default().to_owned()
    };
    assert_eq!(check("attestations = true\n"), "missing-key");
    assert_eq!(check("attestations = true\n[signing]\nkey = \"env:K\"\n"), "");
    assert_eq!(check("attestations = true\n[signing]\nkey = \"env:K\"\nformat = \"both\"\n"), "");
    assert_eq!(
        check("attestations = true\n[signing]\nkey = \"env:K\"\nformat = \"legacy\"\n"),
        "invalid-value"
    );
}
