//! Commands that give images other names without building them.

use super::builds::flags;
use super::{commands_of, repository_of};

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

/// The one image that `docker buildx imagetools create` gives other tags; none where it joins several, or platforms by their
/// digests.
pub(in crate::setup::from_workflows) fn retagged(run: &str) -> Option<String> {
    const WITH_VALUE: [&str; 6] = ["-t", "--tag", "-f", "--file", "--annotation", "--builder"];
    let mut sources = Vec::new();
    for words in commands_of(run) {
        let Some(at) = words.iter().position(|word| word == "imagetools") else { continue };
        let mut words = words.iter().skip(at + 2).map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                _ if WITH_VALUE.contains(&word) => drop(words.next()),
                _ if word.starts_with('-') => {}
                _ => sources.push(word.to_owned()),
            }
        }
    }
    sources.dedup();
    match sources.as_slice() {
        [one] if !one.contains('@') && !one.contains("$(") => Some(one.clone()),
        _ => None,
    }
}
