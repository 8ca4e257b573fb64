//! Indexes: ours merged by them, theirs by us, and both compared.

use std::collections::BTreeMap;

use plimsoll_helm::index::{EMPTY, Entry, Merging, Place, merge, read};
use plimsoll_helm::yaml;
use serde_json::Value;

use crate::yard::{HELMS, Yard};

const URL: &str = "https://charts.example.org/all";

fn how() -> Merging {
    Merging { place: Place::parse(URL).unwrap(), time: "2026-01-02T03:04:05Z".into() }
}

fn entries(yard: &Yard, packages: &[String]) -> Vec<Entry> {
    let entry = |package: &String| {
        Entry::of_package(&yard.read(package), package.rsplit('/').next().unwrap()).unwrap()
    };
    packages.iter().map(entry).collect()
}

/// An index without the times in it, which differ.
fn timeless(text: &str) -> String {
    let is_time = |line: &&str| {
        let line = line.trim_start_matches([' ', '-']);
        line.starts_with("created:") || line.starts_with("generated:")
    };
    text.lines().filter(|line| !is_time(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn our_index_is_the_one_that_helm_writes() {
    for helm in HELMS {
        let Some(yard) = Yard::with(helm) else { continue };
        yard.write_awkward();
        yard.helm("create starter").expect_success();
        let packages: Vec<String> = ["1.9.0", "1.10.0", "2.0.0-rc.1", "2.0.0", "1.10.0-alpha+b1"]
            .into_iter()
            .flat_map(|version| {
                ["awkward", "starter"].map(|chart| yard.package(chart, Some(version), "charts"))
            })
            .collect();
        yard.helm(&format!("repo index charts --url {URL}")).expect_success();
        let theirs = String::from_utf8(yard.read("charts/index.yaml")).unwrap();
        let ours = merge(EMPTY, &entries(&yard, &packages), &how()).unwrap().text;
        assert_eq!(timeless(&ours), timeless(&theirs), "{helm}");

        // Merged in parts, by both.
        yard.write("old/index.yaml", merge(EMPTY, &entries(&yard, &packages[..4]), &how()).unwrap().text);
        let old = String::from_utf8(yard.read("old/index.yaml")).unwrap();
        for package in &packages[4..] {
            let name = package.rsplit('/').next().unwrap();
            yard.write(&format!("new/{name}"), yard.read(package));
        }
        yard.helm(&format!("repo index new --url {URL} --merge old/index.yaml")).expect_success();
        let theirs = String::from_utf8(yard.read("new/index.yaml")).unwrap();
        let ours = merge(&old, &entries(&yard, &packages[4..]), &how()).unwrap().text;
        assert_eq!(timeless(&ours), timeless(&theirs), "{helm} --merge");
    }
}

#[test]
fn helm_finds_in_our_index_what_we_put_there() {
    for helm in HELMS {
        let Some(yard) = Yard::with(helm) else { continue };
        yard.write_awkward();
        let packages = ["1.0.0", "1.1.0"].map(|version| yard.package("awkward", Some(version), "charts"));
        let server = yard.serve("charts");
        let how = Merging { place: Place::BesideIndex, ..how() };
        yard.write("charts/index.yaml", merge(EMPTY, &entries(&yard, &packages), &how).unwrap().text);
        let url = server.url();
        yard.helm(&format!("repo add mine {url}")).expect_success();
        let found = yard.helm("search repo mine -l -o json").expect_success();
        let found: Value = serde_json::from_str(found.stdout()).unwrap();
        let versions: Vec<&str> =
            found.as_array().unwrap().iter().map(|one| one["version"].as_str().unwrap()).collect();
        assert_eq!(versions, ["1.1.0", "1.0.0"], "{helm}");
        std::fs::create_dir_all(yard.home().join("pulled")).unwrap();
        yard.helm("pull mine/awkward --version 1.0.0 --destination pulled").expect_success();
        assert_eq!(yard.read("pulled/awkward-1.0.0.tgz"), yard.read(&packages[0]), "{helm}");
    }
}

#[test]
fn entries_read_the_same_to_both() {
    let Some(yard) = Yard::with(HELMS[0]) else { return };
    yard.write_awkward();
    yard.package("awkward", None, "charts");
    yard.helm("repo index charts").expect_success();
    let text = String::from_utf8(yard.read("charts/index.yaml")).unwrap();
    let value = yaml::read(&text).unwrap();
    let entry = &value["entries"]["awkward"][0];
    let expected: BTreeMap<&str, &str> =
        BTreeMap::from([("version", "1.2.3"), ("appVersion", "latest"), ("kubeVersion", ">=1.20.0-0")]);
    for (key, want) in expected {
        assert_eq!(entry[key].as_str(), Some(want), "{key}");
    }
    assert_eq!(read(&text).unwrap().count(), 1);
    assert_eq!(read(&text).unwrap().broken(), []);
}
