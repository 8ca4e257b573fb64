//! What is in an index, and where.

use std::collections::BTreeSet;
use std::ops::Range;

use super::INDEX_LIMIT;
use super::scan::{At, Piece, Scan};
use super::shape::{Entries, Index, IndexError, Listed, Versions};

/// Reads an index.
///
/// # Errors
/// See [`IndexError`]. A broken entry is none: see [`Index::broken`].
pub fn read(text: &str) -> Result<Index, IndexError> {
    if text.len() > INDEX_LIMIT {
        return Err(IndexError::TooLong { length: text.len() });
    }
    let mut reader = Reader { text, scan: Scan::of(text) };
    reader.whole()
}

struct Reader<'t> {
    text: &'t str,
    scan: Scan<'t>,
}

impl Reader<'_> {
    fn whole(&mut self) -> Result<Index, IndexError> {
        let mut index = Index { charts: Vec::new(), entries: Entries::Absent, generated: None };
        let (Piece::Mapping, at) = self.scan.next()? else { return Err(IndexError::NoMapping) };
        self.check_lines(at)?;
        let mut has_api_version = false;
        let mut keys = BTreeSet::new();
        while let Some((key, at)) = self.key(&mut keys)? {
            let (piece, value) = self.scan.next()?;
            match (key.as_str(), &piece) {
                ("entries", Piece::Mapping) if !self.is_bracket(value) => {
                    index.entries = self.entries(&mut index.charts, value)?;
                    continue;
                }
                ("entries", Piece::Mapping) => {
                    let end = self.scan.skip(&piece, value)?;
                    let empty =
                        self.text.get(value.byte + 1..end.byte).is_some_and(|text| text.trim().is_empty());
                    if !empty {
                        return Err(IndexError::Brackets { line: value.line });
                    }
                    index.entries = Entries::Empty(value.byte..end.byte + 1);
                    continue;
                }
                ("entries", Piece::Scalar(text)) if matches!(text.as_str(), "" | "~" | "null") => {
                    let begins = if text.is_empty() { self.behind_colon(at, &key) } else { value.byte };
                    index.entries = Entries::Empty(begins..begins + text.len());
                }
                ("entries", _) => return Err(IndexError::Kind { key, want: "mapping", line: value.line }),
                ("generated", Piece::Scalar(_)) => index.generated = Some(self.literal(value)),
                ("apiVersion", Piece::Scalar(text)) => has_api_version = !text.is_empty(),
                _ => {}
            }
            self.scan.skip(&piece, value)?;
        }
        if has_api_version { Ok(index) } else { Err(IndexError::NoApiVersion) }
    }

    /// The charts, up to the end of the mapping.
    fn entries(&mut self, charts: &mut Vec<Versions>, begun: At) -> Result<Entries, IndexError> {
        let column = begun.byte - self.line_start(begun.byte);
        let mut keys = BTreeSet::new();
        while let Some((name, at)) = self.key(&mut keys)? {
            let begins = self.line_start(at.byte);
            let (piece, value) = self.scan.next()?;
            let mut versions = Versions { name, listed: Vec::new(), begins, list: None };
            match &piece {
                Piece::List => match self.find_dash(value) {
                    Some(column) => self.versions(&mut versions, column)?,
                    None => return Err(IndexError::Brackets { line: value.line }),
                },
                _ => {
                    return Err(IndexError::Kind {
                        key: versions.name,
                        want: "list of versions",
                        line: value.line,
                    });
                }
            }
            charts.push(versions);
        }
        let end = charts.last().and_then(|last| last.list).map_or(self.text.len(), |(_, end)| end);
        Ok(Entries::Mapping { column, end })
    }

    fn versions(&mut self, versions: &mut Versions, column: usize) -> Result<(), IndexError> {
        loop {
            let (piece, at) = self.scan.next()?;
            if matches!(piece, Piece::End | Piece::Done | Piece::Again) {
                versions.list = Some((column, self.end_of_list(at, column)));
                return Ok(());
            }
            let mut listed =
                Listed { line: at.line, begins: self.item_start(at, column), ..Listed::default() };
            match piece {
                Piece::Mapping => self.listed(&mut listed)?,
                other => drop(self.scan.skip(&other, at)?),
            }
            versions.listed.push(listed);
        }
    }

    /// Where the line of an item's dash begins. What the item holds may begin in a line below.
    fn item_start(&self, at: At, column: usize) -> usize {
        let begins = self.line_start(at.byte);
        let dash = format!("\n{}-", " ".repeat(column));
        let up_to_dash = self.text.get(..begins + column + 1).unwrap_or_default();
        up_to_dash.rfind(&dash).map_or(begins, |newline| newline + 1)
    }

    /// Where more items could be put: behind the last line of a list, before comments about what follows.
    fn end_of_list(&self, at: At, column: usize) -> usize {
        let mut end = if at.byte >= self.text.len() { self.text.len() } else { self.line_start(at.byte) };
        while let Some(last) = self.text.get(..end).and_then(|text| text.split_inclusive('\n').next_back()) {
            let rest = last.trim_start_matches(' ');
            let is_about_what_follows = rest.starts_with('#') && last.len() - rest.len() <= column;
            if !is_about_what_follows && !rest.trim().is_empty() {
                break;
            }
            end -= last.len();
        }
        end
    }

    /// One version.
    fn listed(&mut self, listed: &mut Listed) -> Result<(), IndexError> {
        listed.is_mapping = true;
        let mut keys = BTreeSet::new();
        while let Some((key, _)) = self.key(&mut keys)? {
            let (piece, at) = self.scan.next()?;
            match (key.as_str(), piece) {
                ("name", Piece::Scalar(text)) => listed.name = Some(text).filter(|text| !text.is_empty()),
                ("version", Piece::Scalar(text)) => {
                    listed.version = Some(text).filter(|text| !text.is_empty())
                }
                ("digest", Piece::Scalar(text)) => listed.digest = Some(text).filter(|text| !text.is_empty()),
                ("urls", Piece::List) => listed.urls = self.count_texts()?,
                (_, piece) => drop(self.scan.skip(&piece, at)?),
            }
        }
        Ok(())
    }

    /// How many texts a list has.
    fn count_texts(&mut self) -> Result<usize, IndexError> {
        let mut count = 0;
        loop {
            let (piece, at) = self.scan.next()?;
            match piece {
                Piece::End | Piece::Done | Piece::Again => return Ok(count),
                Piece::Scalar(text) => count += usize::from(!text.is_empty()),
                other => drop(self.scan.skip(&other, at)?),
            }
        }
    }

    /// The next key of a mapping; `None` at its end.
    fn key(&mut self, keys: &mut BTreeSet<String>) -> Result<Option<(String, At)>, IndexError> {
        let (piece, at) = self.scan.next()?;
        match piece {
            Piece::Scalar(key) if keys.insert(key.clone()) => Ok(Some((key, at))),
            Piece::Scalar(key) => Err(IndexError::Twice { key, line: at.line }),
            Piece::End | Piece::Done | Piece::Again => Ok(None),
            Piece::Mapping | Piece::List | Piece::Alias => Err(IndexError::DoesNotParse {
                line: at.line,
                message: "a key that is not plain text".to_owned(),
            }),
        }
    }

    fn check_lines(&self, at: At) -> Result<(), IndexError> {
        if self.is_bracket(at) { Err(IndexError::Brackets { line: at.line }) } else { Ok(()) }
    }

    fn is_bracket(&self, at: At) -> bool {
        self.text.get(at.byte..).is_some_and(|text| text.starts_with(['{', '[']))
    }

    /// The column of the dash that begins a list; `None` if it begins with a bracket. The parser lets some lists begin
    /// with their dash and others behind it.
    fn find_dash(&self, at: At) -> Option<usize> {
        let line = self.text.get(self.line_start(at.byte)..)?;
        let rest = line.trim_start_matches(' ');
        rest.starts_with('-').then(|| line.len() - rest.len())
    }

    fn line_start(&self, byte: usize) -> usize {
        self.text.get(..byte).and_then(|text| text.rfind('\n')).map_or(0, |newline| newline + 1)
    }

    /// Where the value of a key would stand that has none.
    fn behind_colon(&self, at: At, key: &str) -> usize {
        let rest = self.text.get(at.byte + key.len()..).unwrap_or_default();
        rest.find(':').map_or(self.text.len(), |colon| at.byte + key.len() + colon + 1)
    }

    /// The bytes of a scalar of one line.
    fn literal(&self, at: At) -> Range<usize> {
        let line = self.text.get(at.byte..).and_then(|text| text.lines().next()).unwrap_or_default();
        let quote = line.chars().next().filter(|first| matches!(first, '"' | '\''));
        let length = match quote {
            Some(quote) => line.get(1..).and_then(|rest| rest.find(quote)).map_or(line.len(), |end| end + 2),
            None => {
                line.find(" #").map_or(line, |comment| line.get(..comment).unwrap_or(line)).trim_end().len()
            }
        };
        at.byte..at.byte + length
    }
}
