//! Commands that print a git tag, or what is left of it.

use super::Stands;
use crate::setup::from_workflows::script::commands;

/// Flags of `git describe` with which it still prints the tag of a commit that has one.
const DESCRIBED: [&str; 8] = [
    "--abbrev=0",
    "--always",
    "--candidates=1",
    "--dirty",
    "--exact-match",
    "--first-parent",
    "--tags",
    "HEAD",
];

/// What a pipeline prints; none where a command is not known, or may print two things.
pub(super) fn piped(inside: &str) -> Option<Stands> {
    if ["||", "&&", ";", "\n", "<", "$("].iter().any(|sign| inside.contains(sign)) {
        return None;
    }
    let all = commands(&inside.replace("2>/dev/null", ""));
    let (first, others) = all.split_first()?;
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let begin = match first.as_slice() {
        ["echo", text] | ["echo", "-n", text] | ["printf", "%s" | "%s\\n", text] => Stands::of_text(text)?,
        ["basename", text] | ["basename", "--", text] => Stands::of_text(text)?.last()?,
        ["git", "describe", flags @ ..] if flags.iter().all(|flag| DESCRIBED.contains(flag)) => Stands::Tag,
        ["git", "tag", "--points-at", "HEAD"] => Stands::Tag,
        ["git", "rev-parse", "HEAD"] => Stands::Commit,
        ["git", "rev-parse", "--short" | "--short=7", "HEAD"] => Stands::Short,
        _ => return None,
    };
    others.iter().try_fold(begin, |stands, words| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        filtered(stands, &words)
    })
}

/// What a filter leaves.
fn filtered(stands: Stands, words: &[&str]) -> Option<Stands> {
    match words {
        ["cut", flags @ ..] => cut(stands, &joined(flags)),
        ["sed", script] | ["sed", "-e" | "-E" | "-r", script] => sed(stands, script),
        ["tr", "-d", "v"] => stands.without("v"),
        ["tr", from, to] if from.contains("upper") || from.contains("A-Z") => {
            (to.contains("lower") || to.contains("a-z")).then_some(stands)
        }
        ["awk", "-F/", "{print $3}" | "{print $NF}"]
        | ["awk", "-F", "/", "{print $3}" | "{print $NF}" | "{ print $3 }" | "{ print $NF }"] => {
            (stands == Stands::Reference).then_some(Stands::Tag)
        }
        _ => None,
    }
}

/// Flags with their values: `-d / -f 3` as `-d/`, `-f3`.
fn joined(flags: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for flag in flags {
        match all.last_mut() {
            Some(last) if last.len() == 2 && last.starts_with('-') => last.push_str(flag),
            _ => all.push((*flag).to_owned()),
        }
    }
    all
}

fn cut(stands: Stands, flags: &[String]) -> Option<Stands> {
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    match (stands, flags.as_slice()) {
        (Stands::Reference, ["-d/", "-f3" | "-f3-"] | ["-f3" | "-f3-", "-d/"]) => Some(Stands::Tag),
        (Stands::Tag, ["-dv", "-f2" | "-f2-"] | ["-f2" | "-f2-", "-dv"]) => Some(Stands::Version),
        (_, [signs]) => {
            let first: usize = signs.strip_prefix("-c")?.strip_suffix('-')?.parse().ok()?;
            stands.behind(first.checked_sub(1)?)
        }
        _ => None,
    }
}

/// A substitution that takes the beginning away.
fn sed(stands: Stands, script: &str) -> Option<Stands> {
    let (sign, rest) =
        script.strip_prefix('s').and_then(|rest| Some((rest.chars().next()?, rest.get(1..)?)))?;
    let hidden = rest.replace(&format!("\\{sign}"), "\u{1}");
    let parts: Vec<&str> = hidden.split(sign).collect();
    let [from, to, "" | "g"] = parts.as_slice() else { return None };
    let from = from.replace('\u{1}', "/");
    match (from.as_str(), *to) {
        (".*/\\(.*\\)" | "^.*/\\(.*\\)" | ".*/(.*)", "\\1") => stands.last(),
        (".*/" | "^.*/", "") => stands.last(),
        (from, "") => stands.without(from.trim_start_matches('^')),
        _ => None,
    }
}
