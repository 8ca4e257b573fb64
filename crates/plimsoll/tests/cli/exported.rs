//! `export` and `import`: a release as one file, and in another registry.

use std::io::{Read as _, Write as _};

use insta::assert_snapshot;
use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::layout::LocalRegistry;
use plimsoll_oci::model::{Descriptor, ImageManifest, Manifest, MediaType};
use plimsoll_oci::name::{ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull as _, Store as _};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::tools;

use crate::scene::Scene;

const CONFIG: &str = r#"[project]
name = "app"

[[image]]
repository = "registry.example/acme/app"
platforms = ["linux/amd64", "linux/arm64"]
[image.assemble]
files = [{ from = "app", to = "/app", mode = "0755" }]

[compose]
file = "docker-compose.yml"
third-party = "keep"
"#;

const COMPOSE: &str = "\
name: app
services:
  web:
    image: registry.example/acme/app:1.0.0
  db:
    image: registry.example/db@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
";

/// A project with two platforms and a compose file, released into the local registry, signed as cosign does in both ways.
pub(crate) fn released() -> Scene {
    let scene = Scene::with_config(CONFIG);
    scene.repo.write("docker-compose.yml", COMPOSE);
    scene.repo.commit("compose");
    scene.repo.annotated_tag("v1.0.0");
    scene.run("release v1.0.0 --local").expect_success();
    let registry = LocalRegistry::open(&scene.repo.path().join(".plimsoll/registry"));
    let repository = registry.repository(&"registry.example/acme/app".parse::<ImageRepository>().unwrap());
    on_runtime(async {
        let index = repository.resolve(&"1.0.0".parse().unwrap()).await.unwrap().unwrap();
        let layer = Descriptor::of("application/x-signature".into(), b"signed");
        for content in [(layer.clone(), &b"signed"[..]), (Descriptor::empty(), b"{}")] {
            let content = MemoryContent::new(content.0, bytes::Bytes::from_static(content.1)).unwrap();
            repository.put_blob(&content, None).await.unwrap();
        }
        let signature = |subject: Option<Descriptor>| {
            Manifest::from_image(ImageManifest {
                schema_version: 2,
                media_type: Some(MediaType::MANIFEST),
                artifact_type: Some("application/x-signature".into()),
                config: Descriptor::empty(),
                layers: vec![layer.clone()],
                subject,
                annotations: std::collections::BTreeMap::new(),
            })
        };
        let bare = Descriptor::new(index.media_type.clone(), index.digest.clone(), index.size);
        repository.put_manifest(&signature(Some(bare))).await.unwrap();
        let tagged = signature(None);
        repository.put_manifest(&tagged).await.unwrap();
        let tag: ImageTag = format!("sha256-{}.sig", index.digest.hex()).parse().unwrap();
        repository.point(&tag, tagged.digest(), None).await.unwrap();
    });
    scene
}

