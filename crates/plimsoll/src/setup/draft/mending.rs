//! What is refused in a draft is put right in its text: a rule that means two things becomes a comment with the reason.

mod collisions;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Diagnostic, Place, Severity};

use super::render::LEFT;

/// Keys whose lines a configuration can do without.
const SPARE: [&str; 17] = [
    "annotations",
    "build-args",
    "cache-from",
    "cache-to",
    "contexts",
    "flavor",
    "git-tag",
    "http",
    "image",
    "labels",
    "mirrors",
    "network",
    "page",
    "secrets",
    "ssh",
    "stable",
    "target",
];

/// Tables that a configuration can do without.
const SPARE_TABLES: [&str; 3] = ["[[deployment]]", "[app-compose]", "[compose]"];

/// A draft that was put right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mended {
    /// The text.
    pub(crate) text: String,
    /// What stands in it as comments now, and what was added.
    pub(crate) left: Vec<String>,
}

/// Puts right what is refused in a draft. `judge` says everything that stands against a text. None: nothing is refused, or
/// nothing of it can go without somebody who decides.
///
/// # Errors
/// A text can't be judged.
pub(crate) fn mend<E>(
    text: &str,
    mut judge: impl FnMut(&str) -> Result<Vec<Diagnostic>, E>,
) -> Result<Option<Mended>, E> {
    let problems = judge(text)?;
    let two_lines = problems.iter().find(|problem| problem.code == Code::TwoLines);
    if let Some(problem) = two_lines
        && let Some(mended) = choose_line(text, problem, problems.len(), &mut judge)?
    {
        return Ok(Some(mended));
    }
    let collision = problems.iter().find(|problem| problem.code == Code::TagCollision);
    if let Some(problem) = collision
        && let Some(mended) = collisions::part(text, problem, problems.len(), judge)?
    {
        return Ok(Some(mended));
    }
    Ok(comment_out(text, &problems))
}

/// A tag that would follow two lines stays with the release: another occasion's rule goes, the first without which less is
/// refused.
fn choose_line<E>(
    text: &str,
    problem: &Diagnostic,
    refused: usize,
    mut judge: impl FnMut(&str) -> Result<Vec<Diagnostic>, E>,
) -> Result<Option<Mended>, E> {
    let Some(at) = line_of(problem) else { return Ok(None) };
    let lines: Vec<&str> = text.lines().collect();
    let is_header = |line: &&str| line.starts_with('[');
    let begin = lines.iter().take(at).rposition(|line| *line == "[image.tags]").unwrap_or(at);
    let end =
        lines.iter().skip(begin + 1).position(is_header).map_or(lines.len(), |length| begin + 1 + length);
    let mut occasion = "";
    for place in begin..end {
        let Some(line) = lines.get(place) else { break };
        if let Some(key) = line.strip_suffix(" = [") {
            occasion = key;
        }
        if occasion == "release" || !matches!(Kind::of(line), Kind::Rule(_)) {
            continue;
        }
        let place = Diagnostic {
            place: problem.place.clone().map(|of| Place { line: place + 1, ..of }),
            ..problem.clone()
        };
        let Some(mended) = comment_out(text, &[place]) else { continue };
        if judge(&mended.text)?.len() < refused {
            return Ok(Some(mended));
        }
    }
    Ok(None)
}

/// The line of a problem, counted from 0.
fn line_of(problem: &Diagnostic) -> Option<usize> {
    problem.place.as_ref()?.line.checked_sub(1)
}

fn comment_out(text: &str, problems: &[Diagnostic]) -> Option<Mended> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut left = Vec::new();
    let refused = problems.iter().filter(|problem| problem.severity == Severity::Error);
    for problem in refused {
        let Some(at) = line_of(problem) else { continue };
        let Some(line) = lines.get(at).cloned() else { continue };
        let image = find_name(&lines, at);
        let why = problem.message.replace('\n', " ");
        if let Some((from, to)) = spare_table(&lines, at) {
            let table = lines.get(from).cloned().unwrap_or_default();
            let inside = lines.iter_mut().skip(from).take(to - from).filter(|line| !line.starts_with('#'));
            inside.for_each(|line| *line = format!("# {line}"));
            left.push(format!("{table}: {why}"));
            continue;
        }
        let change = match Kind::of(&line) {
            Kind::Rule(rule) => (
                format!("    # {rule}  # {why}"),
                format!("{image}rule: {}: {why}", rule.trim_end_matches(',')),
            ),
            Kind::Release => {
                let added = format!("{line}\n    \"{{version}}\",");
                (added, format!("{image}a release tag with the whole version: {{version}} was added"))
            }
            Kind::Spare => (format!("# {line}  # {why}"), format!("{image}{line}: {why}")),
            // What was changed for another problem is looked at again first.
            Kind::Other => continue,
        };
        if let Some(line) = lines.get_mut(at) {
            *line = change.0;
        }
        left.push(change.1);
    }
    if left.is_empty() {
        return None;
    }
    Some(with_told(lines, left))
}

