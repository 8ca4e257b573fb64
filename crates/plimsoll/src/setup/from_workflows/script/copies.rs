//! Commands that give images other names without building them.

use super::builds::flags;
use super::{commands_of, repository_of};
use crate::setup::from_workflows::spelled::in_expressions;

/// Where a command puts an image that lies elsewhere, or gets another tag.
pub(super) fn copied_to(program: &str, arguments: &[&str]) -> Option<String> {
    let (flags, others) = flags(arguments);
    let to = flags.iter().find(|(flag, _)| matches!(*flag, "-t" | "--image")).map(|(_, name)| *name);
    match (program, others.as_slice()) {
        ("crane", ["append" | "mutate", ..]) => to.map(str::to_owned),
        ("crane", ["copy" | "cp" | "push", .., name]) => Some((*name).to_owned()),
        ("crane", ["tag", name, tag]) => Some(format!("{}:{tag}", repository_of(name))),
        ("skopeo", ["copy", .., name]) if name.starts_with("docker://") => Some((*name).to_owned()),
        ("regctl", ["image", "copy", .., name]) => Some((*name).to_owned()),
        _ => None,
    }
}

/// Whether a word is skopeo, as a program or as an image that is run: `quay.io/skopeo/stable:latest`.
pub(in crate::setup::from_workflows) fn is_skopeo(word: &str) -> bool {
    let mut parts = word.rsplit('/');
    let name = parts.next().unwrap_or(word).split([':', '@']).next();
    name == Some("skopeo")
        || (matches!(name, Some("stable" | "testing" | "upstream")) && parts.next() == Some("skopeo"))
}

/// What skopeo is told that a command runs in a container: `docker run … quay.io/skopeo/stable copy A B`.
pub(super) fn skopeo_in_container<'a>(arguments: &[&'a str]) -> Option<Vec<&'a str>> {
    let ["run", rest @ ..] = arguments else { return None };
    let at = rest.iter().position(|word| is_skopeo(word))?;
    rest.get(at + 1..).map(<[&str]>::to_vec)
}

/// What a command gives another name, and that name.
pub(super) fn retag(program: &str, arguments: &[&str]) -> Option<(String, String)> {
    let (_, others) = flags(arguments);
    let (from, to) = match (program, others.as_slice()) {
        ("crane", ["tag", from, tag]) => {
            return Some(((*from).to_owned(), format!("{}:{tag}", repository_of(from))));
        }
        ("crane", ["copy" | "cp", from, to]) | ("regctl", ["image", "copy", from, to]) => (*from, *to),
        ("skopeo", ["copy", from, to]) => (from.strip_prefix("docker://")?, to.strip_prefix("docker://")?),
        _ => return None,
    };
    Some((from.to_owned(), to.to_owned()))
}

/// One `docker buildx imagetools create`.
pub(in crate::setup::from_workflows) struct ImagetoolsCreate<'a> {
    /// What it names.
    pub(in crate::setup::from_workflows) names: Vec<&'a str>,
    /// What it gives these names.
    sources: Vec<&'a str>,
}

impl<'a> ImagetoolsCreate<'a> {
    pub(in crate::setup::from_workflows) fn of(words: &'a [String]) -> Option<ImagetoolsCreate<'a>> {
        const WITH_VALUE: [&str; 4] = ["-f", "--file", "--annotation", "--builder"];
        let at = words.iter().position(|word| word == "imagetools")?;
        let (mut names, mut sources) = (Vec::new(), Vec::new());
        let mut words = words.iter().skip(at + 2).map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "-t" | "--tag" => names.extend(words.next()),
                _ if WITH_VALUE.contains(&word) => drop(words.next()),
                _ if word.starts_with('-') => {
                    names.extend(word.strip_prefix("--tag=").or_else(|| word.strip_prefix("-t=")));
                }
                _ => sources.push(word),
            }
        }
        Some(ImagetoolsCreate { names, sources })
    }

    /// The images that it joins by their tags; nothing where it joins none, or platforms by their digests.
    pub(in crate::setup::from_workflows) fn parts(&self) -> Vec<String> {
        let has_tag =
            |name: &&str| repository_of(name) != *name && !name.contains('@') && !name.contains("$(");
        match self.sources.len() > 1 && self.sources.iter().all(has_tag) {
            true => self.sources.iter().map(|name| (*name).to_owned()).collect(),
            false => Vec::new(),
        }
    }
}

/// What a script puts behind a name to have the images of single platforms that it joins to that name, where it is a variable for each
/// of some tags: `-amd64`, `-arm64`. Nothing where not all of its commands do the same.
pub(in crate::setup::from_workflows) fn joined_behind(run: &str) -> Vec<String> {
    let mut all: Vec<Vec<String>> = commands_of(run).iter().filter_map(|words| suffixes(words)).collect();
    all.dedup();
    match all.as_mut_slice() {
        [one] => std::mem::take(one),
        _ => Vec::new(),
    }
}

/// The same of a command that joins images; none: it is another one.
fn suffixes(words: &[String]) -> Option<Vec<String>> {
    let (name, sources) = match ImagetoolsCreate::of(words) {
        Some(create) => match create.names.as_slice() {
            [name] => (*name, create.sources),
            _ => return Some(Vec::new()),
        },
        None => {
            let at = words.windows(2).position(|pair| pair == ["manifest", "create"])?;
            let mut names =
                words.iter().skip(at + 2).map(String::as_str).filter(|word| !word.starts_with('-'));
            (names.next()?, names.collect())
        }
    };
    let begin = in_expressions(name);
    let suffix = |source: &&str| {
        let written = in_expressions(source);
        let suffix = written.strip_prefix(&begin)?;
        let is_plain = suffix.starts_with('-') && !suffix.contains(['$', ':', '@']);
        is_plain.then(|| suffix.to_owned())
    };
    let is_variable = begin.starts_with("${{") && begin.ends_with("}}") && begin.matches("}}").count() == 1;
    let suffixes: Option<Vec<String>> = sources.iter().map(suffix).collect();
    Some(suffixes.filter(|all| is_variable && all.len() > 1).unwrap_or_default())
}

/// The one image that `docker buildx imagetools create` gives other tags; none where it joins several, or platforms by their
/// digests.
pub(in crate::setup::from_workflows) fn retagged(run: &str) -> Option<String> {
    let commands = commands_of(run);
    let all = commands.iter().filter_map(|words| ImagetoolsCreate::of(words));
    let mut sources: Vec<&str> =
        all.filter(|create| create.parts().is_empty()).flat_map(|create| create.sources).collect();
    sources.dedup();
    match sources.as_slice() {
        [one] if !one.contains('@') && !one.contains("$(") => Some((*one).to_owned()),
        _ => None,
    }
}
