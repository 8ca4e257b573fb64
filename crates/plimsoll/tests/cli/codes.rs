//! Every code is shown by a test.

use std::path::Path;

use plimsoll_engine::domain::code::Code;

/// Codes that no diagnostic carries: they only name an exit code.
const EXIT_ONLY: [Code; 1] = [Code::PlanHasChanges];

#[test]
fn every_code_is_shown_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = String::new();
    for file in ["src/explain/tests.rs", "src/cli/report.rs"]
        .map(|file| root.join(file))
        .into_iter()
        .chain(sources(&root.join("src/explain/tests")))
        .chain(sources(&root.join("tests/cli")))
    {
        texts.push_str(&std::fs::read_to_string(file).unwrap());
    }
    let is_shown = |code: &Code| {
        let word = code.word();
        [format!("error[{word}]"), format!("warning[{word}]"), format!("\"{word}\"")]
            .iter()
            .any(|shown| texts.contains(shown.as_str()))
    };
    let missing: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| !EXIT_ONLY.contains(code) && !is_shown(code))
        .map(|code| code.word())
        .collect();
    assert!(missing.is_empty(), "show these where they are reached, or in src/explain/tests.rs: {missing:?}");
}

/// The files of a folder that may show codes.
fn sources(folder: &Path) -> impl Iterator<Item = std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("codes.rs"))
}
