//! Lists of texts.

use super::unforeseen;
use crate::config::file::written::Section;
use crate::config::problems::{Problems, Told, every};

/// One text or a list of them; none where it is not written.
pub(super) fn one_or_more(
    section: &Section,
    key: &str,
    problems: &mut Problems<'_>,
) -> Result<Vec<String>, Told> {
    match section.text(key)? {
        Some(one) => Ok(vec![one.value.to_owned()]),
        None => texts(section, key, problems),
    }
}

/// The texts of a list; none where it is not written.
pub(super) fn texts(section: &Section, key: &str, problems: &mut Problems<'_>) -> Result<Vec<String>, Told> {
    let Some(list) = section.list(key)? else { return Ok(Vec::new()) };
    every(list.value.iter().map(|item| {
        let node = item.as_ref().map_err(|told| *told)?;
        match node.text() {
            Some(text) => Ok(text.value.to_owned()),
            None => Err(unforeseen(&node.span, problems)),
        }
    }))
}
