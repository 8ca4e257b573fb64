//! `VERSION`: a file of one line, with white space round it or not.

use super::{FoundVersion, VersionFileError};

pub(super) fn read(path: &str, text: &str) -> Result<FoundVersion, VersionFileError> {
    let mut filled = (1..).zip(text.split('\n')).filter(|(_, line)| !line.trim().is_empty());
    let (Some((line, content)), None) = (filled.next(), filled.next()) else {
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        return Err(VersionFileError::NotOneLine { path: path.to_owned(), lines });
    };
    let indent = content.chars().take_while(|character| character.is_whitespace()).count();
    Ok(FoundVersion {
        path: path.to_owned(),
        key: None,
        text: content.trim().to_owned(),
        line,
        column: indent + 1,
        scheme: None,
    })
}

pub(super) fn set(path: &str, text: &str, value: &str) -> Result<String, VersionFileError> {
    let found = read(path, text)?;
    // A file that spells versions as git tags do goes on with it: who reads it may want the `v`.
    let has_v =
        found.text.strip_prefix('v').is_some_and(|rest| rest.starts_with(|sign: char| sign.is_ascii_digit()));
    let v = if has_v { "v" } else { "" };
    let head = text.len() - text.trim_start().len();
    let (before, after) =
        (text.get(..head).unwrap_or_default(), text.get(text.trim_end().len()..).unwrap_or_default());
    Ok(format!("{before}{v}{value}{after}"))
}
