//! `import` into a place where others write, too; and archives that say more than a release does.

use insta::assert_snapshot;
use plimsoll_oci::archive::{self, Archive};
use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::copy::{CopyOptions, copy};
use plimsoll_oci::layout::Layout;
use plimsoll_oci::model::{Descriptor, ImageManifest, Manifest, MediaType};
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::Store as _;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits};
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use serde_json::{Value, json};

use crate::exported::{on_runtime, released};
use crate::scene::Scene;

/// Where a layout's entries have their names.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// Writes `more.tar`: the archive of v1.0.0, with what `add` puts into it.
pub(crate) fn with_more(scene: &Scene, add: impl AsyncFnOnce(&Layout)) {
    on_runtime(async {
        let (folder, spool) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let from = Archive::open(&scene.repo.path().join("app-1.0.0.tar"), spool.path()).await.unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        for entry in from.listed() {
            copy(&from, &layout, &entry.digest, &CopyOptions::default()).await.unwrap();
            // What refers to something else is listed without a name.
            if let Some(name) = entry.annotations.get(REF_NAME) {
                layout.list_as(name, &entry.digest).unwrap();
            }
        }
        add(&layout).await;
        archive::write(&layout, &scene.repo.path().join("more.tar")).unwrap();
    });
}

/// A manifest with these layers, and the bytes of each of them: what is said in it.
fn saying(kind: &str, layers: &[&'static [u8]]) -> (Manifest, Vec<MemoryContent>) {
    let described = |bytes: &[u8]| Descriptor::of("application/x-signature".into(), bytes);
    let manifest = Manifest::from_image(ImageManifest {
        schema_version: 2,
        media_type: Some(MediaType::MANIFEST),
        artifact_type: Some(kind.into()),
        config: Descriptor::empty(),
        layers: layers.iter().map(|bytes| described(bytes)).collect(),
        subject: None,
        annotations: std::collections::BTreeMap::new(),
    });
    let content = |bytes: &'static [u8], descriptor| {
        MemoryContent::new(descriptor, bytes::Bytes::from_static(bytes)).unwrap()
    };
    let empty = content(b"{}", Descriptor::empty());
    let layers = layers.iter().map(|bytes| content(bytes, described(bytes)));
    (manifest, std::iter::once(empty).chain(layers).collect())
}

