//! Commands that pages name are commands: each word after `plimsoll` is a command or an option of it. Those of `console`
//! blocks are run as well; here it is the ones in running text, in scripts and in workflows.

use clap::error::ErrorKind;

use super::pages::{in_folder, read};

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

/// Whether it can be read, as far as a page writes it out.
fn try_parse(command: &str) -> Result<(), String> {
    let words = words(command);
    // A name alone, or with the kinds of its arguments.
    match plimsoll::cli::command().try_get_matches_from(words) {
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
        // `[TAG]`, `${TAG:+"$TAG"}`, `COMMAND` and `patch|minor` stand for something.
        let is_name = word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase());
        let stands_for = word.starts_with(['[', '$', '<', '(']) || word.contains('|') || is_name;
        if !stands_for {
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

#[test]
fn commands_are_found_where_they_stand() {
    let page = "Run `plimsoll list`.\n```sh\nplimsoll a \\\n  --b && echo | plimsoll c # d\n```\n```text\nplimsoll x\n```\n";
    let found: Vec<String> = commands(page).into_iter().map(|(_, command)| command).collect();
    assert_eq!(found, ["plimsoll list", "plimsoll a  --b", "plimsoll c # d"]);
    assert!(try_parse("plimsoll relaese v1.0.0").is_err() && try_parse("plimsoll list --latst").is_err());
    assert!(
        try_parse("plimsoll release TAG").is_ok()
            && try_parse("plimsoll COMMAND --help").is_ok()
            && try_parse("plimsoll list > /dev/null").is_ok()
    );
}
