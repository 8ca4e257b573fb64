//! Tools that are not ours read what we write, and we read what they write.
#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

mod layout_support;

use std::fs;

use layout_support::{Folder, Image, MultiImage, block_on, read_from, tag};
use plimsoll_oci::archive::Archive;
use plimsoll_oci::layer::{self, Limits};
use plimsoll_oci::layout::{Layout, LocalRegistry};
use plimsoll_oci::model::Manifest;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull, Store as _};
use plimsoll_oci::walk;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Invocation;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::tools;

/// A layout in which `v1` is an image of two platforms.
fn example(environment: &Environment) -> (Layout, MultiImage) {
    let layout = Layout::create(&environment.root().join("ours")).unwrap();
    let image = MultiImage::new("interop");
    let root = image.put(&layout);
    block_on(layout.point(&tag("v1"), &root, None)).unwrap();
    (layout, image)
}

fn skopeo(environment: &Environment) -> Option<Invocation> {
    let skopeo = tools::require("skopeo")?.command(environment);
    Some(skopeo.args(["--insecure-policy", "--override-os", "linux", "--override-arch", "amd64"]))
}

/// Everything below `root` is there, and every byte of it is right.
fn assert_whole(from: &dyn Pull, root: &Digest) {
    assert!(block_on(walk::whole(from, root)).unwrap().is_empty());
    let tree = block_on(walk::tree(from, root)).unwrap();
    for blob in &tree.blobs {
        let content = block_on(from.blob(blob)).unwrap().unwrap();
        assert_eq!(read_from(&*content, 0).unwrap().len() as u64, blob.size);
    }
}

