//! New entries, put into the text of an index.

use super::entry::{Entry, Place};
use super::read::read;
use super::shape::{Entries, Index, IndexError, Listed, Versions};
use crate::version::newest_first;

/// How entries are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merging {
    /// Where the packages can be fetched.
    pub place: Place,
    /// The time that new entries and the index itself say, in RFC 3339.
    pub time: String,
}

/// What became of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Its text. The same as before if nothing was added.
    pub text: String,
    /// What became of each package, in their order.
    pub outcomes: Vec<Outcome>,
}

/// What became of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was listed.
    Added,
    /// It is listed already, with this digest.
    Present,
}

/// Why nothing was merged. The index is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// The index can't be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A version is listed with another package, or twice among the new ones.
    #[error("`{name}` {version} is listed with {}", found.as_ref().map_or("no digest".to_owned(), |found| format!("digest {found}")))]
    Taken {
        /// The chart.
        name: String,
        /// The version.
        version: String,
        /// The digest that is listed.
        found: Option<String>,
        /// The digest of the new package.
        want: String,
        /// The line of the entry, from 1; of none if both are new.
        line: Option<usize>,
    },
    /// The entry is written so that no line can be put into it, or says that it is not deprecated.
    #[error("line {line}: the entry can't be marked as deprecated")]
    Unmarkable {
        /// The line of the entry, from 1.
        line: usize,
    },
    /// The new text would not have all that the old one had. This is a bug; the index is as it was.
    #[error("an entry of the index would be lost")]
    NotProven,
}

/// Puts packages into an index.
///
/// # Errors
/// See [`MergeError`].
pub fn merge(text: &str, packages: &[Entry], how: &Merging) -> Result<Merged, MergeError> {
    let index = read(text)?;
    let outcomes = check(&index, packages)?;
    let new: Vec<&Entry> = packages
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| **outcome == Outcome::Added)
        .map(|(new, _)| new)
        .collect();
    if new.is_empty() {
        return Ok(Merged { text: text.to_owned(), outcomes });
    }
    let mut splices = Vec::new();
    splices.extend(entries(text, &index, &new, how));
    // Last: what goes to the end of the text stands behind the entries that do.
    splices.extend(generated(text, &index, &how.time));
    let merged = splice(text, splices).ok_or(MergeError::NotProven)?;
    prove(text, &index, &merged, &new)?;
    Ok(Merged { text: merged, outcomes })
}

/// Says of each package whether it must be added.
fn check(index: &Index, packages: &[Entry]) -> Result<Vec<Outcome>, MergeError> {
    let mut outcomes = Vec::new();
    for (place, package) in packages.iter().enumerate() {
        let (name, version) = (&package.metadata.name, &package.metadata.version);
        let taken = |found: Option<&str>, line| MergeError::Taken {
            name: name.clone(),
            version: version.clone(),
            found: found.map(str::to_owned),
            want: package.bare_digest().to_owned(),
            line,
        };
        let listed = index.find_chart(name).into_iter().flat_map(|versions| &versions.listed);
        let same: Vec<&Listed> = listed.filter(|listed| listed.version.as_ref() == Some(version)).collect();
        let before = packages.iter().take(place);
        let mut before =
            before.filter(|other| other.metadata.name == *name && other.metadata.version == *version);
        outcomes.push(match (same.first(), before.next()) {
            (Some(listed), _) if listed.is(package) => Outcome::Present,
            (Some(listed), _) => return Err(taken(listed.digest.as_deref(), Some(listed.line))),
            (None, Some(other)) if other.digest == package.digest => Outcome::Present,
            (None, Some(other)) => return Err(taken(Some(other.bare_digest()), None)),
            (None, None) => Outcome::Added,
        });
    }
    Ok(outcomes)
}

impl Listed {
    /// Whether it lists this package. Some write the algorithm before the digest.
    fn is(&self, package: &Entry) -> bool {
        let digest = self.digest.as_deref().map(|digest| digest.strip_prefix("sha256:").unwrap_or(digest));
        digest.is_some_and(|digest| digest.eq_ignore_ascii_case(package.bare_digest()))
    }
}

/// New text for a place, or over some bytes.
struct Splice {
    from: usize,
    to: usize,
    text: String,
}

fn splice(text: &str, mut splices: Vec<Splice>) -> Option<String> {
    splices.sort_by_key(|splice| (splice.from, splice.to));
    let added: usize = splices.iter().map(|splice| splice.text.len()).sum();
    let mut edited = String::with_capacity(text.len() + added);
    let mut at = 0;
    for splice in splices {
        edited.push_str(text.get(at..splice.from)?);
        edited.push_str(&splice.text);
        at = splice.to;
    }
    edited.push_str(text.get(at..)?);
    Some(edited)
}

fn generated(text: &str, index: &Index, time: &str) -> Option<Splice> {
    let quoted = format!("\"{time}\"");
    match &index.generated {
        Some(range) => Some(Splice { from: range.start, to: range.end, text: quoted }),
        None => {
            let lead = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            let end = text.len();
            // Behind an end mark or a second document there is no place for it, and Helm does not ask for it.
            let has_marks = text.lines().any(|line| matches!(line.trim_end(), "..." | "---"));
            (!has_marks).then(|| Splice { from: end, to: end, text: format!("{lead}generated: {quoted}\n") })
        }
    }
}

