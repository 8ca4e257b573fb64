use std::fs;
use std::path::Path;

use plimsoll_edit::yaml::tree::Tree;

use super::*;

/// The files, by name.
fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose_files");
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .map(|path| {
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_style_of_file_is_pinned_whole_and_only_images_change() {
    let files = files();
    assert!(files.len() >= 30, "{}", files.len());
    for (name, text) in files {
        let pinned = pin_all(&text);
        assert!(read(&pinned).find_unpinned(&[]).is_empty(), "{name}: {pinned}");
        // Pinned text is old text with digests put in, and nothing else.
        let mut rest = pinned.as_str();
        for image in read(&text).images() {
            let before = &text[..image.span.end];
            let kept = text.len() - (text[image.span.end..]).len();
            assert_eq!(kept, before.len());
        }
        let mut old = text.chars();
        while let Some(next) = rest.chars().next() {
            let mut ahead = old.clone();
            if ahead.next() == Some(next) {
                old = ahead;
                rest = &rest[next.len_utf8()..];
            } else {
                let digest = rest.get(..72).unwrap_or(rest);
                assert!(digest.starts_with("@sha256:"), "{name}: {rest}");
                rest = &rest[digest.len()..];
            }
        }
        assert_eq!(old.as_str(), "", "{name}");
        assert_eq!(pin_all(&pinned), pinned, "{name}: pinning twice is pinning once");
        if name != "pinned-already" {
            assert_eq!(unpin(&pinned), text, "{name}: unpinned it is the source");
        }
    }
}

#[test]
fn readers_see_a_digest_on_every_service_and_nothing_else_new() {
    for (name, text) in files() {
        let (before, after) = (Tree::parse(&text).unwrap(), Tree::parse(&pin_all(&text)).unwrap());
        let (before, after) = (before.meaning(&[], &[]), after.meaning(&[], &[]));
        assert_eq!(before.len(), after.len(), "{name}");
        for (old, new) in before.iter().zip(&after).filter(|(old, new)| old != new) {
            let (old, new) = (old.trim_end(), new.trim_end());
            assert!(new.starts_with(old) && new[old.len()..].starts_with("@sha256:"), "{name}: {old} {new}");
        }
    }
}

#[test]
fn a_digest_stands_behind_variables_so_that_they_cannot_change_the_content() {
    let text = "services:\n  app:\n    image: ${DOCKER_IMAGE:-acme/app:1.0}  # set it\n";
    let digest = digest_of(&"acme/app:1.0".parse().unwrap());
    assert_eq!(
        pin_all(text),
        format!("services:\n  app:\n    image: ${{DOCKER_IMAGE:-acme/app:1.0}}@{digest}  # set it\n")
    );
}
