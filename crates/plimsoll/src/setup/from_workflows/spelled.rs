//! Names and tags of images as they are written out: `acme/app:1.0`, `acme/app:sha-${{ … }}`.

use super::expression::{Filled, Known};
use super::image::{DraftImage, Place, apart, label};
use super::places::{parse_place, short_name, split_tag};
use super::rules::{Rules, Source};
use super::workflow::Triggers;

/// Tags that are written out: `acme/app:1.0`, `acme/app:sha-${{ … }}`.
pub(super) struct Spelled<'a> {
    /// The occasions on which they are given.
    pub(super) triggers: &'a Triggers,
    pub(super) lines: &'a [String],
}

pub(super) fn read_tags(spelled: Spelled<'_>, known: &Known<'_>, image: &mut DraftImage) {
    let Spelled { triggers, lines } = spelled;
    let mut rules = Vec::new();
    for line in lines {
        let line = known.fill_with(line, &|expression| known.in_words(expression)).into_text();
        let split = split_tag(&line).and_then(|(name, tag)| Some((parse_place(name)?, tag)));
        let Some((repository, tag)) = split else {
            image.left.push(format!("tag: {line}"));
            continue;
        };
        // A tag that is not understood says where the image goes all the same.
        if !image.repositories.contains(&repository) {
            image.repositories.push(repository);
        }
        match known.fill_with(tag, &guess_placeholder) {
            Filled::Known(tag) if !rules.contains(&tag) => rules.push(tag),
            Filled::Known(_) => {}
            Filled::Unknown { .. } => image.left.push(format!("tag: {line}")),
        }
    }
    image.name = short_name(&image.repositories);
    if rules.is_empty() {
        return;
    }
    image.rules = Rules::read(&rules, &[], Source { triggers, known }, &mut image.left);
}

/// The images that `docker buildx imagetools create` gives their tags, one for each repository with rules of its own.
pub(super) fn find_named(place: Place<'_>, left: &mut Vec<String>) -> Vec<DraftImage> {
    let Place { job, step, known, triggers, .. } = place;
    // What stands in an expression is one word.
    let run = step.run.replace("${{ ", "${{").replace(" }}", "}}");
    let mut words = run.split_whitespace();
    let mut lines: Vec<String> = Vec::new();
    while let Some(word) = words.next() {
        let named = match word {
            "-t" | "--tag" => words.next(),
            word => word.strip_prefix("--tag="),
        };
        let name = named.map(|name| name.trim_matches(['"', '\'']));
        lines.extend(name.filter(|name| name.contains(':') && !name.contains('(')).map(in_expressions));
    }
    let mut image = DraftImage { apart: apart(job), ..DraftImage::default() };
    read_tags(Spelled { triggers, lines: &lines }, known, &mut image);
    if image.repositories.is_empty() {
        // What docker/metadata-action says in another step is read there.
        let is_metadata = step.run.contains("DOCKER_METADATA_OUTPUT");
        left.extend((!is_metadata).then(|| format!("step `{}`: which tags it gives", label(step))));
        return Vec::new();
    }
    vec![image]
}

/// A shell's variables, written as expressions are: `${name}` and `$name` as `${{ name }}`.
pub(super) fn in_expressions(text: &str) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        written.push_str(before);
        if let Some(whole) = after.strip_prefix("{{") {
            written.push_str("${{");
            rest = whole;
        } else if let Some((name, behind)) = after.strip_prefix('{').and_then(|inside| inside.split_once('}'))
        {
            written.push_str(&format!("${{{{ {name} }}}}"));
            rest = behind;
        } else {
            let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
            let end = after.find(|character| !is_part(character)).unwrap_or(after.len());
            let (name, behind) = after.split_at(end);
            written.push_str(&format!("${{{{ {name} }}}}"));
            rest = behind;
        }
    }
    written.push_str(rest);
    written
}

/// What an output of a step, or a value of the event, stands for by its name.
pub(super) fn guess_placeholder(expression: &str) -> Option<String> {
    let last = expression.rsplit('.').next().unwrap_or(expression).to_lowercase();
    let placeholder = match last.as_str() {
        _ if expression.ends_with("#v") => "{version}",
        "ref_name" | "tag_name" | "github_ref_name" => "{tag}",
        "number" => "{number}",
        _ if matches!(expression, "github.sha" | "GITHUB_SHA") => "{commit}",
        _ if last.contains("minor") => "{major}.{minor}",
        _ if last.contains("major") => "{major}",
        _ if last.contains("sha") => "{sha}",
        _ if last.contains("version") => "{version}",
        _ => return None,
    };
    Some(placeholder.to_owned())
}
