//! Versions that a ledger knows, by the words of people.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::entry::Entry;

use crate::explain::Asked;

/// How many versions are named where one is not known.
const NEAREST: usize = 3;

/// A version without its `v`.
pub(super) fn bare(tag: &str) -> &str {
    tag.strip_prefix('v').unwrap_or(tag)
}

/// The release that somebody means by a tag or version, with or without `v`.
pub(super) fn pick<'a>(entries: &'a [Entry], tag: &str) -> Option<&'a Entry> {
    entries.iter().find(|entry| {
        let version = entry.version.to_string();
        entry.tag.0 == tag || version == tag || version == bare(tag)
    })
}

pub(super) fn unknown(entries: &[Entry], tag: &str, asked: &Asked) -> Diagnostic {
    let message = format!("no release `{tag}` is known");
    let unknown = Diagnostic::error(Code::UnknownRelease, Cure::FixThenRunAgain, message);
    let near = nearest(tag, entries.iter().map(|entry| entry.tag.0.clone()).collect());
    let unknown = match near.is_empty() {
        true => unknown.fact("known", "none"),
        false => unknown.fact("nearest", near.join(", ")),
    };
    let all = Asked { tag: None, ..asked.clone() };
    unknown.help(format!("see all: `{}`", all.command("list")))
}

/// The tags most like `tag`, best first.
pub(crate) fn nearest(tag: &str, mut known: Vec<String>) -> Vec<String> {
    known.sort_by_cached_key(|one| strsim::damerau_levenshtein(bare(tag), bare(one)));
    known.truncate(NEAREST);
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        let known = ["v2.0.0", "v1.4.0", "v1.3.9", "v1.4.1"].map(str::to_owned).to_vec();
        assert_eq!(nearest("1.4.2", known), ["v1.4.0", "v1.4.1", "v1.3.9"]);
        assert!(nearest("v1", Vec::new()).is_empty());
    }
}
