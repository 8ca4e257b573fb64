//! What is written for people is true of the tree.

use crate::tree::{File, files, none, root, sources};

/// Folders of this repository: a path in prose that begins with one is one of ours, not of a user's project.
const OURS: [&str; 6] = [".ci", "benches", "crates", "docs", "examples", "witnesses"];

fn prose() -> Vec<File> {
    let mut all: Vec<File> = files("docs").into_iter().filter(|file| file.path.ends_with(".md")).collect();
    all.extend(
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].iter().filter_map(
            |name| {
                let text = std::fs::read_to_string(root().join(name)).ok()?;
                Some(File { path: (*name).to_owned(), text })
            },
        ),
    );
    all
}

#[test]
fn every_path_named_in_prose_exists() {
    let sources: Vec<String> = sources("crates").into_iter().map(|file| format!("/{}", file.path)).collect();
    let mut broken = Vec::new();
    for file in prose() {
        for (number, span) in code_spans(&file.text) {
            let path = span.split_once('#').map_or(span, |(path, _)| path).trim_end_matches('/');
            let ours = match path.split_once('/') {
                Some((folder, _)) => OURS.contains(&folder),
                None => path.strip_suffix(".md").is_some_and(|name| name == name.to_ascii_uppercase()),
            };
            let is_missing = if !is_a_path(path) {
                false
            } else if ours {
                !root().join(path).exists()
            } else {
                // `wire.rs` and `cli/plan.rs` name a file by the end of its path.
                path.ends_with(".rs") && !sources.iter().any(|one| one.ends_with(&format!("/{path}")))
            };
            if is_missing {
                broken.push(format!("{}:{number}: {span}", file.path));
            }
        }
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (number, target) in links(&file.text) {
            let path = target.split_once('#').map_or(target, |(path, _)| path);
            if !path.is_empty() && !path.contains(':') && !root().join(folder).join(path).exists() {
                broken.push(format!("{}:{number}: link to {target}", file.path));
            }
        }
    }
    none(broken, "say where these are now");
}

/// Only letters of paths: neither a command, nor a pattern, nor a placeholder.
fn is_a_path(span: &str) -> bool {
    !span.is_empty()
        && span.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
        && !span.contains("...")
}

/// What stands in single backticks outside of fenced blocks, with its line's number.
fn code_spans(text: &str) -> Vec<(usize, &str)> {
    outside_fences(text)
        .flat_map(|(number, line)| line.split('`').skip(1).step_by(2).map(move |span| (number, span)))
        .collect()
}

/// The targets of inline links.
fn links(text: &str) -> Vec<(usize, &str)> {
    outside_fences(text)
        .flat_map(|(number, line)| {
            line.split("](").skip(1).filter_map(move |rest| Some((number, rest.split_once(')')?.0)))
        })
        .collect()
}

fn outside_fences(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(number, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((number + 1, line))
    })
}

#[test]
fn prose_is_read_as_it_is_meant() {
    let text = "see `a/b.rs` and [c](d.md#e)\n```sh\n`f`\n```\n`g`";
    assert_eq!(code_spans(text), [(1, "a/b.rs"), (5, "g")]);
    assert_eq!(links(text), [(1, "d.md#e")]);
    assert!(is_a_path("docs/errors.md") && !is_a_path("crates/*/src") && !is_a_path("cargo test"));
}
