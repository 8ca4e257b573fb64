//! `[project]`: what is released.

use plimsoll_engine::domain::artifact::ArtifactName;

use super::remote::{last_part, web_address};
use super::{invalid, missing};
use crate::config::Surroundings;
use crate::config::file::written::{Section, Spanned};
use crate::config::problems::{Problems, Told};

/// What the table says.
#[derive(Clone, Debug)]
pub struct About {
    /// The project's name.
    pub name: ArtifactName,
    /// One sentence about it.
    pub description: Option<String>,
    /// An SPDX licence expression.
    pub license: Option<String>,
    /// The web address of its repository.
    pub source: Option<String>,
    /// The web address of its home page.
    pub url: Option<String>,
}

/// Resolves the table.
///
/// # Errors
/// Something in it can't be meant, which was told.
pub fn resolve(
    root: &Section,
    surroundings: Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> Result<About, Told> {
    let empty = Section::empty(root.span.clone());
    let section = root.section("project")?.unwrap_or(&empty);
    let name = resolve_name(section, surroundings, problems);
    let description = resolve_line(section, "description", problems);
    let license = resolve_line(section, "license", problems);
    let source = resolve_address(section, "source", problems);
    let url = resolve_address(section, "url", problems);
    Ok(About {
        name: name?,
        description: description?,
        license: license?,
        source: source?.or_else(|| surroundings.remote.and_then(web_address)),
        url: url?,
    })
}

fn resolve_name(
    section: &Section,
    surroundings: Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> Result<ArtifactName, Told> {
    if let Some(name) = section.text("name")? {
        return parse_name(name, problems);
    }
    let places = [surroundings.remote.and_then(last_part), surroundings.directory];
    let inferred = places.into_iter().flatten().find_map(|place| simplify(place)?.parse().ok());
    inferred.ok_or_else(|| {
        let message = "the project has no name, and none can be inferred";
        problems.error(&section.span, missing(message).help("write `name = \"…\"` under `[project]`"))
    })
}

/// Reads the name of a project or an image.
pub(super) fn parse_name(name: Spanned<&str>, problems: &mut Problems<'_>) -> Result<ArtifactName, Told> {
    name.value.parse().map_err(|error| {
        let mut diagnostic = invalid(error);
        if let Some(simple) = simplify(name.value) {
            diagnostic = diagnostic.help(format!("`{simple}` would do"));
        }
        problems.error(&name.span, diagnostic)
    })
}

/// The nearest text to a name that can be one.
fn simplify(text: &str) -> Option<String> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    (!words.is_empty()).then(|| words.join("-"))
}

/// A text that becomes a label: one line, not empty.
fn resolve_line(section: &Section, key: &str, problems: &mut Problems<'_>) -> Result<Option<String>, Told> {
    let Some(text) = section.text(key)? else { return Ok(None) };
    let trimmed = text.value.trim();
    if trimmed.is_empty() {
        return Err(problems.error(&text.span, invalid(format!("`{key}` is empty")).help("leave it out")));
    }
    if trimmed.contains(char::is_control) {
        return Err(problems.error(&text.span, invalid(format!("`{key}` must be one line"))));
    }
    Ok(Some(trimmed.to_owned()))
}

fn resolve_address(
    section: &Section,
    key: &str,
    problems: &mut Problems<'_>,
) -> Result<Option<String>, Told> {
    let Some(text) = section.text(key)? else { return Ok(None) };
    let rest = ["https://", "http://"].iter().find_map(|scheme| text.value.strip_prefix(scheme));
    let authority = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if authority.contains('@') {
        problems.hide(&text.span);
        let message = format!("`{key}` may hold no user name or password: it is published");
        return Err(problems.error(&text.span, invalid(message)));
    }
    if authority.is_empty() || text.value.contains(|c: char| c.is_whitespace() || c.is_control()) {
        let mut diagnostic = invalid(format!("`{key}` must be a web address"));
        if let Some(address) = web_address(text.value) {
            diagnostic = diagnostic.help(format!("`{address}`, perhaps?"));
        }
        return Err(problems.error(&text.span, diagnostic));
    }
    Ok(Some(text.value.to_owned()))
}
