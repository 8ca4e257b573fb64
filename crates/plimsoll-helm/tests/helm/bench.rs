//! How long things take, against Helm. Run by hand, in a release build:
//! `cargo test --release -p plimsoll-helm --test helm -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use plimsoll_helm::chart::Metadata;
use plimsoll_helm::index::{EMPTY, Entry, Merging, Place, merge};
use plimsoll_oci::name::Digest;

use crate::yard::{HELMS, Yard};

const VERSIONS: usize = 10_000;

/// An index of one chart with as many versions as no chart has.
pub(crate) fn large_index() -> String {
    let metadata = |number: usize| Metadata {
        name: "app".into(),
        version: format!("1.{number}.0"),
        app_version: format!("v1.{number}.0"),
        description: "A chart that says about as much of itself as charts do".into(),
        home: "https://example.org/app".into(),
        keywords: vec!["one".into(), "two".into()],
        sources: vec!["https://example.org/source".into()],
        ..Metadata::default()
    };
    let entry = |number| {
        let metadata: Metadata = metadata(number);
        let digest = Digest::of(metadata.version.as_bytes());
        let file = format!("app-{}.tgz", metadata.version);
        Entry { metadata, digest, file }
    };
    let entries: Vec<Entry> = (0..VERSIONS).map(entry).collect();
    merge(EMPTY, &entries, &how()).unwrap().text
}

fn how() -> Merging {
    Merging { place: Place::BesideIndex, time: "2026-01-02T03:04:05Z".into() }
}

fn best(times: usize, mut run: impl FnMut()) -> Duration {
    let mut once = || {
        let begin = Instant::now();
        run();
        begin.elapsed()
    };
    (0..times).map(|_| once()).min().unwrap()
}

#[test]
#[ignore = "a measurement"]
fn index_and_package() {
    let text = large_index();
    eprintln!("index: {} bytes", text.len());
    let Some(yard) = Yard::with(HELMS[1]) else { return };
    yard.write_awkward();
    let package = yard.package("awkward", Some("2.0.0"), "new");
    let entry = Entry::of_package(&yard.read(&package), "awkward-2.0.0.tgz").unwrap();
    let ours = best(5, || drop(merge(&text, std::slice::from_ref(&entry), &how()).unwrap()));
    eprintln!("merge into {VERSIONS} versions: ours {ours:?}");
    let ours = best(9, || drop(yard.package("awkward", Some("2.0.0"), "ours")));
    eprintln!("package: ours {ours:?}");
    let theirs = best(5, || drop(yard.helm("package awkward --destination theirs").expect_success()));
    eprintln!("package: helm {theirs:?}");
    yard.write("old.yaml", &text);
    let theirs = best(1, || drop(yard.helm("repo index new --merge old.yaml").expect_success()));
    eprintln!("merge into {VERSIONS} versions: helm {theirs:?}");
}

/// The law behind the measurement, in any build: far from what grows with the square.
#[test]
fn a_large_index_is_merged_in_seconds_at_most() {
    let text = large_index();
    let entry = Entry {
        metadata: Metadata { name: "app".into(), version: "1.5000.1".into(), ..Metadata::default() },
        digest: Digest::of(b"new"),
        file: "app-1.5000.1.tgz".into(),
    };
    let begin = Instant::now();
    let merged = merge(&text, &[entry], &how()).unwrap().text;
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    assert_eq!(merged.lines().count(), text.lines().count() + 7);
}
