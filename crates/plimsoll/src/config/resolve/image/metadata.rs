//! Labels and annotations.

use std::collections::BTreeMap;

use crate::config::file::written::Section;
use crate::config::problems::{Problems, Told, every};
use crate::config::resolve::invalid;

/// Resolves a table of texts whose keys are labels or annotations.
pub(super) fn resolve(
    section: &Section,
    key: &str,
    problems: &mut Problems<'_>,
) -> Result<BTreeMap<String, String>, Told> {
    let Some(table) = section.section(key)? else { return Ok(BTreeMap::new()) };
    let entries: Vec<Result<(String, String), Told>> = table
        .entries()
        .map(|(name, entry)| {
            if name.trim().is_empty()
                || name.contains(|c: char| c.is_control() || c.is_whitespace() || c == '=')
            {
                let message = format!("`{}` can't be the key of a label or annotation", name.escape_debug());
                return Err(problems.error(&entry.key, invalid(message)));
            }
            let value = table.text(name)?.map_or("", |text| text.value);
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect();
    every(entries).map(BTreeMap::from_iter)
}
