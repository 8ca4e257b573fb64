//! Labels and annotations: what an image says of itself (OCI image-spec 1.1, "Annotations").

use std::collections::BTreeMap;

use plimsoll_tags::facts::CommitId;
use plimsoll_tags::notation::action::context::{Context, GitRef};
use plimsoll_tags::notation::action::expression::Expression;

use super::Ground;
use crate::domain::project::{Content, Image};

/// What the standard labels and annotations begin with.
pub(super) const PREFIX: &str = "org.opencontainers.image.";

/// The labels of an image: configured over inferred.
pub(super) fn labels(ground: Ground<'_>, image: &Image) -> BTreeMap<String, String> {
    let mut labels = inferred(ground, image);
    labels.extend(configured(ground, &image.labels));
    labels
}

/// The annotations of an index that we make, and of its manifests' descriptors.
pub(super) fn annotations(ground: Ground<'_>, image: &Image) -> BTreeMap<String, String> {
    let mut annotations = inferred(ground, image);
    annotations.extend(configured(ground, &image.annotations));
    annotations
}

/// What is configured, with what its expressions stand for. They see the tag and its commit and nothing else: the same
/// labels whenever, and wherever, a release is made.
pub(super) fn configured(
    ground: Ground<'_>,
    texts: &BTreeMap<String, Expression>,
) -> BTreeMap<String, String> {
    let source = ground.source;
    let reference = match &source.tag {
        Some(tag) => GitRef::Tag(tag.name.0.clone()),
        None => GitRef::Other(String::new()),
    };
    let time = source.commit_time.timestamp();
    let context = Context {
        reference,
        event_name: String::new(),
        sha: source.commit.to_string(),
        default_branch: None,
        base_ref: None,
        now: time,
        commit_time: time,
        short_length: CommitId::SHORT_LENGTH,
    };
    texts.iter().map(|(key, text)| (key.clone(), text.render(&context))).collect()
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