/// The text of the one file that images of these tests have.
fn file_of(from: &dyn Pull, manifest: &Manifest) -> String {
    let layer = manifest.blobs().nth(1).unwrap();
    let layer = block_on(from.blob(layer)).unwrap().unwrap();
    let path = "/app/file".parse().unwrap();
    let bytes = block_on(layer::read_file(&*layer, &path, &Limits::default())).unwrap().unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn skopeo_reads_a_layout_of_ours_and_we_read_its_copy() {
    let environment = Environment::new();
    let Some(run) = skopeo(&environment) else { return };
    let (layout, image) = example(&environment);
    let source = format!("oci:{}:v1", layout.path().display());
    let raw = run.args(["inspect", "--raw", &source]).run().expect_success();
    assert_eq!(raw.stdout_bytes(), image.index.bytes());

    let Some(run) = skopeo(&environment) else { return };
    run.args(["copy", "--quiet", "--all", "--preserve-digests", &source, "oci:theirs:v1"])
        .run()
        .expect_success();
    let theirs = Layout::open(&environment.root().join("theirs")).unwrap();
    let root = theirs.select(None).unwrap().digest;
    assert_eq!(root, *image.index.digest());
    assert_whole(&theirs, &root);
    assert_eq!(block_on(theirs.tags()).unwrap(), [tag("v1")]);
}

#[test]
fn skopeo_and_we_write_into_one_layout() {
    let environment = Environment::new();
    let (layout, image) = example(&environment);
    let source = format!("oci:{}:v1", layout.path().display());
    let target = format!("oci:{}:theirs", layout.path().display());
    let Some(run) = skopeo(&environment) else { return };
    run.args(["copy", "--quiet", "--all", "--preserve-digests", &source, &target]).run().expect_success();
    let other = Image::new("linux/amd64", b"other");
    let other_root = other.put(&layout);
    block_on(layout.point(&tag("v2"), &other_root, None)).unwrap();
    assert_eq!(block_on(layout.tags()).unwrap(), [tag("theirs"), tag("v1"), tag("v2")]);
    let found = block_on(layout.resolve(&tag("theirs"))).unwrap().unwrap();
    assert_eq!(found.digest, *image.index.digest());
    for name in ["v1", "v2", "theirs"] {
        let Some(run) = skopeo(&environment) else { return };
        let source = format!("oci:{}:{name}", layout.path().display());
        run.args(["inspect", "--raw", &source]).run().expect_success();
    }
}

#[test]
fn skopeo_reads_a_repository_of_the_local_registry() {
    let environment = Environment::new();
    let Some(run) = skopeo(&environment) else { return };
    let registry = LocalRegistry::open(&environment.root().join("registry"));
    let repository = registry.repository(&"127.0.0.1:5000/acme/app".parse().unwrap());
    let image = MultiImage::new("interop");
    let root = image.put(&repository);
    block_on(repository.point(&tag("v1.0.0"), &root, None)).unwrap();
    let raw = run.args(["inspect", "--raw", "oci:registry/127.0.0.1+5000/acme/app:v1.0.0"]).run();
    assert_eq!(raw.expect_success().stdout_bytes(), image.index.bytes());
}

#[test]
fn we_read_archives_of_skopeo() {
    let environment = Environment::new();
    let (layout, image) = example(&environment);
    let source = format!("oci:{}:v1", layout.path().display());
    let copy = |options: &[&str], target: &str| {
        let run = skopeo(&environment)?;
        let run = run.args(["copy", "--quiet"]).args(options).args([&source, target]).run();
        run.expect_success();
        Some(())
    };
    let spool = environment.root().join("spool");
    let open = |name: &str| block_on(Archive::open(&environment.root().join(name), &spool)).unwrap();

    let Some(()) = copy(&["--all", "--preserve-digests"], "oci-archive:oci.tar:v1") else { return };
    let archive = open("oci.tar");
    assert_eq!(archive.select(Some("v1")).unwrap().digest, *image.index.digest());
    assert_whole(&archive, image.index.digest());

    let Some(()) = copy(&[], "docker-archive:docker.tar:acme/app:1.0") else { return };
    let archive = open("docker.tar");
    let root = archive.select(Some("acme/app:1.0")).unwrap();
    assert_eq!(archive.select(None).unwrap().digest, root.digest);
    assert_eq!(root.platform.as_ref().unwrap().to_string(), "linux/amd64");
    assert_whole(&archive, &root.digest);
    let manifest = block_on(archive.manifest(&root.digest)).unwrap().unwrap();
    assert_eq!(file_of(&archive, &manifest), "interop on linux/amd64");
}

#[test]
fn crane_pushes_a_layout_of_ours_and_we_read_what_it_pulls() {
    let environment = Environment::new();
    let Some(crane) = tools::require("crane") else { return };
    let Some(registry) = Registry::start(&environment, Flavor::Distribution3, Access::Anonymous) else {
        return;
    };
    let (layout, image) = example(&environment);
    let name = format!("{}:v1", registry.repository("acme/app"));
    let folder = layout.path().to_str().unwrap();
    crane.command(&environment).args(["push", folder, &name]).run().expect_success();
    // A layout with one index becomes that index.
    let pushed = crane.command(&environment).args(["digest", &name]).run().expect_success();
    assert_eq!(pushed.stdout().trim(), image.index.digest().to_string());

    crane.command(&environment).args(["pull", "--format=oci", &name, "theirs"]).run().expect_success();
    let theirs = Layout::open(&environment.root().join("theirs")).unwrap();
    assert_eq!(theirs.select(None).unwrap().digest, *image.index.digest());
    assert_whole(&theirs, image.index.digest());

    let pull = ["pull", "--format=tarball", "--platform=linux/arm64", &name, "theirs.tar"];
    crane.command(&environment).args(pull).run().expect_success();
    let archive = environment.root().join("theirs.tar");
    let archive = block_on(Archive::open(&archive, &environment.root().join("spool"))).unwrap();
    let root = archive.select(Some(&name)).unwrap();
    assert_whole(&archive, &root.digest);
    let manifest = block_on(archive.manifest(&root.digest)).unwrap().unwrap();
    // The layers are compressed in there: the very image, byte for byte.
    let want: Vec<_> = image.images[1].manifest.blobs().map(|blob| &blob.digest).collect();
    assert_eq!(manifest.blobs().map(|blob| &blob.digest).collect::<Vec<_>>(), want);
}

#[test]
fn oras_finds_a_referrer_of_ours_and_we_find_its_own() {
    let environment = Environment::new();
    let Some(oras) = tools::require("oras") else { return };
    let (layout, image) = example(&environment);
    let referrer = Image::referrer(&image.index, "application/vnd.example", "ours");
    let ours = referrer.put(&layout);
    let name = format!("{}:v1", layout.path().display());
    let discover = ["discover", "--oci-layout", "--format", "json", &name];
    let discovered = oras.command(&environment).args(discover).run().expect_success();
    assert!(discovered.stdout().contains(&ours.to_string()), "{}", discovered.stdout());

    fs::write(environment.root().join("note.txt"), "a note").unwrap();
    let attach = ["attach", "--oci-layout", "--artifact-type", "application/vnd.note", &name, "note.txt"];
    oras.command(&environment).args(attach).run().expect_success();
    let found = block_on(layout.referrers(image.index.digest(), None)).unwrap();
    let mut kinds: Vec<String> =
        found.iter().map(|f| f.artifact_type.as_ref().unwrap().to_string()).collect();
    kinds.sort();
    assert_eq!(kinds, ["application/vnd.example", "application/vnd.note"]);
    assert_eq!(layout.select(None).unwrap().digest, *image.index.digest());
}

#[test]
fn regctl_reads_a_layout_of_ours_and_we_find_its_referrers() {
    let environment = Environment::new();
    let Some(regctl) = tools::require("regctl") else { return };
    let (layout, image) = example(&environment);
    let name = format!("ocidir://{}:v1", layout.path().display());
    let digest = regctl.command(&environment).args(["image", "digest", &name]).run().expect_success();
    assert_eq!(digest.stdout().trim(), image.index.digest().to_string());
    let put = ["artifact", "put", "--artifact-type", "application/vnd.note", "--subject", &name];
    regctl.command(&environment).args(put).stdin("a note").run().expect_success();
    let found = block_on(layout.referrers(image.index.digest(), None)).unwrap();
    let kinds: Vec<String> = found.iter().map(|f| f.artifact_type.as_ref().unwrap().to_string()).collect();
    assert_eq!(kinds, ["application/vnd.note"]);
    assert_eq!(layout.select(None).unwrap().digest, *image.index.digest());
}

#[cfg(target_os = "linux")]
#[test]
fn gnu_tar_agrees_on_what_is_in_a_layer() {
    let environment = Environment::new();
    let Some(tar) = tools::require("tar") else { return };
    let (_, bytes) = layout_support::layer("/usr/bin/tool", b"tool");
    let folder = Folder::new();
    fs::write(folder.join("layer.tar.gz"), bytes).unwrap();
    let list =
        tar.command(&environment).in_folder(folder.path()).args(["-tvzf", "layer.tar.gz", "--numeric-owner"]);
    let listed = list.run().expect_success();
    insta::assert_snapshot!(listed.stdout(), @r"
    drwxr-xr-x 0/0               0 1970-01-01 00:00 usr/
    drwxr-xr-x 0/0               0 1970-01-01 00:00 usr/bin/
    -rwxr-xr-x 0/0               4 1970-01-01 00:00 usr/bin/tool
    ");
}
