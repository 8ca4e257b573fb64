//! Every place that can be asked about releases, and what is wrong with some of them.

use insta::assert_snapshot;
use plimsoll_engine::statement::record::Record;
use plimsoll_engine::statement::release::release_files;
use plimsoll_engine::world::ledger::LedgerFile;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::repo::Repo;
use serde_json::{Value, json};

use crate::scene::{CONFIG, Scene};

/// A project with a remote and a registry, whose records are committed to `main` of the remote.
struct Published {
    scene: Scene,
    remote: Repo,
    registry: FaultRegistry,
    repository: String,
}

impl Published {
    /// v1.0.0 and v1.1.0 are released; `records` are further lines of the table of that name.
    fn twice(records: &str) -> Published {
        let registry = FaultRegistry::start(Habits::default());
        let repository = format!("{}/acme/app", registry.address());
        let config = CONFIG.replace("registry.example/app", &repository);
        let scene = Scene::with_config(&format!(
            "{config}\n[records]\ncommit = \"main\"\nauthor = \"Bot <bot@acme.test>\"\n{records}"
        ));
        let remote = Repo::bare(scene.environment(), "origin.git");
        scene.repo.annotated_tag("v1.0.0");
        scene.repo.remote("origin", &remote.url()).push("origin", ["main", "v1.0.0"]);
        scene.run("release v1.0.0").expect_success();
        scene.repo.git(["pull", "--quiet", "origin", "main"]);
        scene.repo.write("app", "#!/bin/sh\necho more\n").commit("more");
        scene.repo.annotated_tag("v1.1.0");
        scene.repo.push("origin", ["main", "v1.1.0"]);
        scene.run("release v1.1.0").expect_success();
        Published { scene, remote, registry, repository }
    }
}

/// What no place may see otherwise.
fn facts(scene: &Scene, way: &str) -> Value {
    let info = scene.json(&format!("info v1.1.0 {way}"));
    let list = scene.json(&format!("list {way}"));
    let listed = list["releases"].as_array().unwrap().iter();
    let diff = scene.json(&format!("diff v1.0.0 v1.1.0 {way}"));
    json!({
        "info": [info["component"], info["tag"], info["released"], info["commit"], info["tag_object"], info["record"],
            info["images"]],
        "images": scene.json(&format!("images 1.0.0 {way}"))["images"],
        "latest": scene.json(&format!("latest {way}"))["record"],
        "list": listed.map(|one| json!([one["version"], one["standing"], one["replaced_by"], one["commit"]]))
            .collect::<Vec<_>>(),
        "diff": [diff["versions"], diff["images"]],
        "whatis": scene.json(&format!("whatis {} {way}", info["images"][0]["digest"].as_str().unwrap()))["matches"][0]
            ["version"],
    })
}

/// Copies the ledger of the remote into a folder beside the project.
fn copy_records(scene: &Scene, remote: &Repo) {
    let folder = scene.repo.path().join("../elsewhere");
    std::fs::create_dir_all(&folder).unwrap();
    for file in remote.git(["ls-tree", "--name-only", "main", "releases/"]).lines() {
        let bytes = remote.git(["show", &format!("main:{file}")]) + "\n";
        std::fs::write(folder.join(file.rsplit('/').next().unwrap()), bytes).unwrap();
    }
}

#[test]
fn every_place_gives_the_same_answers_and_says_which_it_is() {
    let Published { scene, remote, registry: _registry, repository } = Published::twice("");
    scene.repo.git(["fetch", "--quiet", "origin"]);
    let want = facts(&scene, "");
    assert_eq!(want["list"][1][1], "superseded", "{want:#}");
    scene.repo.git(["switch", "--quiet", "--detach", "v1.0.0"]);
    assert_eq!(facts(&scene, ""), want, "a checkout of an old tag");
    copy_records(&scene, &remote);
    let places = [
        ("--ref origin/main".to_owned(), "ref"),
        ("--ledger ../elsewhere".into(), "directory"),
        (format!("--repository {}", remote.url()), "repository"),
        (format!("--repository {} --ref main", remote.url()), "repository"),
        (format!("--registry {repository}"), "registry"),
    ];
    for (way, kind) in places {
        assert_eq!(facts(&scene, &way), want, "{way}");
        assert_eq!(scene.json(&format!("list {way}"))["source"]["kind"], kind, "{way}");
        assert!(scene.run(&format!("info v1.0.0 {way}")).stderr().contains("read from"), "{way}");
    }
    let clone = Repo::clone_of(scene.environment(), remote.url(), "clone", []);
    assert_eq!(facts(&Scene { repo: clone }, ""), want, "a fresh clone");
    let shallow = Repo::clone_of(scene.environment(), remote.url(), "shallow", ["--depth=1"]);
    assert_eq!(facts(&Scene { repo: shallow }, ""), want, "a shallow clone");
}

