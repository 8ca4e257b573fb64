//! Which of the images in a layout or archive is meant.

use std::collections::BTreeMap;

use super::index::{CONTAINERD_NAME, IndexFile, REF_NAME};
use super::referrers::is_fallback_tag;
use crate::model::Descriptor;
use crate::name::{Digest, Reference};
use crate::store::StoreError;

/// Why no image can be selected.
///
/// An image is meant by the name that its entry has in `index.json` (`v1.0.0`, or whatever another tool wrote there),
/// by the full reference that containerd adds, or by the tag of either. Without a name it must be the only one;
/// manifests that refer to others, such as signatures, do not count.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SelectError {
    /// There is no image at all.
    #[error("there is no image in {place}")]
    Empty {
        /// The layout or archive.
        place: String,
    },
    /// No image has that name.
    #[error("there is no image called `{name}` in {place}{}", listing(have))]
    NotFound {
        /// The layout or archive.
        place: String,
        /// The name asked for.
        name: String,
        /// The names there are.
        have: Vec<String>,
    },
    /// There are several.
    #[error("there are several images in {place}, name one of them{}", listing(have))]
    Several {
        /// The layout or archive.
        place: String,
        /// The names of those that fit, or digests where they have none.
        have: Vec<String>,
    },
    /// The index or a manifest can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn listing(have: &[String]) -> String {
    if have.is_empty() { String::new() } else { format!(": {}", have.join(", ")) }
}

/// The name that an entry goes by.
fn image_name(entry: &Descriptor) -> Option<&str> {
    let annotation = |key| entry.annotations.get(key).map(String::as_str);
    annotation(CONTAINERD_NAME).or_else(|| annotation(REF_NAME))
}

/// Selects an image; `is_referrer` tells manifests that refer to others.
pub(crate) fn select(
    index: &IndexFile,
    place: &str,
    name: Option<&str>,
    is_referrer: impl Fn(&Descriptor) -> Result<bool, StoreError>,
) -> Result<Descriptor, SelectError> {
    let entries: Vec<&Descriptor> =
        index.descriptors().filter(|entry| entry.media_type.is_manifest()).collect();
    let mut fitting = Vec::new();
    if let Some(name) = name {
        // A full name is never shadowed by a tag that reads the same.
        for fits in [has_name, has_tag] {
            fitting = entries.iter().copied().filter(|entry| fits(entry, name)).collect();
            if !fitting.is_empty() {
                break;
            }
        }
    } else {
        for entry in &entries {
            if !is_fallback_tag(entry) && !is_referrer(entry)? {
                fitting.push(entry);
            }
        }
    }
    let place = place.to_owned();
    let by_digest: BTreeMap<&Digest, &Descriptor> =
        fitting.iter().rev().map(|entry| (&entry.digest, *entry)).collect();
    match (by_digest.values().next(), by_digest.len(), name) {
        (Some(entry), 1, _) => Ok((*entry).clone()),
        (Some(_), _, _) => Err(SelectError::Several { place, have: names(&fitting) }),
        (None, _, Some(name)) => {
            Err(SelectError::NotFound { place, name: name.into(), have: names(&entries) })
        }
        (None, _, None) => Err(SelectError::Empty { place }),
    }
}

fn names(entries: &[&Descriptor]) -> Vec<String> {
    let name =
        |entry: &&Descriptor| image_name(entry).map_or_else(|| entry.digest.to_string(), str::to_owned);
    let mut names: Vec<String> = entries.iter().map(name).collect();
    names.sort();
    names.dedup();
    names
}

fn texts(entry: &Descriptor) -> impl Iterator<Item = &String> {
    [REF_NAME, CONTAINERD_NAME].into_iter().filter_map(|key| entry.annotations.get(key))
}

fn has_name(entry: &Descriptor, name: &str) -> bool {
    let wanted = name.parse::<Reference>().ok().filter(|wanted| wanted.tag.is_some());
    texts(entry).any(|text| *text == name || (wanted.is_some() && text.parse::<Reference>().ok() == wanted))
}

fn has_tag(entry: &Descriptor, name: &str) -> bool {
    let tag = |text: &String| text.parse::<Reference>().ok().and_then(|reference| reference.tag);
    texts(entry).any(|text| tag(text).is_some_and(|tag| tag.as_str() == name))
}
