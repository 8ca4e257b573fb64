//! The sample files under `tests/sample_configs`: the valid ones are accepted, the invalid ones say where and why.
//!
//! A comment `#~ CODE TEXT` demands a problem of that code on its line whose message or help holds the text; `#~^`
//! means the line above, `#~^^` the one above that. Nothing else may be wrong.

use std::cmp::Reverse;
use std::path::PathBuf;

use plimsoll_engine::domain::diagnostic::{Diagnostic, Place, Severity};

use super::read;

/// A problem that a comment demands.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Demand {
    line: usize,
    code: String,
    text: String,
}

/// The samples in a folder, by name.
pub(in crate::config) fn samples(folder: &str) -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sample_configs").join(folder);
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())
        })
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

fn demands(text: &str) -> Vec<Demand> {
    let demands = text.lines().enumerate().filter_map(|(index, line)| {
        let (_, comment) = line.split_once("#~")?;
        let up = comment.len() - comment.trim_start_matches('^').len();
        let comment = comment.trim_start_matches('^').trim();
        let (code, text) = comment.split_once(' ').unwrap_or((comment, ""));
        Some(Demand { line: index + 1 - up, code: code.into(), text: text.trim().into() })
    });
    demands.collect()
}

fn line(diagnostic: &Diagnostic) -> usize {
    diagnostic.place.as_ref().map_or(0, |place| place.line)
}

fn meets(diagnostic: &Diagnostic, demand: &Demand) -> bool {
    let said = std::iter::once(&diagnostic.message).chain(&diagnostic.help).chain(&diagnostic.causes);
    line(diagnostic) == demand.line
        && diagnostic.code.word() == demand.code
        && said.into_iter().any(|said| said.contains(&demand.text))
}

#[test]
fn valid_samples_are_accepted_without_a_word() {
    for (name, text) in samples("valid") {
        match read(&text) {
            Ok(config) => assert_eq!(config.warnings, [], "{name}"),
            Err(problems) => panic!("{name}: {problems:#?}"),
        }
    }
}

#[test]
fn invalid_samples_say_everything_that_is_wrong_and_where() {
    for (name, text) in samples("invalid") {
        let Err(mut found) = read(&text) else { panic!("{name} is accepted") };
        found.retain(|found| found.severity == Severity::Error);
        let demands = demands(&text);
        let unmet: Vec<&Demand> =
            demands.iter().filter(|demand| !found.iter().any(|found| meets(found, demand))).collect();
        let extra: Vec<String> = found
            .iter()
            .filter(|found| !demands.iter().any(|demand| meets(found, demand)))
            .map(|found| format!("{}: {} {} {:?}", line(found), found.code, found.message, found.help))
            .collect();
        assert!(unmet.is_empty() && extra.is_empty(), "{name}: unmet {unmet:#?}, unforeseen {extra:#?}");
    }
}

#[test]
fn problems_come_in_the_order_of_their_lines_and_once() {
    for (name, text) in samples("invalid") {
        let found = read(&text).unwrap_err();
        assert!(found.is_sorted_by_key(|found| (Reverse(found.severity), line(found))), "{name}");
        for (index, one) in found.iter().enumerate() {
            assert!(!found[..index].contains(one), "{name}: {one:#?}");
        }
    }
}

#[test]
fn a_place_is_a_part_of_the_file_and_shows_no_secret() {
    for (name, text) in samples("invalid") {
        for problem in read(&text).unwrap_err() {
            assert!(!format!("{problem:?}").contains("hunter2"), "{name}: {problem:#?}");
            let Place { span, text: shown, line, .. } = problem.place.unwrap();
            let shown = shown.unwrap();
            assert_eq!(shown.len(), text.len(), "{name}");
            assert!(shown.get(span.clone()).is_some(), "{name}");
            assert_eq!(line, shown[..span.start].matches('\n').count() + 1, "{name}");
        }
    }
}
