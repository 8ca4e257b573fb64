//! The table: lines of Markdown, as the guide shows them.

use std::fmt;
use std::path::PathBuf;

use super::figures::Figures;

/// What stands above the lines.
pub(crate) const HEAD: &str = "\
| repository | commit | images | charts | compose files | tag rules | deployments | not carried over | `check` | tag | steps of `plan` | `rehearse` |
|---|---|---|---|---|---|---|---|---|---|---|---|
";

/// All lines.
pub(crate) struct Table {
    pub(crate) lines: Vec<String>,
}

impl Table {
    fn path() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cli/public_repositories/table.md")
    }

    /// Reads the file.
    pub(crate) fn read() -> Table {
        let text = std::fs::read_to_string(Table::path()).unwrap();
        let lines = text.strip_prefix(HEAD).expect("the table has its heading").lines();
        Table { lines: lines.map(str::to_owned).collect() }
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> String {
        self.lines.iter().fold(HEAD.to_owned(), |text, line| format!("{text}{line}\n"))
    }

    /// Ends the test if lines differ; writes them if that was asked for.
    pub(super) fn settle(&self, differing: &[String]) {
        match std::env::var_os("UPDATE_DOCUMENTS") {
            Some(_) => std::fs::write(Table::path(), self.text()).unwrap(),
            None => self.compare(differing),
        }
    }

    /// Ends the test if lines differ.
    pub(super) fn compare(&self, differing: &[String]) {
        assert!(
            differing.is_empty(),
            "{} of {} lines differ; with UPDATE_DOCUMENTS=1 they are written: look at the difference\n{}",
            differing.len(),
            self.lines.len(),
            differing.join("\n")
        );
    }
}

/// A line: which commit and tags are tried, and what was found.
pub(super) struct Row {
    /// `owner/name`.
    pub(super) repository: String,
    /// The commit, as far as it takes to name it.
    pub(super) commit: String,
    /// The tags that are planned and rehearsed; the first is the project's.
    pub(super) tags: Vec<String>,
    figures: Vec<String>,
    ends: Vec<String>,
}

impl Row {
    /// Reads a line.
    pub(super) fn parse(line: &str) -> Row {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let [repository, commit, figures @ .., tags, plans, rehearsals] = cells.as_slice() else {
            panic!("no line of the table: {line}");
        };
        Row {
            repository: (*repository).to_owned(),
            commit: (*commit).to_owned(),
            tags: tags.split(", ").map(str::to_owned).collect(),
            figures: figures.iter().map(|&cell| cell.to_owned()).collect(),
            ends: vec![(*plans).to_owned(), (*rehearsals).to_owned()],
        }
    }

    /// The same line with other figures.
    pub(super) fn with(&self, figures: &Figures) -> Row {
        let drafted = figures.drafted.iter().map(ToString::to_string);
        Row {
            repository: self.repository.clone(),
            commit: self.commit.clone(),
            tags: self.tags.clone(),
            figures: drafted.chain([figures.check.clone()]).collect(),
            ends: vec![figures.plans.join(", "), figures.rehearsals.join(", ")],
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tags = [self.tags.join(", ")];
        let named = [self.repository.clone(), self.commit.clone()];
        let cells = named.iter().chain(&self.figures).chain(&tags).chain(&self.ends);
        write!(f, "|")?;
        for cell in cells {
            write!(f, " {cell} |")?;
        }
        Ok(())
    }
}
