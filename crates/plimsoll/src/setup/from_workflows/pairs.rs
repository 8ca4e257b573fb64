//! Labels, annotations and arguments of the build: lines of `KEY=VALUE`.

use plimsoll_tags::notation::action::expression::{Expression, Scope};
use plimsoll_tags::notation::action::record::parse_lines;

use super::expression::{Filled, Known, inside};
use super::image::DraftImage;
use super::releases::TAGS;
use super::spelled::is_ref_name;

/// How lines are taken over.
pub(super) type Read = fn(&str, &Known<'_>, &mut DraftImage);

/// Something that Plimsoll says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    Version,
    Commit,
    Date,
    Source,
}

/// Takes over labels.
pub(super) fn read_labels(text: &str, known: &Known<'_>, image: &mut DraftImage) {
    for line in own_lines(text) {
        match (read_expression(&line, known), line.split_once('=')) {
            (Some(pair), _) => image.labels.push(pair),
            (None, Some((key, value))) if says_the_same(key, value, known) => {}
            (None, _) => image.left.push(format!("label: {line}")),
        }
    }
}

/// Takes over annotations; their levels say where, which Plimsoll decides.
pub(super) fn read_annotations(text: &str, known: &Known<'_>, image: &mut DraftImage) {
    for line in own_lines(text) {
        let key = |key: &str| key.rsplit(':').next().unwrap_or(key).to_owned();
        match (read_expression(&line, known), line.split_once('=')) {
            (Some((name, value)), _) => image.annotations.push((key(&name), value)),
            (None, Some((name, value))) if says_the_same(&key(name), value, known) => {}
            (None, _) => image.left.push(format!("annotation: {line}")),
        }
    }
}

/// Takes over arguments of the build. Those that Plimsoll gives by itself need no words, if they say the same.
pub(super) fn read_build_args(text: &str, known: &Known<'_>, image: &mut DraftImage) {
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (text, value) = match (known.fill(line), line.split_once('=')) {
            (Filled::Known(line), Some(_)) => {
                image.build_args.extend(split(&line));
                continue;
            }
            (Filled::Known(text) | Filled::Unknown { text, .. }, value) => (text, value),
        };
        let given = value.and_then(|(name, _)| Own::of_argument(name));
        let meant = value.and_then(|(_, value)| Own::of_value(value, known));
        let hint = match (given, meant) {
            (Some(given), Some(meant)) if given == meant => continue,
            (Some(Own::Version), None) if value.is_some_and(|(_, value)| is_bare_tag(value, known)) => {
                continue;
            }
            (Some(Own::Version), _) => " (VERSION is given as the version alone, as in 1.2.3)".to_owned(),
            (Some(Own::Commit), _) => " (VCS_REF is given as the whole commit)".to_owned(),
            (Some(Own::Date), _) => " (BUILD_DATE is given as the commit's time)".to_owned(),
            // Another step's may be the version of anything.
            (None, Some(Own::Version)) if !text.contains("meta") => String::new(),
            (None, Some(meant)) => match meant.argument() {
                Some(name) => format!(" (a Dockerfile that declares ARG {name} is given that)"),
                None => String::new(),
            },
            (Some(Own::Source), _) | (None, None) => String::new(),
        };
        image.left.push(format!("build-args: {text}{hint}"));
    }
}

/// Whether a value is the git tag, and git tags are versions and nothing else: `1.2.3`.
fn is_bare_tag(value: &str, known: &Known<'_>) -> bool {
    let tags = known.values.get(TAGS).map(String::as_str).unwrap_or_default();
    let is_bare = |tag: &str| tag.starts_with(|sign: char| sign.is_ascii_digit());
    inside(value).is_some_and(is_ref_name) && !tags.is_empty() && tags.lines().all(is_bare)
}

/// The lines that are written here.
fn own_lines(text: &str) -> impl Iterator<Item = String> {
    parse_lines(text).into_iter().filter(|line| !is_output(line))
}

/// The lines that stand for an output (`${{ steps.meta.outputs.labels }}`), which are read with its step.
pub(super) fn output_lines(text: &str) -> impl Iterator<Item = String> {
    parse_lines(text).into_iter().filter(|line| is_output(line))
}

fn is_output(line: &str) -> bool {
    line.starts_with("${{") && line.contains(".outputs.")
}

/// A line whose expressions can all be kept: those of workflows put in, those of docker/metadata-action as they are.
fn read_expression(line: &str, known: &Known<'_>) -> Option<(String, String)> {
    let Filled::Known(line) = known.fill(line) else { return None };
    let (key, value) = split(&line)?;
    Expression::parse(&value, Scope::Global).ok().map(|_| (key, value))
}

fn split(line: &str) -> Option<(String, String)> {
    line.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()))
}

/// Whether a label that Plimsoll sets by itself says the same.
fn says_the_same(key: &str, value: &str, known: &Known<'_>) -> bool {
    let own = match key.strip_prefix("org.opencontainers.image.") {
        Some("version") => Own::Version,
        Some("revision") => Own::Commit,
        Some("created") => Own::Date,
        Some("source" | "url") => Own::Source,
        _ => return false,
    };
    Own::of_value(value, known) == Some(own)
}

impl Own {
    fn of_argument(name: &str) -> Option<Own> {
        match name {
            "VERSION" => Some(Own::Version),
            "VCS_REF" => Some(Own::Commit),
            "BUILD_DATE" => Some(Own::Date),
            _ => None,
        }
    }

