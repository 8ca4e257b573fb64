//! The output of `docker save` and of tools that imitate it.

mod layout_support;

use layout_support::archives::{Saved, Tar, gzip, open, read_all};
use layout_support::{Folder, block_on, read_from, tag};
use plimsoll_oci::archive::ArchiveError;
use plimsoll_oci::layout::SelectError;
use plimsoll_oci::model::MediaType;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull as _, StoreError};
use plimsoll_oci::walk;
use tar::EntryType;

#[test]
fn docker_save_becomes_a_manifest() {
    let folder = Folder::new();
    let saved = Saved::new();
    let tags = r#"["ghcr.io/acme/app:1.0","app:latest"]"#;
    let bytes = saved.tar().file("manifest.json", saved.manifest(tags)).end();
    let archive = open(&folder, &bytes).unwrap();
    let root = archive.select(None).unwrap();
    for name in ["1.0", "latest", "ghcr.io/acme/app:1.0", "app:latest", "docker.io/library/app:latest"] {
        assert_eq!(archive.select(Some(name)).unwrap().digest, root.digest, "{name}");
    }
    assert_eq!(root.platform.as_ref().unwrap().to_string(), "linux/arm64");
    let manifest = block_on(archive.manifest(&root.digest)).unwrap().unwrap();
    // The same archive gives the same manifest, for ever.
    insta::assert_snapshot!(String::from_utf8_lossy(manifest.bytes()), @r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:717047353fa5f66907a02c014940b521d53fefd9e6d506ddc30c28f1afdee230","size":241},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:e6d3ecc4b50f9ddb762c3a0b681a1c79f6cb093a798f0ecbbe0c817988f9fd87","size":2048},{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:d1e03fce9d8c2481b87041b26994ce2e21b1f4e0ed26b42d6c76c9c004f35442","size":2048}]}"#);
    let blobs: Vec<_> = manifest.blobs().collect();
    assert_eq!(blobs[1].media_type, MediaType::LAYER_TAR);
    let parts = read_all(&archive, &root.digest);
    assert_eq!(
        parts[1..],
        [saved.config.clone().into_bytes(), saved.layers[0].clone(), saved.layers[1].clone()]
    );
    assert_eq!(block_on(archive.tags()).unwrap(), [tag("1.0"), tag("latest")]);
}

#[test]
fn docker_save_with_compressed_layers_keeps_them() {
    let folder = Folder::new();
    let saved = Saved::new();
    let (one, two) = (gzip(&saved.layers[0]), zstd::encode_all(&saved.layers[1][..], 3).unwrap());
    let archive = |one: &[u8]| {
        let tar = Tar::new().file(&saved.config_path, &saved.config);
        let tar = tar.file("1/layer.tar", one).file("2/layer.tar", &two);
        open(&folder, &tar.file("manifest.json", saved.manifest("null")).end())
    };
    let opened = archive(&one).unwrap();
    let root = opened.select(None).unwrap();
    let manifest = block_on(opened.manifest(&root.digest)).unwrap().unwrap();
    let layers: Vec<_> = manifest.blobs().skip(1).map(|l| (l.media_type.clone(), l.digest.clone())).collect();
    assert_eq!(
        layers,
        [(MediaType::LAYER_GZIP, Digest::of(&one)), (MediaType::LAYER_ZSTD, Digest::of(&two))]
    );
    assert_eq!(read_all(&opened, &root.digest)[2..], [one.clone(), two.clone()]);
    let error = archive(&gzip(&saved.layers[1])).unwrap_err();
    assert!(matches!(error, ArchiveError::DiffId { .. }), "{error}");
    let error = archive(&one[..one.len() - 5]).unwrap_err();
    assert!(matches!(error, ArchiveError::Compression { .. }), "{error}");
}

#[test]
fn docker_saves_link_for_a_layer_that_occurs_twice_is_followed() {
    let folder = Folder::new();
    let saved = Saved::new();
    let archive = |target: &str| {
        let tar = Tar::new().file(&saved.config_path, &saved.config).file("blobs/two.tar", &saved.layers[1]);
        let tar = tar.file("1/layer.tar", &saved.layers[0]).link(EntryType::Symlink, "2/layer.tar", target);
        open(&folder, &tar.file("manifest.json", saved.manifest("[]")).end())
    };
    let opened = archive("../blobs/two.tar").unwrap();
    let root = opened.select(None).unwrap();
    assert_eq!(read_all(&opened, &root.digest)[3], saved.layers[1]);
    for target in ["/etc/passwd", "../../etc/passwd", "../blobs", "absent", "layer.tar", ""] {
        let error = archive(target).unwrap_err();
        assert!(matches!(error, ArchiveError::Link { .. }), "{target}: {error}");
    }
}

#[test]
fn a_layer_that_is_not_the_configs_is_noticed() {
    let folder = Folder::new();
    let saved = Saved::new();
    let tar = Tar::new().file(&saved.config_path, &saved.config);
    let tar = tar.file("1/layer.tar", &saved.layers[1]).file("2/layer.tar", &saved.layers[1]);
    let archive = open(&folder, &tar.file("manifest.json", saved.manifest("[]")).end()).unwrap();
    let root = archive.select(None).unwrap();
    let tree = block_on(walk::tree(&archive, &root.digest)).unwrap();
    let layer = block_on(archive.blob(&tree.blobs[1])).unwrap().unwrap();
    let error = read_from(&*layer, 0).unwrap_err();
    assert!(matches!(error, StoreError::Lies { .. }), "{error}");
}

#[test]
fn several_images_need_a_name() {
    let folder = Folder::new();
    let [a, b] =
        [Saved::new(), Saved { config: Saved::new().config.replace("arm64", "amd64"), ..Saved::new() }];
    let b_path = "b.json";
    let manifest = format!(
        r#"[{{"Config":"{}","RepoTags":["a:1"],"Layers":["1/layer.tar","2/layer.tar"]}},
            {{"Config":"{b_path}","RepoTags":["b:1"],"Layers":["1/layer.tar","2/layer.tar"]}}]"#,
        a.config_path
    );
    let archive =
        open(&folder, &a.tar().file(b_path, &b.config).file("manifest.json", manifest).end()).unwrap();
    assert!(matches!(archive.select(None), Err(SelectError::Several { have, .. }) if have == ["a:1", "b:1"]));
    assert!(matches!(archive.select(Some("1")), Err(SelectError::Several { .. })));
    let [a, b] = ["a:1", "b:1"].map(|name| archive.select(Some(name)).unwrap());
    assert_ne!(a.digest, b.digest);
    assert!(block_on(archive.resolve(&tag("1"))).is_err());
}

#[test]
fn a_link_that_nobody_needs_is_nobodys_business() {
    let folder = Folder::new();
    let saved = Saved::new();
    let tar = saved.tar().link(EntryType::Symlink, "3/layer.tar", "../1/layer.tar");
    let tar = tar.link(EntryType::Link, "4/layer.tar", "1/layer.tar");
    assert!(open(&folder, &tar.file("manifest.json", saved.manifest("[]")).end()).is_ok());
}
