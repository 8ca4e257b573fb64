//! Labels and annotations.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::context::Context;
use super::expression::{Expression, ExpressionError, Scope};

/// What a forge says of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repository {
    /// Its name, without its owner.
    pub name: String,
    /// One sentence about it.
    pub description: String,
    /// Its web address.
    pub url: String,
    /// Its licence by SPDX.
    pub license: String,
}

/// Labels, or annotations without their level, in the order of keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata(Vec<(String, String)>);

/// Makes labels: the eight that are known, then the lines of the user, of which a later one wins.
///
/// A line without `=` is dropped.
///
/// # Errors
/// A line has an expression that cannot be read.
pub fn labels<'line>(
    repository: &Repository,
    version: &str,
    context: &Context,
    lines: impl IntoIterator<Item = &'line str>,
) -> Result<Metadata, ExpressionError> {
    let prefix = "org.opencontainers.image.";
    let created = context.now.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    let known = [
        ("title", repository.name.as_str()),
        ("description", &repository.description),
        ("url", &repository.url),
        ("source", &repository.url),
        ("version", version),
        ("created", &created),
        ("revision", &context.sha),
        ("licenses", &repository.license),
    ];
    let mut labels: BTreeMap<String, String> =
        known.into_iter().map(|(key, value)| (format!("{prefix}{key}"), value.to_owned())).collect();
    for line in lines {
        let line = Expression::parse(line, Scope::Global)?.render(context);
        if let Some((key, value)) = line.split_once('=') {
            labels.insert(key.to_owned(), value.to_owned());
        }
    }
    Ok(Metadata::of(labels))
}

impl Metadata {
    /// Puts entries into the order in which docker/metadata-action prints them.
    pub fn of(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by(|(one, _), (two, _)| compare(one, two));
        Self(entries)
    }

    /// Returns the entries in the order of keys.
    pub fn entries(&self) -> &[(String, String)] {
        &self.0
    }

    /// Returns `key=value` for each.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(|(key, value)| format!("{key}={value}")).collect()
    }

    /// Returns `level:key=value` for each level and each entry.
    pub fn annotations<'level>(&self, levels: impl IntoIterator<Item = &'level str>) -> Vec<String> {
        let of_level = |level: &str| -> Vec<String> {
            self.0.iter().map(|(key, value)| format!("{level}:{key}={value}")).collect()
        };
        levels.into_iter().flat_map(of_level).collect()
    }
}

/// Compares as JavaScript's `localeCompare` does for ASCII: punctuation, digits, letters; case only breaks ties.
fn compare(one: &str, two: &str) -> Ordering {
    const PUNCTUATION: &str = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";
    let rank = |character: char| match PUNCTUATION.find(character) {
        Some(place) => (0, u32::try_from(place).unwrap_or(u32::MAX)),
        None => (1, u32::from(character.to_ascii_lowercase())),
    };
    let primary = one.chars().map(rank).cmp(two.chars().map(rank));
    // Of two spellings that differ in case alone, the one in lower case comes first.
    primary.then_with(|| two.cmp(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_a_dictionary() {
        let keys = ["b", "B", "a.b", "a-b", "A", "ab", "a1", "a"];
        let sorted = Metadata::of(keys.map(|key| (key.to_owned(), String::new())));
        let sorted: Vec<&str> = sorted.entries().iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(sorted, ["a", "A", "a-b", "a.b", "a1", "ab", "b", "B"]);
    }

    #[test]
    fn annotations_have_every_level() {
        let metadata = Metadata::of([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
        assert_eq!(
            metadata.annotations(["manifest", "index"]),
            ["manifest:a=1", "manifest:b=2", "index:a=1", "index:b=2"]
        );
        assert_eq!(metadata.lines(), ["a=1", "b=2"]);
    }
}