/// A text with what was put right in it told at its end.
fn with_told(mut lines: Vec<String>, left: Vec<String>) -> Mended {
    if !lines.iter().any(|line| line == LEFT) {
        lines.extend([String::new(), LEFT.to_owned()]);
    }
    lines.extend(left.iter().map(|what| format!("# - {what}")));
    Mended { text: lines.join("\n") + "\n", left }
}

/// The lines of the table around a line, if a configuration can do without it.
fn spare_table(lines: &[String], at: usize) -> Option<(usize, usize)> {
    let from = lines.iter().take(at + 1).rposition(|line| line.starts_with('['))?;
    lines.get(from).filter(|line| SPARE_TABLES.contains(&line.as_str()))?;
    let length = lines.iter().skip(from).position(|line| line.is_empty() || line.starts_with("# "));
    Some((from, length.map_or(lines.len(), |length| from + length)))
}

/// What a line of a draft is.
enum Kind {
    /// A rule for tags, without the blanks before it.
    Rule(String),
    /// The beginning of the rules of releases.
    Release,
    /// One that may go.
    Spare,
    /// Anything else.
    Other,
}

impl Kind {
    fn of(line: &str) -> Kind {
        let key = line.split(" = ").next().unwrap_or_default();
        match line.strip_prefix("    ") {
            Some(rule) if rule.starts_with(['"', '{']) => Kind::Rule(rule.to_owned()),
            None if line == "release = [" => Kind::Release,
            None if SPARE.contains(&key) => Kind::Spare,
            _ => Kind::Other,
        }
    }
}

/// The image or chart that a line is about, as it begins what is told.
fn find_name(lines: &[String], at: usize) -> String {
    let before = lines.iter().take(at + 1).rev();
    for line in before {
        for (key, what) in [("name = ", "image"), ("path = ", "chart")] {
            if let Some(name) = line.strip_prefix(key) {
                return format!("{what} {}: ", name.trim_matches('"'));
            }
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use plimsoll_engine::document::version_file::Texts;

    use super::*;
    use crate::config::{self, Surroundings};

    /// What is said of a text, and the text once it is mended.
    fn mended(text: &str) -> Option<Mended> {
        let texts: &Texts<'_> = &|_| None;
        let surroundings = Surroundings { directory: Some("app"), remote: None, texts };
        let judge = |text: &str| {
            Ok::<_, Infallible>(config::parse("plimsoll.toml", text, surroundings).err().unwrap_or_default())
        };
        mend(text, judge).unwrap()
    }

    fn with_rules(rules: &str) -> String {
        format!(
            "[project]\nname = \"app\"\n\n[[image]]\nname = \"web\"\nrepository = \"ghcr.io/acme/app\"\nplatforms = [\"linux/amd64\"]\ndockerfile = \"Dockerfile\"\n\n[image.tags]\n{rules}"
        )
    }

    #[test]
    fn a_tag_of_two_lines_follows_the_first() {
        let text = with_rules(
            "release = [\n    \"{version}\",\n    \"latest\",\n]\n\"branch:main\" = [\n    \"latest\",\n    \"main\",\n]\n",
        );
        let mended = mended(&text).unwrap();
        assert!(mended.text.contains("\"branch:main\" = [\n    # \"latest\",  # "), "{}", mended.text);
        assert!(mended.left[0].starts_with("image web: rule: \"latest\": "), "{:?}", mended.left);
        assert!(mended.text.ends_with(&format!("\n\n{LEFT}\n# - {}\n", mended.left[0])), "{}", mended.text);
        assert_eq!(super::tests::mended(&mended.text), None);
    }

    #[test]
    fn a_version_that_no_tag_names_gets_one() {
        let text = with_rules("release = [\n    \"latest\",\n]\n");
        let mended = mended(&text).unwrap();
        assert!(
            mended.text.contains("release = [\n    \"{version}\",\n    \"latest\",\n]"),
            "{}",
            mended.text
        );
        assert_eq!(super::tests::mended(&mended.text), None);
    }

    #[test]
    fn a_table_that_is_refused_goes_whole() {
        let text =
            with_rules("") + "\n[app-compose]\nname = \"app\"\nallowed-envs = [\"A=b\"]\n\n# [forge]\n";
        let mended = mended(&text).unwrap();
        let want = "\n# [app-compose]\n# name = \"app\"\n# allowed-envs = [\"A=b\"]\n\n# [forge]\n";
        assert!(mended.text.contains(want), "{}", mended.text);
        assert!(mended.left[0].starts_with("[app-compose]: "), "{:?}", mended.left);
        assert_eq!(super::tests::mended(&mended.text), None);
    }

    #[test]
    fn what_somebody_must_decide_stays() {
        let text = with_rules("").replace("ghcr.io/acme/app", "ghcr.io/Acme App");
        assert_eq!(mended(&text), None);
    }
}
