//! The tags, labels and annotations of each image.

use std::collections::BTreeMap;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::project::Image;
use plimsoll_tags::class::{Class, Line};
use plimsoll_tags::facts::Event;
use plimsoll_tags::notation::action::context::Context;
use plimsoll_tags::notation::action::expression::Expression;
use plimsoll_tags::notation::action::metadata::Metadata;
use plimsoll_tags::rule::RenderedTag;
use plimsoll_tags::rule_set::{RenderedTags, RuleSet};

use super::about::Something;
use crate::cli::ending::Failure;
use crate::cli::subject::Subject;
use crate::output::json::tags::{ImageInfo, Skipped, TagInfo, TagsInfo};

/// Puts the answer together.
pub(super) fn answer(subject: &Subject, about: &Something, images: &[&Image]) -> Result<TagsInfo, Failure> {
    let infos = images.iter().map(|image| describe(subject, about, image)).collect::<Result<_, _>>()?;
    Ok(TagsInfo {
        schema: TagsInfo::SCHEMA,
        reference: about.reference.clone(),
        occasion: Some(occasion(&about.facts.event)),
        commit: Some(about.facts.commit.as_str().to_owned()),
        images: infos,
    })
}

fn occasion(event: &Event) -> &'static str {
    match event {
        Event::Release { version, .. } if version.is_prerelease() => "prerelease",
        Event::Release { .. } => "version",
        Event::Promotion { .. } => "promotion",
        Event::Branch(_) => "branch",
        Event::PullRequest(_) => "pull-request",
    }
}

fn describe(subject: &Subject, about: &Something, image: &Image) -> Result<ImageInfo, Failure> {
    let rules = image.tags.rule_set();
    let rendered = rules.render(&about.facts).map_err(|error| {
        let message = format!("the tags of image `{}` can't be made for {}", image.name, about.reference);
        Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, message).because(error)
    })?;
    let mut tags = Vec::new();
    let mut skipped: Vec<Skipped> = rendered
        .skipped
        .iter()
        .map(|skip| Skipped { tag: None, reason: skip.to_string() })
        .chain(rendered.warnings.iter().map(|warning| Skipped { tag: None, reason: warning.to_string() }))
        .collect();
    for tag in &rendered.tags {
        match find_newer(&rules, about, tag) {
            Some(newer) => skipped.push(Skipped {
                tag: Some(tag.value.to_string()),
                reason: format!("`{}` stays with version {newer}, which is newer", tag.value),
            }),
            None => tags.push(describe_tag(tag)),
        }
    }
    let version = version(about, &rendered, &tags);
    Ok(ImageInfo {
        name: image.name.to_string(),
        repositories: image.repositories().map(ToString::to_string).collect(),
        labels: metadata(subject, about, image, &version, &image.labels),
        annotations: metadata(subject, about, image, &version, &image.annotations),
        version,
        tags,
        skipped,
    })
}

/// The newer version, tagged in this clone, that a tag stays with.
fn find_newer(rules: &RuleSet, about: &Something, tag: &RenderedTag) -> Option<String> {
    match (&about.facts.event, &tag.class) {
        (Event::Release { version, .. }, Class::Moving(Line::Version)) => {
            rules.find_newer(tag, version, &about.tagged).map(ToString::to_string)
        }
        _ => None,
    }
}

fn describe_tag(tag: &RenderedTag) -> TagInfo {
    let line = match tag.class.line() {
        Some(Line::Version) => Some("version".to_owned()),
        Some(Line::Promotion) => Some("promotion".to_owned()),
        Some(Line::Branch(name)) => Some(format!("branch:{name}")),
        Some(Line::OwnBranch | Line::DefaultBranch) => Some("branch".to_owned()),
        Some(Line::PullRequest) => Some("pull-request".to_owned()),
        None => None,
    };
    TagInfo { tag: tag.value.to_string(), class: tag.class.name().to_string(), line }
}

/// The version: that of docker/metadata-action's rules, else what is released, else the first tag.
fn version(about: &Something, rendered: &RenderedTags, tags: &[TagInfo]) -> String {
    let of_event = || about.facts.event.version().map(ToString::to_string);
    let first = || tags.first().map(|tag| tag.tag.clone());
    rendered.version.clone().or_else(of_event).or_else(first).unwrap_or_default()
}

fn metadata(
    subject: &Subject,
    about: &Something,
    image: &Image,
    version: &str,
    configured: &BTreeMap<String, Expression>,
) -> Vec<(String, String)> {
    let project = subject.project();
    let context = Context::of(&about.facts, project.tags.version());
    let said = &about.repository;
    let title = match project.images.len() {
        1 => project.name.to_string(),
        _ => format!("{}-{}", project.name, image.name),
    };
    let source = project.source.clone().or_else(|| said.url.clone());
    let inferred = [
        ("title", Some(title)),
        ("description", project.description.clone().or_else(|| said.description.clone())),
        ("url", project.url.clone().or_else(|| source.clone())),
        ("source", source),
        ("version", Some(version.to_owned())),
        ("created", Some(about.facts.run.now.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())),
        ("revision", Some(about.facts.commit.as_str().to_owned())),
        ("licenses", project.license.clone().or_else(|| said.license.clone())),
    ];
    let inferred = inferred
        .into_iter()
        .map(|(key, value)| (format!("org.opencontainers.image.{key}"), value.unwrap_or_default()));
    let mut all: BTreeMap<String, String> = inferred.collect();
    all.extend(configured.iter().map(|(key, text)| (key.clone(), text.render(&context))));
    Metadata::of(all).entries().to_vec()
}
