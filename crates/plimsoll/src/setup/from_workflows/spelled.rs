//! Names and tags of images as they are written out: `acme/app:1.0`, `acme/app:sha-${{ … }}`.

use plimsoll_tags::table::Table;
use plimsoll_tags::version::{Scheme, Version};

use super::expression::{Filled, Known};
use super::guarded::{Name, read_names};
use super::guessed::{guess_on, minor_alone};
use super::image::{DraftImage, Place, apart, builds_for_tags, label, names_output};
use super::joined::Part;
use super::occasions::{self, At, Purpose};
use super::places::{is_open, parse_place, short_name, split_tag};
use super::references::Sent;
use super::retagged::Retag;
use super::rules::{Rules, Source};
use super::script::{self, ImagetoolsCreate};
use super::tag_words::{out_of_tag_words, with_ref_names};
use super::workflow::Triggers;

/// Tags that are written out: `acme/app:1.0`, `acme/app:sha-${{ … }}`.
pub(super) struct Spelled<'a> {
    /// The occasions on which they are given.
    pub(super) triggers: &'a Triggers,
    pub(super) lines: &'a [String],
}

/// Reads them: the image has all tags in all places, and what goes where is noted.
pub(super) fn read_tags(spelled: Spelled<'_>, known: &Known<'_>, image: &mut DraftImage) {
    let Spelled { triggers, lines } = spelled;
    let mut all = Tags::default();
    let mut by_place: Vec<(String, Tags)> = Vec::new();
    for written in lines {
        let line = known.fill_with(written, &|expression| known.in_words(expression)).into_text();
        let split = split_name(&line);
        let is_place_known = split.as_ref().is_some_and(|(repository, _)| !is_open(repository));
        // Where it goes, or all of it, may be another thing on each occasion.
        if !is_place_known && let Some(each) = on_each(&line, triggers, known) {
            if let Some((place, apart)) = take_each(&line, each, image) {
                let tags = Tags { apart, ..Tags::default() };
                note(&mut by_place, &place, &tags);
                all.extend(tags);
            }
            continue;
        }
        let Some((repository, tag)) = split else {
            image.left.push(format!("tag: {line}"));
            continue;
        };
        let mut tags = Tags::default();
        // Whoever writes a version there changes it with each release.
        if is_version(tag) && !written.contains("matrix.") {
            image.left.push(format!("tag: {line} (a version that is written out is that of one release)"));
            note(&mut by_place, &repository, &tags);
            image.add_repository(repository);
            continue;
        }
        if let Some(each) = of_ref_name(tag, triggers, known, &mut image.left) {
            tags.apart.extend(each);
        } else {
            match known.fill_with(tag, &|expression| guess_on(triggers, known, expression)) {
                Filled::Known(tag) => tags.each.push(minor_alone(&tag)),
                Filled::Unknown { .. } => match on_each(tag, triggers, known) {
                    Some(each) => tags.apart.extend(each),
                    None => image.left.push(format!("tag: {line}")),
                },
            }
        }
        // A tag that is not understood says where the image goes all the same.
        note(&mut by_place, &repository, &tags);
        all.extend(tags);
        image.add_repository(repository);
    }
    image.name = short_name(&image.repositories);
    image.rules = all.read(triggers, known, &mut image.left);
    for (place, tags) in by_place {
        // What can't be carried over of them is told of all.
        let rules = tags.read(triggers, known, &mut Vec::new());
        image.sent.push(Sent::to(&place, triggers, rules, &[]));
    }
}

/// Notes where a name goes whose tag is none here, and tells why.
pub(super) fn note_place(line: &str, why: &str, place: Place<'_>, image: &mut DraftImage) {
    let Place { known, triggers, .. } = place;
    let line = known.fill_with(line, &|expression| known.in_words(expression)).into_text();
    image.left.push(format!("tag: {line} ({why})"));
    if let Some((repository, _)) = split_name(&line) {
        image.sent.push(Sent::to(&repository, triggers, Rules::default(), &[]));
        image.add_repository(repository);
    }
}

/// Whether a tag is one whole version, and no line of them.
fn is_version(tag: &str) -> bool {
    Version::parse(Scheme::Semver, tag.strip_prefix('v').unwrap_or(tag)).is_ok()
}

/// Tags that are written out.
#[derive(Clone, Default)]
struct Tags {
    /// Those of every occasion.
    each: Vec<String>,
    /// Those that are for one occasion.
    apart: Vec<(Table, String)>,
}

impl Tags {
    fn extend(&mut self, other: Tags) {
        for tag in other.each {
            if !self.each.contains(&tag) {
                self.each.push(tag);
            }
        }
        self.apart.extend(other.apart);
    }

