//! Every reader of bytes that strangers send, with the laws that it keeps whatever it is given.
//!
//! Each function is one target of `fuzz/` and panics where a law is broken. The corpus of each, `fuzz/corpus/NAME`, is
//! gone through by the test below, so that what a fuzzer once found stays found.

use std::fs;
use std::path::Path;

use bytes::Bytes;

use crate::archive::Archive;
use crate::content::parse_manifest;
use crate::layout::IndexFile;
use crate::model::{ImageConfig, Manifest, ModelError};
use crate::name::{Digest, ImageTag, Reference};
use crate::remote::auth::challenge::parse_challenges;
use crate::remote::link::parse_next;
use crate::remote::tag::parse_page;
use crate::store::Pull as _;

/// References: what is read prints as what is read again.
pub fn reference(bytes: &[u8]) {
    let Some(reference) = text(bytes).and_then(|text| text.parse::<Reference>().ok()) else { return };
    assert_eq!(reference.to_string().parse(), Ok(reference));
}

/// Digests: there is one way of writing each.
pub fn digest(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let Ok(digest) = text.parse::<Digest>() else { return };
    assert_eq!(digest.to_string(), text);
}

/// Image manifests and configs: bytes are kept as they came, and no digest but theirs fits them.
pub fn manifest(bytes: &[u8]) {
    let _ = ImageConfig::parse(bytes);
    keeps_its_bytes(bytes, &Manifest::parse(Bytes::copy_from_slice(bytes), None));
}

/// Indexes: as manifests, and what they list can be gone through.
pub fn index(bytes: &[u8]) {
    let read = Manifest::parse(Bytes::copy_from_slice(bytes), Some(&crate::model::MediaType::INDEX));
    if let Ok(index) = &read {
        assert!(index.media_type().is_index());
        for child in index.children() {
            assert_eq!(child.digest.to_string().parse(), Ok(child.digest.clone()));
        }
    }
    keeps_its_bytes(bytes, &read);
}

/// Pages of a list of tags: every tag can be asked for.
pub fn tag_list(bytes: &[u8]) {
    for tag in parse_page(bytes).into_iter().flatten() {
        assert_eq!(tag.as_str().parse::<ImageTag>().as_ref(), Ok(&tag));
    }
}

/// `Link` headers: a target stands in the header.
pub fn link_header(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Some(target) = parse_next(text) {
        assert!(text.contains(&format!("<{target}>")));
    }
}

/// `WWW-Authenticate` headers: schemes and names are found without regard to case.
pub fn challenge(bytes: &[u8]) {
    for challenge in text(bytes).map(parse_challenges).unwrap_or_default() {
        assert!(!challenge.scheme.is_empty());
        assert_eq!(challenge.scheme, challenge.scheme.to_ascii_lowercase());
        for name in challenge.parameters.keys() {
            assert!(challenge.parameter(name).is_some());
        }
    }
}

/// The `index.json` of layouts: written again it says the same, and writing is stable.
pub fn layout_index(bytes: &[u8]) {
    let Ok(read) = IndexFile::parse(bytes) else { return };
    let written = read.render();
    let again = IndexFile::parse(&written).expect("what is written can be read");
    assert_eq!(again.render(), written);
    let listed = |file: &IndexFile| file.descriptors().cloned().collect::<Vec<_>>();
    assert_eq!(listed(&again), listed(&read));
    assert_eq!(again.has_unknown_entries(), read.has_unknown_entries());
}

/// Archives: what is listed and found has the digest by which it was asked for.
///
/// `folder` is one that may be written to.
pub fn archive(folder: &Path, bytes: &[u8]) {
    let path = folder.join("archive.tar");
    fs::write(&path, bytes).expect("a file can be written");
    let executor = tokio::runtime::Builder::new_current_thread().build().expect("a thread needs nothing");
    executor.block_on(async {
        let Ok(archive) = Archive::open(&path, folder).await else { return };
        for listed in archive.listed() {
            if let Ok(Some(manifest)) = archive.manifest(&listed.digest).await {
                assert_eq!(*manifest.digest(), listed.digest);
            }
        }
    });
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn keeps_its_bytes(bytes: &[u8], read: &Result<Manifest, ModelError>) {
    let Ok(manifest) = read else { return };
    assert_eq!(manifest.bytes(), bytes);
    assert_eq!(*manifest.digest(), Digest::of(bytes));
    let other = Digest::of(b"something else");
    assert!(parse_manifest(&other, manifest.bytes().clone(), None).is_err());
}

#[cfg(test)]
mod tests {
    use super::*;

    type Target<'t> = (&'static str, &'t dyn Fn(&[u8]));

    #[test]
    fn the_corpus_breaks_no_law() {
        let folder = tempfile::tempdir().unwrap();
        let targets: [Target<'_>; 9] = [
            ("archive", &|bytes| archive(folder.path(), bytes)),
            ("challenge", &challenge),
            ("digest", &digest),
            ("index", &index),
            ("layout_index", &layout_index),
            ("link_header", &link_header),
            ("manifest", &manifest),
            ("reference", &reference),
            ("tag_list", &tag_list),
        ];
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        let mut folders: Vec<_> = fs::read_dir(&corpus)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        folders.sort();
        assert_eq!(folders, targets.map(|(name, _)| name), "each target has a corpus, each corpus a target");
        for (name, read) in targets {
            let mut seeds = 0;
            for entry in fs::read_dir(corpus.join(name)).unwrap() {
                let path = entry.unwrap().path();
                // Its name is in the output if the reader panics.
                println!("{}", path.display());
                read(&fs::read(path).unwrap());
                seeds += 1;
            }
            assert!(seeds > 0, "{name} has no seeds");
        }
    }
}
