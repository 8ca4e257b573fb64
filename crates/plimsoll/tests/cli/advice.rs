//! Commands that people are told to run can be run: each word after `plimsoll` is a command or an option of it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::Command;
use clap::error::ErrorKind;
use plimsoll_testkit::process::Output;

use crate::scene::{CONFIG, Scene};

/// Every `plimsoll …` that a text has between backticks.
fn advised(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|span| span.starts_with("plimsoll "))
}

/// Panics where an ended command told people to run what can't be run: most advice is put together while a command runs, and stands
/// as a whole in no source.
#[track_caller]
pub(crate) fn expect_runnable(output: &Output) {
    // What JSON and manual pages escape is read as people see it.
    let all = advised(output.stderr()).chain(advised(output.stdout()));
    for command in all.filter(|command| !command.contains('\\')) {
        if let Err(why) = try_parse(command) {
            panic!("`{command}` is advised, and can't be run: {why}\n{}", output.stderr());
        }
    }
}

/// Whether it can be read, as far as it is written out.
pub(crate) fn try_parse(command: &str) -> Result<(), String> {
    static COMMAND: OnceLock<Command> = OnceLock::new();
    let words = words(command);
    // A name alone, or with the kinds of its arguments.
    match COMMAND.get_or_init(plimsoll::cli::command).clone().try_get_matches_from(words) {
        Ok(_) => Ok(()),
        Err(error) => match error.kind() {
            ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument => {
                Err(error.to_string().lines().next().unwrap_or_default().to_owned())
            }
            // Something was left out, or a placeholder stands for it.
            _ => Ok(()),
        },
    }
}

/// The words as a shell takes them, without what it does with them.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in split(command) {
        if matches!(word.as_str(), "<" | "#" | "…" | "...") || word.starts_with("2>") || word.starts_with('>')
        {
            break;
        }
        // `check{}` is `check` with something behind it.
        let word = word.split('{').next().unwrap_or_default().to_owned();
        // `[TAG]`, `${TAG:+"$TAG"}`, `COMMAND` and `patch|minor` stand for something.
        let is_name = word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase());
        let stands_for = word.starts_with(['[', '$', '<', '(']) || word.contains('|') || is_name;
        if !stands_for && !word.is_empty() {
            words.push(word);
        }
    }
    words
}

/// A line at its blanks; what stands in quotes is one word.
fn split(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (c, None) if c.is_whitespace() => words.push(String::new()),
            (c, _) => words.last_mut().expect("there is always a last word").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The Rust files below a folder, tests aside.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match (path.is_dir(), name.as_str()) {
            (_, "tests" | "tests.rs") => {}
            (true, _) => found.extend(sources(&path)),
            (false, name) if name.ends_with(".rs") => found.push(path),
            (false, _) => {}
        }
    }
    found
}

#[test]
fn commands_that_sources_name_are_commands() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let (mut count, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(crates).unwrap() {
        let folder = entry.unwrap().path().join("src");
        for file in folder.is_dir().then(|| sources(&folder)).into_iter().flatten() {
            let text = std::fs::read_to_string(&file).unwrap();
            // A literal goes on behind `\` at the end of a line.
            let lines = text.lines().map(str::trim).collect::<Vec<_>>();
            let text = lines.join("\n").replace("\\\n", "");
            for command in advised(&text) {
                count += 1;
                if let Err(why) = try_parse(command) {
                    wrong.push(format!("{}: `{command}`: {why}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 100, "only {count} commands are named");
}

#[test]
fn what_can_not_be_run_is_seen() {
    for command in ["plimsoll relaese v1.0.0", "plimsoll list --latst", "plimsoll tag {tag} --local"] {
        assert!(try_parse(command).is_err(), "{command}");
    }
    for command in [
        "plimsoll release TAG",
        "plimsoll COMMAND --help",
        "plimsoll list > /dev/null",
        "plimsoll check{}",
        "plimsoll tag {tag}{}",
    ] {
        assert!(try_parse(command).is_ok(), "{command}");
    }
}

/// Without a remote nobody is told to push, nor to give `tag` an option that it does not have.
#[test]
fn without_a_remote_nothing_is_to_be_pushed() {
    let stable = "[tags]\nstable = \"v{version}-stable\"\n";
    let scene = Scene::with_config(&format!("{CONFIG}{stable}"));
    for line in [
        "release v1.0.0",
        "promote v1.0.0",
        "status v1.0.0",
        "plan v1.0.0 --online",
        "tag v1.0.0 --push",
        "tag --stable v1.0.0",
        "withdraw v1.0.0",
    ] {
        let output = scene.run(line);
        let advice = advised(output.stderr()).find(|command| command.contains("--push"));
        assert_eq!(advice, None, "{line}: {}", output.stderr());
        assert!(output.stderr().contains(" = help: "), "{line}: {}", output.stderr());
    }
}