#[test]
fn every_place_knows_what_was_said_of_a_release_later() {
    let stable = "[tags]\nstable = \"v{version}-stable\"\n";
    let Published { scene, remote, registry: _registry, repository } = Published::twice(stable);
    scene.repo.git(["tag", "-a", "-m", "good", "v1.0.0-stable", "v1.0.0^{}"]);
    scene.repo.push("origin", ["v1.0.0-stable"]);
    scene.run("promote v1.0.0").expect_success();
    scene.run("yank v1.1.0 --reason broken").expect_success();
    scene.repo.git(["fetch", "--quiet", "origin"]);
    copy_records(&scene, &remote);
    for way in [
        String::new(),
        "--ref origin/main".into(),
        "--ledger ../elsewhere".into(),
        format!("--repository {}", remote.url()),
        format!("--registry {repository}"),
    ] {
        let said = |tag: &str| scene.json(&format!("info {tag} {way}"))["said"].clone();
        assert_eq!(said("v1.1.0"), json!([{ "kind": "yank", "reason": "broken" }]), "{way}");
        assert_eq!(said("v1.0.0"), json!([{ "kind": "promotion", "tag": "v1.0.0-stable" }]), "{way}");
        assert_eq!(scene.json(&format!("list {way}"))["releases"][0]["standing"], "yanked", "{way}");
        assert_eq!(scene.json(&format!("latest {way}"))["version"], "1.0.0", "{way}");
        let moving = scene.json(&format!("whatis {repository}:latest {way}"));
        assert_eq!(moving["matches"][0]["version"], "1.0.0", "{way}");
    }
    scene.run("unyank v1.1.0").expect_success();
    scene.run("rollback v1.0.0").expect_success();
    scene.repo.git(["fetch", "--quiet", "origin"]);
    copy_records(&scene, &remote);
    for way in ["--ledger ../elsewhere".to_owned(), format!("--registry {repository}")] {
        assert_eq!(scene.json(&format!("list {way}"))["releases"][0]["standing"], "held-back", "{way}");
    }
    std::fs::write(scene.repo.path().join("../elsewhere/v1.0.0-0a.mark.json"), "{}").unwrap();
    let output = scene.run("list --ledger ../elsewhere").expect_success();
    assert!(output.stderr().contains("does not understand"), "{}", output.stderr());
}

#[test]
fn another_repository_says_itself_where_its_records_are() {
    let Published { scene, remote, .. } = Published::twice("directory = \"docs/released\"\n");
    let elsewhere = Scene::empty();
    let list = elsewhere.json(&format!("list --repository {}", remote.url()));
    assert_eq!((list["releases"].as_array().unwrap().len(), &list["latest"]), (2, &"1.1.0".into()));
    let at = |name: &str| elsewhere.json(&format!("list --repository {} --ref {name}", remote.url()));
    assert_eq!(at("v1.0.0")["releases"], json!([]), "the tag is of before its record");
    assert_eq!(at("main")["releases"], list["releases"]);
    let unknown = elsewhere.error(&format!("list --repository {} --ref nowhere", remote.url()));
    assert_eq!(unknown, ("tag-missing".into(), Some(5)));
    let nothing = scene.error(&format!("list --repository {}.nothing", remote.url()));
    assert_eq!(nothing, ("git-unreachable".into(), Some(8)));
}

#[test]
fn a_records_branch_that_was_rewritten_has_lost_its_files() {
    let Published { scene, remote, registry: _registry, .. } = Published::twice("");
    scene.run("verify v1.1.0").expect_success();
    scene.repo.push("origin", ["+v1.0.0^{commit}:refs/heads/main"]);
    assert_eq!(scene.json("info v1.1.0")["known_from"], "claim");
    let output = scene.run("verify v1.1.0").expect_code(7);
    for file in ["v1.1.0-release-info.json", "v1.1.0-release.intoto.json"] {
        assert!(output.stdout().contains(&format!("DRIFT        file {file}")), "{}", output.stdout());
    }
    scene.run("ledger rebuild").expect_success();
    scene.run("verify v1.1.0").expect_success();
    assert_eq!(remote.git(["ls-tree", "-r", "--name-only", "main", "releases/"]).lines().count(), 5);
}

