//! The plan of a version or prerelease.

use std::collections::BTreeMap;

use plimsoll_oci::name::{ImageRepository, ImageTag};
use plimsoll_tags::class::{Class, Line};
use plimsoll_tags::facts::{CommitId, DefaultBranch, Event, Facts, Run};
use plimsoll_tags::rule::{Condition, Naming, RenderedTag};
use plimsoll_tags::rule_set::RuleSet;
use plimsoll_tags::table::Table;
use plimsoll_tags::version::Version;

use super::charts;
use super::collisions::find_collisions;
use super::{EACH_PLATFORM, Make, Plan, PlannedPage, PlannedStatement, Rank};
use crate::check::Findings;
use crate::domain::code::Code;
use crate::domain::diagnostic::{Cure, Diagnostic};
use crate::domain::git::GitTag;
use crate::domain::occasion::Occasion;
use crate::domain::project::{Image, Origin, Project};
use crate::domain::source::{Ancestry, Source};
use crate::domain::target::{Necessity, Target};
use crate::domain::wanted_statement::{Part, Wanted, wanted};

/// Plans the release of a version. Pure: no clock, no network, no file.
pub fn plan_release(
    project: &Project,
    source: &Source,
    occasion: &Occasion,
    tag: &str,
) -> Result<Plan, Findings> {
    let mut findings = Findings::new();
    let Some(version) = occasion.released() else {
        let message = format!("git tag `{tag}` releases no version");
        return Err(Diagnostic::error(Code::TagInvalid, Cure::FixThenRunAgain, message).into());
    };
    if project.images.is_empty() && project.charts.is_empty() {
        let message = "there is nothing to release: the configuration has no [[image]]";
        let help = "add an [[image]] table with a `repository`, and `files` or `layout` to make it from";
        return Err(Diagnostic::error(Code::MissingKey, Cure::FixThenRunAgain, message).help(help).into());
    }
    let mut plan = Plan {
        format: 1,
        occasion: occasion.name(),
        component: project.name.clone(),
        version: version.to_string(),
        tag: tag.to_owned(),
        commit: source.commit.clone(),
        config: project.config.clone(),
        gates: Vec::new(),
        make: project
            .images
            .iter()
            .map(make)
            .chain(deployment(project))
            .chain(charts::make(project))
            .chain(sboms(project))
            .collect(),
        signing: project.signing,
        statements: wanted(project).into_iter().map(planned).collect(),
        posting: project.posting,
        targets: Vec::new(),
        page: page(project, occasion, tag),
        deployments: project.deployments.of_occasion(occasion),
        own_tags: charts::own_tags(project, version),
        listed: charts::listed(project, version),
        skipped: project.deployments.unkept(occasion),
    };
    for image in &project.images {
        match targets(image, source, (version, tag), &mut plan.skipped) {
            Ok(targets) => plan.targets.extend(targets),
            Err(finding) => findings.add(*finding),
        }
    }
    for chart in &project.charts {
        match charts::target(chart, version) {
            Ok(target) => plan.targets.push(target),
            Err(finding) => findings.add(*finding),
        }
    }
    plan.skipped.extend(charts::unnumbered(project));
    findings.extend(find_collisions(&plan.targets).iter().map(Diagnostic::from));
    if findings.has_errors() { Err(findings) } else { Ok(plan) }
}

/// What a program lists.
fn sboms(project: &Project) -> impl Iterator<Item = Make> {
    let scanned = wanted(project).into_iter().filter(|wanted| wanted.made_of.is_scanned());
    scanned.map(|wanted| Make::Sbom(planned(wanted)))
}

fn planned(wanted: Wanted<'_>) -> PlannedStatement {
    let Wanted { artifact, part, predicate_type, made_of: _ } = wanted;
    let platform = match part {
        Part::Whole => None,
        Part::Platform(platform) => Some(platform.to_string()),
        Part::EachPlatform => Some(EACH_PLATFORM.to_owned()),
    };
    PlannedStatement { artifact: artifact.clone(), platform, predicate_type }
}