    fn read(self, triggers: &Triggers, known: &Known<'_>, left: &mut Vec<String>) -> Rules {
        let mut rules = match self.each.is_empty() {
            true => Rules::default(),
            false => Rules::read(&self.each, &[], Source { triggers, known }, left),
        };
        for (table, tag) in self.apart {
            let triggers = &occasions::only(triggers, &table);
            rules.merge(Rules::read(&[tag], &[], Source { triggers, known }, left));
        }
        rules
    }
}

fn note(by_place: &mut Vec<(String, Tags)>, place: &str, tags: &Tags) {
    match by_place.iter_mut().find(|(known, _)| known == place) {
        Some((_, known)) => known.extend(tags.clone()),
        None => by_place.push((place.to_owned(), tags.clone())),
    }
}

/// Takes over names that each occasion has of its own. Where a release goes is where the image goes; what goes elsewhere on
/// another occasion is told, since an image goes to all its places on each.
fn take_each(
    line: &str,
    each: Vec<(Table, String)>,
    image: &mut DraftImage,
) -> Option<(String, Vec<(Table, String)>)> {
    let mut named = Vec::new();
    for (table, text) in each {
        match split_name(&text) {
            Some((repository, tag)) => named.push((table, repository, tag.to_owned())),
            None => image.left.push(format!("tag under `{table}`: {text}")),
        }
    }
    let is_release = |table: &Table| matches!(table, Table::Release | Table::Promotion);
    let first = named.iter().find(|(table, ..)| is_release(table)).or(named.first());
    let place = first.map(|(_, repository, _)| repository.clone())?;
    let mut apart = Vec::new();
    for (table, repository, tag) in named {
        if repository == place {
            apart.push((table, tag));
        } else {
            image.left.push(format!(
                "tag under `{table}`: {repository}:{tag} (from {line}): a release goes to {place}, and what pushes there goes on"
            ));
        }
    }
    image.add_repository(place.clone());
    Some((place, apart))
}

/// Whether it is the name of the git tag or the branch.
pub(super) fn is_ref_name(expression: &str) -> bool {
    matches!(expression, "github.ref_name" | "env.GITHUB_REF_NAME" | "GITHUB_REF_NAME")
}

/// A tag with the name of the git tag or the branch in it, as it is on each occasion, where there are some beside git tags;
/// else none. What it is for a pull request is no tag.
fn of_ref_name(
    tag: &str,
    triggers: &Triggers,
    known: &Known<'_>,
    left: &mut Vec<String>,
) -> Option<Vec<(Table, String)>> {
    let expressions = tag.split("${{").skip(1).filter_map(|rest| rest.split_once("}}"));
    let is_named = expressions.into_iter().any(|(inside, _)| is_ref_name(inside.trim()));
    if !is_named || (triggers.branches.is_none() && triggers.pull_request.is_none()) {
        return None;
    }
    let mut each = Vec::new();
    for at in At::all(triggers, known) {
        let word = match at.table {
            Table::Release | Table::Promotion => "{tag}",
            Table::Branch(_) | Table::AnyBranch => "{branch}",
            Table::PullRequest => {
                left.push(format!(
                    "tag under `{}`: {tag} (there it is `NUMBER/merge`, which is no tag)",
                    at.table
                ));
                continue;
            }
        };
        let also = |expression: &str| match is_ref_name(expression) {
            true => Some(word.to_owned()),
            false => known.in_words(expression).or_else(|| guess_on(triggers, known, expression)),
        };
        match at.fill(tag, Purpose::Tag, &also) {
            Filled::Known(text) => each.push((at.table, minor_alone(&text))),
            Filled::Unknown { .. } => return None,
        }
    }
    Some(each)
}

/// A name's repository and its tag.
fn split_name(line: &str) -> Option<(String, &str)> {
    split_tag(line).and_then(|(name, tag)| Some((parse_place(name)?, tag)))
}

/// A text as it is on each occasion, where that is known of all; where it is nothing it is none.
fn on_each(line: &str, triggers: &Triggers, known: &Known<'_>) -> Option<Vec<(Table, String)>> {
    let mut each = Vec::new();
    for at in At::all(triggers, known) {
        // What only a name says is said by the occasion, where that knows.
        let guess = |expression: &str| match is_ref_name(expression) {
            true => at.ref_name(),
            false => guess_on(triggers, known, expression),
        };
        let also = |expression: &str| known.in_words(expression).or_else(|| guess(expression));
        match at.fill(line, Purpose::Tag, &also) {
            Filled::Known(text) if text.is_empty() => {}
            Filled::Known(text) => each.push((at.table, minor_alone(&text))),
            Filled::Unknown { .. } => return None,
        }
    }
    (!each.is_empty()).then_some(each)
}

