//! The tags of images for a ref.

use serde::Serialize;

/// `plimsoll.tags/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TagsInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The full name of the ref.
    #[serde(rename = "ref")]
    pub reference: String,
    /// `version`, `prerelease`, `promotion`, `branch` or `pull-request`; absent if the ref is none of ours.
    pub occasion: Option<&'static str>,
    /// The commit.
    pub commit: Option<String>,
    /// The images that were asked for.
    pub images: Vec<ImageInfo>,
}

/// An image and what it gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImageInfo {
    /// Its name in the project.
    pub name: String,
    /// Where it goes, the first repository first.
    pub repositories: Vec<String>,
    /// The version, as the label has it.
    pub version: String,
    /// The tags, the most important first.
    pub tags: Vec<TagInfo>,
    /// What is not written, and why.
    pub skipped: Vec<Skipped>,
    /// The labels, in the order of keys.
    #[serde(serialize_with = "as_object")]
    pub labels: Vec<(String, String)>,
    /// The annotations, in the order of keys.
    #[serde(serialize_with = "as_object")]
    pub annotations: Vec<(String, String)>,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TagInfo {
    /// The tag.
    pub tag: String,
    /// `write-once`, `first-wins` or `moving`.
    pub class: String,
    /// What it follows if it moves: `version`, `promotion`, `branch:NAME` or `pull-request`.
    pub line: Option<String>,
}

/// A tag or rule that yields nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The tag, if it is one tag's fault.
    pub tag: Option<String>,
    /// Why.
    pub reason: String,
}

impl TagsInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.tags/v1";

    /// A ref that no image is made for.
    pub fn nothing(reference: String) -> TagsInfo {
        TagsInfo { schema: TagsInfo::SCHEMA, reference, occasion: None, commit: None, images: Vec::new() }
    }
}

impl ImageInfo {
    /// Every repository with every tag.
    pub fn references(&self) -> Vec<String> {
        let of = |repository: &String| -> Vec<String> {
            self.tags.iter().map(|tag| format!("{repository}:{}", tag.tag)).collect()
        };
        self.repositories.iter().flat_map(of).collect()
    }

    /// The tags alone.
    pub fn names(&self) -> Vec<String> {
        self.tags.iter().map(|tag| tag.tag.clone()).collect()
    }
}

fn as_object<S: serde::Serializer>(pairs: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}
