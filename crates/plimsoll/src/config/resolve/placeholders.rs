//! Paths of files with placeholders in them.

use super::inside::resolve_path;
use super::{invalid, reserved};
use crate::config::file::nearest;
use crate::config::file::written::Spanned;
use crate::config::problems::{Problems, Span, Told};

/// What stands for a part of the platform.
pub(super) const OF_PLATFORMS: &[&str] = &["os", "arch", "variant"];
/// The same, and what stands for the artifact.
pub(super) const OF_ARTIFACTS: &[&str] = &["name", "os", "arch", "variant"];

/// A path with placeholders, of which there are those in `known`.
///
/// # Errors
/// It leaves the repository, or has a placeholder that there is not.
pub(super) fn resolve_template(
    path: Spanned<&str>,
    known: &[&str],
    problems: &mut Problems<'_>,
) -> Result<String, Told> {
    let mut rest = path.value;
    while let Some((_, opened)) = rest.split_once('{') {
        let Some((name, closed)) = opened.split_once('}') else { break };
        check_placeholder(name, known, &path.span, problems)?;
        rest = closed;
    }
    if rest.contains(['{', '}']) {
        let message = format!("`{}` has a brace without its other half", path.value);
        return Err(problems.error(&path.span, invalid(message)));
    }
    resolve_path(path, problems)
}

fn check_placeholder(
    name: &str,
    known: &[&str],
    span: &Span,
    problems: &mut Problems<'_>,
) -> Result<(), Told> {
    if known.contains(&name) {
        return Ok(());
    }
    if name == "component" {
        return Err(problems.error(span, reserved("`{component}` is reserved and can't be used yet")));
    }
    let diagnostic = invalid(format!("there is no placeholder `{{{name}}}` for files"));
    let diagnostic = match (nearest(name, known.iter().copied()), known) {
        (Some(meant), _) => diagnostic.help(format!("did you mean `{{{meant}}}`?")),
        (None, [most @ .., last]) => {
            let most = most.iter().map(|name| format!("`{{{name}}}`")).collect::<Vec<_>>().join(", ");
            diagnostic.help(format!("there are {most} and `{{{last}}}`"))
        }
        (None, []) => diagnostic,
    };
    Err(problems.error(span, diagnostic))
}
