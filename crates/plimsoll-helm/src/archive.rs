//! Packaged charts, read without believing them (Helm's `pkg/chart/loader/archive`).
//!
//! Nothing is written anywhere. Paths that leave the chart, links, devices, and more bytes or files than a chart may
//! have are refused, whatever the headers say.

mod headers;

use std::collections::BTreeSet;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use crate::chart::{CHART_YAML, Chart, ChartError, ChartFile};
use crate::{CHART_LIMIT, FILE_LIMIT, FILES_LIMIT};
use headers::HeadersBounded;

/// The longest path that is looked at, in bytes: no file system takes longer ones, but archives may have any.
const NAME_LIMIT: usize = 4096;

/// Why an archive is no packaged chart.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is no tar archive in gzip.
    #[error("it is no gzipped tar archive: {0}")]
    NotAnArchive(#[source] io::Error),
    /// A path leads out of the chart, or is none.
    #[error("`{path}` leads out of the chart")]
    Escapes {
        /// The path as the archive has it.
        path: String,
    },
    /// A file lies at the top, beside the folder of the chart.
    #[error("`{path}` lies outside of the chart's folder")]
    Outside {
        /// The path as the archive has it.
        path: String,
    },
    /// A path is longer than any file's.
    #[error("a path that begins with `{start}` has more than {limit} bytes", limit = NAME_LIMIT)]
    LongName {
        /// Its first bytes.
        start: String,
    },
    /// Two files have one path, and readers would take different ones.
    #[error("`{path}` is there twice")]
    Twice {
        /// The path.
        path: String,
    },
    /// There is something that is no file: a link, a device.
    #[error("`{path}` is {kind}, not a file")]
    NotAFile {
        /// The path.
        path: String,
        /// What it is.
        kind: &'static str,
    },
    /// A file has more bytes than a file of a chart may have.
    #[error("`{path}` has more than {limit} bytes", limit = FILE_LIMIT)]
    FileTooLarge {
        /// The path.
        path: String,
    },
    /// All files together have more bytes than a chart may have.
    #[error("it has more than {limit} bytes unpacked", limit = CHART_LIMIT)]
    TooLarge,
    /// There are more files than any chart has.
    #[error("it has more than {limit} files", limit = FILES_LIMIT)]
    TooManyFiles,
    /// There is nothing in it.
    #[error("there are no files in it")]
    Empty,
    /// The files are no chart.
    #[error(transparent)]
    Chart(Box<ChartError>),
}

/// What may still be unpacked, of a chart with all charts in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    bytes: u64,
    files: usize,
}

impl Budget {
    pub(crate) fn of_a_chart() -> Budget {
        Budget { bytes: CHART_LIMIT, files: FILES_LIMIT }
    }

    /// Takes a file of a length.
    pub(crate) fn take(&mut self, length: usize) -> Result<(), ArchiveError> {
        self.files = self.files.checked_sub(1).ok_or(ArchiveError::TooManyFiles)?;
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        self.bytes = self.bytes.checked_sub(length).ok_or(ArchiveError::TooLarge)?;
        Ok(())
    }
}

/// Reads a packaged chart.
///
/// # Errors
/// See [`ArchiveError`].
pub fn read_chart(packed: &[u8]) -> Result<Chart, ArchiveError> {
    let files = read_files(packed, &mut Budget::of_a_chart())?;
    Chart::from_files(files).map_err(|error| ArchiveError::Chart(Box::new(error)))
}

/// The time that a package says of its `Chart.yaml`, in seconds since 1970; `None` if it says nothing, or is no package.
pub fn find_time(packed: &[u8]) -> Option<u64> {
    let (unpacked, pass) = HeadersBounded::new(MultiGzDecoder::new(packed).take(CHART_LIMIT));
    let mut archive = Archive::new(unpacked);
    let mut entries = archive.entries().ok()?.map_while(Result::ok);
    let chart = entries.find(|entry| {
        pass.over(entry.size());
        name_of(entry).and_then(|name| path_in_chart(&name)).is_ok_and(|path| path == CHART_YAML)
    })?;
    chart.header().mtime().ok()
}

