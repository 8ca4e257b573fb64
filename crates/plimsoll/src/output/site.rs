//! The ledger as a static site: a page that lists releases, one for each of them, and the list for programs.
//!
//! Pages are whole in themselves: nothing is asked of any other server, and all but the buttons that copy works without
//! scripts.

mod about;
mod index_page;
mod markup;
mod page;
mod release_page;

use std::collections::{BTreeMap, BTreeSet};

pub use about::{ArtifactKind, Changed, Changes, SiteChart, SiteFile, SiteRelease};

use super::json;
use super::json::difference::ListedCommit;
use super::json::releases::Releases;

/// What the generator calls itself in the head of a page, and what a page of ours is known by.
pub const GENERATOR: &str = "<meta name=\"generator\" content=\"plimsoll\">";

/// What a site is made from.
#[derive(Clone, Debug)]
pub struct Site {
    /// What it is called: the product, or where the ledger lies.
    pub name: String,
    /// The web address of the source, without `/` at its end, where commits have pages.
    pub source: Option<String>,
    /// The list.
    pub list: Releases,
    /// Each release of the list, in its order.
    pub releases: Vec<SiteRelease>,
    /// The places that could not be asked what was said of releases later.
    pub unheard: Vec<String>,
}

/// A commit that is new in a release.
pub type NewCommit = ListedCommit;

/// The files of a site, by their paths in its folder.
pub fn render(site: &Site) -> BTreeMap<String, String> {
    let names = names(site);
    let mut files = BTreeMap::new();
    files.insert("index.html".to_owned(), index_page::render(site, &names));
    for (release, name) in site.releases.iter().zip(&names) {
        files.insert(format!("{FOLDER}/{name}"), release_page::render(site, release, &names));
    }
    files.insert("releases.json".to_owned(), json::render(&site.list));
    files
}

/// The folder of the pages of releases.
const FOLDER: &str = "releases";

/// The name of each release's page: its git tag, of which nothing is left that addresses or file systems could take amiss.
fn names(site: &Site) -> Vec<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    let mut taken = BTreeSet::new();
    let name = |release: &SiteRelease| {
        let plain: String = release.info.tag.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        let plain = plain.trim_start_matches('.');
        let numbered = |number: usize| match number {
            1 => format!("{plain}.html"),
            _ => format!("{plain}_{number}.html"),
        };
        let free = (1..).map(numbered).find(|name| !taken.contains(&name.to_lowercase()));
        let free = free.expect("there are more numbers than releases");
        taken.insert(free.to_lowercase());
        free
    };
    site.releases.iter().map(name).collect()
}

#[cfg(test)]
mod tests;
