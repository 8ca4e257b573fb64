//! Ledgers and claims that somebody tampered with.

use insta::assert_snapshot;

use crate::scene::{CONFIG, Scene};

const RECORD: &str = ".plimsoll/releases/v1.0.0-release-info.json";

/// The file of the claim of 1.0.0 beside the local registry.
fn claim_file(scene: &Scene) -> String {
    let files = scene.files(".plimsoll/claims");
    let file = files.iter().find(|file| file.ends_with("app/1.0.0.json")).expect("there is a claim");
    file.strip_prefix(scene.repo.path()).unwrap().display().to_string()
}

fn change_claim(scene: &Scene, change: impl Fn(&mut serde_json::Value)) {
    let file = claim_file(scene);
    let mut claim: serde_json::Value = serde_json::from_str(&scene.read(&file)).unwrap();
    change(&mut claim);
    scene.repo.write(&file, format!("{claim}\n"));
}

#[test]
fn a_record_that_was_changed() {
    let scene = Scene::released();
    scene.repo.write(RECORD, scene.read(RECORD).replace("registry.example", "evil.example"));
    assert_snapshot!(scene.show("list --local"), @r"
    exit 0
    --- stdout
    VERSION  STATE      RELEASED              COMMIT   IMAGES
    1.0.0    published  YYYY-MM-DDTHH:MM:SSZ  [commit]  app
    --- stderr
    warning[ledger-invalid]: v1.0.0-release-info.json is not the record that was released
    --> .plimsoll/releases/v1.0.0-release-info.json
     = want: sha256:[1]
     = found: sha256:[2]
     = help: a record never changes: `plimsoll ledger rebuild --local` puts what was released in its place, and keeps what is there now
    ");
    assert_eq!(scene.error("info v1.0.0 --local"), ("ledger-invalid".into(), Some(6)));
}

#[test]
fn a_broken_record_hides_no_other_release() {
    let scene = Scene::released();
    scene.repo.write(".plimsoll/releases/v0.9.0-release-info.json", "garbage");
    for line in [
        "list --local",
        "latest --local",
        "list --ledger .plimsoll/releases",
        "whatis registry.example/app:1.0.0 --local",
    ] {
        let output = scene.run(line).expect_success();
        assert!(output.stdout().contains("1.0.0"), "{line}: {}", output.stdout());
        for word in ["v0.9.0-release-info.json", "a record never changes", "`plimsoll ledger rebuild"] {
            assert!(output.stderr().contains(word), "{line}: {word}: {}", output.stderr());
        }
    }
    assert_eq!(scene.error("info v0.9.0 --local"), ("ledger-invalid".into(), Some(6)));
    // Of a version that has a claim the claim tells.
    scene.repo.write(RECORD, "{");
    assert_eq!(scene.json("list --local")["releases"][0]["version"], "1.0.0");
    // Nobody is told that an older version is the newest.
    scene.repo.write(".plimsoll/releases/v2.0.0-release-info.json", "garbage");
    assert_eq!(scene.error("latest --local"), ("ledger-invalid".into(), Some(6)));
}

#[test]
fn a_mark_that_can_t_be_read_may_be_about_the_newest_release() {
    let scene = Scene::released();
    scene.repo.write(".plimsoll/releases/v1.0.0-0123456789ab.mark.json", "garbage");
    for line in ["latest --local", "latest --ledger .plimsoll/releases"] {
        assert_eq!(scene.error(line), ("claim-format".into(), Some(2)), "{line}");
    }
    let list = scene.json("list --local");
    assert_eq!(
        (&list["latest"], &list["releases"][0]["version"]),
        (&serde_json::Value::Null, &"1.0.0".into())
    );
    scene.run("info v1.0.0 --local").expect_success();
}

#[test]
fn a_broken_record_of_a_higher_version_leaves_it_open_which_is_the_newest() {
    let scene = Scene::released();
    assert_eq!(scene.json("list --local")["latest"], "1.0.0");
    scene.repo.write(".plimsoll/releases/v2.0.0-release-info.json", "garbage");
    assert_eq!(scene.json("list --local")["latest"], serde_json::Value::Null);
}

#[test]
fn any_byte_of_a_recorded_file_that_is_changed_is_found() {
    let scene = Scene::released();
    let files = scene.files(".plimsoll/releases");
    let files: Vec<_> = files.iter().filter(|file| !file.ends_with("README.md")).collect();
    assert_eq!(files.len(), 2);
    for file in files {
        let (name, whole) = (file.file_name().unwrap().to_str().unwrap(), std::fs::read(file).unwrap());
        for at in [0, 1, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            std::fs::write(file, bytes).unwrap();
            let output = scene.run("verify v1.0.0 --local");
            assert_eq!(output.code(), Some(6), "{name} {at}: {}", output.stderr());
            assert!(output.stdout().contains(&format!("file {name}")), "{}", output.stdout());
        }
        std::fs::write(file, whole).unwrap();
    }
    let output = scene.run("verify v1.0.0 --local").expect_success();
    assert!(output.stdout().contains("file v1.0.0-release.intoto.json"), "{}", output.stdout());
    scene.repo.remove(".plimsoll/releases/v1.0.0-release.intoto.json");
    assert_eq!(scene.run("verify v1.0.0 --local").code(), Some(7));
    scene.run("release v1.0.0 --local").expect_success();
    scene.run("verify v1.0.0 --local").expect_success();
}

#[test]
fn a_record_of_a_newer_plimsoll() {
    let scene = Scene::tagged();
    scene.repo.write(".plimsoll/releases/v3.0.0-release-info.json", r#"{"format":3,"needs":"0.9.0"}"#);
    assert_snapshot!(scene.show("list --local"), @r"
    exit 2
    --- stderr
    error[claim-format]: v3.0.0-release-info.json has format 3, this version knows 2
    --> .plimsoll/releases/v3.0.0-release-info.json
     = found: format 3
     = help: use Plimsoll 0.9.0 or newer, which the file asks for
    ");
}

#[test]
fn a_record_alone_is_a_release_if_the_version_tag_says_so() {
    let scene = Scene::released();
    std::fs::remove_dir_all(scene.repo.path().join(".plimsoll/claims")).unwrap();
    assert_eq!(scene.json("info v1.0.0 --local")["known_from"], "file");
    scene.repo.write(".plimsoll/releases/v2.0.0-release-info.json", scene.read(RECORD));
    let list = scene.run("list --local").expect_success();
    assert!(list.stderr().contains("warning[ledger-invalid]: v2.0.0-release-info.json"), "{}", list.stderr());
    assert!(!list.stdout().contains("2.0.0"), "{}", list.stdout());
    scene.repo.remove(".plimsoll/releases/v2.0.0-release-info.json");
    std::fs::remove_dir_all(scene.repo.path().join(".plimsoll/registry")).unwrap();
    assert_snapshot!(scene.show("list --local"), @r"
    exit 0
    --- stderr
    warning[record-unproven]: nothing confirms the record of 1.0.0
    --> .plimsoll/releases/v1.0.0-release-info.json
     = want: registry.example/app:1.0.0 at sha256:[1]
     = found: no such tag
     = help: there is no claim for this version, so the version tag must point at what the record names
    app has no releases yet
    ");
    assert_snapshot!(scene.show("info v1.0.0 --local"), @r"
    exit 6
    --- stderr
    error[record-unproven]: nothing confirms the record of 1.0.0
    --> .plimsoll/releases/v1.0.0-release-info.json
     = want: registry.example/app:1.0.0 at sha256:[1]
     = found: no such tag
     = help: there is no claim for this version, so the version tag must point at what the record names
    ");
}

#[test]
fn what_was_released_without_a_claim_is_what_was_released() {
    let scene = Scene::with_config(&format!("claim = \"none\"\n{CONFIG}"));
    scene.repo.annotated_tag("v1.0.0");
    scene.run("release v1.0.0 --local").expect_success();
    assert_snapshot!(scene.show("verify v1.0.0 --local"), @r"
    exit 0
    --- stdout
    ok           git-tag v1.0.0
    ok           content registry.example/app@sha256:[hex]
    ok           record-artifact registry.example/app@sha256:[hex]
    ok           version-tag registry.example/app:1.0.0
    ok           file v1.0.0-release-info.json
    ok           file v1.0.0-release.intoto.json
    ok           moving-tag registry.example/app:1.0
    ok           moving-tag registry.example/app:latest

    app v1.0.0 is what was released (8 checks)
    --- stderr
    authorship is not vouched for: the release is not signed
    ");
    let whole = scene.read(RECORD);
    scene.repo.write(RECORD, format!("{whole}\n"));
    let changed = scene.run("verify v1.0.0 --local");
    assert_eq!(changed.code(), Some(6), "{}{}", changed.stdout(), changed.stderr());
    scene.repo.write(RECORD, whole);
    std::fs::remove_file(scene.blob_with("predicateType")).unwrap();
    assert_eq!(scene.run("verify v1.0.0 --local").code(), Some(7), "the record is gone from the registry");
}

#[test]
fn a_record_in_the_way_is_known_before_anything_is_visible() {
    let scene = Scene::tagged();
    scene.repo.write(RECORD, "{}");
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 5
    --- stderr
    error[record-taken]: the ledger already has v1.0.0-release-info.json
     |
     = file: v1.0.0-release-info.json
     = found: sha256:[1]
     = help: a record never changes; release the next version
     = help: or, if the file was put there by mistake, take it away and run again

    nothing has left this machine; running again is safe but ends the same way
    ");
    assert!(scene.files(".plimsoll/registry").is_empty());
    assert_eq!(
        scene.json("plan v1.0.0 --local --online")["steps"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|step| step["verdict"]["verdict"] == "refused")
            .count(),
        1
    );
}

#[test]
fn a_record_that_was_changed_keeps_no_tag_from_its_head() {
    let scene = Scene::released();
    scene.repo.write(RECORD, "{}");
    let latest =
        scene.files(".plimsoll/registry").into_iter().find(|path| path.ends_with("index.json")).unwrap();
    let text = std::fs::read_to_string(&latest).unwrap();
    std::fs::write(&latest, text.replace("\"latest\"", "\"later\"")).unwrap();
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 7
    --- stderr
    error[drift]: the ledger has another file under the name of this release's record
     |
     = step: ledger-file v1.0.0-release-info.json
     = found: sha256:[1]
     = help: everything else is done; `plimsoll ledger rebuild --local` puts what was released in its place, and keeps what is there now

    the release is out; mend this, then running again is safe and does what is left
    ");
    assert_ne!(std::fs::read_to_string(&latest).unwrap(), text.replace("\"latest\"", "\"later\""));
}

#[test]
fn a_claim_of_a_newer_plimsoll() {
    let scene = Scene::released();
    change_claim(&scene, |claim| claim["format"] = 2.into());
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 2
    --- stderr
    error[claim-format]: claim app/1.0.0 has format 2, this version knows 1
     |
     = ref: refs/plimsoll/claims/app/1.0.0
     = help: a newer Plimsoll wrote it: use that one

    nothing has left this machine; mend this, then run again
    ");
    scene.repo.write(&claim_file(&scene), "{}");
    assert_eq!(scene.error("list --local"), ("claim-format".into(), Some(2)));
}

#[test]
fn another_run_holds_the_claim() {
    let scene = Scene::released();
    change_claim(&scene, |claim| {
        claim["state"] = "reserved".into();
        claim["holder"]["host"] = "elsewhere".into();
        claim["holder"]["run"] = "another".into();
        claim["holder"]["url"] = "https://ci.example/runs/7".into();
    });
    std::fs::remove_dir_all(scene.repo.path().join(".plimsoll/releases")).unwrap();
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 9
    --- stderr
    error[claim-held]: another run is releasing this version
     |
     = by: elsewhere
     = since: YYYY-MM-DDTHH:MM:SSZ
     = run: https://ci.example/runs/7
     = state: reserved
     = help: wait for it, and look with `plimsoll status v1.0.0 --local`
     = help: if it is dead: `plimsoll release v1.0.0 --local --take-over`

    nothing has left this machine; run the same command again
    ");
    assert_snapshot!(scene.show("status --local"), @r"
    exit 0
    --- stdout
    v1.0.0  reserved
      commit   [commit]
      by       elsewhere
      run      https://ci.example/runs/7
      since    YYYY-MM-DDTHH:MM:SSZ
    --- stderr
    nothing is visible; if the run on elsewhere is dead, `plimsoll release v1.0.0 --local` goes on, and `plimsoll withdraw v1.0.0 --local` takes it back
    ");
}

#[test]
fn a_version_that_was_burnt() {
    let scene = Scene::released();
    change_claim(&scene, |claim| {
        claim["state"] = "burnt".into();
        let found = format!("sha256:{}", "ab".repeat(32));
        claim["why"] =
            serde_json::json!({ "kind": "conflict", "repository": "registry.example/app", "found": found });
    });
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 5
    --- stderr
    error[burnt]: this version was burnt: it can't be released any more
     |
     = why: a version tag in registry.example/app was somebody else's
     = found: sha256:[1]
     = help: release the next patch

    nothing has left this machine; running again is safe but ends the same way
    ");
    assert_eq!(scene.error("withdraw v1.0.0 --local --yes"), ("not-withdrawable".into(), Some(5)));
}

#[test]
fn what_is_released_is_not_withdrawn() {
    let scene = Scene::released();
    assert_snapshot!(scene.show("withdraw v1.0.0 --local --yes"), @r"
    exit 5
    --- stderr
    error[not-withdrawable]: the release is published and can't be withdrawn
     |
     = state: published
     = help: its number is spent; release the next version

    the release is out and stays out; running again is safe but ends the same way
    ");
    assert_eq!(scene.repo.git(["tag", "--list"]), "v1.0.0");
}

#[test]
fn committed_content_that_is_gone() {
    let scene = Scene::released();
    change_claim(&scene, |claim| {
        claim["state"] = "committed".into();
        claim["holder"]["host"] = "elsewhere".into();
    });
    for folder in [".plimsoll/registry", ".plimsoll/workshop"] {
        std::fs::remove_dir_all(scene.repo.path().join(folder)).unwrap();
    }
    assert_snapshot!(scene.show("release v1.0.0 --local"), @r"
    exit 9
    --- stderr
    error[content-gone]: content of this release is nowhere to be found
     |
     = missing: sha256:[1]
     = in: registry.example/app
     = by: elsewhere
     = since: YYYY-MM-DDTHH:MM:SSZ
     = help: run it again on that machine, which may still have the content
     = help: if that run is dead for good: `plimsoll release v1.0.0 --local --take-over`

    the release is incomplete; running the same command again is safe and finishes it
    ");
    let status = scene.json("status --local");
    assert_eq!(status["claims"][0]["state"], "committed", "{status:#}");
}

/// The registry is what it was: nobody is sent there.
#[test]
fn a_damaged_file_is_named_with_what_mends_it() {
    let scene = Scene::released();
    let file = "v1.0.0-release-info.json";
    let damaged =
        scene.read(&format!(".plimsoll/releases/{file}")).replace("registry.example", "registry.elsewhere");
    scene.repo.write(&format!(".plimsoll/releases/{file}"), damaged);
    for line in ["verify v1.0.0 --local", "info v1.0.0 --local"] {
        let output = scene.run(line).expect_code(6);
        assert!(output.stderr().contains(file), "{line}: {}", output.stderr());
        assert!(output.stderr().contains("`plimsoll ledger rebuild --local`"), "{line}: {}", output.stderr());
        assert!(!output.stderr().contains("registry, and"), "{line}: {}", output.stderr());
    }
    scene.run("ledger rebuild --local").expect_success();
    scene.run("verify v1.0.0 --local").expect_success();
}