/// The images that `docker buildx imagetools create` gives their tags, one for each repository with rules of its own.
pub(super) fn find_named(place: Place<'_>, left: &mut Vec<String>) -> Vec<DraftImage> {
    let Place { job, step, known, .. } = place;
    // By what is joined to get them; nothing: what is named otherwise.
    let mut groups: Vec<(Vec<String>, Vec<Name>)> = vec![Default::default()];
    for (words, under) in script::guarded_commands(&step.run) {
        let Some(create) = ImagetoolsCreate::of(&words) else { continue };
        let is_name = |name: &&&str| name.contains(':') && !name.starts_with("$(");
        let under = if under.is_empty() { Vec::new() } else { vec![under] };
        let name = |name: &&str| Name { line: in_expressions(&with_ref_names(name)), under: under.clone() };
        let names = create.names.iter().filter(is_name).map(name);
        let parts = create.parts();
        match groups.iter_mut().find(|(known, _)| *known == parts) {
            Some((_, known)) => known.extend(names),
            None => groups.push((parts, names.collect())),
        }
    }
    let mut images = Vec::new();
    for (parts, names) in groups {
        let mut image = DraftImage { apart: apart(job), ..DraftImage::default() };
        if read_names(&names, place, &mut image).is_none() {
            return Vec::new();
        }
        match parts.is_empty() {
            true => {
                let from = script::retagged(&step.run);
                let from = from.map(|from| known.fill(&in_expressions(&out_of_tag_words(&from))).into_text());
                image.retag = from.as_deref().and_then(Retag::of);
                image.left.extend(from.and_then(|from| tell_retag(place, &from)));
            }
            false => image.joined_of = Part::each(&parts, place),
        }
        images.push(image);
    }
    let is_read = images.iter().any(|image| !image.repositories.is_empty());
    images.retain(|image| !image.repositories.is_empty());
    if !is_read {
        // What docker/metadata-action says in another step is read there.
        let is_metadata = step.run.contains("DOCKER_METADATA_OUTPUT")
            || job.steps.iter().any(|other| names_output(&step.run, other));
        left.extend((!is_metadata).then(|| format!("step `{}`: which tags it gives", label(step))));
    }
    images
}

/// What is said of an image that gets its release tags and is not built then; none where the workflow builds one, too.
pub(super) fn tell_retag(place: Place<'_>, from: &str) -> Option<String> {
    if place.triggers.tags.is_none() || builds_for_tags(place) {
        return None;
    }
    Some(format!(
        "step `{}`: a release gives further tags to {from} today, and builds nothing; here it is built from the commit of the git tag",
        label(place.step)
    ))
}

/// A shell's variables, written as expressions are: `${name}` and `$name` as `${{ name }}`, and what a command says, `$(…)`,
/// as `${{ $(…) }}`.
pub(super) fn in_expressions(text: &str) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        written.push_str(before);
        if let Some(whole) = after.strip_prefix("{{") {
            let (inside, behind) = whole.split_at(whole.find("}}").unwrap_or(0));
            written.push_str(&format!("${{{{{inside}"));
            rest = behind;
        } else if let Some((name, behind)) = after.strip_prefix('{').and_then(|inside| inside.split_once('}'))
        {
            written.push_str(&expression_of(name));
            rest = behind;
        } else if after.starts_with('(') {
            let (command, behind) = after.split_at(end_of_command(after));
            written.push_str(&format!("{SHELL}{command} }}}}"));
            rest = behind;
        } else {
            let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
            let end = after.find(|character| !is_part(character)).unwrap_or(after.len());
            let (name, behind) = after.split_at(end);
            written.push_str(&expression_of(name));
            rest = behind;
        }
    }
    written.push_str(rest);
    written
}

/// A shell's variable as an expression. What a function or a script is given is no number.
fn expression_of(name: &str) -> String {
    match name.chars().all(|sign| sign.is_ascii_digit()) {
        true => format!("{SHELL}{name} }}}}"),
        false => format!("${{{{ {name} }}}}"),
    }
}

/// How an expression begins that stands for something that a shell puts in.
const SHELL: &str = "${{ $";
/// How one begins that stands for what a command says.
pub(super) const COMMAND: &str = "${{ $(";

/// Where a command in parentheses ends.
fn end_of_command(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + sign.len_utf8();
        }
    }
    text.len()
}

/// A text for people, with commands as a shell has them.
pub(super) fn plainly(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(SHELL) {
        let (command, behind) = after.split_once(" }}").unwrap_or((after, ""));
        plain.push_str(&format!("{before}${command}"));
        rest = behind;
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_says_stands_as_it_is_written() {
        for text in ["a:$(git describe --tags)", "$(echo $(cat A))/b-$(cat C)", "a:$(cat", "plain"] {
            let written = in_expressions(text);
            assert!(!written.contains("${{  }}"), "{written}");
            assert_eq!(plainly(&written), text, "{written}");
        }
        assert_eq!(in_expressions("$A-$(cat B)-${C}"), "${{ A }}-${{ $(cat B) }}-${{ C }}");
        assert_eq!(in_expressions("a/$1:${{ $B }}"), "a/${{ $1 }}:${{ $B }}");
    }
}
