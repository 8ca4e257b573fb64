//! Tags that name one commit: how the image of a commit without a version is found again.

use plimsoll_oci::name::ImageTag;

/// An image tag that names one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitTag {
    /// The tag.
    pub name: ImageTag,
    /// Whether people look for it.
    pub sight: Sight,
    /// Whether it may be pointed at another image later.
    pub tenure: Tenure,
}

/// Whether people look for a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// They do: `sha-…`.
    Visible,
    /// It is there for Plimsoll alone.
    Hidden,
}

/// Which image a tag keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenure {
    /// The first one that it was pointed at.
    First,
    /// The last one: a commit of a pull request is built again with each state of the branch that it goes to.
    Last,
}

impl CommitTag {
    /// A tag that people look for and that keeps the first image.
    pub fn first(name: ImageTag) -> CommitTag {
        CommitTag { name, sight: Sight::Visible, tenure: Tenure::First }
    }
}
