//! Questions to ledgers: the project's own, and others that the command line names.

use insta::assert_snapshot;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

use crate::scene::{CONFIG, Scene};

/// Two versions in the local registry; the second has another file and an environment.
fn released_twice() -> Scene {
    let scene = Scene::released();
    scene.repo.write("app", "#!/bin/sh\necho more than before\n");
    scene.repo.write("plimsoll.toml", format!("{CONFIG}env = {{ MODE = \"fast\" }}\nuser = \"app\"\n"));
    scene.repo.commit("faster");
    scene.repo.annotated_tag("v1.1.0");
    scene.run("release v1.1.0 --local").expect_success();
    scene
}

/// The same records as files of the repository, committed and pushed.
fn with_files(scene: &Scene) {
    for file in scene.files(".plimsoll/releases") {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        scene.repo.write(&format!("releases/{name}"), std::fs::read(&file).unwrap());
    }
}

#[test]
fn every_way_to_ask_gives_the_same_answer_and_says_where_it_is_from() {
    let scene = released_twice();
    with_files(&scene);
    scene.repo.commit("records");
    let remote = Repo::bare(scene.environment(), "ledger.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main"]);
    scene.repo.git(["switch", "--quiet", "--detach", "v1.0.0"]);
    scene.repo.git(["fetch", "--quiet", "origin"]);
    let folder = scene.repo.path().join("../elsewhere");
    std::fs::create_dir_all(&folder).unwrap();
    for file in scene.files(".plimsoll/releases") {
        std::fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
    }
    let want = scene.json("info v1.1.0 --local");
    let url = remote.url();
    let ways =
        ["--ref origin/main".to_owned(), "--ledger ../elsewhere".into(), format!("--repository {url}")];
    let mut kinds = Vec::new();
    for way in ways {
        let found = scene.json(&format!("info 1.1.0 {way}"));
        assert_eq!(
            (&found["images"], &found["commit"], &found["record"]),
            (&want["images"], &want["commit"], &want["record"]),
            "{way}"
        );
        assert_eq!(found["state"], "recorded", "{way}");
        assert_eq!(scene.json(&format!("latest {way}"))["version"], "1.1.0", "{way}");
        assert_eq!(scene.json(&format!("images v1.0.0 {way}"))["version"], "1.0.0", "{way}");
        let list = scene.json(&format!("list {way}"));
        assert_eq!(
            (list["releases"].as_array().unwrap().len(), &list["releases"][1]["standing"]),
            (2, &"superseded".into())
        );
        kinds.push(list["source"]["kind"].clone());
    }
    assert_eq!(kinds, ["ref", "directory", "repository"]);
    assert_eq!(want["source"]["kind"], "local");
    assert_snapshot!(scene.show("list --ref origin/main"), @r"
    exit 0
    --- stdout
    VERSION  STATE     RELEASED              COMMIT   IMAGES
    1.1.0    recorded  YYYY-MM-DDTHH:MM:SSZ  [commit]  app
    1.0.0    recorded  YYYY-MM-DDTHH:MM:SSZ  [commit]  app
    --- stderr
    read from the record files of origin/main ([commit]) alone; nothing else was asked
    ");
    assert_eq!(scene.error("info v1.2.0 --ref origin/main"), ("unknown-release".into(), Some(2)));
    assert_eq!(scene.error("list --ref nowhere"), ("tag-missing".into(), Some(5)));
    assert_eq!(scene.error("list --ledger nowhere"), ("file-missing".into(), Some(2)));
}