#[test]
fn a_ledger_that_lost_one_file_says_which() {
    let scene = Scene::released();
    scene.repo.remove(".plimsoll/releases/v1.0.0-release-info.json");
    let output = scene.run("verify v1.0.0 --local").expect_code(7);
    assert!(output.stdout().contains("DRIFT        file v1.0.0-release-info.json"), "{}", output.stdout());
    assert_snapshot!(scene.show("info v1.0.0 --ledger .plimsoll/releases"), @r"
    exit 6
    --- stderr
    error[ledger-invalid]: v1.0.0-release-info.json is not there, but v1.0.0-release.intoto.json is
    --> .plimsoll/releases/v1.0.0-release-info.json
     = help: a record never goes: take the file back from the commit that lost it
     = help: or write it again from the registry: `plimsoll ledger rebuild`
    ");
}

#[test]
fn of_two_files_that_disagree_the_one_that_was_changed_is_named() {
    let scene = Scene::with_config(&format!("claim = \"none\"\n{CONFIG}"));
    scene.repo.annotated_tag("v1.0.0");
    scene.run("release v1.0.0 --local").expect_success();
    scene.run("verify v1.0.0 --local").expect_success();
    let names = ["v1.0.0-release-info.json", "v1.0.0-release.intoto.json"];
    for (changed, other) in [(names[0], names[1]), (names[1], names[0])] {
        let file = format!(".plimsoll/releases/{changed}");
        let whole = scene.read(&file);
        scene.repo.write(&file, whole.replacen("linux/amd64", "linux/arm64", 1));
        let output = scene.run("verify v1.0.0 --local").expect_code(6);
        assert!(output.stdout().contains(&format!("FAILED       file {changed}")), "{}", output.stdout());
        assert!(output.stdout().contains(&format!("ok           file {other}")), "{}", output.stdout());
        let info = scene.run("info v1.0.0 --local").expect_code(6);
        assert!(info.stderr().contains(changed) && !info.stderr().contains(other), "{}", info.stderr());
        scene.repo.write(&file, whole);
    }
}

/// Pushes files as a record's artifact of a format, as another run or another Plimsoll would have.
fn push_record(registry: &FaultRegistry, tag: &str, format: u32, files: &[LedgerFile]) {
    let empty = registry.put_blob("acme/app", b"{}");
    let layer = |file: &LedgerFile| {
        json!({
            "mediaType": "application/json",
            "digest": registry.put_blob("acme/app", &file.bytes),
            "size": file.bytes.len(),
            "annotations": { "org.opencontainers.image.title": file.name },
        })
    };
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": media_type,
        "artifactType": format!("application/vnd.plimsoll.release.v{format}+json"),
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2 },
        "layers": files.iter().map(layer).collect::<Vec<_>>(),
    });
    registry.put_manifest("acme/app", tag, media_type, &serde_json::to_vec(&manifest).unwrap());
}

#[test]
fn of_several_records_in_a_registry_the_claims_counts_and_else_the_first() {
    let Published { scene, remote, registry, repository } = Published::twice("");
    let name = "v1.0.0-release-info.json";
    let ours = remote.git(["show", &format!("main:releases/{name}")]) + "\n";
    let ours = Record::parse(name, ours.as_bytes(), &"app".parse().unwrap()).unwrap();
    for (tag, time) in
        [("plimsoll-1.0.0-00000000000a", "2001-01-01"), ("plimsoll-1.0.0-00000000000b", "2999-01-01")]
    {
        let lost = Record { release_date: format!("{time}T00:00:00Z"), ..ours.clone() };
        push_record(&registry, tag, 2, &release_files(&lost));
    }
    scene.repo.push("origin", ["+v1.0.0^{commit}:refs/heads/main"]);
    scene.run("ledger rebuild").expect_success();
    let rebuilt = remote.git(["show", &format!("main:releases/{name}")]) + "\n";
    assert_eq!(rebuilt.as_bytes(), ours.bytes(), "the claim says which one counts");
    let list = scene.run(&format!("list --registry {repository}")).expect_success();
    assert_eq!(list.stdout().lines().count(), 3, "{}", list.stdout());
    assert_eq!(list.stderr().matches("there are several records of 1.0.0").count(), 2, "{}", list.stderr());
    let info = scene.json(&format!("info v1.0.0 --registry {repository}"));
    assert_eq!(
        info["released"], "2001-01-01T00:00:00Z",
        "without a claim the one that was sealed first counts"
    );
}