    /// The argument that a Dockerfile may declare.
    fn argument(self) -> Option<&'static str> {
        match self {
            Own::Version => Some("VERSION"),
            Own::Commit => Some("VCS_REF"),
            Own::Date => Some("BUILD_DATE"),
            Own::Source => None,
        }
    }

    /// What an expression stands for, by what it names.
    fn of_value(value: &str, known: &Known<'_>) -> Option<Own> {
        let value = value.trim().trim_matches('"');
        let expression = inside(value).filter(|inside| !inside.contains("${{"));
        let Some(expression) = expression else {
            // An address is made of several.
            let is_address = value.contains("github.repository") || value.contains("github.server_url");
            return (is_address && value.contains("://") | value.starts_with("${{ github.server_url"))
                .then_some(Own::Source);
        };
        match known.in_words(expression).as_deref() {
            Some("{version}") => return Some(Own::Version),
            Some("{commit}") => return Some(Own::Commit),
            Some(_) => return None,
            None if known.is_unread(expression) => return None,
            None if expression.ends_with("#v") => return Some(Own::Version),
            None => {}
        }
        let lower = expression.to_lowercase();
        let last =
            lower.rsplit(['.', '\'']).find(|part| part.starts_with(|sign: char| sign.is_alphanumeric()));
        let last = last.unwrap_or_default();
        let is_output =
            lower.starts_with("steps.") || lower.starts_with("needs.") || lower.contains("outputs.");
        match last {
            "sha" | "revision" | "commit" if is_output || lower == "github.sha" => Some(Own::Commit),
            "version" if is_output => Some(Own::Version),
            "html_url" | "clone_url" | "repositoryurl" if lower.starts_with("github.") => Some(Own::Source),
            "updated_at" | "timestamp" | "published_at" | "created_at" => Some(Own::Date),
            _ if is_output && ["date", "created", "time"].iter().any(|word| last.contains(word)) => {
                Some(Own::Date)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(with: Read, text: &str) -> (DraftImage, Vec<String>) {
        let values = [("env.FLAVOUR", "full"), ("as.env.TAG", "{tag}"), ("as.env.NUMBER", "{version}")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let mut image = DraftImage::default();
        with(text, &Known { values: &values, repository: Some("acme/app") }, &mut image);
        let left = std::mem::take(&mut image.left);
        (image, left)
    }

    #[test]
    fn arguments_are_carried_over_given_anyway_or_told() {
        let (image, left) = read(read_build_args, "A=b\nFLAVOUR=${{ env.FLAVOUR }}\nVERSION=1.2\n");
        assert_eq!(image.build_args.len(), 3);
        assert_eq!(left, [""; 0]);
        for (tags, want) in [("1.2.3\n1.3.0-rc.1", 0), ("1.2.3\nv1.3.0", 1), ("", 1)] {
            let values = [(TAGS.to_owned(), tags.to_owned())].into();
            let known = Known { values: &values, repository: None };
            let mut image = DraftImage::default();
            read_build_args("VERSION=${{ github.ref_name }}", &known, &mut image);
            assert_eq!(image.left.len(), want, "{tags}");
        }
        for (line, hint) in [
            ("VERSION=${{ steps.meta.outputs.version }}", None),
            ("VERSION=${{ env.NUMBER }}", None),
            (
                "VERSION=${{ fromJSON(steps.meta.outputs.json).labels['org.opencontainers.image.version'] }}",
                None,
            ),
            ("VCS_REF=${{ github.sha }}", None),
            ("BUILD_DATE=${{ steps.prep.outputs.created }}", None),
            ("BUILD_DATE=${{ github.event.head_commit.timestamp }}", None),
            ("VERSION=${{ github.ref_name }}", Some(" (VERSION is given as the version alone, as in 1.2.3)")),
            ("VERSION=${{ env.TAG }}", Some(" (VERSION is given as the version alone, as in 1.2.3)")),
            ("VERSION=${{ github.sha }}", Some(" (VERSION is given as the version alone, as in 1.2.3)")),
            ("VCS_REF=${{ steps.a.outputs.short }}", Some(" (VCS_REF is given as the whole commit)")),
            ("COMMIT=${{ github.sha }}", Some(" (a Dockerfile that declares ARG VCS_REF is given that)")),
            (
                "APP=${{ steps.meta.outputs.version }}",
                Some(" (a Dockerfile that declares ARG VERSION is given that)"),
            ),
            ("GEN_VERSION=${{ steps.gen.outputs.version }}", Some("")),
            ("VERSION=${{ steps.gen.outputs.version }}", None),
            ("APP=${{ github.run_id }}", Some("")),
            ("NPM=${{ vars.NPM }}", Some("")),
        ] {
            let (image, left) = read(read_build_args, line);
            let want: Vec<String> =
                hint.map(|hint| format!("build-args: {line}{hint}")).into_iter().collect();
            assert_eq!((image.build_args, left), (vec![], want), "{line}");
        }
    }

    #[test]
    fn labels_that_say_something_else_are_told() {
        let key = "org.opencontainers.image";
        for (line, is_told) in [
            ("version=${{ steps.meta.outputs.version }}", false),
            ("version=${{ github.run_number }}", true),
            ("revision=${{ github.sha }}", false),
            ("created=${{ steps.date.outputs.date }}", false),
            ("source=${{ github.event.repository.html_url }}", false),
            ("source=${{ github.server_url }}/${{ github.repository }}", false),
            ("url=${{ vars.HOMEPAGE }}", true),
        ] {
            let (_, left) = read(read_labels, &format!("{key}.{line}"));
            let want: Vec<String> = is_told.then(|| format!("label: {key}.{line}")).into_iter().collect();
            assert_eq!(left, want, "{line}");
            let (_, left) = read(read_annotations, &format!("index:{key}.{line}"));
            assert_eq!(left.is_empty(), !is_told, "{line}");
        }
    }
}
