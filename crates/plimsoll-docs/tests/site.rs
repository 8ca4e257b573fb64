//! The documentation's own site: complete, without dead links, without scripts, and asking nobody for anything.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use plimsoll_docs::contents::pages;
use plimsoll_docs::site::{Files, make, write};
use plimsoll_testkit::browser::{Browser, Scheme, Scripts, View};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::tools;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn site() -> Files {
    make(&root()).unwrap_or_else(|error| panic!("{error}"))
}

/// The HTML pages, with their places.
fn html(files: &Files) -> impl Iterator<Item = (&str, &str)> {
    files
        .iter()
        .filter(|(place, _)| place.ends_with(".html"))
        .map(|(place, bytes)| (place.as_str(), std::str::from_utf8(bytes).expect("a page is text")))
}

/// The values of an attribute.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    html.split(begin.as_str()).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)).collect()
}

fn markdown(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the repository can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            markdown(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            let inside = path.strip_prefix(root()).expect("it lies in the repository");
            into.insert(inside.to_string_lossy().into_owned());
        }
    }
}

#[test]
fn every_page_of_the_documentation_is_in_the_contents() {
    let mut there = BTreeSet::new();
    markdown(&root().join("docs"), &mut there);
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        there.extend(Some(name).filter(|name| name.ends_with(".md")));
    }
    let listed: BTreeSet<String> = pages().map(|page| page.source.to_owned()).collect();
    assert_eq!(there, listed);
    let places: BTreeSet<&str> = pages().map(|page| page.place).collect();
    assert_eq!(places.len(), pages().count(), "two pages have one place");
}

#[test]
fn every_link_leads_to_a_page_and_a_heading() {
    let files = site();
    let mut dead = Vec::new();
    for (place, page) in html(&files) {
        for link in values(page, "href") {
            if link.starts_with("https://") {
                continue;
            }
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { place.to_owned() } else { resolve(place, path) };
            let found = files.get(&target).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let is_there =
                found.is_some_and(|other| heading.is_empty() || values(&other, "id").contains(&heading));
            if !is_there {
                dead.push(format!("{place}: {link}"));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop().expect("no link leads out of the site")),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn a_page_runs_nothing_and_asks_nobody() {
    for (place, page) in html(&site()) {
        for word in
            ["<script", "<iframe", "<img", "<object", " src=", " style=", "javascript:", "@import", "url("]
        {
            assert!(!page.contains(word), "{place}: {word}");
        }
        assert!(page.contains("default-src 'none'; style-src 'self'"), "{place}");
        assert_eq!(page.matches("<link ").count(), 1, "{place}");
    }
    let style = site().remove("style.css").expect("the look is there");
    let style = String::from_utf8(style).expect("it is text");
    assert!(
        !style.contains("url(") && !style.contains("@import") && style.contains("prefers-color-scheme: dark")
    );
}

#[test]
fn each_id_and_heading_stands_once_on_a_page() {
    for (place, page) in html(&site()) {
        let ids = values(page, "id");
        let unique: BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "{place}: {ids:?}");
        assert_eq!(page.matches("<h1 ").count(), 1, "{place}");
        assert_eq!(page.matches("aria-current=\"page\"").count(), 1, "{place}");
    }
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::from([("a/b.html".to_owned(), b"b".to_vec())]);
    let place = folder.path().join("site");
    write(&files, &place).unwrap();
    assert_eq!(std::fs::read(place.join("a/b.html")).unwrap(), b"b");
    assert!(write(&files, &place).is_err());
}

#[test]
fn tidy_finds_nothing_wrong() {
    let Some(tidy) = tools::require("tidy") else { return };
    let environment = Environment::new();
    let folder = environment.folder("site").join("pages");
    let files = site();
    write(&files, &folder).unwrap();
    let pages: Vec<PathBuf> = html(&files).map(|(place, _)| folder.join(place)).collect();
    let checked = tidy
        .command(&environment)
        .args(["-quiet", "-errors", "--drop-empty-elements", "no"])
        .args(&pages)
        .run();
    // It is older than that attribute.
    let findings: Vec<&str> = checked
        .stderr()
        .lines()
        .filter(|line| !line.contains("proprietary attribute \"aria-current\""))
        .collect();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn pages_can_be_read_on_a_phone_and_in_the_dark() {
    let Some(browser) = Browser::require() else { return };
    let environment = Environment::new();
    let folder = environment.folder("site");
    write(&site(), &folder).unwrap_or_else(|error| panic!("{error}"));
    for page in ["index.html", "reference/cli.html", "guide/first-release.html", "benchmarks.html"] {
        for view in View::all().filter(|view| view.scripts == Scripts::Forbidden) {
            let seen = browser.look(&environment, &folder.join(page), view);
            let place = format!("{page} as {view:?}");
            assert_eq!((seen.overflow, seen.faint, seen.loaded), (0, Vec::new(), Vec::new()), "{place}");
            assert_eq!(seen.ground < 0.1, view.scheme == Scheme::Dark, "{place}");
        }
    }
}
