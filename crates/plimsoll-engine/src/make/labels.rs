//! Labels and annotations: what an image says of itself (OCI image-spec 1.1, "Annotations").

use std::collections::BTreeMap;

use super::Ground;
use crate::domain::project::{Content, Image};

/// What the standard labels and annotations begin with.
pub(super) const PREFIX: &str = "org.opencontainers.image.";

/// The labels of an image: configured over inferred.
pub(super) fn labels(ground: Ground<'_>, image: &Image) -> BTreeMap<String, String> {
    let mut labels = inferred(ground, image);
    labels.extend(image.labels.clone());
    labels
}

/// The annotations of an index that we make, and of its manifests' descriptors.
pub(super) fn annotations(ground: Ground<'_>, image: &Image) -> BTreeMap<String, String> {
    let mut annotations = inferred(ground, image);
    annotations.extend(image.annotations.clone());
    annotations
}

/// The labels that name a base, where it is known by digest.
pub(super) fn base(content: &Content) -> BTreeMap<String, String> {
    let Content::Registry(reference) = content else { return BTreeMap::new() };
    let Some(digest) = &reference.digest else { return BTreeMap::new() };
    let mut name = reference.repository.to_string();
    if let Some(tag) = &reference.tag {
        name = format!("{name}:{tag}");
    }
    BTreeMap::from([
        (format!("{PREFIX}base.name"), name),
        (format!("{PREFIX}base.digest"), digest.to_string()),
    ])
}

/// What is known without being configured.
pub(super) fn inferred(ground: Ground<'_>, image: &Image) -> BTreeMap<String, String> {
    let Ground { project, source, version } = ground;
    let title = match project.images.len() {
        1 => project.name.to_string(),
        _ => format!("{}-{}", project.name, image.name),
    };
    let said = [
        ("title", Some(title)),
        ("description", project.description.clone()),
        ("source", project.source.clone()),
        ("url", project.url.clone().or_else(|| project.source.clone())),
        ("version", Some(version.to_owned())),
        ("created", Some(source.commit_time.to_string())),
        ("revision", Some(source.commit.to_string())),
        ("licenses", project.license.clone()),
    ];
    said.into_iter().filter_map(|(key, value)| Some((format!("{PREFIX}{key}"), value?))).collect()
}
