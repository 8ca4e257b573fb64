//! What steps hand on to later ones, where it is plainly readable: `echo "NAME=value" >> "$GITHUB_ENV"`.

mod said;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;

use self::said::{Runs, Said};
use self::values::{evaluate, unquoted};
use super::super::expression::{Filled, Known, OPEN, UNREAD};
use super::super::script::heredoc_words;
use super::{Job, Step};

/// How the names of values begin that stand in the words of tags: `{tag}`, `{version}`.
pub(super) const IN_WORDS: &str = "as.";
impl Known<'_> {
    /// What a value is in the words of tags, where a script says it.
    pub(in crate::setup::from_workflows) fn in_words(&self, expression: &str) -> Option<String> {
        self.values.get(&format!("{IN_WORDS}{expression}")).cloned()
    }
}

/// Adds what the steps of a job hand on to what is known in it. What depends on a condition becomes an expression that chooses, so
/// that each occasion has its own; a variable of which only a run knows what it is stands there as itself, and is open.
pub(super) fn add(job: &mut Job) {
    // In the order in which they are said: each may name those before it.
    let mut all: Vec<(String, Said)> = Vec::new();
    let mut is_unread = false;
    for step in &job.steps {
        let runs = Runs::of(step, job);
        if runs == Runs::Never {
            continue;
        }
        let read = read(step);
        is_unread |= read.is_unread;
        for (name, value) in read.pairs {
            match all.iter_mut().find(|(known, _)| *known == name) {
                Some((_, said)) => said.say_again(value, &runs),
                None => all.push((name, Said::first(value, &runs))),
            }
        }
    }
    if is_unread {
        job.values.insert(UNREAD.to_owned(), String::new());
    }
    // Whatever a step says takes the place of what stood there before, even where it can't be read.
    let before: BTreeMap<String, String> =
        all.iter().filter_map(|(name, _)| job.values.remove_entry(name)).collect();
    for (name, said) in all {
        let own = before.get(&name);
        let settle = |value: String| {
            // A value may be made of what it was before: `NAME=${NAME,,}`.
            let value = match own {
                None => value,
                Some(own) => {
                    let own = [(name.clone(), own.clone())].into();
                    Known { values: &own, repository: None }.fill(&value).into_text()
                }
            };
            // What is at home where is known later, and nothing else.
            let known = Known { values: &job.values, repository: Some("owner/name") };
            matches!(known.fill(&value), Filled::Known(value) if !value.contains('$')).then_some(value)
        };
        let nothing = if name.starts_with("env.") { OPEN } else { "" };
        match said.settle(own.map_or(nothing, String::as_str), settle) {
            Some(value) => {
                let in_words =
                    ["{tag}", "{version}", "{commit}", "{sha}"].iter().any(|word| value.contains(word));
                let name = if in_words { format!("{IN_WORDS}{name}") } else { name };
                job.values.insert(name, value);
            }
            None if name.starts_with("env.") => {
                job.values.insert(name.clone(), format!("${{{{ {name} }}}}"));
            }
            None => {}
        }
    }
}

/// What a step hands on.
#[derive(Default)]
struct Read {
    /// Names, and their values where those are readable.
    pairs: Vec<(String, Option<String>)>,
    /// Whether it hands on variables whose names can't be read either.
    is_unread: bool,
}

/// What a step hands on, as far as it is readable.
fn read(step: &Step) -> Read {
    let mut found = Vec::new();
    let mut is_unread = false;
    let mut variables: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut depth = 0_usize;
    // Lines in braces, which are written together.
    let mut together: Option<Vec<&str>> = None;
    let whole = step.run.replace("\\\n", " ");
    let mut lines = whole.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if line.starts_with('#') {
            continue;
        }
        let first = line.split([' ', ';']).next().unwrap_or_default();
        match first {
            "if" | "case" | "for" | "while" | "until" => depth += 1,
            "fi" | "esac" | "done" => depth = depth.saturating_sub(1),
            "{" if !line.contains('}') => together = Some(Vec::new()),
            _ => {}
        }
        let is_sure = depth == 0;
        let last = line.trim_end_matches(';').rsplit([' ', ';']).next().unwrap_or_default();
        if first != last && matches!(last, "fi" | "esac" | "done") {
            depth = depth.saturating_sub(1);
        }
        if let Some((name, value)) = assigned(line) {
            let value = evaluate(value, &variables).filter(|_| is_sure);
            let value = value.filter(|_| !variables.contains_key(name));
            variables.insert(name.to_owned(), value);
            continue;
        }
        let mut said = Vec::new();
        if line.starts_with('}') {
            said.extend(together.take().unwrap_or_default());
        } else {
            match &mut together {
                Some(lines) => lines.push(line.trim_end_matches(';')),
                None => said.push(line.trim_start_matches("{ ")),
            }
        }
        let Some(file) = Handed::of(line) else {
            is_unread |= is_beside_shell(line);
            continue;
        };
        let before = found.len();
        let mut texts: Vec<&str> = Vec::new();
        for end in heredoc_words(line) {
            if let Some(length) = lines.clone().position(|line| line == end) {
                texts.extend(lines.by_ref().take(length));
                lines.next();
            }
        }
        let echoed = said.iter().map(|line| (line.strip_prefix("echo ").and_then(echoed_pair), *line));
        let written = texts.iter().map(|line| (echoed_pair(line), *line));
        for (pair, line) in echoed.chain(written) {
            match pair {
                Some((name, value)) => {
                    let value = evaluate(value, &variables).filter(|_| is_sure);
                    found.extend(file.name(step, name).map(|name| (name, value)));
                }
                None => {
                    let names = find_names(line).filter_map(|name| file.name(step, name));
                    found.extend(names.map(|name| (name, None)));
                }
            }
        }
        let is_of_variables = matches!(file, Handed::Variables) && !line.starts_with("echo ");
        is_unread |= is_of_variables && found.len() == before;
    }
    let exported = exported(step.input("script").unwrap_or_default());
    is_unread |= exported.contains(&"");
    found
        .extend(exported.iter().map(|name| (format!("env.{name}"), None)).filter(|(name, _)| name != "env."));
    Read { pairs: found, is_unread }
}

