//! Commands that pages name are commands: each word after `plimsoll` is a command or an option of it. Those of `console`
//! blocks are run as well; here it is the ones in running text, in scripts and in workflows.

use super::pages::{in_folder, read};
use crate::advice::try_parse;

#[test]
fn commands_that_pages_name_are_commands() {
    let mut pages: Vec<String> = ["docs", "docs/guide", "docs/formats", "docs/design", "docs/reference"]
        .into_iter()
        .flat_map(in_folder)
        .collect();
    pages.extend(["README.md", "CONTRIBUTING.md", "SECURITY.md", "ARCHITECTURE.md"].map(str::to_owned));
    let (mut count, mut wrong) = (0, Vec::new());
    for page in pages {
        for (line, command) in commands(&read(&page)) {
            count += 1;
            if let Err(why) = try_parse(&command) {
                wrong.push(format!("{page}:{line}: `{command}`: {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 100, "only {count} commands are named");
}

/// Every `plimsoll …` of a page, with its line's number: in code spans, and at the beginning of a line of a block or of a
/// part of a pipe.
fn commands(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fence: Option<String> = None;
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            fence = if fence.is_some() { None } else { Some(language.to_owned()) };
            continue;
        }
        let Some(language) = &fence else {
            let spans = line.split('`').skip(1).step_by(2);
            found.extend(
                spans.filter(|span| span.starts_with("plimsoll ")).map(|span| (number + 1, span.to_owned())),
            );
            continue;
        };
        if !matches!(language.as_str(), "sh" | "yaml" | "console") {
            continue;
        }
        let line = line.trim().trim_start_matches("$ ").trim_start_matches("- ").trim_start_matches("run: ");
        let (begun, whole) = match open.take() {
            Some((begun, before)) => (begun, before + " " + line),
            None => (number + 1, line.to_owned()),
        };
        match whole.strip_suffix('\\') {
            Some(part) => open = Some((begun, part.to_owned())),
            None => {
                let parts = whole.split("&&").flat_map(|part| part.split(['|', ';'])).map(str::trim);
                let commands = parts.filter(|part| part.starts_with("plimsoll "));
                found.extend(commands.map(|part| (begun, part.to_owned())));
            }
        }
    }
    found
}

#[test]
fn commands_are_found_where_they_stand() {
    let page = "Run `plimsoll list`.\n```sh\nplimsoll a \\\n  --b && echo | plimsoll c # d\n```\n```text\nplimsoll x\n```\n";
    let found: Vec<String> = commands(page).into_iter().map(|(_, command)| command).collect();
    assert_eq!(found, ["plimsoll list", "plimsoll a  --b", "plimsoll c # d"]);
}
