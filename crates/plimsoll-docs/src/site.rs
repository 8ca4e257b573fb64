//! All of the site, as files.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use crate::contents::{Page, pages};
use crate::layout::{self, REPOSITORY, STYLE, STYLE_PLACE};
use crate::links::{Target, parse_link, relative};
use crate::markdown::{MarkdownError, Rendered, render};

/// Files by their place on the site.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Why the site can't be made.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A page can't be read.
    #[error("{path}: {why}")]
    Unreadable {
        /// The file, from the repository's root.
        path: String,
        /// Why.
        why: io::Error,
    },
    /// A page can't be shown.
    #[error("{path}: {why}")]
    Markdown {
        /// The file, from the repository's root.
        path: String,
        /// Why.
        why: MarkdownError,
    },
    /// A link leads nowhere.
    #[error("{path}: the link to `{link}` leads nowhere")]
    DeadLink {
        /// The file, from the repository's root.
        path: String,
        /// The link as it stands there.
        link: String,
    },
}

/// Makes the site of the repository at `root`.
///
/// # Errors
/// A page can't be read or shown, or a link of one leads nowhere.
pub fn make(root: &Path) -> Result<Files, SiteError> {
    let mut rendered: BTreeMap<&str, Rendered> = BTreeMap::new();
    for page in pages() {
        let text = fs::read_to_string(root.join(page.source))
            .map_err(|why| SiteError::Unreadable { path: page.source.to_owned(), why })?;
        let shown = render(&text, |link| lead(page, link))
            .map_err(|why| SiteError::Markdown { path: page.source.to_owned(), why })?;
        rendered.insert(page.source, shown);
    }
    let mut files = Files::from([(STYLE_PLACE.to_owned(), STYLE.as_bytes().to_vec())]);
    for page in pages() {
        let Some(shown) = rendered.get(page.source) else { continue };
        for link in &shown.links {
            if !leads_somewhere(root, page, link, &rendered) {
                return Err(SiteError::DeadLink { path: page.source.to_owned(), link: link.clone() });
            }
        }
        files.insert(page.place.to_owned(), layout::render(page, shown).into_bytes());
    }
    Ok(files)
}

/// Where a link leads on the site. What is no page is shown by the forge.
fn lead(page: &Page, link: &str) -> String {
    match parse_link(page, link) {
        Target::Outside(address) => address,
        Target::Heading(heading) => format!("#{heading}"),
        Target::Page { page: other, heading } => {
            let heading = heading.map_or_else(String::new, |heading| format!("#{heading}"));
            format!("{}{heading}", relative(page.place, other.place))
        }
        Target::File(path) => format!("{REPOSITORY}/blob/main/{path}"),
    }
}

fn leads_somewhere(root: &Path, page: &Page, link: &str, rendered: &BTreeMap<&str, Rendered>) -> bool {
    let has = |page: &Page, heading: &String| {
        rendered.get(page.source).is_some_and(|other| other.headings.contains(heading))
    };
    match parse_link(page, link) {
        Target::Outside(_) => true,
        Target::Heading(heading) => has(page, &heading),
        Target::Page { page: other, heading } => heading.is_none_or(|heading| has(other, &heading)),
        Target::File(path) => root.join(path).exists(),
    }
}

/// Writes the site into a folder that is not there yet, or holds nothing.
///
/// # Errors
/// The folder holds something, or can't be written.
pub fn write(files: &Files, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    if fs::read_dir(folder)?.next().is_some() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "there is something in that folder already",
        ));
    }
    for (place, bytes) in files {
        let path = folder.join(place);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}
