//! Release pages: what a forge shows people of a release.

use std::fmt;

use super::git::GitTag;
use super::occasion::Occasion;

/// Which releases get a page on the forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PagePolicy {
    /// Every version.
    Version,
    /// Versions that are promoted, under their promotion tag.
    Stable,
    /// None.
    #[default]
    Never,
}

impl PagePolicy {
    /// True if the tag of this occasion gets a page.
    pub fn covers(self, occasion: &Occasion) -> bool {
        match occasion {
            Occasion::Version(_) | Occasion::Prerelease(_) => self == PagePolicy::Version,
            Occasion::Promotion(_) => self == PagePolicy::Stable,
            Occasion::Branch(_) | Occasion::PullRequest(_) => false,
        }
    }
}

/// What a page says, before what is released is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageText {
    /// The page's title.
    pub title: String,
    /// What people wrote of the release, or what the commits tell: Markdown. Empty: nothing.
    pub about: String,
    /// Who tells what changed.
    pub teller: Teller,
}

/// Who tells on a page what changed since the release before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Teller {
    /// The page's text, as far as anybody does.
    #[default]
    Text,
    /// The forge, below the page's text, when it makes the page.
    Forge,
}

/// A page as it is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPage {
    /// The git tag whose page it is; it exists.
    pub tag: GitTag,
    /// Its title.
    pub title: String,
    /// Its text: Markdown, with [`MARKER`] in it.
    pub body: String,
    /// What it is shown as.
    pub maturity: Maturity,
    /// Who tells what changed.
    pub teller: Teller,
}

/// What a page is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maturity {
    /// For everybody.
    Release,
    /// For those who try things out; never the latest.
    Prerelease,
}

/// Stands in the text of every page that Plimsoll has begun, where no reader sees it: a draft with it may be thrown away.
pub const MARKER: &str = "<!-- made by plimsoll -->";

/// How the forge names a page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageId(pub String);

impl fmt::Display for PageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
