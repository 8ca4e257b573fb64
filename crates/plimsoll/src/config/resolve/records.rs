//! `[records]`: where the records of releases are kept.

use super::inside::resolve_path;
use super::invalid;
use crate::config::file::written::{Section, Spanned};
use crate::config::problems::{Problems, Told};
use crate::wire::{Author, Committing, Landing, SignOff};

/// Where the ledger lies without a word.
pub const DEFAULT_DIRECTORY: &str = "releases";

/// What the table means.
#[derive(Clone, Debug)]
pub struct Records {
    /// Where the ledger lies, relative to the repository's root.
    pub directory: String,
    /// How records are committed; none: they stay in the working tree.
    pub committing: Option<Committing>,
}

/// Resolves the table.
///
/// # Errors
/// Something in it can't be meant, which was told.
pub fn resolve(root: &Section, problems: &mut Problems<'_>) -> Result<Records, Told> {
    let Some(section) = root.section("records")? else {
        return Ok(Records { directory: DEFAULT_DIRECTORY.into(), committing: None });
    };
    let directory = section.text("directory").and_then(|directory| match directory {
        Some(directory) => resolve_path(directory, problems),
        None => Ok(DEFAULT_DIRECTORY.into()),
    });
    let committing = resolve_committing(section, problems);
    Ok(Records { directory: directory?, committing: committing? })
}

/// Where a configuration of anybody's says that records lie, or where they lie without a word. Nothing else in it is judged.
pub fn find_records_directory(text: Option<&str>) -> String {
    let document = text.and_then(|text| text.parse::<toml_edit::DocumentMut>().ok());
    let records = document.as_ref().and_then(|document| document.get("records"));
    let directory = records.and_then(|records| records.get("directory")?.as_str());
    directory.unwrap_or(DEFAULT_DIRECTORY).to_owned()
}

fn resolve_committing(section: &Section, problems: &mut Problems<'_>) -> Result<Option<Committing>, Told> {
    let onto = section.text("commit")?.filter(|branch| branch.value != "none");
    let proposed = section.text("pull-request")?;
    let (base, landing) = match (onto, proposed) {
        (None, None) => return Ok(None),
        (Some(base), None) => (base, Landing::Base),
        (None, Some(base)) => (base, Landing::Proposal),
        (Some(_), Some(proposed)) => {
            let message = "records are committed or proposed, not both";
            let help = "keep `commit` or `pull-request`";
            return Err(problems.error(&proposed.span, invalid(message).help(help)));
        }
    };
    let author = section.text("author")?.map(|author| parse_author(&author, problems)).transpose()?;
    let sign_off = match section.switch("sign-off")? {
        Some(true) => SignOff::Yes,
        Some(false) | None => SignOff::No,
    };
    if !is_branch(base.value) {
        let message = format!("`{}` can't be a branch", base.value);
        return Err(problems.error(&base.span, invalid(message)));
    }
    Ok(Some(Committing { base: base.value.to_owned(), landing, author, sign_off }))
}

/// Reads `Name <address>`.
fn parse_author(author: &Spanned<&str>, problems: &mut Problems<'_>) -> Result<Author, Told> {
    let parts = author.value.split_once('<').and_then(|(name, rest)| Some((name, rest.strip_suffix('>')?)));
    match parts.map(|(name, email)| (name.trim(), email.trim())) {
        Some((name, email)) if !name.is_empty() && email.contains('@') && !author.value.contains('\n') => {
            Ok(Author { name: name.to_owned(), email: email.to_owned() })
        }
        _ => {
            let message = format!("`{}` is no author", author.value);
            let help = "write a name and an address: `Release Bot <bot@acme.example>`";
            Err(problems.error(&author.span, invalid(message).help(help)))
        }
    }
}

/// True for what can be a branch's name, and is no option or pattern.
pub(super) fn is_branch(name: &str) -> bool {
    let forbidden = |c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c);
    let parts =
        name.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"));
    parts
        && !name.starts_with('-')
        && !name.contains(forbidden)
        && !name.contains("..")
        && !name.contains("@{")
}