fn entries(text: &str, index: &Index, new: &[&Entry], how: &Merging) -> Vec<Splice> {
    let mut sorted: Vec<&Entry> = new.to_vec();
    // Those that go into one place stand in the order of the index.
    sorted.sort_by(|one, other| {
        let (one, other) = (&one.metadata, &other.metadata);
        one.name.cmp(&other.name).then_with(|| newest_first(&one.version, &other.version))
    });
    let mut splices: Vec<Splice> = Vec::new();
    let mut fresh: Vec<(&str, Vec<&Entry>)> = Vec::new();
    for entry in sorted {
        let name = entry.metadata.name.as_str();
        match index.find_chart(name).and_then(|versions| versions.list.map(|list| (versions, list))) {
            Some((versions, (column, end))) => {
                let at = place_among(versions, &entry.metadata.version).unwrap_or(end);
                splices.push(insertion(text, at, entry.render(&how.place, &how.time, column)));
            }
            None => match fresh.last_mut().filter(|(other, _)| *other == name) {
                Some((_, entries)) => entries.push(entry),
                None => fresh.push((name, vec![entry])),
            },
        }
    }
    splices.extend(fresh_charts(text, index, &fresh, how));
    splices
}

/// Where a version goes: before the first one that is older, or that can't be ordered.
fn place_among(versions: &Versions, version: &str) -> Option<usize> {
    let older = |listed: &&Listed| {
        newest_first(version, listed.version.as_deref().unwrap_or_default()) == std::cmp::Ordering::Less
    };
    versions.listed.iter().find(older).map(|listed| listed.begins)
}

fn fresh_charts(text: &str, index: &Index, fresh: &[(&str, Vec<&Entry>)], how: &Merging) -> Vec<Splice> {
    if fresh.is_empty() {
        return Vec::new();
    }
    let column = match &index.entries {
        Entries::Mapping { column, .. } => *column,
        Entries::Empty(_) | Entries::Absent => 2,
    };
    let render = |(name, entries): &(&str, Vec<&Entry>)| {
        let key = if is_bare(name) { (*name).to_owned() } else { serde_json::Value::from(*name).to_string() };
        let items: String = entries.iter().map(|entry| entry.render(&how.place, &how.time, column)).collect();
        format!("{}{key}:\n{items}", " ".repeat(column))
    };
    match &index.entries {
        Entries::Mapping { end, .. } => {
            let at = |name: &str| {
                index.charts.iter().find(|chart| chart.name.as_str() > name).map(|chart| chart.begins)
            };
            fresh.iter().map(|chart| insertion(text, at(chart.0).unwrap_or(*end), render(chart))).collect()
        }
        Entries::Empty(range) => {
            let charts: String = fresh.iter().map(render).collect();
            let charts = charts.trim_end_matches('\n');
            let before =
                text.get(..range.start).map_or(range.start, |before| before.trim_end_matches(' ').len());
            vec![Splice { from: before, to: range.end, text: format!("\n{charts}") }]
        }
        Entries::Absent => {
            let charts: String = fresh.iter().map(render).collect();
            vec![insertion(text, text.len(), format!("entries:\n{charts}"))]
        }
    }
}

fn is_bare(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'))
        && !matches!(
            name.to_ascii_lowercase().as_str(),
            "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
        )
}

/// Lines put in at the start of a line, or behind a last line that has no end.
fn insertion(text: &str, at: usize, lines: String) -> Splice {
    let open = at > 0 && !text.get(..at).is_some_and(|before| before.ends_with('\n'));
    let text = if open { format!("\n{}", lines.trim_end_matches('\n')) } else { lines };
    Splice { from: at, to: at, text }
}

/// Reads the new text, and compares what is in it with what should be.
fn prove(text: &str, index: &Index, merged: &str, new: &[&Entry]) -> Result<(), MergeError> {
    let after = read(merged).map_err(|_| MergeError::NotProven)?;
    if after.count() != index.count() + new.len() || after.broken().len() != index.broken().len() {
        return Err(MergeError::NotProven);
    }
    for versions in &index.charts {
        let found = after.find_chart(&versions.name).ok_or(MergeError::NotProven)?;
        let mut pieces = found.pieces(merged).into_iter();
        // In order: each old one is somewhere behind the one before.
        if !versions.pieces(text).into_iter().all(|piece| pieces.any(|other| other == piece)) {
            return Err(MergeError::NotProven);
        }
    }
    let is_there = |entry: &&Entry| {
        let versions = after.find_chart(&entry.metadata.name);
        versions.is_some_and(|versions| {
            versions
                .listed
                .iter()
                .any(|listed| listed.version.as_ref() == Some(&entry.metadata.version) && listed.is(entry))
        })
    };
    if new.iter().all(is_there) { Ok(()) } else { Err(MergeError::NotProven) }
}

impl Versions {
    /// The text of each entry, without the white space at its end.
    pub(super) fn pieces<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let end = self.list.map_or(text.len(), |(_, end)| end);
        let ends = self.listed.iter().skip(1).map(|listed| listed.begins).chain([end]);
        let piece =
            |(listed, end): (&Listed, usize)| text.get(listed.begins..end).unwrap_or_default().trim_end();
        self.listed.iter().zip(ends).map(piece).collect()
    }
}

#[cfg(test)]
mod tests;