#[test]
fn nothing_is_written_where_a_version_is_something_else() {
    let scene = released();
    scene.run("export v1.0.0 --local").expect_success();
    let registry = Registry::start(&Environment::new(), Flavor::Plimsoll, Access::Anonymous).unwrap();
    let host = registry.address().to_owned();
    scene.repo.write("app", "other\n").commit("other");
    scene.repo.annotated_tag("v2.0.0");
    scene.run("release v2.0.0 --local").expect_success();
    scene.run(&format!("copy local:registry.example/acme/app:2.0.0 {host}/acme/app:1.0.0")).expect_success();
    assert_snapshot!(scene.show(&format!("import app-1.0.0.tar --to {host}")), @r"
    exit 5
    --- stderr
    error[tag-taken]: 127.0.0.1:[PORT]/acme/app:1.0.0 is there, and is something else
     |
     = want: sha256:[1]
     = found: sha256:[2]
     = help: nothing was written; a version tag is never moved: import it elsewhere with `--as`, or find out what is there

    nothing was written there; mend this, then run again
    ");
    let tags = scene.json(&format!("copy --all-tags {host}/acme/app oci:all"));
    assert_eq!(tags["tags"].as_array().unwrap().len(), 1, "{tags:#}");
}

#[test]
fn a_version_that_somebody_wrote_meanwhile_is_left_as_it_is() {
    let scene = released();
    scene.run("export v1.0.0 --local").expect_success();
    scene.repo.write("app", "other\n").commit("other");
    scene.repo.annotated_tag("v2.0.0");
    scene.run("release v2.0.0 --local").expect_success();
    let registry = FaultRegistry::start(Habits::default());
    let host = registry.address();
    scene.run(&format!("copy local:registry.example/acme/app:2.0.0 {host}/acme/app:1.0.0")).expect_success();
    let theirs = registry.manifest("acme/app", "1.0.0").unwrap();
    // It is written between the first look and the last.
    let absent = || Effect::Instead(Answer::status(404));
    for method in ["HEAD", "GET"] {
        registry.fault(method, "/manifests/1.0.0", 0, 1, absent());
    }
    assert_snapshot!(scene.show(&format!("import app-1.0.0.tar --to {host}")), @"
    exit 5
    --- stderr
    error[tag-taken]: 127.0.0.1:[PORT]/acme/app:1.0.0 was written meanwhile, and is something else
     |
     = want: sha256:[1]
     = found: sha256:[2]
     = help: somebody else released or imported this version there while content was sent; it was left as it is: find out what is there, or import it elsewhere with `--as`

    what was written so far stays there, whole; mend this, then running again is safe and writes what is missing
    ");
    assert_eq!(registry.manifest("acme/app", "1.0.0").unwrap(), theirs);
}

#[test]
fn signatures_that_were_added_in_the_new_place_stay() {
    let scene = released();
    scene.run("export v1.0.0 --local").expect_success();
    let registry = FaultRegistry::start(Habits::default());
    let import = format!("import app-1.0.0.tar --to {}", registry.address());
    scene.run(&import).expect_success();
    let tag = registry.tags("acme/app").into_iter().find(|tag| tag.ends_with(".sig")).unwrap();
    // Somebody signs there as cosign does: the list is read, and written with one layer more.
    let mut list: Value = serde_json::from_slice(&registry.manifest("acme/app", &tag).unwrap()).unwrap();
    let own = registry.put_blob("acme/app", b"signed here");
    let layer = json!({ "mediaType": "application/x-signature", "digest": own, "size": 11 });
    list["layers"].as_array_mut().unwrap().push(layer);
    let write = |list: &Value| {
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        registry.put_manifest("acme/app", &tag, media_type, list.to_string().as_bytes())
    };
    let both = write(&list);
    scene.run(&import).expect_success();
    let digest = |tag: &str| Digest::of(&registry.manifest("acme/app", tag).unwrap()).to_string();
    assert_eq!(digest(&tag), both, "nothing is missing in it");
    // Somebody wrote the list without the one that came along.
    list["layers"].as_array_mut().unwrap().remove(0);
    write(&list);
    scene.run(&import).expect_success();
    let list: Value = serde_json::from_slice(&registry.manifest("acme/app", &tag).unwrap()).unwrap();
    let layers: Vec<&str> =
        list["layers"].as_array().unwrap().iter().filter_map(|layer| layer["digest"].as_str()).collect();
    assert_eq!(layers, [own, Digest::of(b"signed").to_string()], "{list:#}");
}

#[test]
fn nothing_is_said_of_images_that_are_not_in_the_archive() {
    let scene = released();
    scene.run("export v1.0.0 --local").expect_success();
    let other = Digest::of(b"another release's image");
    let tag = format!("sha256-{}.sig", other.hex());
    with_more(&scene, async |layout| {
        let (manifest, contents) = saying("application/x-signature", &[b"nobody's"]);
        for content in &contents {
            layout.put_blob(content, None).await.unwrap();
        }
        layout.put_manifest(&manifest).await.unwrap();
        layout.list_as(&format!("registry.example/acme/app:{tag}"), manifest.digest()).unwrap();
    });
    let registry = FaultRegistry::start(Habits::default());
    scene.run(&format!("import more.tar --to {}", registry.address())).expect_success();
    let tags = registry.tags("acme/app");
    assert!(tags.contains(&"1.0.0".to_owned()) && !tags.contains(&tag), "{tags:?}");
}

#[test]
fn files_without_end_fill_no_memory() {
    let scene = released();
    scene.run("export v1.0.0 --local").expect_success();
    with_more(&scene, async |layout| {
        let kind = "application/vnd.plimsoll.trust.v1";
        let (_, contents) = saying(kind, &[b"a key"]);
        for content in &contents {
            layout.put_blob(content, None).await.unwrap();
        }
        let mut layer = Descriptor::of("application/octet-stream".into(), b"a key");
        layer.annotations.insert("org.opencontainers.image.title".to_owned(), "release.pub".to_owned());
        let manifest = Manifest::from_image(ImageManifest {
            schema_version: 2,
            media_type: Some(MediaType::MANIFEST),
            artifact_type: Some(kind.into()),
            config: Descriptor::empty(),
            layers: vec![layer; 5000],
            subject: None,
            annotations: std::collections::BTreeMap::new(),
        });
        layout.put_manifest(&manifest).await.unwrap();
        layout.list_as("plimsoll-trust", manifest.digest()).unwrap();
    });
    let said = scene.run("import more.tar --local --to registry.internal").expect_code(2);
    assert!(said.stderr().contains("no release has as much beside images"), "{}", said.stderr());
}