/// Reads the files of a packaged chart, with paths relative to the chart.
pub(crate) fn read_files(packed: &[u8], budget: &mut Budget) -> Result<Vec<ChartFile>, ArchiveError> {
    // Headers and padding count too: without a bound an archive of nothing but headers would never end.
    let room = budget.bytes.saturating_add(budget.files as u64 * 4096);
    let (unpacked, pass) = HeadersBounded::new(MultiGzDecoder::new(packed).take(room));
    let mut archive = Archive::new(unpacked);
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in archive.entries().map_err(ArchiveError::NotAnArchive)? {
        let mut entry = entry.map_err(ArchiveError::NotAnArchive)?;
        pass.over(entry.size());
        let name = name_of(&entry)?;
        match entry.header().entry_type() {
            EntryType::Directory | EntryType::XGlobalHeader | EntryType::XHeader => continue,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse if name.ends_with('/') => {
                continue;
            }
            EntryType::Regular | EntryType::Continuous => {}
            other => return Err(ArchiveError::NotAFile { path: name, kind: kind_of(other) }),
        }
        let path = path_in_chart(&name)?;
        let mut bytes = Vec::new();
        let most = FILE_LIMIT.min(budget.bytes);
        entry.by_ref().take(most + 1).read_to_end(&mut bytes).map_err(ArchiveError::NotAnArchive)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > FILE_LIMIT {
            return Err(ArchiveError::FileTooLarge { path });
        }
        if length < entry.size() {
            return Err(ArchiveError::TooLarge);
        }
        budget.take(bytes.len())?;
        if !seen.insert(path.clone()) {
            return Err(ArchiveError::Twice { path });
        }
        files.push(ChartFile { path, bytes });
    }
    if files.is_empty() { Err(ArchiveError::Empty) } else { Ok(files) }
}

/// An entry's path, as far as it is text.
fn name_of(entry: &Entry<'_, impl Read>) -> Result<String, ArchiveError> {
    let name = entry.path_bytes();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match name.get(..NAME_LIMIT + 1) {
        Some(_) => Err(ArchiveError::LongName { start: text(name.get(..40).unwrap_or_default()) }),
        None => Ok(text(&name)),
    }
}

/// A path without the folder of the chart. Archives made on Windows may have `\` between the parts.
fn path_in_chart(name: &str) -> Result<String, ArchiveError> {
    let escapes = || ArchiveError::Escapes { path: name.to_owned() };
    let slashes = name.replace('\\', "/");
    let mut inside = slashes.as_str();
    // A leading `./` is what `tar c .` writes; behind it the folder follows.
    while let Some(rest) = inside.strip_prefix("./") {
        inside = rest;
    }
    let (folder, path) = inside.split_once('/').ok_or_else(|| match inside {
        CHART_YAML => ArchiveError::Outside { path: name.to_owned() },
        _ => escapes(),
    })?;
    let is_drive = |part: &str| matches!(part.as_bytes(), [drive, b':', ..] if drive.is_ascii_alphabetic());
    let is_part = |part: &str| !matches!(part, "" | ".." | ".") && !part.contains('\0');
    if folder == CHART_YAML {
        return Err(ArchiveError::Outside { path: name.to_owned() });
    }
    if is_part(folder) && path.split('/').all(is_part) && !is_drive(path) {
        Ok(path.to_owned())
    } else {
        Err(escapes())
    }
}

fn kind_of(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Link => "a hard link",
        EntryType::Symlink => "a symbolic link",
        EntryType::Char | EntryType::Block => "a device",
        EntryType::Fifo => "a pipe",
        _ => "of a kind that charts do not have",
    }
}

#[cfg(test)]
mod tests;