pub(crate) fn on_runtime<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[test]
fn a_release_goes_into_another_registry_as_it_is() {
    let scene = released();
    scene.repo.write("cosign.pub", "a key\n");
    assert_snapshot!(scene.show("export v1.0.0 --local --trust cosign.pub"), @r"
    exit 0
    --- stdout
    exported app 1.0.0 to app-1.0.0.tar (27136 bytes)

    app  registry.example/acme/app
      tags       1.0.0
      sha256:[1]

    record artifact sha256:[2]
    with 1 referrer, and to trust by: cosign.pub
    ");
    let registry = Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous).unwrap();
    let host = registry.address().to_owned();
    assert_snapshot!(scene.show(&format!("import app-1.0.0.tar --to {host}/mirror --files there")), @"
    exit 0
    --- stdout
    imported app 1.0.0 from app-1.0.0.tar

    app  registry.example/acme/app
      now        127.0.0.1:[PORT]/mirror/acme/app
      tags       1.0.0
      sha256:[1]

    record artifact sha256:[2]
    6 manifests and 8 blobs sent (9562 bytes), 0 and 2 were there
    checked there: 5 manifests, 9 blobs, 1 referrer, 1 tag
    written: there/v1.0.0-release.intoto.json
    written: there/v1.0.0-release-info.json
    written: there/v1.0.0-docker-compose.yml
    written: there/trust/cosign.pub
    written: there/v1.0.0-docker-compose.imported.yml
    --- stderr
    the compose file names images that are none of this release and not in the archive: registry.example/db@sha256:[3]
    it is not signed: nobody vouches for who made it
    it is all there, and running the same command again changes nothing; look at it: `plimsoll info 1.0.0 --registry 127.0.0.1:[PORT]/mirror/acme/app`
    ");
    assert_eq!(scene.read("there/trust/cosign.pub"), "a key\n");
    let overlay = scene.read("there/v1.0.0-docker-compose.imported.yml");
    assert!(overlay.contains(&format!("\"{host}/mirror/acme/app:1.0.0@sha256:")), "{overlay}");
    for file in ["v1.0.0-docker-compose.yml", "v1.0.0-release-info.json", "v1.0.0-release.intoto.json"] {
        let local = scene.files(".plimsoll").into_iter().find(|path| path.ends_with(file)).unwrap();
        assert_eq!(std::fs::read_to_string(local).unwrap(), scene.read(&format!("there/{file}")), "{file}");
    }
    let known = scene.json("info v1.0.0 --ledger there");
    assert_eq!(known["version"], "1.0.0", "{known:#}");
    // Bytes are the same there, signatures of both kinds too.
    let back = scene.json(&format!("copy {host}/mirror/acme/app:1.0.0 oci:back:1.0.0"));
    let here = scene.json("copy local:registry.example/acme/app:1.0.0 oci:here:1.0.0");
    assert_eq!(back["digests"], here["digests"]);
    assert_eq!(back["sent"], here["sent"]);
    let hex = here["digests"][0].as_str().unwrap().replace("sha256:", "");
    scene.run(&format!("copy {host}/mirror/acme/app:sha256-{hex}.sig oci:back:sig")).expect_success();
    // Again, nothing is sent; and the archive of what is there is the same archive.
    let again = scene.json(&format!("import app-1.0.0.tar --to {host}/mirror"));
    assert_eq!((&again["sent"]["manifests"], &again["sent"]["blobs"]), (&0.into(), &0.into()), "{again:#}");
    assert_eq!(again["checked"]["referrers"], 1);
    let first = std::fs::read(scene.repo.path().join("app-1.0.0.tar")).unwrap();
    scene.run("export v1.0.0 again.tar --local --trust cosign.pub").expect_success();
    assert!(
        first == std::fs::read(scene.repo.path().join("again.tar")).unwrap(),
        "the same release, the same bytes"
    );
    // The new place has all of it: the old one, which is not even a registry, is not asked.
    let there = format!("--registry {host}/mirror/acme/app");
    scene.run(&format!("export v1.0.0 back.tar {there} --trust cosign.pub")).expect_success();
    assert!(first == std::fs::read(scene.repo.path().join("back.tar")).unwrap(), "the same from elsewhere");
}

#[test]
fn a_release_is_imported_without_a_registry() {
    let scene = released();
    scene.run("export v1.0.0 --local").expect_success();
    let there = Scene::with_config(CONFIG);
    std::fs::copy(scene.repo.path().join("app-1.0.0.tar"), there.repo.path().join("a.tar")).unwrap();
    let done = there.json("import a.tar --local");
    assert_eq!(done["contents"][0]["now"], "registry.example/acme/app", "{done:#}");
    // Its record lies with the image, as everywhere.
    there.run("ledger rebuild --local").expect_success();
    there.run("info v1.0.0 --local").expect_success();
    let both = there.json("import a.tar --local --as registry.example/acme/app=quay.io/x/y");
    assert_eq!(both["contents"][0]["now"], "quay.io/x/y", "{both:#}");
}

#[test]
fn it_must_be_said_what_goes_where() {
    let scene = released();
    scene.run("export v1.0.0 --local").expect_success();
    assert_snapshot!(scene.show("import app-1.0.0.tar"), @r"
    exit 2
    --- stderr
    error[usage]: nothing says where registry.example/acme/app goes
     |
     = help: name a registry with `--to REGISTRY`, or a repository with `--as registry.example/acme/app=REPOSITORY`; or `--local`

    nothing was written there; mend this, then run again
    ");
    assert_snapshot!(scene.show("import app-1.0.0.tar --to acme"), @r"
    exit 2
    --- stderr
    error: invalid value 'acme' for '--to <REGISTRY>': `acme` is no registry's host; a path on Docker Hub begins with `docker.io/`

    For more information, try '--help'.
    ");
    assert_eq!(scene.error("import app-1.0.0.tar --as a=b --local"), ("usage".to_owned(), Some(2)));
    assert_eq!(scene.error("export v3.0.0 --local").0, "unknown-release");
    assert_eq!(scene.error("export v1.0.0 --local --trust nothing.pub").0, "file-missing");
    assert_eq!(scene.error("import nope.tar --local"), ("file-missing".to_owned(), Some(2)));
    // Content that is gone is named, and no archive is left behind.
    let config = scene.blob_with("\"architecture\":\"arm64\"");
    std::fs::remove_file(config).unwrap();
    assert_eq!(scene.error("export v1.0.0 gone.tar --local"), ("content-gone".to_owned(), Some(9)));
    assert!(!scene.has("gone.tar"));
}

#[test]
fn an_archive_must_hold_together() {
    let scene = released();
    scene.run("copy local:registry.example/acme/app:1.0.0 oci-archive:images.tar").expect_success();
    assert_snapshot!(scene.show("import images.tar --local"), @r"
    exit 2
    --- stderr
    error[layout-invalid]: there is no release in it
    --> images.tar
     = help: `plimsoll export` writes archives of releases; images alone are taken by `plimsoll copy`

    nothing was written there; mend this, then run again
    ");
    scene.repo.write("notes.txt", "hello");
    let text = scene.run("import notes.txt --local");
    for word in ["notes.txt", "`plimsoll export` wrote", "nothing was written there"] {
        assert!(text.stderr().contains(word), "{word}: {}", text.stderr());
    }
    scene.run("export v1.0.0 --local").expect_success();
    let whole = std::fs::read(scene.repo.path().join("app-1.0.0.tar")).unwrap();
    // The same length, so that the tar stays one: a platform's manifest, the record's name, a blob.
    for (word, other) in
        [("\"architecture\":\"arm64\"", "\"architecture\":\"arm65\""), ("echo app", "echo pap")]
    {
        let changed = replace(&whole, word.as_bytes(), other.as_bytes());
        // Layers are compressed; there the word is not.
        if changed == whole {
            continue;
        }
        std::fs::write(scene.repo.path().join("bad.tar"), changed).unwrap();
        let (code, exit) = scene.error("import bad.tar --local --as registry.example/acme/app=quay.io/x/y");
        assert_eq!((code.as_str(), exit), ("content-lies", Some(6)), "{word}");
    }
    let cut = whole.get(..whole.len() / 2).unwrap();
    std::fs::write(scene.repo.path().join("cut.tar"), cut).unwrap();
    assert_eq!(scene.error("import cut.tar --local").1, Some(2));
}

fn replace(bytes: &[u8], word: &[u8], other: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    if let Some(at) = bytes.windows(word.len()).position(|piece| piece == word) {
        changed.splice(at..at + word.len(), other.iter().copied());
    }
    changed
}

#[test]
fn a_chart_goes_along() {
    let chart = "\n[[chart]]\npath = \"deploy/app\"\noci = \"oci://registry.example/charts\"\n";
    let scene = Scene::empty();
    scene.repo.write("plimsoll.toml", format!("{}{chart}", crate::scene::CONFIG)).write("app", "app\n");
    scene
        .repo
        .write("deploy/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\nappVersion: 1.0.0\n");
    scene.repo.write("deploy/app/values.yaml", "replicas: 1\n");
    scene.repo.commit("first");
    scene.repo.annotated_tag("v1.0.0");
    scene.run("release v1.0.0 --local").expect_success();
    let exported = scene.json("export v1.0.0 --local");
    let kinds: Vec<_> = exported["contents"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["image", "chart"], "{exported:#}");
    let imported = scene.json("import app-1.0.0.tar --local --to registry.internal");
    assert_eq!(imported["contents"][1]["now"], "registry.internal/charts/app", "{imported:#}");
    assert_eq!(imported["checked"]["tags"], 2, "{imported:#}");
    let both = ["registry.example/charts/app", "registry.internal/charts/app"];
    let digests = both.map(|place| {
        scene.json(&format!("copy local:{place}:1.0.0 oci:{}", place.replace('/', "-")))["digests"].clone()
    });
    assert_eq!(digests[0], digests[1]);
}

/// The values of a chart that name its image in two ways.
const VALUES: &str = "\
replicas: 1
image:
  repository: registry.example/app
  digest: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
worker: { registry: registry.example, repository: app }
";

const DEPLOYMENT: &str = "\
apiVersion: v1
kind: Pod
metadata: { name: app }
spec:
  containers:
  - name: app
    image: {{ .Values.image.repository }}@{{ .Values.image.digest }}
  - name: worker
    image: {{ .Values.worker.registry }}/{{ .Values.worker.repository }}@{{ .Values.image.digest }}
";

/// A project with a chart that names its image, released into the local registry and exported.
fn with_chart() -> Scene {
    let chart = "\n[[chart]]\npath = \"deploy/app\"\noci = \"oci://registry.example/charts\"\n\
                 image = { \"image.digest\" = \"app.digest\" }\n";
    let scene = Scene::empty();
    scene.repo.write("plimsoll.toml", format!("{}{chart}", crate::scene::CONFIG)).write("app", "app\n");
    scene
        .repo
        .write("deploy/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\nappVersion: 1.0.0\n")
        .write("deploy/app/values.yaml", VALUES)
        .write("deploy/app/templates/pod.yaml", DEPLOYMENT);
    scene.repo.commit("first");
    scene.repo.annotated_tag("v1.0.0");
    scene.run("release v1.0.0 --local").expect_success();
    scene.run("export v1.0.0 --local").expect_success();
    scene
}

#[test]
fn values_name_the_new_place_for_helm() {
    let scene = with_chart();
    let done = scene.json("import app-1.0.0.tar --local --to registry.internal/m --files there");
    assert_eq!(done["unnamed"], serde_json::json!([]), "{done:#}");
    let file = "there/v1.0.0-app-values.imported.yaml";
    assert_snapshot!(scene.read(file), @r#"
    # helm upgrade --install app oci://registry.internal/m/charts/app --version 1.0.0 --values v1.0.0-app-values.imported.yaml
    "image":
      "repository": "registry.internal/m/app"
    "worker":
      "registry": "registry.internal"
      "repository": "m/app"
    "#);
    let chart = "local:registry.internal/m/charts/app:1.0.0";
    scene.run(&format!("copy {chart} oci:chart:1.0.0")).expect_success();
    for name in ["helm3", "helm4"] {
        let Some(helm) = tools::require(name) else { continue };
        let package = scene.files("chart/blobs").into_iter().find(|path| {
            let bytes = std::fs::read(path).unwrap();
            bytes.starts_with(&[0x1f, 0x8b])
        });
        let package = package.unwrap().display().to_string();
        let values = scene.repo.path().join(file).display().to_string();
        let rendered =
            helm.command(scene.environment()).args(["template", "x", &package, "--values", &values]);
        let rendered = rendered.run().expect_success();
        let images: Vec<&str> =
            rendered.stdout().lines().filter_map(|line| line.trim().strip_prefix("image: ")).collect();
        let digest = done["contents"][0]["digest"].as_str().unwrap();
        let want = format!("registry.internal/m/app@{digest}");
        assert_eq!(images, [want.as_str(), want.as_str()], "{name}");
    }
}

#[test]
fn a_chart_whose_values_name_nothing_is_told() {
    let scene = Scene::empty();
    let chart = "\n[[chart]]\npath = \"deploy/app\"\noci = \"oci://registry.example/charts\"\n";
    scene.repo.write("plimsoll.toml", format!("{}{chart}", crate::scene::CONFIG)).write("app", "app\n");
    scene
        .repo
        .write("deploy/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\nappVersion: 1.0.0\n")
        .write("deploy/app/values.yaml", "replicas: 1\n");
    scene.repo.commit("first");
    scene.repo.annotated_tag("v1.0.0");
    scene.run("release v1.0.0 --local").expect_success();
    scene.run("export v1.0.0 --local").expect_success();
    let output =
        scene.run("import app-1.0.0.tar --local --to registry.internal --files there").expect_success();
    let said =
        "no values name the new place for these charts, since theirs name no image of the release: app";
    assert!(output.stderr().contains(said), "{}", output.stderr());
    assert!(!scene.has("there/v1.0.0-app-values.imported.yaml"));
}

#[test]
fn a_release_that_was_taken_elsewhere_is_known_there() {
    let scene = released();
    scene.run("export v1.0.0 --local").expect_success();
    let registry = Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous).unwrap();
    let host = registry.address().to_owned();
    scene.run(&format!("import app-1.0.0.tar --to {host}/mirror")).expect_success();
    let there = format!("{host}/mirror/acme/app");
    // The names that the record has lead nowhere here.
    for command in ["info v1.0.0", "list", "images v1.0.0", "latest"] {
        scene.run(&format!("{command} --registry {there}")).expect_success();
    }
    let known = scene.json(&format!("info v1.0.0 --registry {there}"));
    assert_eq!((&known["version"], &known["state"]), (&"1.0.0".into(), &"published".into()), "{known:#}");
    // Without its version tag it is not believed.
    assert_eq!(delete(&host, "mirror/acme/app/manifests/1.0.0"), "202");
    assert_eq!(scene.error(&format!("info v1.0.0 --registry {there}")).0, "record-unproven");
}

/// The status by which a registry answers to the removal of something.
fn delete(host: &str, what: &str) -> String {
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let request = format!("DELETE /v2/{what} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}