#[test]
fn a_record_of_a_newer_plimsoll_in_a_registry() {
    let Published { scene, registry, repository, .. } = Published::twice("");
    let bytes = br#"{"format":3,"needs":"0.9.0","version":"2.0.0"}"#.to_vec();
    let file = LedgerFile { name: "v2.0.0-release-info.json".into(), bytes };
    push_record(&registry, "plimsoll-2.0.0-0123456789ab", 3, &[file]);
    let shown = scene.show(&format!("list --registry {repository}"));
    assert!(shown.contains("claim-format") && shown.contains("use Plimsoll 0.9.0 or newer"), "{shown}");
}

#[test]
fn compose_files_are_compared_line_by_line() {
    let scene = Scene::with_config(CONFIG);
    for (version, image) in [("1.0.0", "acme/app:1.0.0"), ("1.1.0", "acme/app:1.1.0")] {
        let compose = format!("services:\n  app:\n    image: {image}\n    restart: always\n");
        let app = json!({ "docker_compose_file": compose, "kms_enabled": version == "1.1.0", "name": "app" });
        let app = serde_json::to_vec(&app).unwrap();
        let hash = |bytes: &[u8]| plimsoll_oci::name::Digest::of(bytes).hex().to_owned();
        let record = json!({
            "version": version, "release_date": "2026-01-02T03:04:05Z", "git_commit": "ab".repeat(20),
            "git_ref": format!("refs/tags/v{version}"), "docker_images": {},
            "app_compose": { "file": format!("v{version}-app-compose.json"), "hash": hash(&app) },
            "docker_compose": { "file": format!("v{version}-docker-compose.yml"), "hash": hash(compose.as_bytes()) },
        });
        scene
            .repo
            .write(&format!("old/v{version}-release-info.json"), record.to_string())
            .write(&format!("old/v{version}-app-compose.json"), app)
            .write(&format!("old/v{version}-docker-compose.yml"), compose);
    }
    assert_snapshot!(scene.show("diff v1.0.0 v1.1.0 --ledger old"), @r"
    exit 0
    --- stdout
    project 1.0.0 → 1.1.0

    file app-compose  changed
      - docker_compose_file|     image: acme/app:1.0.0
      + docker_compose_file|     image: acme/app:1.1.0
      - kms_enabled: false
      + kms_enabled: true

    file docker-compose  changed
      -     image: acme/app:1.0.0
      +     image: acme/app:1.1.0

    commits  this clone does not have them
    --- stderr
    read from the record files of old alone; nothing else was asked
    ");
    scene.repo.write("old/v1.1.0-docker-compose.yml", "services: {}\n");
    let files = &scene.json("diff v1.0.0 v1.1.0 --ledger old")["files"];
    assert_eq!(files["docker-compose"]["lines"], Value::Null, "it is not what was released: {files:#}");
    assert_eq!(
        files["app-compose"]["lines"][0],
        json!({ "gone": "docker_compose_file|     image: acme/app:1.0.0" })
    );
}

#[test]
fn a_published_schema_describes_what_is_written() {
    let scene = Scene::released();
    let record: Value =
        serde_json::from_str(&scene.read(".plimsoll/releases/v1.0.0-release-info.json")).unwrap();
    let schema = scene.run("schema release-info").expect_success();
    let schema: Value = serde_json::from_str(schema.stdout()).unwrap();
    let described = schema["properties"].as_object().unwrap();
    for (field, _) in record.as_object().unwrap() {
        assert!(described.contains_key(field), "{field}");
    }
    for required in schema["required"].as_array().unwrap() {
        assert!(!record[required.as_str().unwrap()].is_null(), "{required}");
    }
}

#[test]
fn there_must_be_something_to_work_in() {
    let scene = Scene::empty();
    assert_snapshot!(scene.show("-C nowhere list"), @r"
    exit 2
    --- stderr
    error[usage]: nowhere is no directory
     |
     = help: name one that is there with `-C DIR`
    ");
    assert_snapshot!(scene.show("-C nowhere schema config"), @r"
    exit 2
    --- stderr
    error[usage]: nowhere is no directory
     |
     = help: name one that is there with `-C DIR`
    ");
}

#[test]
fn filters_of_the_log_that_can_not_be_read_are_said() {
    let scene = Scene::empty();
    let ended = scene.plimsoll("schema config").set("PLIMSOLL_LOG", "plimsoll=loud").run().expect_code(2);
    assert!(ended.stderr().contains("error[usage]: PLIMSOLL_LOG can't be read"), "{}", ended.stderr());
    scene.plimsoll("schema config").set("PLIMSOLL_LOG", "plimsoll=warn").run().expect_success();
}
