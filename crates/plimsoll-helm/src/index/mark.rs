//! Versions that are not to be used any more: `deprecated: true` in their entries, and every other byte kept.

use std::ops::Range;

use super::merge::MergeError;
use super::read::read;
use super::shape::{Index, Listed, Versions};

/// What stands behind the mark, so that it can be told from what the chart says of itself.
const OURS: &str = "deprecated: true # yanked";

/// Whether a version is to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// As its package says, of which it is not known whether it says anything: only a mark that was made here is taken away.
    Open,
    /// As its package says, which says nothing of being deprecated: nor does the entry, whoever has written it anew since the mark.
    Undeprecated,
    /// It is yanked.
    Yanked,
}

/// Marks a version as yanked, or takes that mark away. The text is the same if nothing is to be done; `None` if the version is
/// not listed. What a package says of itself stays.
///
/// # Errors
/// The index can't be read, or the entry is written so that no line can be put into it.
pub fn mark(text: &str, chart: &str, version: &str, wanted: Use) -> Result<Option<String>, MergeError> {
    let index = read(text)?;
    let Some((listed, range)) = find_entry(text, &index, chart, version) else { return Ok(None) };
    let entry = text.get(range.clone()).unwrap_or_default();
    let edited = match wanted {
        Use::Yanked => deprecate(entry).ok_or(MergeError::Unmarkable { line: listed.line })?,
        Use::Open => without_mark(entry),
        Use::Undeprecated => undeprecate(entry).ok_or(MergeError::Unmarkable { line: listed.line })?,
    };
    let (before, behind) = (text.get(..range.start), text.get(range.end..));
    let marked = [before.unwrap_or_default(), &edited, behind.unwrap_or_default()].concat();
    prove(&index, &marked)?;
    Ok(Some(marked))
}

/// An entry, and its bytes.
fn find_entry<'i>(
    text: &str,
    index: &'i Index,
    chart: &str,
    version: &str,
) -> Option<(&'i Listed, Range<usize>)> {
    let versions: &Versions = index.find_chart(chart)?;
    let at = versions.listed.iter().position(|listed| listed.version.as_deref() == Some(version))?;
    let listed = versions.listed.get(at)?;
    let end = match versions.listed.get(at + 1) {
        Some(next) => next.begins,
        None => versions.list.map_or(text.len(), |(_, end)| end),
    };
    Some((listed, listed.begins..end))
}

/// The key of a line that begins at a column; `None` for lines of values and comments.
fn key_at(line: &str, column: usize) -> Option<&str> {
    let (lead, rest) = line.split_at_checked(column)?;
    let key = rest.split(':').next()?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric()) && key.len() < rest.len();
    let is_lead = |lead: &str| lead.chars().all(|c| c == ' ' || c == '-');
    (is_lead(lead) && is_key).then_some(key)
}

/// The column of an entry's keys: behind the dash and its spaces.
fn column_of(entry: &str) -> Option<usize> {
    let first = entry.lines().next()?;
    let dash = first.find('-')?;
    let behind = first.get(dash + 1..)?;
    let column = dash + 1 + (behind.len() - behind.trim_start_matches(' ').len());
    key_at(first, column).map(|_| column)
}

/// The entry with the mark, where Helm sorts its key; `None` if there is no place for a line.
fn deprecate(entry: &str) -> Option<String> {
    let column = column_of(entry)?;
    let mut lines: Vec<String> = entry.split_inclusive('\n').map(str::to_owned).collect();
    let find = |wanted: &dyn Fn(&str) -> bool, lines: &[String]| {
        lines.iter().position(|line| key_at(line, column).is_some_and(wanted))
    };
    if let Some(said) = find(&|key| key == "deprecated", &lines) {
        let line = lines.get_mut(said)?;
        let value = line.get(column + "deprecated:".len()..)?.trim();
        let value = value.split(" #").next().unwrap_or_default().trim();
        return match value {
            "true" => Some(entry.to_owned()),
            _ => None,
        };
    }
    let place =
        lines.iter().skip(1).position(|line| key_at(line, column).is_some_and(|key| key > "deprecated"));
    let place = place.map_or(lines.len(), |place| place + 1);
    let is_open = place > 0 && lines.get(place - 1).is_some_and(|line| !line.ends_with('\n'));
    let end = if is_open { "" } else { "\n" };
    let lead = if is_open { "\n" } else { "" };
    lines.insert(place, format!("{lead}{}{OURS}{end}", " ".repeat(column)));
    Some(lines.concat())
}

fn without_mark(entry: &str) -> String {
    entry.split_inclusive('\n').filter(|line| line.trim() != OURS).collect()
}

