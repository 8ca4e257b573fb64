//! `README.md` of a ledger: what is in it, for people who look at the folder.

use plimsoll_tags::version::{Scheme, Version};

use crate::statement::record::{Record, file_name};
use crate::world::ledger::LedgerFile;

/// The index's file name.
pub const INDEX: &str = "README.md";

const BEGIN: &str = "<!-- plimsoll: from here to the end mark this is written anew with each release -->";
const END: &str = "<!-- plimsoll: end -->";
const HEADING: &str = "# Releases\n\nOne record per release; `plimsoll info VERSION` reads it, `plimsoll verify VERSION` compares it with the world.\n\n";

/// Renders the index. What people wrote around it in `existing` is kept byte for byte.
pub fn render_index(existing: Option<&str>, records: &[Record]) -> String {
    let table = format!("{BEGIN}\n{}{END}", render_table(records));
    let Some(existing) = existing else { return format!("{HEADING}{table}\n") };
    let around =
        existing.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    match around {
        Some((before, after)) => format!("{before}{table}{after}"),
        None => format!("{}\n\n{table}\n", existing.trim_end()),
    }
}

/// The index of the record files given; files that can't be read are left out, which is no reason not to write others.
pub fn index_of(existing: Option<&[u8]>, files: &[LedgerFile]) -> String {
    let whose = "project".parse().expect("a word of letters is a name");
    let records = files.iter().filter_map(|file| Record::parse(&file.name, &file.bytes, &whose).ok());
    let existing = existing.map(String::from_utf8_lossy);
    render_index(existing.as_deref(), &records.collect::<Vec<_>>())
}

fn render_table(records: &[Record]) -> String {
    let mut rows: Vec<&Record> = records.iter().collect();
    rows.sort_by(|a, b| compare(&b.version, &a.version));
    let mut text = String::from("| version | released | commit | images |\n|---|---|---|---|\n");
    for record in rows {
        let images = record.docker_images.iter().map(|(name, image)| format!("{name} `{}`", image.digest));
        let images = images.collect::<Vec<_>>().join("<br>");
        let (version, file) = (&record.version, file_name(&record.version));
        let (date, commit) =
            (record.release_date.split('T').next().unwrap_or_default(), record.git_commit.short());
        text.push_str(&format!("| [{version}]({file}) | {date} | `{commit}` | {images} |\n"));
    }
    text
}

/// Versions in their order, whichever scheme reads both.
fn compare(a: &str, b: &str) -> std::cmp::Ordering {
    let parse = |scheme, text| Version::parse(scheme, text).ok();
    let schemes = [Scheme::Semver, Scheme::Pep440];
    let read = schemes.into_iter().find_map(|scheme| Some((parse(scheme, a)?, parse(scheme, b)?)));
    read.map_or_else(|| a.cmp(b), |(a, b)| a.cmp(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::artifact::ArtifactName;

    fn record(version: &str) -> Record {
        let whose: ArtifactName = "app".parse().unwrap();
        let text = format!(
            r#"{{"version":"{version}","release_date":"2026-01-02T03:04:05Z","git_commit":"{}","git_ref":"refs/tags/v{version}"}}"#,
            "ab".repeat(20)
        );
        Record::parse("x", text.as_bytes(), &whose).unwrap()
    }

    #[test]
    fn keeps_what_people_wrote() {
        let first = render_index(Some("# Ours\n\nRead me.\n"), &[record("1.9.0")]);
        assert!(first.starts_with("# Ours\n\nRead me.\n\n<!--"), "{first}");
        let edited = format!("{first}\nBelow.\n");
        let second = render_index(Some(&edited), &[record("1.9.0"), record("1.10.0")]);
        assert!(
            second.starts_with("# Ours\n\nRead me.\n\n<!--") && second.ends_with("\nBelow.\n"),
            "{second}"
        );
        let at = |version: &str| second.find(&format!("[{version}]")).unwrap();
        assert!(at("1.10.0") < at("1.9.0"), "{second}");
        assert_eq!(render_index(Some(&second), &[record("1.10.0"), record("1.9.0")]), second);
    }

    #[test]
    fn begins_with_a_heading() {
        let index = render_index(None, &[record("0.1.0.1")]);
        assert!(
            index.starts_with("# Releases\n")
                && index.contains("| [0.1.0.1](v0.1.0.1-release-info.json) | 2026-01-02 | `abababa` |"),
            "{index}"
        );
    }
}
