//! Sessions that pages show are run: each `console` block of a page goes on where the one before it ended.
//!
//! A line that begins with `$ ` is a command, lines with `> ` go on with it; what follows is what it prints, both
//! streams together. A line `…` stands for any lines. Digests, times, commits and durations may differ.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::redact::Redaction;

use super::pages::{blocks, in_folder, read, root, updating};

/// One command of a session, and what the page says it prints.
struct Act {
    command: String,
    shown: Vec<String>,
}

#[test]
fn sessions_in_pages_are_true() {
    let mut pages = in_folder("docs/guide");
    pages.push("README.md".into());
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in pages {
        let (session, problems) = replay(&page);
        count += session;
        wrong.extend(problems);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(count > 10, "only {count} commands are shown");
}

/// Runs the sessions of a page; gives how many commands there were, and what is not as the page says.
fn replay(page: &str) -> (usize, Vec<String>) {
    let text = read(page);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let place = Place::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    let mut moved = 0isize;
    for block in blocks(&text).into_iter().filter(|block| block.language == "console") {
        let mut rewritten = Vec::new();
        for act in acts(&block.lines) {
            count += 1;
            let printed = place.run(&act.command);
            let is_true = fits(&place, &act.shown, &printed);
            if !is_true {
                let shown = act.shown.join("\n");
                wrong.push(format!(
                    "{page}: $ {}\n--- the page says\n{shown}\n--- it prints\n{printed}",
                    act.command
                ));
            }
            let written = |(number, line): (usize, &str)| match number {
                0 => format!("$ {line}"),
                _ => format!("> {line}").trim_end().to_owned(),
            };
            rewritten.extend(act.command.lines().enumerate().map(written));
            // What is still true stays as it is, digests and times included.
            match is_true {
                true => rewritten.extend(act.shown),
                false => rewritten.extend(place.readable(&printed).lines().map(str::to_owned)),
            }
        }
        let start = block.at.checked_add_signed(moved).expect("a block stands in its page");
        lines.splice(start..start + block.lines.len(), rewritten.iter().cloned());
        moved += isize::try_from(rewritten.len()).unwrap() - isize::try_from(block.lines.len()).unwrap();
    }
    if updating() {
        std::fs::write(root().join(page), lines.join("\n") + "\n").expect("a page can be written");
        return (count, Vec::new());
    }
    (count, wrong)
}

fn acts(lines: &[String]) -> Vec<Act> {
    let mut acts: Vec<Act> = Vec::new();
    for line in lines {
        if let Some(command) = line.strip_prefix("$ ") {
            acts.push(Act { command: command.to_owned(), shown: Vec::new() });
        } else if let Some(act) = acts.last_mut() {
            // An empty line goes on too; editors take its space away.
            match line.strip_prefix("> ").or((line == ">").then_some("")) {
                Some(more) if act.shown.is_empty() => {
                    act.command.push('\n');
                    act.command.push_str(more);
                }
                _ => act.shown.push(line.clone()),
            }
        }
    }
    acts
}

/// A machine with a shell that remembers where it is.
struct Place {
    environment: Environment,
}

impl Place {
    fn new() -> Place {
        let mut environment = Environment::new();
        let bin = environment.folder("bin");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_plimsoll"), bin.join("plimsoll")).unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        environment.set("PATH", format!("{}:{path}", bin.display()));
        std::fs::write(environment.root().join("where"), environment.home().display().to_string()).unwrap();
        Place { environment }
    }

    /// Runs a command where the one before it ended; gives what it prints.
    fn run(&self, command: &str) -> String {
        let begin = "cargo run --release -- ";
        let command = match command.strip_prefix(begin) {
            Some(arguments) => format!("plimsoll {arguments}"),
            None => command.to_owned(),
        };
        let remember = self.environment.root().join("where");
        let script = format!("exec 2>&1\ncd \"$(cat '{0}')\"\n{command}\npwd > '{0}'\n", remember.display());
        let output = self.environment.command("bash").args(["-c", &script]).run();
        output.stdout().trim_end().to_owned()
    }

    /// What a command printed, as a page shows it: the machine's folders are the reader's home.
    fn readable(&self, text: &str) -> String {
        Redaction::of(text)
            .replace(&self.environment.home().to_string_lossy(), "~")
            .root(self.environment.root())
            .text()
    }
}

/// Whether what was printed is what the page shows, `…` being any lines.
fn fits(place: &Place, shown: &[String], printed: &str) -> bool {
    let shown: Vec<String> = shown.iter().map(|line| settle(line)).collect();
    let printed: Vec<String> = place.readable(printed).lines().map(settle).collect();
    matches(&shown, &printed)
}

fn matches(shown: &[String], printed: &[String]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first == "…" => {
            (0..=printed.len()).any(|skip| matches(rest, &printed[skip..]))
        }
        Some((first, rest)) => printed.first() == Some(first) && matches(rest, &printed[1..]),
    }
}

/// A line without what differs from run to run: words that are digests, commits, times or durations, and widths.
fn settle(line: &str) -> String {
    let hex = |word: &str| word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_time =
        |word: &str| word.len() == 20 && word.ends_with('Z') && word.as_bytes().get(10) == Some(&b'T');
    let settled = line.split_whitespace().map(|word| {
        let parts: Vec<&str> = word
            .split_inclusive(|character: char| !character.is_ascii_alphanumeric())
            .map(|part| {
                let bare = part.trim_end_matches(|character: char| !character.is_ascii_alphanumeric());
                if hex(bare) && bare.bytes().any(|byte| byte.is_ascii_digit()) { "[hex]" } else { part }
            })
            .collect();
        match is_time(word) {
            true => "[time]".to_owned(),
            false => parts.concat(),
        }
    });
    let line = settled.collect::<Vec<_>>().join(" ");
    match line.strip_prefix("done in ") {
        Some(_) => "done in [seconds]".to_owned(),
        None => line,
    }
}

#[test]
fn what_differs_from_run_to_run_may_differ() {
    let digest = |with: &str| format!("a@sha256:{}", with.repeat(32));
    assert_eq!(settle(&digest("1b")), settle(&digest("c2")));
    assert_ne!(settle("released v1.0.0"), settle("released v1.0.1"));
    assert_ne!(settle("exit 5"), settle("exit 6"));
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(matches(&lines("a\n…\nd"), &lines("a\nb\nc\nd")) && matches(&lines("…"), &[]));
    assert!(!matches(&lines("a\n…\nd"), &lines("a\nb\nc")));
}
