//! The plan of a promotion: which tags follow it.

use std::collections::BTreeMap;

use plimsoll_oci::name::{ImageRepository, ImageTag};
use plimsoll_tags::class::{Class, Line};
use plimsoll_tags::facts::{CommitId, DefaultBranch, Event, Facts, Run};
use plimsoll_tags::rule_set::RuleSet;
use plimsoll_tags::table::Table;
use plimsoll_tags::version::Version;

use super::{Plan, PlannedPage, Rank};
use crate::check::Findings;
use crate::domain::attestation::Posting;
use crate::domain::code::Code;
use crate::domain::diagnostic::{Cure, Diagnostic};
use crate::domain::git::GitTag;
use crate::domain::occasion::Occasion;
use crate::domain::project::{Image, Project};
use crate::domain::source::{Ancestry, Source};
use crate::domain::target::{Necessity, Target};

/// Plans the promotion of a version by the git tag `tag`. Pure: no clock, no network, no file.
///
/// # Errors
/// A rule gives a tag that can't follow promotions.
pub fn plan_promotion(
    project: &Project,
    source: &Source,
    version: &Version,
    tag: &str,
    gates: &[String],
) -> Result<Plan, Findings> {
    let mut findings = Findings::new();
    let mut targets = Vec::new();
    let occasion = Occasion::Promotion(version.clone());
    let mut skipped = project.deployments.unkept(&occasion);
    for image in &project.images {
        match moving_tags(image, source, (version, tag), &mut skipped) {
            Ok(moving) => targets.extend(targets_of(image, &moving)),
            Err(finding) => findings.add(*finding),
        }
    }
    let plan = Plan {
        format: 1,
        occasion: occasion.name(),
        component: project.name.clone(),
        version: version.to_string(),
        tag: tag.to_owned(),
        commit: source.commit.clone(),
        config: project.config.clone(),
        gates: gates.to_vec(),
        make: Vec::new(),
        signing: None,
        statements: Vec::new(),
        posting: Posting::Attached,
        targets,
        page: project
            .pages
            .covers(&occasion)
            .then(|| PlannedPage { tag: GitTag(tag.to_owned()), rank: Rank::MayBeLatest }),
        deployments: project.deployments.of_occasion(&occasion),
        own_tags: Vec::new(),
        listed: Vec::new(),
        skipped,
    };
    if findings.has_errors() { Err(findings) } else { Ok(plan) }
}

fn moving_tags(
    image: &Image,
    source: &Source,
    (version, tag): (&Version, &str),
    skipped: &mut Vec<String>,
) -> Result<Vec<ImageTag>, Box<Diagnostic>> {
    let wrong = |why: &dyn std::fmt::Display| {
        let message =
            format!("the tags of image `{}` can't be made for the promotion of {version}", image.name);
        Box::new(Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, message).because(why))
    };
    let rules =
        RuleSet::of(image.tags.promotion.iter().map(|rule| (Table::Promotion, rule.clone())).collect());
    let commit = CommitId::parse(source.commit.as_str()).map_err(|why| wrong(&why))?;
    let default_branch = match source.on_default_branch {
        Ancestry::On => DefaultBranch::Contains,
        Ancestry::Off | Ancestry::Unknown => DefaultBranch::Lacks,
    };
    let event = Event::Promotion { version: version.clone(), tag: tag.to_owned() };
    let run = Run::at(source.commit_time.timestamp());
    let rendered = rules.render(&Facts { event, commit, default_branch, run }).map_err(|why| wrong(&why))?;
    skipped.extend(rendered.skipped.iter().map(|skip| format!("image {}: {skip}", image.name)));
    let mut tags = Vec::new();
    for tag in &rendered.tags {
        if tag.class != Class::Moving(Line::Promotion) {
            let message = format!("tag `{}` of image `{}` can't follow promotions", tag.value, image.name);
            return Err(Box::new(
                Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, message)
                    .fact("class", &tag.class)
                    .help("what a version is called for good is written when it is released: move the rule to `release`"),
            ));
        }
        tags.push(tag.value.as_str().parse().map_err(|why| wrong(&why))?);
    }
    Ok(tags)
}

fn targets_of(image: &Image, moving: &[ImageTag]) -> Vec<Target> {
    let target = |repository: &ImageRepository, necessity| Target {
        artifact: image.name.clone(),
        repository: repository.clone(),
        necessity,
        version_tags: Vec::new(),
        first_wins: Vec::new(),
        moving: moving.to_vec(),
        unknown: BTreeMap::new(),
    };
    let mirrors = image.mirrors.iter().map(|mirror| target(&mirror.repository, mirror.necessity));
    std::iter::once(target(&image.repository, Necessity::Required)).chain(mirrors).collect()
}