fn page(project: &Project, occasion: &Occasion, tag: &str) -> Option<PlannedPage> {
    let rank = match occasion {
        Occasion::Prerelease(_) => Rank::Never,
        _ => Rank::MayBeLatest,
    };
    project.pages.covers(occasion).then(|| PlannedPage { tag: GitTag(tag.to_owned()), rank })
}

pub(super) fn make(image: &Image) -> Make {
    let platforms = || image.platforms.iter().map(ToString::to_string).collect();
    match &image.origin {
        Origin::Assemble(_) => Make::Assemble { image: image.name.clone(), platforms: platforms() },
        Origin::Dockerfile(_) => Make::Build { image: image.name.clone(), platforms: platforms() },
        Origin::Import(_) => Make::Import { image: image.name.clone() },
    }
}

fn deployment(project: &Project) -> impl Iterator<Item = Make> {
    let compose = project.compose.iter().map(|compose| Make::Compose { from: compose.file.clone() });
    let app_compose = project.app_compose.iter().map(|app| Make::AppCompose { name: app.name.clone() });
    compose.chain(app_compose)
}

/// The rules of an image for releases.
pub fn release_rules(image: &Image) -> RuleSet {
    RuleSet::of(image.tags.release.iter().map(|rule| (Table::Release, rule.clone())).collect())
}

/// True if a rule for releases depends on whether the commit lies on the default branch, which may cost a look at the
/// remote.
pub fn asks_for_ancestry(project: &Project) -> bool {
    let rules = project.images.iter().flat_map(|image| &image.tags.release);
    rules.into_iter().any(|rule| rule.condition == Some(Condition::OnDefaultBranch))
}

fn targets(
    image: &Image,
    source: &Source,
    (version, tag): (&Version, &str),
    skipped: &mut Vec<String>,
) -> Result<Vec<Target>, Box<Diagnostic>> {
    let wrong = |why: &dyn std::fmt::Display| {
        let message = format!("the tags of image `{}` can't be made for version {version}", image.name);
        Box::new(Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, message).because(why))
    };
    let commit = CommitId::parse(source.commit.as_str()).map_err(|why| wrong(&why))?;
    let default_branch = match source.on_default_branch {
        Ancestry::On => DefaultBranch::Contains,
        Ancestry::Off | Ancestry::Unknown => DefaultBranch::Lacks,
    };
    let event = Event::Release { version: version.clone(), tag: tag.to_owned() };
    // The same tags whenever a release is run: its time is the commit's.
    let run = Run::at(source.commit_time.timestamp());
    let facts = Facts { event, commit, default_branch, run };
    let rendered = release_rules(image).render(&facts).map_err(|why| wrong(&why))?;
    skipped.extend(rendered.skipped.iter().map(|skip| format!("image {}: {skip}", image.name)));
    skipped.extend(rendered.warnings.iter().map(|warning| format!("image {}: {warning}", image.name)));
    let of_class = |wanted: fn(&RenderedTag) -> bool| -> Result<Vec<ImageTag>, Box<Diagnostic>> {
        let wanted = rendered.tags.iter().filter(|tag| wanted(tag));
        wanted.map(|tag| tag.value.as_str().parse().map_err(|why| wrong(&why))).collect()
    };
    let version_tags = of_class(|tag| tag.class == Class::WriteOnce && tag.naming == Naming::WholeVersion)?;
    if version_tags.is_empty() {
        let message = format!("image `{}` has no tag with the whole version in it", image.name);
        return Err(Box::new(Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, message).help(
            format!("add \"{{version}}\" or \"v{{version}}\" to the release tags of image `{}`", image.name),
        )));
    }
    let target = |repository: &ImageRepository, necessity| -> Result<Target, Box<Diagnostic>> {
        Ok(Target {
            artifact: image.name.clone(),
            repository: repository.clone(),
            necessity,
            version_tags: of_class(|tag| tag.class == Class::WriteOnce)?,
            first_wins: of_class(|tag| tag.class == Class::FirstWins)?,
            moving: of_class(|tag| tag.class == Class::Moving(Line::Version))?,
            unknown: BTreeMap::new(),
        })
    };
    let mut targets = vec![target(&image.repository, Necessity::Required)?];
    for mirror in &image.mirrors {
        targets.push(target(&mirror.repository, mirror.necessity)?);
    }
    Ok(targets)
}
