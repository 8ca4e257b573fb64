//! The tags of four public repositories, and what their version files really said at each.

use plimsoll_tags::git_tag::Prereleases;
use plimsoll_tags::version::Scheme;

use super::{PROMOTING, Policy, fact, project_with};
use crate::check::{Cleared, EventTag, Findings, event_tag, release_tag};
use crate::domain::code::Code;

/// What a tag is judged to be.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Version,
    Promotion,
    /// This many files disagree.
    Mismatch(usize),
    Invalid,
    Ignored,
}

use Verdict::{Ignored, Invalid, Mismatch, Promotion, Version};

fn verdict(result: Result<EventTag, Findings>) -> Verdict {
    match result {
        Ok(EventTag::Ignored { .. }) => Ignored,
        Ok(EventTag::Cleared(Cleared { occasion, .. })) => match occasion.name() {
            "version" => Version,
            "promotion" => Promotion,
            other => panic!("{other}"),
        },
        Err(findings) => match findings.all() {
            [one] if one.code == Code::TagInvalid => Invalid,
            all => {
                assert!(all.iter().all(|one| one.code == Code::VersionMismatch), "{all:#?}");
                Mismatch(all.len())
            }
        },
    }
}

#[test]
fn gpt4shell() {
    let python = Policy { stable: None, prerelease: Prereleases::Refused, scheme: Scheme::Pep440 };
    let project = project_with(&python, &[("pyproject.toml", None)]);
    for (tag, in_file, want) in [
        ("v0.1.0", "0.1.0", Version),
        ("v0.1.0.1", "0.1.0.1", Version),
        ("v0.1.0.2", "0.1.0.1", Mismatch(1)),
        ("v0.1.0.3", "0.1.0.1", Mismatch(1)),
        ("v0.1.0.4", "0.1.0.1", Mismatch(1)),
        ("v0.1.0.5", "0.0.0", Mismatch(1)),
        ("v0.1.0.6", "0.0.0", Mismatch(1)),
        ("v0.1.0.7-test", "0.0.0", Invalid),
        ("v0.2.0", "0.0.0", Mismatch(1)),
    ] {
        let texts = |path: &str| {
            let text = format!("[tool.poetry]\nname = \"gpt4shell\"\nversion = \"{in_file}\"\n");
            (path == "pyproject.toml").then_some(text)
        };
        assert_eq!(verdict(event_tag(&project, tag, &texts)), want, "{tag}");
        if let (Err(findings), Mismatch(_)) = (release_tag(&project, tag, &texts), want) {
            let finding = &findings.all()[0];
            assert_eq!((fact(finding, "file"), fact(finding, "tag")), (Some(in_file), tag.strip_prefix('v')));
            assert_eq!(finding.place.as_ref().unwrap().line, 3);
        }
    }
}

#[test]
fn llm_proxy() {
    // No file names its version: the chart's stays 0.1.0, and its package.json is that of the tests.
    let project = project_with(&PROMOTING, &[]);
    for (tag, want) in [
        ("v0.1.0", Version),
        ("v0.1.1", Version),
        ("v0.1.1-stable", Promotion),
        ("v0.1.2", Version),
        ("v0.1.2-stable", Promotion),
        ("v0.1.3", Version),
        ("v0.1.3-stable", Promotion),
    ] {
        assert_eq!(verdict(event_tag(&project, tag, &|_| None)), want, "{tag}");
    }
}

#[test]
fn rustchat() {
    let plain = Policy { stable: None, ..PROMOTING };
    let project = project_with(&plain, &[("backend/Cargo.toml", None), ("frontend/package.json", None)]);
    for (tag, in_files, want) in [("v0.0.1", "0.0.1", Version), ("v0.0.5", "0.3.5", Mismatch(2))] {
        let texts = |path: &str| match path {
            "backend/Cargo.toml" => {
                Some(format!("[package]\nname = \"rustchat\"\nversion = \"{in_files}\"\n"))
            }
            "frontend/package.json" => Some(format!(
                "{{\n  \"name\": \"web\",\n  \"private\": true,\n  \"version\": \"{in_files}\"\n}}\n"
            )),
            _ => None,
        };
        assert_eq!(verdict(event_tag(&project, tag, &texts)), want, "{tag}");
    }
}

#[test]
fn gomenhashai() {
    // Image and chart have versions and tags of their own; no file names the image's.
    let plain = Policy { stable: None, ..PROMOTING };
    let project = project_with(&plain, &[]);
    let images = [
        "v0.1.0", "v0.2.0", "v0.3.0", "v0.4.0", "v1.0.0", "v1.1.0", "v1.1.1", "v1.1.2", "v1.2.0", "v1.3.0",
        "v1.3.1",
    ];
    for tag in images {
        assert_eq!(verdict(event_tag(&project, tag, &|_| None)), Version, "{tag}");
    }
    for tag in ["gomenhashai-0.1.0", "gomenhashai-1.1.3", "gomenhashai-1.3.2"] {
        assert_eq!(verdict(event_tag(&project, tag, &|_| None)), Ignored, "{tag}");
        let findings = release_tag(&project, tag, &|_| None).unwrap_err();
        assert_eq!((findings.all()[0].code, findings.exit()), (Code::TagInvalid, 5), "{tag}");
    }
}
