//! `.helmignore`: which files of a folder are no part of the chart (Helm's `pkg/ignore`).
//!
//! Not what git does: the first rule that fits decides, `!` ignores all that does *not* match, `**` is an error, and
//! only the file at the root of the chart is read. Files whose names begin with a dot below `templates/` are always
//! ignored.

mod pattern;

use pattern::Pattern;

use crate::chart::ChartFile;

/// The name of the file with the rules.
pub const FILE: &str = ".helmignore";
/// The rule that holds for every chart.
const ALWAYS: &str = "templates/.?*";

/// The rules of a chart.
#[derive(Clone, Debug)]
pub struct Rules(Vec<Rule>);

/// Why rules can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreError {
    /// `**` stands for nothing in Helm.
    #[error("line {line}: `{rule}` holds `**`, which Helm does not know")]
    DoubleStar {
        /// The line, from 1.
        line: usize,
        /// The rule.
        rule: String,
    },
    /// The pattern is malformed.
    #[error("line {line}: `{rule}` is no pattern")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The rule.
        rule: String,
    },
}

impl IgnoreError {
    /// The line that the error is about, from 1.
    pub fn line(&self) -> usize {
        match self {
            Self::DoubleStar { line, .. } | Self::Malformed { line, .. } => *line,
        }
    }
}

/// Whether a path fits a pattern as `.helmignore` has them (Go's `filepath.Match`); what is no pattern fits nothing.
pub fn matches(pattern: &str, path: &str) -> bool {
    Pattern::parse(pattern).is_some_and(|pattern| pattern.matches(path))
}

/// Why nothing is left out of a chart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeaveOutError {
    /// The rules can't be read.
    #[error(".helmignore: {0}")]
    Rules(#[from] IgnoreError),
    /// The file with the rules is not UTF-8.
    #[error(".helmignore is not UTF-8")]
    NotText,
}

/// Leaves out of the files of a chart's folder what its `.helmignore` names.
///
/// # Errors
/// See [`LeaveOutError`].
pub fn leave_out(files: Vec<ChartFile>) -> Result<Vec<ChartFile>, LeaveOutError> {
    let rules = match files.iter().find(|file| file.path == FILE) {
        Some(file) => {
            let text = std::str::from_utf8(&file.bytes).map_err(|_| LeaveOutError::NotText)?;
            Rules::parse(text)?
        }
        None => Rules::none(),
    };
    Ok(files.into_iter().filter(|file| !rules.ignores_below(&file.path)).collect())
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A folder. If it is ignored, so is everything in it.
    Folder,
    /// Anything else.
    File,
}

#[derive(Clone, Debug)]
struct Rule {
    /// `None` never matches: what is left of the rule without its slash is no pattern.
    pattern: Option<Pattern>,
    sense: Sense,
    folders_only: bool,
    by: By,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sense {
    Matching,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Path,
    Name,
}

impl Rules {
    /// The rules of a chart without a `.helmignore`.
    pub fn none() -> Rules {
        Rules(parse_rule(ALWAYS, 0).ok().flatten().into_iter().collect())
    }

    /// Reads a `.helmignore`.
    ///
    /// # Errors
    /// See [`IgnoreError`].
    pub fn parse(text: &str) -> Result<Rules, IgnoreError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rules = Vec::new();
        for (index, line) in text.lines().enumerate() {
            rules.extend(parse_rule(line, index + 1)?);
        }
        rules.extend(Rules::none().0);
        Ok(Rules(rules))
    }

    /// Whether a path, relative to the chart and with `/` between its parts, is no part of the chart.
    pub fn ignores(&self, path: &str, kind: Kind) -> bool {
        for rule in &self.0 {
            let wrong_kind = rule.folders_only && kind == Kind::File;
            match rule.sense {
                Sense::Other if wrong_kind || !rule.matches(path) => return true,
                Sense::Matching if !wrong_kind && rule.matches(path) => return true,
                Sense::Other | Sense::Matching => {}
            }
        }
        false
    }
}

impl Rules {
    /// Whether a file is no part of the chart: itself, or a folder that it lies in.
    pub fn ignores_below(&self, path: &str) -> bool {
        let folders = path.match_indices('/').filter_map(|(slash, _)| path.get(..slash));
        folders.into_iter().any(|folder| self.ignores(folder, Kind::Folder)) || self.ignores(path, Kind::File)
    }
}

impl Rule {
    fn matches(&self, path: &str) -> bool {
        let text = match self.by {
            By::Path => path,
            By::Name => path.rsplit('/').next().unwrap_or(path),
        };
        self.pattern.as_ref().is_some_and(|pattern| pattern.matches(text))
    }
}

fn parse_rule(line: &str, number: usize) -> Result<Option<Rule>, IgnoreError> {
    let text = line.trim();
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    if text.contains("**") {
        return Err(IgnoreError::DoubleStar { line: number, rule: text.to_owned() });
    }
    // Helm tries the rule as it is written and matches with what is left of it below.
    if Pattern::parse(text).is_none() {
        return Err(IgnoreError::Malformed { line: number, rule: text.to_owned() });
    }
    let (sense, text) = match text.strip_prefix('!') {
        Some(rest) => (Sense::Other, rest),
        None => (Sense::Matching, text),
    };
    let (folders_only, text) = match text.strip_suffix('/') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (by, text) = match text.strip_prefix('/') {
        Some(rest) => (By::Path, rest),
        None if text.contains('/') => (By::Path, text),
        None => (By::Name, text),
    };
    Ok(Some(Rule { pattern: Pattern::parse(text), sense, folders_only, by }))
}

#[cfg(test)]
mod tests;
