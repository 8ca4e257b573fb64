//! How large files are, what they are called, and what they must not say.

use std::io::Write;

use crate::tree::{files, none, sources};

const LONG: usize = 400;
const TOO_LONG: usize = 800;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 9] =
    ["util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "imp"];

#[test]
fn files_stay_small() {
    let mut broken = Vec::new();
    for file in sources("crates") {
        let lines = file.text.lines().count();
        if lines >= TOO_LONG {
            broken.push(format!("{} has {lines} lines", file.path));
        } else if lines > LONG {
            // Not by `println!`: the harness would swallow the hint of a test that passes.
            let _ = writeln!(std::io::stderr(), "hint: {} has {lines} lines; {LONG} are enough", file.path);
        }
    }
    none(broken, "split these by what changes together");
}

#[test]
fn names_say_what_is_inside() {
    let words = |path: &str| path.split(['/', '_', '-', '.']).map(str::to_owned).collect::<Vec<_>>();
    let broken = sources("crates").into_iter().map(|file| file.path);
    let broken = broken.filter(|path| words(path).iter().any(|word| EMPTY_NAMES.contains(&word.as_str())));
    none(broken.collect(), "call these after the one thing that they hold");
}

#[test]
fn a_module_with_children_is_a_file_beside_its_folder() {
    let broken = sources("crates").into_iter().map(|file| file.path);
    let broken = broken.filter(|path| path.contains("/src/") && path.ends_with("/mod.rs"));
    none(broken.collect(), "say `name.rs` beside `name/` instead of `name/mod.rs`");
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    // In pieces, since this file is looked at too.
    let banned = ["work", "root", "farm"].map(|folder| format!("/{folder}/"));
    let banned = banned.into_iter().chain([["..", "shared"].join("/"), ["tmp", "target"].join("/")]);
    let banned: Vec<String> = banned.collect();
    let mut broken = Vec::new();
    for file in files(".") {
        for (number, line) in file.text.lines().enumerate() {
            if banned.iter().any(|word| begins_a_path(line, word)) {
                broken.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    none(broken, "take these paths out");
}

/// Says whether `word` stands in the line other than in the middle of a longer path.
fn begins_a_path(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !word.starts_with('/') || !before.is_some_and(|c| c.is_alphanumeric() || ".-_})]".contains(c))
    })
}

#[test]
fn only_the_beginning_of_a_path_counts() {
    let word = ["", "root", ""].join("/");
    assert!(begins_a_path(&format!("in `{word}x`"), &word));
    assert!(begins_a_path(&format!("{word}x"), &word));
    assert!(!begins_a_path(&format!("docs{word}x"), &word));
}
