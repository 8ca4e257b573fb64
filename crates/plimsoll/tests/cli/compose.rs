//! `compose` and `app-compose`: what is pinned, what is refused, and what scripts get.

use insta::assert_snapshot;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use serde_json::json;

use crate::scene::{CONFIG, Scene};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A folder without a `plimsoll.toml`, and a registry.
struct Yard {
    scene: Scene,
    registry: FaultRegistry,
}

impl Yard {
    fn new() -> Yard {
        Yard { scene: Scene::empty(), registry: FaultRegistry::start(Habits::default()) }
    }

    /// Puts an image there and gives its digest.
    fn push(&self, repository: &str, tag: &str) -> String {
        let index = json!({
            "schemaVersion": 2, "mediaType": INDEX, "manifests": [], "annotations": { "for": repository, "tag": tag }
        });
        self.registry.put_manifest(repository, tag, INDEX, index.to_string().as_bytes())
    }

    /// A compose file in which `HOST` is the registry.
    fn write(&self, text: &str) -> String {
        let text = text.replace("HOST", &self.registry.address());
        self.scene.repo.write("docker-compose.yml", &text);
        text
    }
}

const TWO: &str = "\
# Ours and theirs.
services:
  app:
    image: ${APP_IMAGE:-HOST/acme/app:1.4.0}  # ours
    environment: [\"image=HOST/acme/app:1.4.0\"]
  db:
    image: 'HOST/library/postgres:16'
";

#[test]
fn every_image_gets_its_digest_and_nothing_else_changes() {
    let yard = Yard::new();
    let (app, db) = (yard.push("acme/app", "1.4.0"), yard.push("library/postgres", "16"));
    let text = yard.write(TWO);
    let pinned = yard.scene.run("compose pin docker-compose.yml").expect_success();
    let want = text
        .replace("1.4.0}  #", &format!("1.4.0}}@{app}  #"))
        .replace("postgres:16'", &format!("postgres:16@{db}'"));
    assert_eq!(pinned.stdout(), want);
    assert_eq!(yard.scene.read("docker-compose.yml"), text, "the source stays");

    let nowhere = "compose pin docker-compose.yml --output out/pinned.yml";
    let refused = yard.scene.run(nowhere);
    assert!(refused.stderr().contains("error[file-missing]"), "{}", refused.stderr());
    assert_eq!(refused.code(), Some(2));
    assert!(!yard.scene.has("out"), "a slip makes no folders");
    yard.scene.repo.write("out/notes", "");
    yard.scene.run(nowhere).expect_success();
    assert_eq!(yard.scene.read("out/pinned.yml"), want);
    let again = yard.scene.run("compose pin out/pinned.yml").expect_success();
    assert_eq!(again.stdout(), want, "twice is once");
    let unpinned = yard.scene.run("compose unpin out/pinned.yml").expect_success();
    assert_eq!(unpinned.stdout(), text);
}

#[test]
fn scripts_get_an_object() {
    let yard = Yard::new();
    let digest = yard.push("acme/app", "1");
    yard.write("services: {app: {image: HOST/acme/app:1}}");
    let json = yard.scene.json("compose pin docker-compose.yml");
    assert_eq!(json["schema"], "plimsoll.compose/v1");
    assert_eq!(json["images"][0]["service"], "app");
    assert_eq!(json["images"][0]["digest"], digest.as_str());
    assert_eq!((&json["changed"], &json["output"]), (&json!(true), &json!(null)));
    assert!(json["text"].as_str().unwrap().ends_with(&format!("@{digest}}}}}")), "{json}");
}

#[test]
fn named_images_are_taken_as_they_are_named() {
    let yard = Yard::new();
    let digest = yard.push("acme/app", "1.5.0");
    yard.write("services:\n  app:\n    build: .\n  web: {image: nginx:1}\n  two: {image: nginx:1}\n");
    let named = format!("sha256:{}", "ab".repeat(32));
    let host = yard.registry.address();
    let line = format!(
        "compose pin docker-compose.yml --build drop --image app={host}/acme/app:1.5.0 --image nginx:1=nginx:1@{named}"
    );
    let pinned = yard.scene.run(&line).expect_success();
    let want = format!(
        "services:\n  app:\n    image: {host}/acme/app:1.5.0@{digest}\n  web: {{image: nginx:1@{named}}}\n  two: {{image: nginx:1@{named}}}\n"
    );
    assert_eq!(pinned.stdout(), want);
    assert_eq!(yard.registry.count("HEAD", "") + yard.registry.count("GET", "/manifests/"), 1, "asked once");
}

#[test]
fn what_cannot_be_pinned_is_listed_and_nothing_is_written() {
    let yard = Yard::new();
    yard.push("acme/app", "1");
    yard.write(
        "services:\n  app: {image: HOST/acme/app:1}\n  gone: {image: HOST/acme/gone:1}\n  built: {build: .}\n  open: {image: \"HOST/acme/app:${TAG}\"}\n",
    );
    assert_snapshot!(yard.scene.show("compose pin docker-compose.yml --output pinned.yml"), @r#"
    exit 5
    --- stderr
    error[compose-unpinned]: service `gone` can't be pinned: `127.0.0.1:[PORT]/acme/gone:1` is not there
     --> docker-compose.yml:3:3
      |
    3 |   gone: {image: 127.0.0.1:[PORT]/acme/gone:1}
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: look at its name and tag; what needs a login may be hidden: `docker login 127.0.0.1:[PORT]`

    error[compose-unpinned]: service `built` can't be pinned: it is built, and no released image is named for it
     --> docker-compose.yml:4:3
      |
    4 |   built: {build: .}
      |   ^^^^^^^^^^^^^^^^^
      |
      = help: say what it shall run: `--image built=REPOSITORY:TAG`

    error[compose-unpinned]: service `open` can't be pinned: `127.0.0.1:[PORT]/acme/app:${TAG}` hangs on `TAG`, which has no default
     --> docker-compose.yml:5:3
      |
    5 |   open: {image: "127.0.0.1:[PORT]/acme/app:${TAG}"}
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: say what it shall run: `--image open=REPOSITORY:TAG`

    3 errors
    "#);
    assert!(!yard.scene.has("pinned.yml"));
    assert_eq!(yard.scene.error("compose pin docker-compose.yml"), ("compose-unpinned".to_owned(), Some(5)));
}

#[test]
fn a_registry_that_does_not_answer_leaves_it_unpinned() {
    let scene = Scene::empty();
    scene.repo.write("c.yml", "services: {app: {image: 127.0.0.1:9/acme/app:1}}");
    assert_eq!(scene.error("compose pin c.yml"), ("compose-unpinned".to_owned(), Some(5)));
}

#[test]
fn broken_files_say_where() {
    let scene = Scene::empty();
    scene.repo.write("c.yml", "services:\n  app:\n    image: a:1\n    image: b:1\n");
    assert_snapshot!(scene.show("compose pin c.yml"), @r"
    exit 2
    --- stderr
    error[compose-invalid]: line 4: `image` stands in line 3 already
     --> c.yml:4:5
      |
    4 |     image: b:1
      |     ^^^^^^^^^^
    ");
    assert_eq!(scene.error("compose unpin c.yml"), ("compose-invalid".to_owned(), Some(2)));
    assert_eq!(scene.error("compose pin none.yml"), ("file-missing".to_owned(), Some(2)));
    scene.repo.write("c.yml", "services: {app: {image: a:1}}");
    assert_eq!(scene.error("compose pin c.yml --image other=a:2"), ("invalid-value".to_owned(), Some(2)));
    assert_eq!(scene.run("compose pin c.yml --image app").code(), Some(2));
}

#[test]
fn a_version_is_generated_without_a_release() {
    let yard = Yard::new();
    let digest = yard.push("acme/app", "1.4.0");
    let host = yard.registry.address();
    yard.write(
        "services:\n  app:\n    build: .\n    image: HOST/acme/app:latest\n    volumes: [\"./data:/data\"]\n",
    );
    let line = format!("compose generate v1.4.0 --image app={host}/acme/app:1.4.0");
    assert_snapshot!(yard.scene.show(&line), @r#"
    exit 0
    --- stderr
    warning[compose-path]: it has no `name`: in another folder, Compose calls the project `releases`
    --> docker-compose.yml
     = help: write `name: …` at its top, or pass `--project-name` to Compose

    warning[compose-path]: `./data` under `volumes` is relative to the file, which moves to `releases`
     --> docker-compose.yml:5:16
      |
    5 |     volumes: ["./data:/data"]
      |                ^^^^^^^^^^^^
      |
      = help: let it be rewritten (`--rebase`), or pass `--project-directory` to Compose

    2 warnings
    app: 127.0.0.1:[PORT]/acme/app:1.4.0@sha256:[1]
    written to releases/v1.4.0-docker-compose.yml
    "#);
    let want = format!(
        "services:\n  app:\n    image: {host}/acme/app:1.4.0@{digest}\n    volumes: [\"./data:/data\"]\n"
    );
    assert_eq!(yard.scene.read("releases/v1.4.0-docker-compose.yml"), want);
    yard.scene.run(&format!("{line} --rebase --into deploy/try")).expect_success();
    let rebased = yard.scene.read("deploy/try/v1.4.0-docker-compose.yml");
    assert_eq!(rebased, want.replace("./data", "../../data"));
}

#[test]
fn paths_lead_back_from_wherever_a_version_is_generated() {
    let yard = Yard::new();
    yard.push("acme/app", "1");
    yard.write("name: a\nservices:\n  app: {image: HOST/acme/app:1, volumes: ['./etc:/etc']}\n");
    let root = std::fs::canonicalize(yard.scene.repo.path()).unwrap();
    let elsewhere = yard.scene.environment().folder("elsewhere");
    let (absolute, up) = (format!("{}/etc:/etc", root.display()), "../etc:/etc".to_owned());
    yard.scene.repo.write("there/notes", "");
    for (from, into, want) in [
        (".", elsewhere.display().to_string(), &absolute),
        (".", format!("{}/in/../try", root.display()), &up),
        (".", "there/../try".to_owned(), &up),
        ("there", "../try".to_owned(), &absolute),
    ] {
        let line = format!(
            "compose generate 1.0.0 --rebase --into {into} --file {}/docker-compose.yml",
            root.display()
        );
        yard.scene.plimsoll(&line).arg("-C").arg(from).run().expect_success();
        let file = root.join(from).join(&into).join("v1.0.0-docker-compose.yml");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(&format!("'{want}'")), "{from} {into}: {text}");
        std::fs::remove_file(file).unwrap();
    }
    // Where the file stays in its folder, nothing leads elsewhere.
    let stays = yard.scene.run("compose generate 1.0.0 --into .").expect_success();
    assert!(!stays.stderr().contains("warning"), "{}", stays.stderr());
}

#[test]
fn a_digest_is_never_made_up() {
    let yard = Yard::new();
    let text = yard.write("services:\n  app: {image: HOST/acme/app:1.4.0}\n");
    assert_eq!(yard.scene.error("compose generate 1.4.0"), ("compose-unpinned".to_owned(), Some(5)));
    assert!(!yard.scene.has("releases"));
    yard.scene.run("compose generate 1.4.0 --allow-unresolved").expect_success();
    let host = yard.registry.address();
    let mark = format!("# Not pinned: app: `{host}/acme/app:1.4.0` is not there\n");
    assert_eq!(yard.scene.read("releases/v1.4.0-docker-compose.yml"), format!("{mark}{text}"));
    assert_eq!(yard.scene.error("compose generate one"), ("invalid-value".to_owned(), Some(2)));
    let scene = Scene::empty();
    assert_eq!(scene.error("compose generate 1.4.0"), ("file-missing".to_owned(), Some(2)));
}

#[test]
fn the_hash_of_a_manifest_is_that_of_its_bytes() {
    let scene = Scene::empty();
    let manifest = "{\"manifest_version\":2,\"name\":\"app\",\"runner\":\"docker-compose\",\"docker_compose_file\":\"services:\\n  app: {image: \\\"a:1\\\"}\\n\"}";
    scene.repo.write("app-compose.json", manifest);
    assert_snapshot!(scene.show("app-compose hash app-compose.json"), @r"
    exit 0
    --- stdout
    dc27aeae835b665edb7ccab479ce3176474df76cd355437d3d6e20c246c57668
    --- stderr
    warning[compose-unpinned]: service `app` could run without a digest: `docker.io/library/a:1` has no digest
    --> app-compose.json
    app-compose.json: app `app`, id [hex]
    ");
    let sum =
        scene.environment().command("sha256sum").arg("app-compose.json").in_folder(scene.repo.path()).run();
    let hash = scene.run("app-compose hash app-compose.json").expect_success();
    assert_eq!(hash.stdout().trim_end(), sum.stdout().split(' ').next().unwrap());
    let json = scene.json("app-compose hash app-compose.json");
    assert_eq!((&json["hash"], &json["name"]), (&json!(hash.stdout().trim_end()), &json!("app")));
    scene.repo.write("app-compose.json", "{\"manifest_version\":3}");
    assert_eq!(scene.error("app-compose hash app-compose.json"), ("app-compose-invalid".to_owned(), Some(2)));
}

#[test]
fn a_digest_that_a_variable_may_replace_is_told_of() {
    let scene = Scene::empty();
    let digest = format!("sha256:{}", "ab".repeat(32));
    let compose = format!("services:\n  db: {{image: \"${{DB:-postgres:16@{digest}}}\"}}\n");
    let manifest = json!({
        "manifest_version": 2, "name": "app", "runner": "docker-compose", "docker_compose_file": compose
    });
    scene.repo.write("app-compose.json", manifest.to_string()).write("c.yml", &compose);
    let hash = scene.run("app-compose hash app-compose.json").expect_success();
    let warned = "service `db` could run without a digest: the digest of `${DB:-postgres:16@sha256:";
    assert!(hash.stderr().contains(warned), "{}", hash.stderr());
    let pinned = scene.json("compose pin c.yml");
    assert_eq!(pinned["text"], format!("services:\n  db: {{image: \"postgres:16@{digest}\"}}\n"));
    assert_eq!(pinned["images"][0]["digest"], digest.as_str());
    let kept = scene.json("compose pin c.yml --third-party keep");
    assert_eq!((&kept["changed"], &kept["images"][0]["digest"]), (&json!(false), &json!(null)));
}

#[test]
fn a_version_is_named_without_its_compose_file() {
    let tables = "[compose]\nfile = \"compose.yml\"\n[tags]\nstable = \"v{version}-stable\"\n";
    let scene = Scene::with_config(&format!("registry = \"local\"\n{CONFIG}{tables}"));
    scene.repo.write("compose.yml", "services:\n  app:\n    image: registry.example/app\n").commit("compose");
    scene.repo.annotated_tag("v1.0.0");
    scene.run("status v1.0.0").expect_success();
    scene.run("withdraw v1.0.0 --yes").expect_success();
    scene.repo.annotated_tag("v1.0.0");
    scene.run("release v1.0.0").expect_success();
    scene.run("status v1.0.0").expect_success();
    scene.run("tag --stable v1.0.0").expect_success();
    assert!(scene.repo.git(["tag", "--list"]).contains("v1.0.0-stable"));
}

#[test]
fn a_second_document_is_told_with_what_to_do() {
    let scene =
        Scene::with_config(&format!("registry = \"local\"\n{CONFIG}[compose]\nfile = \"compose.yml\"\n"));
    scene.repo.write("compose.yml", "services: {}\n---\nservices: {}\n");
    scene.repo.write("chart/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n---\nname: b\n");
    for (line, help) in [
        ("check", "= help: a compose file is one document"),
        ("compose pin compose.yml", "= help: a compose file is one document"),
        ("chart lint chart", "= help: Chart.yaml is one document"),
    ] {
        let said = scene.run(line);
        assert_eq!(said.code(), Some(2), "{line}: {}", said.stderr());
        assert!(said.stderr().contains("a second document begins"), "{line}: {}", said.stderr());
        assert!(said.stderr().contains(help), "{line}: {}", said.stderr());
    }
}
