//! Labels and annotations.

use std::collections::BTreeMap;

use plimsoll_tags::notation::action::expression::{Expression, ExpressionError, Scope};

use crate::config::file::written::Section;
use crate::config::problems::{Problems, Told, every};
use crate::config::resolve::invalid;

/// What may be written in a label.
const KNOWN: &str = "there are `{{branch}}`, `{{tag}}`, `{{sha}}`, `{{base_ref}}`, `{{is_default_branch}}`, \
    `{{is_not_default_branch}}`, `{{date 'YYYY-MM-DD'}}` and `{{commit_date 'YYYY-MM-DD'}}`";

/// Resolves a table of texts whose keys are labels or annotations. The texts may have expressions of
/// docker/metadata-action in them.
pub(super) fn resolve(
    section: &Section,
    key: &str,
    problems: &mut Problems<'_>,
) -> Result<BTreeMap<String, Expression>, Told> {
    let Some(table) = section.section(key)? else { return Ok(BTreeMap::new()) };
    let entries: Vec<Result<(String, Expression), Told>> = table
        .entries()
        .map(|(name, entry)| {
            if name.trim().is_empty()
                || name.contains(|c: char| c.is_control() || c.is_whitespace() || c == '=')
            {
                let message = format!("`{}` can't be the key of a label or annotation", name.escape_debug());
                return Err(problems.error(&entry.key, invalid(message)));
            }
            let Some(text) = table.text(name)? else { return Ok((name.to_owned(), Expression::default())) };
            let value = Expression::parse(text.value, Scope::Global);
            let value = value.map_err(|error| {
                let meant = match &error {
                    ExpressionError::UnknownName { suggestion: Some(meant), .. } => {
                        format!("did you mean `{{{{{meant}}}}}`?")
                    }
                    _ => KNOWN.to_owned(),
                };
                problems.error(&text.span, invalid(error).help(meant))
            });
            Ok((name.to_owned(), value?))
        })
        .collect();
    every(entries).map(BTreeMap::from_iter)
}
