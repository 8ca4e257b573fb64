//! A workshop on a real disk.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use plimsoll_engine::domain::claim::{ClaimName, RecordFormat};
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::error::FileProblem;
use plimsoll_engine::world::tree::{FileStanding, TreeFile};
use plimsoll_engine::world::workshop::LayerFile;
use plimsoll_oci::content::{MemoryContent, read_whole};
use plimsoll_oci::layer::Parents;
use plimsoll_oci::model::{Descriptor, ImageManifest, Manifest, MediaType};
use plimsoll_oci::name::Digest;

use super::*;

fn key(plan: &str) -> SealKey {
    SealKey {
        name: ClaimName { component: "app".parse().unwrap(), version: "1.0.0".into() },
        object: "0123456789012345678901234567890123456789".parse().unwrap(),
        config: Digest::of(b"config"),
        plan: Digest::of(plan.as_bytes()),
    }
}

/// An artifact that is whole in the workshop, and its seal.
async fn sealed(workshop: &FolderWorkshop) -> (Seal, Descriptor) {
    let blob = Descriptor::of(MediaType::EMPTY, b"{}");
    let content = MemoryContent::new(blob.clone(), Bytes::from_static(b"{}")).unwrap();
    workshop.store().put_blob(&content, None).await.unwrap();
    let manifest = Manifest::from_image(ImageManifest {
        schema_version: 2,
        media_type: Some(MediaType::MANIFEST),
        artifact_type: None,
        config: blob.clone(),
        layers: Vec::new(),
        subject: None,
        annotations: BTreeMap::new(),
    });
    workshop.store().put_manifest(&manifest).await.unwrap();
    let seal = Seal {
        time: Moment(1_700_000_000),
        format: RecordFormat::Two,
        files: BTreeMap::new(),
        artifacts: [("app".parse().unwrap(), manifest.digest().clone())].into(),
        images: BTreeMap::new(),
        charts: BTreeMap::new(),
        signing: None,
        statements: Vec::new(),
        targets: Vec::new(),
        record: Digest::of(b"record"),
        unknown: BTreeMap::new(),
    };
    (seal, blob)
}

#[tokio::test]
async fn a_seal_counts_for_its_key_while_its_content_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let workshop = FolderWorkshop::new(folder.path());
    assert_eq!(workshop.sealed(&key("a")).await.unwrap(), None);
    let (seal, blob) = sealed(&workshop).await;
    workshop.keep(&key("a"), &seal).await.unwrap();
    let later = FolderWorkshop::new(folder.path());
    assert_eq!(later.sealed(&key("a")).await.unwrap().as_ref(), Some(&seal));
    assert_eq!(later.sealed(&key("b")).await.unwrap(), None);
    let blob = workshop.repository.folder().join("blobs/sha256").join(blob.digest.hex());
    std::fs::write(&blob, "longer").unwrap();
    assert_eq!(later.sealed(&key("a")).await.unwrap(), None);
    std::fs::remove_file(&blob).unwrap();
    assert_eq!(later.sealed(&key("a")).await.unwrap(), None);
    std::fs::write(folder.path().join("seals/app/1.0.0.json"), "{").unwrap();
    assert_eq!(later.sealed(&key("a")).await.unwrap(), None);
}

fn file(to: &str, pieces: Vec<Result<Bytes, WorldError>>) -> LayerFile {
    let size = pieces.iter().flatten().map(|piece| u64::try_from(piece.len()).unwrap()).sum();
    let bytes = stream::iter(pieces).boxed();
    let file = TreeFile { path: "x".into(), size, executable: true, standing: FileStanding::Tracked, bytes };
    LayerFile { to: to.into(), mode: 0o755, file }
}

fn layer(files: Vec<LayerFile>) -> LayerPlan {
    LayerPlan { files, time: Moment(1_700_000_000), parents: Parents::Made }
}

#[tokio::test]
async fn equal_files_make_equal_layers() {
    let folder = tempfile::tempdir().unwrap();
    let workshop = FolderWorkshop::new(folder.path());
    let pieces =
        |sizes: &[usize]| sizes.iter().map(|size| Ok(Bytes::from(vec![b'x'; *size]))).collect::<Vec<_>>();
    let one = layer(vec![file("/bin/a", pieces(&[100_000, 0, 50_000])), file("/bin/b", pieces(&[]))]);
    let two = layer(vec![file("/bin/b", pieces(&[0])), file("/bin/a", pieces(&[1, 149_999]))]);
    let one = workshop.pack(one).await.unwrap();
    let two = workshop.pack(two).await.unwrap();
    assert_eq!(one, two);
    let blob = workshop.pull().blob(&one.descriptor).await.unwrap().unwrap();
    assert_eq!(u64::try_from(read_whole(&*blob, 1 << 20).await.unwrap().len()).unwrap(), one.descriptor.size);
}

#[tokio::test]
async fn troubles_with_files_stay_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let workshop = FolderWorkshop::new(folder.path());
    let torn = file("/a", vec![Ok(Bytes::from_static(b"x")), Err(WorldError::Refused)]);
    assert!(matches!(workshop.pack(layer(vec![torn])).await, Err(WorldError::Refused)));
    let mut short = file("/a", vec![Ok(Bytes::from_static(b"x"))]);
    short.file.size = 2;
    for files in [vec![short], vec![file("/a", vec![]), file("/a", vec![])], vec![file("/../a", vec![])]] {
        let error = workshop.pack(layer(files)).await.unwrap_err();
        assert!(matches!(error, WorldError::File { kind: FileProblem::Broken, .. }), "{error}");
    }
}
