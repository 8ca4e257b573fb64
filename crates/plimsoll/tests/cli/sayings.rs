//! What is said of released versions: yanks and rollbacks, and the taking back of both.

use insta::assert_snapshot;
use serde_json::Value;

use crate::scene::{CONFIG, Scene};

/// A project whose versions are released into the local registry.
fn released(versions: &[&str]) -> Scene {
    let scene = Scene::with_config(&format!("registry = \"local\"\n{CONFIG}"));
    for version in versions {
        scene.repo.write("app", version).commit(version);
        scene.repo.annotated_tag(version);
        scene.run(&format!("release {version}")).expect_success();
    }
    scene
}

/// Every visible tag of the local registry with what it points at, and every mark.
fn marks(scene: &Scene) -> usize {
    let releases = scene.repo.path().join(".plimsoll/releases");
    let names = std::fs::read_dir(releases).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().ends_with(".mark.json")).count()
}

fn at(scene: &Scene, tag: &str) -> Vec<Value> {
    let whatis = scene.json(&format!("whatis registry.example/app:{tag}"));
    whatis["matches"].as_array().unwrap().clone()
}

fn latest(scene: &Scene) -> String {
    scene.json("latest")["version"].as_str().unwrap().to_owned()
}

#[test]
fn a_yanked_version_is_latest_no_more() {
    let scene = released(&["v1.3.0", "v1.4.0"]);
    assert_snapshot!(scene.show("yank v1.4.0 --reason breaks --dry-run"), @"
    exit 0
    --- stdout
    would yank app 1.4.0: breaks
      registry.example/app:latest would move to 1.3.0
      registry.example/app:1.4 stays at 1.4.0, which is yanked: no version that counts asks for it
    --- stderr
    warning[passed-over]: tags that move stay at a yanked version: 1.4
     |
     = help: no tag is deleted under those who pull it: release the next version, and it follows
    nothing was changed: this only looked
    ");
    assert_eq!((latest(&scene).as_str(), marks(&scene)), ("1.4.0", 0), "a dry run changes nothing");
    assert_snapshot!(scene.show("yank v1.4.0 --reason breaks"), @"
    exit 0
    --- stdout
    yanked app 1.4.0: breaks
      registry.example/app:latest moved to 1.3.0
      registry.example/app:1.4 stays at 1.4.0, which is yanked: no version that counts asks for it
    --- stderr
    warning[passed-over]: tags that move stay at a yanked version: 1.4
     |
     = help: no tag is deleted under those who pull it: release the next version, and it follows
    everything is done; running the same command again changes nothing
    ");
    assert_eq!((latest(&scene).as_str(), marks(&scene)), ("1.3.0", 1));
    assert_snapshot!(scene.show("yank 1.4.0 --reason again"), @"
    exit 0
    --- stdout
    app 1.4.0 is yanked already: breaks
      registry.example/app:1.4 stays at 1.4.0, which is yanked: no version that counts asks for it
    --- stderr
    warning[passed-over]: the version is yanked already: the reason stays as it is
     |
     = recorded: breaks
     = not recorded: again
     = help: to give another: `plimsoll unyank 1.4.0 --local`, then `plimsoll yank 1.4.0 --local --reason …`

    warning[passed-over]: tags that move stay at a yanked version: 1.4
     |
     = help: no tag is deleted under those who pull it: release the next version, and it follows

    2 warnings
    everything is done; running the same command again changes nothing
    ");
    assert_eq!(marks(&scene), 1, "what is said is not said twice");
    let images = scene.json("images v1.4.0");
    assert_eq!(images["images"][0]["tags_elsewhere"], serde_json::json!(["latest"]), "{images:#}");
    for line in ["images v1.4.0", "diff v1.3.0 v1.4.0"] {
        let told = "warning[passed-over]: v1.4.0 was yanked, and must not be used: breaks";
        let output = scene.run(&format!("{line} --local")).expect_success();
        assert!(output.stderr().contains(told), "{line}: {}", output.stderr());
    }
    let list = scene.json("list");
    assert_eq!(list["releases"][0]["standing"], "yanked");
    assert_eq!(scene.json("info v1.4.0")["said"][0]["reason"], "breaks");
    assert_eq!(scene.json("list --ledger .plimsoll/releases")["releases"][0]["version"], "1.4.0");
    for line in ["verify v1.4.0", "verify v1.4.0 --quiet", "images v1.4.0 --quiet"] {
        let told = "warning[passed-over]: v1.4.0 was yanked, and must not be used: breaks";
        let output = scene.run(line).expect_success();
        assert!(output.stderr().contains(told), "{line}: {}", output.stderr());
    }
    scene.run("release v1.4.0").expect_success();
    assert_eq!(latest(&scene), "1.3.0", "releasing it again changes nothing");
    let back = scene.json("unyank v1.4.0");
    assert_eq!((&back["status"], &back["changed"]), (&"said".into(), &true.into()), "{back:#}");
    assert_eq!(back["moves"][0]["to"], "1.4.0");
    assert_eq!((latest(&scene).as_str(), marks(&scene)), ("1.4.0", 2));
    let again = scene.json("unyank v1.4.0");
    assert_eq!((&again["status"], &again["changed"]), (&"said-before".into(), &false.into()));
    scene.run("yank v1.4.0 --reason breaks").expect_success();
    assert_eq!(latest(&scene), "1.3.0", "what was taken back can be said again");
}

#[test]
fn a_yank_names_the_record_and_lies_where_the_images_are() {
    let scene = released(&["v1.0.0", "v1.1.0"]);
    let said = scene.json("yank v1.1.0 --reason breaks");
    let record = scene.json("info v1.1.0")["record"].clone();
    assert_eq!(said["statement"]["record"], record);
    let blob = std::fs::read_to_string(scene.blob_with("\"kind\":\"yank\"")).unwrap();
    assert!(blob.contains(record.as_str().unwrap()), "{blob}");
    assert_eq!(at(&scene, "1.1.0")[0]["standing"], "yanked");
    assert_eq!(at(&scene, "1.1.0")[0]["replaced_by"], "1.0.0");
}

#[test]
fn a_rollback_holds_until_it_is_ended_or_a_newer_version_comes() {
    let scene = released(&["v1.2.0", "v1.3.0", "v1.4.0"]);
    assert_snapshot!(scene.show("rollback --dry-run"), @"
    exit 0
    --- stdout
    app would go back to 1.3.0, passing over 1.4.0
      registry.example/app:latest would move to 1.3.0
      registry.example/app:1.4 stays: no version that counts asks for it
    --- stderr
    nothing was changed: this only looked
    ");
    assert_eq!(latest(&scene), "1.4.0");
    assert_snapshot!(scene.show("rollback"), @"
    exit 0
    --- stdout
    app went back to 1.3.0, passing over 1.4.0
      registry.example/app:latest moved to 1.3.0
      registry.example/app:1.4 stays: no version that counts asks for it
    --- stderr
    running it again changes nothing; `plimsoll unhold` ends it, and a newer release counts by itself
    ");
    assert_eq!(latest(&scene), "1.3.0");
    assert_snapshot!(scene.show("rollback"), @"
    exit 0
    --- stdout
    app went back to 1.3.0 already
      registry.example/app:1.4 stays: no version that counts asks for it
    --- stderr
    running it again changes nothing; to go further back, name the version
    ");
    assert_eq!((latest(&scene).as_str(), marks(&scene)), ("1.3.0", 1), "it goes back once");
    assert_eq!(scene.json("list")["releases"][0]["standing"], "held-back");
    scene.run("release v1.4.0").expect_success();
    assert_eq!(latest(&scene), "1.3.0", "releasing again lifts nothing");
    for (version, want) in [("v1.2.1", "1.3.0"), ("v1.4.1", "1.4.1")] {
        scene.repo.write("app", version).commit(version);
        scene.repo.annotated_tag(version);
        scene.run(&format!("release {version}")).expect_success();
        assert_eq!(latest(&scene), want, "after {version}");
    }
    assert_eq!(at(&scene, "latest")[0]["version"], "1.4.1");
    scene.run("yank v1.4.1 --reason breaks").expect_success();
    assert_eq!(latest(&scene), "1.3.0", "what the rollback passed over stays passed over");
    assert_snapshot!(scene.show("unhold"), @"
    exit 0
    --- stdout
    ended 1 rollback of app
      registry.example/app:1.4 moved to 1.4.0
      registry.example/app:latest moved to 1.4.0
    --- stderr
    everything is done; running the same command again changes nothing
    ");
    assert_eq!(latest(&scene), "1.4.0");
    assert_snapshot!(scene.show("unhold"), @"
    exit 0
    --- stdout
    no rollback of app is in force
    --- stderr
    everything is done; running the same command again changes nothing
    ");
}

/// The rollback stays: whoever has gone back from a version has done so for a reason.
#[test]
fn a_tag_that_stays_at_a_yanked_version_is_told_with_the_way_out() {
    let scene = released(&["v1.3.0", "v1.4.0"]);
    scene.run("rollback v1.3.0").expect_success();
    for line in ["yank v1.3.0 --reason breaks --dry-run", "yank v1.3.0 --reason breaks"] {
        let ended = scene.run(line).expect_success();
        let stays = "registry.example/app:latest stays at 1.3.0, which is yanked";
        assert!(ended.stdout().contains(stays), "{line}: {}", ended.stdout());
        for word in ["at a yanked version: 1.3, latest\n", "`plimsoll unhold 1.4.0 --local`"] {
            assert!(ended.stderr().contains(word), "{line}: {word}: {}", ended.stderr());
        }
    }
    let again = scene.json("yank v1.3.0 --reason breaks");
    let latest = again["orphans"].as_array().unwrap().iter().find(|tag| tag["tag"] == "latest").unwrap();
    assert_eq!((&latest["yanked"], &latest["held"]), (&"1.3.0".into(), &serde_json::json!(["1.4.0"])));
    assert_eq!(again["reason"], "breaks");
    let ended = scene.run("unhold 1.4.0").expect_success();
    assert!(ended.stdout().contains("registry.example/app:latest moved to 1.4.0"), "{}", ended.stdout());
}

/// Of a tag that nothing is left for it is told where that became so. Whoever says something else later has no part in it.
#[test]
fn a_tag_that_nothing_is_left_for_is_told_once() {
    let scene = released(&["v1.3.0", "v1.4.0", "v1.5.0"]);
    let stays = "registry.example/app:1.4 stays";
    let yanked = scene.run("yank v1.4.0 --reason breaks").expect_success();
    assert!(yanked.stdout().contains(stays), "{}", yanked.stdout());
    for line in ["yank v1.3.0 --reason old --dry-run", "yank v1.3.0 --reason old", "unyank v1.3.0"] {
        let other = scene.run(line).expect_success();
        let told = format!("{}{}", other.stdout(), other.stderr());
        assert!(!told.contains("1.4"), "{line}: {told}");
    }
    scene.repo.write("app", "newer").commit("newer");
    scene.repo.annotated_tag("v1.6.0");
    let released = scene.run("release v1.6.0").expect_success();
    assert!(!released.stderr().contains("stays where it is"), "{}", released.stderr());
    assert_eq!(
        scene.json("release v1.4.0")["orphaned_tags"],
        serde_json::json!(["registry.example/app:1.4"])
    );
    let audit = scene.run("audit").expect_success();
    assert!(
        audit.stdout().contains("orphaned     moving-tag registry.example/app:1.4"),
        "{}",
        audit.stdout()
    );
    let again = scene.run("yank v1.4.0 --reason breaks").expect_success();
    assert!(again.stdout().contains(stays), "{}", again.stdout());
}

#[test]
fn what_can_not_be_said_is_refused() {
    let scene = released(&["v1.0.0", "v1.1.0"]);
    assert_eq!(scene.error("yank v2.0.0 --reason x"), ("unknown-release".into(), Some(2)));
    scene.run("yank v1.0.0 --reason breaks").expect_success();
    assert_snapshot!(scene.show("rollback v1.0.0"), @"
    exit 5
    --- stderr
    error[passed-over]: 1.0.0 was yanked: breaks
     |
     = help: take another version
     = help: if it is good after all: `plimsoll unyank 1.0.0 --local`

    nothing has left this machine; mend this, then run again
    ");
    assert_snapshot!(scene.show("rollback"), @"
    exit 5
    --- stderr
    error[no-way-back]: there is nothing to go back to
     |
     = newest: 1.1.0
     = help: no older release counts: it may be yanked, or passed over by a rollback
     = help: see all: `plimsoll list --local`

    nothing has left this machine; mend this, then run again
    ");
    assert_eq!(scene.error("rollback"), ("no-way-back".into(), Some(5)));
    scene.run("unyank v1.0.0").expect_success();
    scene.run("rollback v1.0.0").expect_success();
    assert_eq!(scene.error("rollback v1.1.0"), ("passed-over".into(), Some(5)));
    scene.run("unhold v1.1.0").expect_success();
    assert_eq!(latest(&scene), "1.1.0");
}

#[test]
fn only_what_is_published_is_spoken_of() {
    let scene = released(&["v1.0.0"]);
    let claims = scene.files(".plimsoll/claims");
    let claim = claims.iter().find(|path| path.to_string_lossy().contains("1.0.0")).unwrap();
    let text = std::fs::read_to_string(claim).unwrap();
    std::fs::write(claim, text.replace("\"state\":\"published\"", "\"state\":\"committed\"")).unwrap();
    assert_eq!(scene.error("yank v1.0.0 --reason x"), ("not-published".into(), Some(5)));
}

#[test]
fn a_mark_of_a_newer_plimsoll_in_the_ledger_moves_nothing() {
    let scene = released(&["v1.0.0", "v1.1.0"]);
    let mark = r#"{"component":"app","format":1,"mark":{"kind":"recall"}}"#;
    let file = scene.repo.path().join(".plimsoll/releases/v1.1.0-0123456789ab.mark.json");
    std::fs::write(file, mark).unwrap();
    assert_snapshot!(scene.show("rollback"), @"
    exit 2
    --- stderr
    error[claim-format]: something was said of a released version that this Plimsoll does not understand
     |
     = cause: it says something that this version does not understand: unknown variant `recall`, expected one of `yank`, `hold`, `lift`, `promotion`
     = mark: v1.1.0-[hex].mark.json
     = moving tags: left where they are
     = help: a newer Plimsoll wrote it: use that one, then run again

    the release is out; mend this, then running again is safe and does what is left
    ");
}

#[test]
fn a_reason_that_nobody_could_read_is_refused() {
    let scene = released(&["v1.0.0"]);
    for reason in ["r".repeat(4097), "r".repeat(70_000), " ".to_owned()] {
        for more in [&[][..], &["--dry-run"]] {
            let command =
                scene.plimsoll("yank v1.0.0 -o json --reason").arg(&reason).args(more.iter().copied());
            let output = command.run();
            assert_eq!(output.code(), Some(2), "{} bytes: {}", reason.len(), output.stderr());
            assert!(output.stdout().contains("\"usage\""), "{}", output.stdout());
        }
    }
    assert_eq!(marks(&scene), 0, "nothing was written");
    scene.plimsoll("yank v1.0.0 --reason").arg("r".repeat(4096)).run().expect_success();
    scene.run("unyank v1.0.0").expect_success();
}

#[test]
fn a_mark_that_can_not_be_read_hides_no_other() {
    let scene = released(&["v1.3.0", "v1.4.0"]);
    scene.run("yank v1.3.0 --reason breaks").expect_success();
    scene.repo.write(".plimsoll/releases/v1.4.0-0123456789ab.mark.json", "{");
    let list = scene.run("list").expect_success();
    assert!(list.stdout().contains("yanked"), "{}", list.stdout());
    for word in ["warning[claim-format]", "v1.4.0-0123456789ab.mark.json", "delete the file"] {
        assert!(list.stderr().contains(word), "{word}: {}", list.stderr());
    }
    assert_eq!(scene.error("yank v1.4.0 --reason breaks"), ("claim-format".into(), Some(2)));
}

#[test]
fn tags_that_another_release_has_are_not_shown() {
    let scene = released(&["v1.0.0", "v1.1.0"]);
    scene.repo.write("app", "v1.0.1").commit("v1.0.1");
    scene.repo.annotated_tag("v1.0.1");
    let summary = scene.environment().root().join("summary.md");
    let release = scene.plimsoll("release v1.0.1").set("GITHUB_STEP_SUMMARY", summary.to_str().unwrap());
    let release = release.set("GITHUB_ACTIONS", "true").run().expect_success();
    let info = scene.run("info v1.0.1").expect_success();
    for shown in [release.stdout(), info.stdout()] {
        assert!(shown.contains("tags       1.0.1, 1.0\n"), "{shown}");
    }
    let info = scene.run("info v1.1.0").expect_success();
    assert!(info.stdout().contains("tags       1.1.0, 1.1, latest\n"), "{}", info.stdout());
    let summary = std::fs::read_to_string(summary).unwrap();
    assert!(summary.contains("`1.0.1`, `1.0`") && !summary.contains("`latest`"), "{summary}");
    let json = scene.json("info v1.0.1");
    assert_eq!(json["images"][0]["moving_tags"], serde_json::json!(["1.0", "latest"]), "{json:#}");
}

#[test]
fn an_empty_tag_names_no_release() {
    let scene = released(&["v1.0.0"]);
    for line in ["info", "verify", "rollback", "unyank", "images"] {
        let output = scene.plimsoll(line).arg("").args(["-o", "json"]).run();
        assert_eq!(output.code(), Some(2), "{line}: {}", output.stdout());
        assert!(output.stdout().contains("\"usage\""), "{line}: {}", output.stdout());
    }
}