/// The entry without the key, of which Helm has left out the words behind it; `None` if it is more than a line of its own.
fn undeprecate(entry: &str) -> Option<String> {
    let entry = without_mark(entry);
    let Some(column) = column_of(&entry) else { return Some(entry) };
    let is_key = |line: &str| key_at(line, column) == Some("deprecated");
    match entry.split_inclusive('\n').position(is_key) {
        None => Some(entry),
        Some(0) => None,
        Some(at) => {
            let lines = entry.split_inclusive('\n').enumerate();
            Some(lines.filter(|(number, _)| *number != at).map(|(_, line)| line).collect())
        }
    }
}

/// The new text lists the same, with the same digests.
fn prove(index: &Index, marked: &str) -> Result<(), MergeError> {
    let after = read(marked).map_err(|_| MergeError::NotProven)?;
    let facts = |index: &Index| {
        let listed = index.charts.iter().flat_map(|chart| {
            chart
                .listed
                .iter()
                .map(|one| (chart.name.clone(), one.version.clone(), one.digest.clone(), one.urls))
        });
        listed.collect::<Vec<_>>()
    };
    if facts(index) == facts(&after) { Ok(()) } else { Err(MergeError::NotProven) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "\
apiVersion: v1
entries:
  app:
  # The newest.
  - apiVersion: v2
    appVersion: v1.1.0
    description: |
      deprecated: true
    digest: aa
    name: app
    urls:
    - app-1.1.0.tgz
    version: 1.1.0
  - name: app
    version: 1.0.0
    digest: bb
    urls: [app-1.0.0.tgz]
  other:
  - {name: other, version: 1.0.0, urls: [other.tgz], digest: cc}
  - apiVersion: v2
    deprecated: true
    name: other
    version: 0.9.0
    urls: [o.tgz]
generated: \"2026-01-02T03:04:05Z\"
";

    fn marked(chart: &str, version: &str, wanted: Use, text: &str) -> String {
        mark(text, chart, version, wanted).expect("it can be marked").expect("it is listed")
    }

    #[test]
    fn a_mark_is_one_line_where_helm_sorts_it() {
        let yanked = marked("app", "1.1.0", Use::Yanked, INDEX);
        let want = "    appVersion: v1.1.0\n    deprecated: true # yanked\n    description: |\n";
        assert_eq!(yanked, INDEX.replace("    appVersion: v1.1.0\n    description: |\n", want));
        assert_eq!(marked("app", "1.1.0", Use::Yanked, &yanked), yanked, "once is enough");
        assert_eq!(marked("app", "1.1.0", Use::Open, &yanked), INDEX);
        let first = marked("app", "1.0.0", Use::Yanked, INDEX);
        assert!(
            first.contains("  - name: app\n    deprecated: true # yanked\n    version: 1.0.0\n"),
            "{first}"
        );
    }

    #[test]
    fn what_a_chart_says_of_itself_stays() {
        assert_eq!(marked("other", "0.9.0", Use::Yanked, INDEX), INDEX);
        assert_eq!(marked("other", "0.9.0", Use::Open, INDEX), INDEX);
    }

    /// Helm drops comments where it writes an index anew.
    #[test]
    fn what_helm_has_left_of_a_mark_goes_where_the_package_says_nothing_of_it() {
        let yanked = marked("app", "1.1.0", Use::Yanked, INDEX);
        let rewritten = yanked.replace("deprecated: true # yanked", "deprecated: true");
        assert_eq!(marked("app", "1.1.0", Use::Open, &rewritten), rewritten, "it may be the package's own");
        for text in [yanked.as_str(), rewritten.as_str(), INDEX] {
            assert_eq!(marked("app", "1.1.0", Use::Undeprecated, text), INDEX);
        }
        let first = INDEX.replace(
            "  - name: app\n    version: 1.0.0",
            "  - deprecated: true\n    name: app\n    version: 1.0.0",
        );
        assert!(matches!(
            mark(&first, "app", "1.0.0", Use::Undeprecated),
            Err(MergeError::Unmarkable { .. })
        ));
        assert_eq!(marked("other", "1.0.0", Use::Undeprecated, INDEX), INDEX, "in brackets");
    }

    #[test]
    fn what_has_no_place_for_a_line_is_refused_and_what_is_not_listed_is_none() {
        let brackets = mark(INDEX, "other", "1.0.0", Use::Yanked);
        assert!(matches!(brackets, Err(MergeError::Unmarkable { line: 19 })), "{brackets:?}");
        assert_eq!(mark(INDEX, "app", "9.9.9", Use::Yanked), Ok(None));
        assert_eq!(mark(INDEX, "none", "1.0.0", Use::Open), Ok(None));
        assert!(matches!(mark("entries: [", "app", "1.0.0", Use::Yanked), Err(MergeError::Index(_))));
    }
}