#[test]
fn an_unknown_version_has_neighbours() {
    let scene = released_twice();
    assert_snapshot!(scene.show("info v1.1.1 --local"), @r"
    exit 2
    --- stderr
    error[unknown-release]: no release `v1.1.1` is known
     |
     = nearest: v1.1.0, v1.0.0
     = help: see all: `plimsoll list --local`
    ");
}

/// Where a tag is says the registry, not the record that asks for it.
#[test]
fn whatis_looks_where_a_tag_is_in_a_registry() {
    let registry = FaultRegistry::start(Habits::default());
    let repository = format!("{}/acme/app", registry.address());
    let (scene, _) = Scene::with_remote(&CONFIG.replace("registry.example/app", &repository));
    for version in ["v1.0.0", "v1.1.0"] {
        scene.push_version(version);
        scene.run(&format!("release {version}")).expect_success();
    }
    let ask = |tag: &str| scene.json(&format!("whatis {repository}:{tag} --registry {repository}"));
    for (tag, version, thing) in
        [("latest", "1.1.0", "moving-tag"), ("1.0", "1.0.0", "moving-tag"), ("1.0.0", "1.0.0", "version-tag")]
    {
        let found = ask(tag);
        let one = &found["matches"][0];
        assert_eq!((&one["version"], &one["thing"]), (&version.into(), &thing.into()), "{tag}: {found:#}");
        assert_eq!(found["matches"].as_array().unwrap().len(), 1, "{found:#}");
        assert!(found["at"].as_str().unwrap().starts_with("sha256:"), "{found:#}");
    }
    // Somebody moves it back by hand, and leaves a tag that no record names.
    let older = registry.manifest("acme/app", "1.0.0").unwrap();
    for tag in ["latest", "known-good"] {
        registry.put_manifest("acme/app", tag, "application/vnd.oci.image.index.v1+json", &older);
        assert_eq!(ask(tag)["matches"][0]["version"], "1.0.0", "{tag}");
    }
    let offline = scene.json(&format!("whatis {repository}:latest"));
    assert_eq!((&offline["matches"][0]["version"], &offline["at"]), (&"1.1.0".into(), &Value::Null));
    let foreign =
        br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
    registry.put_manifest("acme/app", "latest", "application/vnd.oci.image.index.v1+json", foreign);
    let unknown = scene.run(&format!("whatis {repository}:latest --registry {repository}"));
    assert_eq!(unknown.code(), Some(2));
    assert!(unknown.stderr().contains(":latest` is at sha256:"), "{}", unknown.stderr());
    // A tag that is written once says so wherever it is.
    registry.put_manifest("acme/app", "1.1.0", "application/vnd.oci.image.index.v1+json", &older);
    let strayed = scene.run(&format!("whatis {repository}:1.1.0 --registry {repository}"));
    let stray = "`1.1.0` is named like a version, and is at what was released as v1.0.0";
    assert!(strayed.stderr().contains(stray), "{}", strayed.stderr());
    let right = scene.run(&format!("whatis {repository}:1.0.0 --registry {repository}")).expect_success();
    assert!(!right.stderr().contains("named like"), "{}", right.stderr());
    let nothing = scene.run(&format!("whatis {repository}:none --registry {repository}"));
    assert!(nothing.stderr().contains("there is no tag `none` in "), "{}", nothing.stderr());
    // A tag that no version is left for stays where it was.
    scene.run("yank v1.1.0 --reason breaks").expect_success();
    let held = scene.json(&format!("whatis {repository}:1.1"));
    let one = &held["matches"][0];
    assert_eq!((&one["version"], &one["standing"]), (&"1.1.0".into(), &"yanked".into()), "{held:#}");
}

#[test]
fn whatis_finds_the_release_of_anything() {
    let scene = released_twice();
    with_files(&scene);
    let image = scene.json("images v1.0.0 --local")["images"][0].clone();
    let ask = |what: &str| scene.json(&format!("whatis {what}"))["matches"][0].clone();
    let digest = image["digest"].as_str().unwrap();
    let platform = image["platforms"]["linux/amd64"].as_str().unwrap();
    for (what, thing) in [
        (digest.to_owned(), "image"),
        (digest.trim_start_matches("sha256:").to_owned(), "image"),
        (platform.to_owned(), "platform"),
        (format!("registry.example/app@{digest}"), "image"),
        ("registry.example/app:1.0.0".into(), "version-tag"),
        ("registry.example/app:1.0".into(), "moving-tag"),
        ("releases/v1.0.0-release-info.json".into(), "file"),
        ("releases/v1.0.0-release.intoto.json".into(), "file"),
    ] {
        let found = ask(&what);
        let want = (&"1.0.0".into(), &thing.into(), &"superseded".into(), &"1.1.0".into());
        assert_eq!(
            (&found["version"], &found["thing"], &found["standing"], &found["replaced_by"]),
            want,
            "{what}"
        );
    }
    assert_eq!(ask("registry.example/app:latest")["version"], "1.1.0", "a moving tag is at the newest");
    assert_snapshot!(scene.show(&format!("whatis {platform} --local")), @r"
    exit 0
    --- stdout
    app v1.0.0  image app for linux/amd64
      state   superseded, replaced by 1.1.0
      commit  [commit]
    ");
    assert_snapshot!(scene.show("whatis registry.example/app:9.9.9"), @r"
    exit 2
    --- stderr
    error[unknown-release]: `registry.example/app:9.9.9` is of no release that is known
     |
     = looked in: releases
     = help: a newer ledger may know it: fetch, or name one with `--ref`, `--repository` or `--registry`
    ");
    let moving = scene.run("whatis registry.example/app:latest --ledger .plimsoll/releases");
    let told = "it is a tag that moves, and these files may be older than where it is now: fetch first, or ask the registry with `--registry registry.example/app`";
    assert!(moving.stderr().contains(told), "{}", moving.stderr());
    let old = scene.run("whatis registry.example/app:1.1.0 --ledger .plimsoll/releases");
    let told = "these files may be older than what was released or yanked since: fetch first";
    assert!(old.stderr().contains(told), "{}", old.stderr());
    assert_eq!(scene.error("whatis nothing"), ("usage".into(), Some(2)));
    for what in ["sha256:abc", "registry.example/app@sha256:abc", "sha256:xyz"] {
        let malformed = scene.run(&format!("whatis {what}"));
        assert_eq!(malformed.code(), Some(2), "{what}");
        let told = "is no digest: behind `sha256:` stand 64 digits";
        assert!(malformed.stderr().contains(told), "{what}: {}", malformed.stderr());
    }
}

#[test]
fn diff_says_what_changed() {
    let scene = released_twice();
    assert_snapshot!(scene.show("diff v1.0.0 v1.1.0 --local"), @r"
    exit 0
    --- stdout
    app 1.0.0 → 1.1.0

    image app
      sha256:[hex] → sha256:[hex]
      label org.opencontainers.image.revision:
        `[COMMIT]`
        → `[COMMIT]`
      label org.opencontainers.image.version: `1.0.0` → `1.1.0`
      linux/amd64  114 → 122 bytes, 1 → 1 layers (1 new, 1 gone)
        env.MODE: none → `fast`
        user: none → `app`

    1 commit
      [commit]  faster
    ");
    let diff = scene.json("diff 1.0.0 1.1.0 --local");
    let platform = &diff["images"]["changed"][0]["platforms"]["linux/amd64"];
    assert_eq!(platform["config"]["env.MODE"], serde_json::json!({ "from": null, "to": "fast" }));
    assert_eq!(diff["log"][0]["subject"], "faster");
    let same = scene.json("diff 1.1.0 1.1.0 --local");
    assert_eq!((&same["images"]["same"][0], &same["log"]), (&"app".into(), &serde_json::json!([])));
    let back = scene.run("diff v1.1.0 v1.0.0 --local").expect_success();
    assert!(back.stdout().contains("1 commit, left behind with 1.1.0\n"), "{}", back.stdout());
    assert!(back.stdout().contains("faster"), "{}", back.stdout());
    assert!(back.stderr().contains("1.1.0 is the newer one"), "{}", back.stderr());
    assert_eq!(scene.json("diff v1.1.0 v1.0.0 --local")["backwards"], true);
}

#[test]
fn compose_files_are_compared_with_their_hashes() {
    let scene = Scene::with_config(CONFIG);
    let record =
        include_str!("../../../plimsoll-engine/tests/fixtures/records/format-0/v1.0.0-release-info.json");
    scene.repo.write("old/v1.0.0-release-info.json", record);
    scene
        .repo
        .write("old/v1.0.0-app-compose.json", "{}")
        .write("old/v1.0.0-docker-compose.yml", "services: {}\n");
    assert_snapshot!(scene.show("app-compose v1.0.0 --ledger old"), @r"
    exit 0
    --- stdout
    project 1.0.0  v1.0.0-app-compose.json
      path  old/v1.0.0-app-compose.json
      hash  as recorded
      44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
    --- stderr
    read from the record files of old alone; nothing else was asked
    ");
    assert_eq!(scene.json("compose v1.0.0 --ledger old")["verified"], false);
    assert_eq!(
        scene.json("whatis old/v1.0.0-app-compose.json --ledger old")["matches"][0]["version"],
        "1.0.0"
    );
    scene.repo.write("old/v1.0.0-app-compose.json", "{ }");
    assert_snapshot!(scene.show("app-compose v1.0.0 --ledger old"), @r"
    exit 6
    --- stderr
    error[content-lies]: old/v1.0.0-app-compose.json is not the file that was released
    --> old/v1.0.0-app-compose.json
     = want: 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
     = found: 257c1be96ae69f4b01c2c69bdb6d78605f59175819fb007d0bf245bf48444c4a
     = help: do not deploy it; take back what was done to the file
    ");
    scene.repo.remove("old/v1.0.0-app-compose.json");
    assert_eq!(scene.error("app-compose v1.0.0 --ledger old"), ("file-missing".into(), Some(2)));
    let plain = Scene::released();
    assert_eq!(plain.error("compose v1.0.0 --local"), ("file-missing".into(), Some(2)));
}

#[test]
fn the_ledger_is_written_again_from_the_registry() {
    let scene = released_twice();
    let before: Vec<_> =
        scene.files(".plimsoll/releases").iter().map(|file| std::fs::read(file).unwrap()).collect();
    std::fs::remove_dir_all(scene.repo.path().join(".plimsoll/releases")).unwrap();
    assert_snapshot!(scene.show("ledger rebuild --local"), @r"
    exit 0
    --- stdout
    wrote v1.1.0-release-info.json
    wrote v1.1.0-release.intoto.json
    wrote v1.0.0-release-info.json
    wrote v1.0.0-release.intoto.json
    0 files were there
    ");
    let after: Vec<_> =
        scene.files(".plimsoll/releases").iter().map(|file| std::fs::read(file).unwrap()).collect();
    assert_eq!(before, after);
    assert_eq!(scene.json("ledger rebuild --local")["written"], serde_json::json!([]));
    // Without claims the version tags confirm what lies in the registry.
    std::fs::remove_dir_all(scene.repo.path().join(".plimsoll/claims")).unwrap();
    std::fs::remove_dir_all(scene.repo.path().join(".plimsoll/releases")).unwrap();
    assert_eq!(scene.json("ledger rebuild --local")["written"].as_array().unwrap().len(), 4);
}

#[test]
fn records_are_committed_to_a_branch_and_read_from_there() {
    let registry = FaultRegistry::start(Habits::default());
    let repository = format!("{}/acme/app", registry.address());
    let config = CONFIG.replace("registry.example/app", &repository);
    let scene = Scene::with_config(&format!(
        "{config}\n[records]\ncommit = \"main\"\nauthor = \"Bot <bot@acme.test>\"\n"
    ));
    scene.repo.annotated_tag("v1.0.0");
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main", "v1.0.0"]);
    scene.run("release v1.0.0").expect_success();
    assert!(!scene.has("releases"));
    assert_eq!(scene.repo.git(["status", "--porcelain"]), "");
    let listed = remote.git(["ls-tree", "-r", "--name-only", "main", "releases/"]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert_eq!(scene.json("release v1.0.0")["status"], "already-released");
    scene.run("verify v1.0.0").expect_success();
    assert_eq!(scene.json("info v1.0.0")["known_from"], "claim-and-file");
    scene.repo.git(["fetch", "--quiet", "origin"]);
    assert_eq!(scene.json(&format!("whatis {repository}:1.0.0"))["matches"][0]["version"], "1.0.0");
    let alone = scene.json(&format!("info v1.0.0 --registry {repository}"));
    assert_eq!((&alone["source"]["kind"], &alone["known_from"]), (&"registry".into(), &"file".into()));
    assert_eq!(scene.json(&format!("list --registry {repository}"))["releases"][0]["version"], "1.0.0");
}

#[test]
fn a_protected_branch_keeps_no_release_from_its_tags() {
    let registry = FaultRegistry::start(Habits::default());
    let repository = format!("{}/acme/app", registry.address());
    let config = CONFIG.replace("registry.example/app", &repository);
    let scene = Scene::with_config(&format!("{config}\n[records]\ncommit = \"main\"\n"));
    scene.repo.annotated_tag("v1.0.0");
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main", "v1.0.0"]);
    let hook = remote.path().join("hooks/update");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let script = "#!/bin/sh\ncase $1 in refs/heads/*) echo 'GH006: Protected branch' >&2; exit 1;; esac\n";
    std::fs::write(&hook, script).unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    assert_snapshot!(scene.show("release v1.0.0"), @r#"
    exit 4
    --- stderr
    error[git-denied]: records can't be committed to `main` of file://[ROOT]/origin.git
     |
     = cause: [remote rejected] (hook declined): GH006: Protected branch; error: hook declined to update refs/heads/main
     = help: the record lies in every repository of the release: `plimsoll ledger rebuild` writes its files
     = help: let this account push to the branch; or propose records: pull-request = "BRANCH" in [records]

    the release is out; mend this, then running again is safe and does what is left
    "#);
    for tag in ["1.0.0", "1.0", "latest"] {
        assert!(registry.manifest("acme/app", tag).is_some(), "{tag}");
    }
    assert_eq!(scene.json("info v1.0.0")["state"], "published");
    std::fs::remove_file(&hook).unwrap();
    assert_eq!(scene.json("release v1.0.0")["status"], "finished");
}

#[test]
fn a_release_from_before_is_adopted() {
    let scene = Scene::released();
    for folder in ["claims", "releases", "workshop"] {
        std::fs::remove_dir_all(scene.repo.path().join(".plimsoll").join(folder)).unwrap();
    }
    let index =
        scene.files(".plimsoll/registry").into_iter().find(|path| path.ends_with("index.json")).unwrap();
    // Nor is there a record beside its version tag.
    let text = std::fs::read_to_string(&index).unwrap();
    assert_eq!(scene.error("info v1.0.0 --local"), ("claim-lost".into(), Some(7)));
    std::fs::write(&index, text.replace("\"plimsoll-", "\"before-")).unwrap();
    assert_eq!(scene.error("info v1.0.0 --local"), ("unknown-release".into(), Some(2)));
    assert_snapshot!(scene.show("ledger adopt v1.0.0 --local"), @r"
    exit 0
    --- stdout
    wrote v1.0.0-release-info.json
    wrote v1.0.0-release.intoto.json
    0 files were there
    ");
    let info = scene.json("info v1.0.0 --local");
    assert_eq!((&info["adopted"], &info["known_from"]), (&true.into(), &"file".into()));
    assert!(info["images"][0]["platforms"]["linux/amd64"].is_string(), "{info:#}");
    let text = std::fs::read_to_string(&index).unwrap();
    std::fs::write(&index, text.replace("\"latest\"", "\"newest\"")).unwrap();
    let verified = scene.run("verify v1.0.0 --local").expect_success();
    assert!(
        !verified.stdout().contains("moving-tag"),
        "nobody said that it would get one: {}",
        verified.stdout()
    );
    std::fs::write(&index, text).unwrap();
    scene.repo.commit("second");
    scene.repo.annotated_tag("v1.1.0");
    scene.run("release v1.1.0 --local").expect_success();
    let list = scene.json("list --local");
    assert_eq!((&list["latest"], &list["releases"][1]["standing"]), (&"1.1.0".into(), &"superseded".into()));
    assert_eq!(scene.error("ledger adopt v1.0.0 --local"), ("record-taken".into(), Some(5)));
    assert_eq!(scene.error("ledger adopt v1.1.0 --local"), ("record-taken".into(), Some(5)));
    assert_eq!(scene.error("ledger adopt v9.0.0 --local"), ("tag-missing".into(), Some(5)));
    scene.repo.annotated_tag("v1.2.0");
    assert_eq!(scene.error("ledger adopt v1.2.0 --local"), ("unknown-release".into(), Some(2)));
}