/// Whether a line of another language than a shell's hands variables on.
fn is_beside_shell(line: &str) -> bool {
    line.contains("GITHUB_ENV") && !line.starts_with("echo ") && !line.starts_with("cat ")
}

/// The names that a script of JavaScript exports; an empty one where it can't be read.
fn exported(script: &str) -> Vec<&str> {
    let calls = script.split("exportVariable(").skip(1);
    calls
        .map(|call| {
            let call = call.trim_start();
            let quote = call.chars().next().filter(|sign| ['\'', '"', '`'].contains(sign));
            let name = quote.and_then(|quote| call.get(1..)?.split(quote).next()).unwrap_or_default();
            if name.contains('$') { "" } else { name }
        })
        .collect()
}

/// What stands before `=` or `<<` anywhere in a command that writes something that can't be read.
fn find_names(command: &str) -> impl Iterator<Item = &str> {
    let words = command.split(|sign: char| sign.is_whitespace() || "\"';(".contains(sign));
    words.filter_map(|word| {
        let end = word.find('=').or_else(|| word.find("<<"))?;
        let is_part = |sign: char| sign.is_ascii_alphanumeric() || "_-".contains(sign);
        word.get(..end).filter(|name| !name.is_empty() && name.chars().all(is_part))
    })
}

/// How outputs were said before there was a file for them.
const OLD: &str = "::set-output name=";

/// Where a line hands something on to.
#[derive(Clone, Copy)]
enum Handed {
    Variables,
    Outputs,
}

impl Handed {
    fn of(line: &str) -> Option<Handed> {
        let is_written =
            ["> ", ">$", ">\"", "tee ", "Out-File", "Add-Content"].iter().any(|sign| line.contains(sign));
        match () {
            () if is_written && line.contains("GITHUB_ENV") => Some(Handed::Variables),
            () if is_written && line.contains("GITHUB_OUTPUT") => Some(Handed::Outputs),
            () if line.contains(OLD) => Some(Handed::Outputs),
            () => None,
        }
    }

    /// How later steps name it.
    fn name(self, step: &Step, name: &str) -> Option<String> {
        match self {
            Handed::Variables => Some(format!("env.{name}")),
            Handed::Outputs => Some(format!("steps.{}.outputs.{name}", step.id.as_deref()?)),
        }
    }
}

/// The name and value of `"NAME=value" >> …`.
fn echoed_pair(echoed: &str) -> Option<(&str, &str)> {
    let of_file = || echoed.get(..echoed.rfind("GITHUB_")?)?.rfind('>');
    let end = echoed.rfind(">>").or_else(|| echoed.rfind("| tee -a")).or_else(of_file);
    let end = end.unwrap_or(echoed.len());
    let text = unquoted(echoed.get(..end)?.trim());
    let (name, value) = match text.strip_prefix(OLD) {
        Some(old) => old.split_once("::")?,
        None => text.split_once('=')?,
    };
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || "_-".contains(sign);
    (!name.is_empty() && name.chars().all(is_part)).then_some((name, value))
}

/// `NAME=value`, alone in a line.
fn assigned(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    // Before a comment; what has a command behind it is that command's alone.
    let end = value.find(" #").unwrap_or(value.len());
    let value = value.get(..end)?.trim_end().trim_end_matches(';');
    let plain = unquoted(value);
    let is_whole = plain.len() < value.len() || value.contains("$(") || !value.contains(char::is_whitespace);
    (!name.is_empty() && name.chars().all(is_part) && is_whole).then_some((name, plain))
}
