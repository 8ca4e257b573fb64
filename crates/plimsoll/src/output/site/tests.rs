//! Whatever people wrote into a release, its page stays a page.

use proptest::prelude::*;

use super::markup::Markup;
use super::*;
use crate::output::json::release::{ReleaseInfo, SaidInfo, StateInfo};
use crate::output::json::source::{SourceInfo, SourceKind};
use crate::output::json::whatis::StandingInfo;

fn release(tag: &str, reason: &str) -> SiteRelease {
    let info = ReleaseInfo {
        schema: ReleaseInfo::SCHEMA,
        component: "app".into(),
        version: tag.trim_start_matches('v').into(),
        tag: tag.into(),
        state: StateInfo::Published,
        released: "2026-01-02T03:04:05Z".into(),
        commit: "0123456789abcdef0123456789abcdef01234567".into(),
        tag_object: "0123456789abcdef0123456789abcdef01234567".into(),
        record: "sha256:00".into(),
        known_from: "file",
        adopted: false,
        said: vec![SaidInfo::Yank { reason: reason.into() }],
        charts: Vec::new(),
        images: Vec::new(),
        source: SourceInfo { kind: SourceKind::Directory, place: "releases".into() },
        problems: Vec::new(),
    };
    let changes = Changes {
        since: "v0.9.0".into(),
        artifacts: vec![(ArtifactKind::Image, reason.into(), Changed::Changed)],
        files: Vec::new(),
        commits: Some(vec![NewCommit { commit: "0123456789".into(), subject: reason.into() }]),
    };
    SiteRelease {
        info,
        standing: StandingInfo::Yanked,
        replaced_by: Some(reason.into()),
        files: vec![SiteFile { name: reason.into(), hash: None }],
        charts: Vec::new(),
        changes: Some(changes),
    }
}

fn site(releases: Vec<SiteRelease>, source: &str) -> Site {
    let place = SourceInfo { kind: SourceKind::Directory, place: "releases".into() };
    let list = Releases {
        schema: Releases::SCHEMA,
        component: Some("app".into()),
        latest: None,
        releases: Vec::new(),
        charts: Vec::new(),
        source: place,
        problems: Vec::new(),
    };
    Site { name: "app".into(), source: Some(source.into()), list, releases, unheard: Vec::new() }
}

/// The tags of a page, in order.
fn tags(page: &str) -> Vec<String> {
    let body = page.split("<body>").nth(1).unwrap().split("</body>").next().unwrap();
    body.split('<').skip(1).map(|piece| piece.split(['>', ' ']).next().unwrap().to_owned()).collect()
}

proptest! {
    #[test]
    fn no_text_becomes_markup(text in "\\PC{0,40}|.*[<>\"'&].*") {
        let page = |text: &str| {
            let files = render(&site(vec![release("v1.0.0", text)], "https://forge.example/app"));
            files["releases/v1.0.0.html"].clone()
        };
        prop_assert_eq!(tags(&page(&text)), tags(&page("plain")));
    }
}

#[test]
fn addresses_that_run_something_are_no_links() {
    let to = |to: &str| Markup::link(to, "x").into_string();
    assert_eq!(to("javascript:alert(1)"), "x");
    assert_eq!(to("data:text/html,x"), "x");
    assert_eq!(
        to("https://forge.example/?a=\"><b>"),
        "<a href=\"https://forge.example/?a=&quot;&gt;&lt;b&gt;\">x</a>"
    );
}

#[test]
fn every_release_has_a_page_of_its_own() {
    let tags = ["v1.0.0+a", "v1.0.0_a", "V1.0.0_A", "release/1.0.0", "../../etc"];
    let releases: Vec<SiteRelease> = tags.iter().map(|tag| release(tag, "why")).collect();
    let files = render(&site(releases, "https://forge.example/app"));
    let pages: Vec<&str> = files.keys().filter_map(|name| name.strip_prefix("releases/")).collect();
    assert_eq!(pages.len(), tags.len());
    let outside = |name: &&str| name.contains('/') || name.starts_with('.');
    assert!(!pages.iter().any(outside), "{pages:?}");
}

#[test]
fn a_tag_is_one_word_of_a_command() {
    let files = render(&site(vec![release("v1.0.0; x", "why")], ""));
    let page = files.iter().find(|(name, _)| name.starts_with("releases/")).unwrap().1;
    assert!(page.contains("plimsoll verify &#39;v1.0.0; x&#39;"), "{page}");
}

#[test]
fn the_list_has_charts_too() {
    let pull = "helm pull oci://registry.example/charts/app --version 1.0.0";
    let chart = SiteChart {
        name: "app".into(),
        version: "1.0.0".into(),
        digest: "sha256:00".into(),
        pull: pull.into(),
    };
    let mut site = site(vec![SiteRelease { charts: vec![chart], ..release("v1.0.0", "why") }], "");
    site.list.latest = Some("1.0.0".into());
    let index = &render(&site)["index.html"];
    assert!(index.contains(pull), "{index}");
    assert!(index.contains("<td>chart app 1.0.0</td>"), "{index}");
}

#[test]
fn nothing_is_asked_of_others() {
    let files = render(&site(vec![release("v1.0.0", "why")], "https://forge.example/app"));
    for (name, text) in &files {
        for word in ["src=", "url(", "@import", "<link", "<img", "<iframe", "fetch("] {
            assert!(!text.contains(word), "{name} has {word}");
        }
    }
}
