//! Which versions are published: by their claims, and by version tags that have no claim.

use crate::domain::artifact::ArtifactName;
use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_tags::class::{Class, Line};
use plimsoll_tags::facts::{CommitId, DefaultBranch, Event, Facts, Run};
use plimsoll_tags::git_tag::TagPolicy;
use plimsoll_tags::notation::short::{Piece, Placeholder, Template};
use plimsoll_tags::rule_set::RuleSet;
use plimsoll_tags::table::Table;
use plimsoll_tags::version::{Scheme, Version};

use crate::domain::claim::{Claim, ClaimFormatError, ClaimName, State};
use crate::domain::line::{Evidence, Pointee, PublishedVersion};
use crate::domain::marks::{Channel, Marks, PromotionMark};
use crate::domain::project::{Image, Project};
use crate::domain::time::Moment;
use crate::statement::artifact::{HIDDEN, hold_prefix};
use crate::statement::record::{Record, file_name};
use crate::world::claims::Held;
use crate::world::ledger::LedgerFile;

/// The claims of a component, read.
pub fn parse_claims(
    component: &ArtifactName,
    list: Vec<(String, Held)>,
) -> Result<Vec<Claim>, ClaimFormatError> {
    let parse = |(version, held): (String, Held)| {
        Claim::parse(&ClaimName { component: component.clone(), version }, &held.bytes)
    };
    list.into_iter().map(parse).collect()
}

/// The published versions among claims. Their claims say which moving tags they ask for: so runs with different
/// configurations agree.
pub fn by_claims(claims: &[Claim], scheme: Scheme) -> Vec<PublishedVersion> {
    let published = claims.iter().filter(|claim| claim.state == State::Published);
    published
        .filter_map(|claim| {
            let seal = claim.seal.as_ref()?;
            let version = Version::parse(scheme, &claim.version).ok()?;
            let mut moving = BTreeMap::new();
            for target in &seal.targets {
                let Some(digest) = seal.artifacts.get(&target.artifact) else { continue };
                for tag in &target.moving {
                    moving.insert((target.repository.clone(), tag.clone()), Pointee::Digest(digest.clone()));
                }
            }
            let marked_in = seal.targets.first().map(|target| target.repository.clone());
            Some(PublishedVersion { version, moving, marked_in, evidence: Evidence::Claim })
        })
        .collect()
}

/// Forgets promotions that name another record or commit than the claim of their version does.
pub fn believe_promotions(marks: &mut Marks, claims: &[Claim]) {
    marks.retain_promotions(|promotion| {
        let claim = claims.iter().find(|claim| claim.version == promotion.version);
        let sealed = claim.and_then(|claim| Some((&claim.seal.as_ref()?.record, &claim.tag.commit)));
        sealed.is_none_or(|(record, commit)| promotion.is_of(record, commit))
    });
}

/// Adds the tags that promotions in force ask for to the versions that they promote.
pub fn add_promotions(versions: &mut [PublishedVersion], claims: &[Claim], marks: &Marks) {
    for published in versions {
        let written = published.version.to_string();
        let claim = claims.iter().find(|claim| claim.version == written);
        let seal = claim.and_then(|claim| claim.seal.as_ref());
        add_channels(published, marks, |channel| {
            let released = seal.map(|seal| seal.artifacts.get(&channel.artifact));
            released.is_none_or(|released| released == Some(&channel.digest))
        });
    }
}

/// Adds the tags that promotions in force ask for to a version that was released with these digests.
pub fn add_promoted(
    published: &mut PublishedVersion,
    marks: &Marks,
    released: impl Fn(&ArtifactName) -> Option<Digest>,
) {
    add_channels(published, marks, |channel| released(&channel.artifact).as_ref() == Some(&channel.digest));
}

fn add_channels(published: &mut PublishedVersion, marks: &Marks, counts: impl Fn(&Channel) -> bool) {
    let written = published.version.to_string();
    for PromotionMark { channels, .. } in marks.promotions(&written) {
        for channel in channels.iter().filter(|channel| counts(channel)) {
            for tag in &channel.tags {
                let place = (channel.repository.clone(), tag.clone());
                published.moving.insert(place, Pointee::Digest(channel.digest.clone()));
            }
        }
    }
}

/// Versions that only their tags tell of: somebody released them with another tool, or without a claim, and then there are
/// hold tags of what was released. `claimed` are the versions that have a claim in any state, which tags can't
/// speak for.
pub fn by_tags(
    project: &Project,
    tags: &BTreeMap<ImageRepository, Vec<ImageTag>>,
    claimed: &BTreeSet<String>,
) -> Vec<PublishedVersion> {
    let mut found: BTreeMap<Version, PublishedVersion> = BTreeMap::new();
    for image in &project.images {
        for repository in image.repositories() {
            for tag in tags.get(repository).into_iter().flatten() {
                let Some(version) = find_version(image, &project.tags, tag) else { continue };
                if claimed.contains(&version.to_string()) {
                    continue;
                }
                let entry = found.entry(version.clone()).or_insert_with(|| {
                    let evidence = Evidence::Tags { recorded: held(&version, tags) };
                    PublishedVersion {
                        version: version.clone(),
                        moving: BTreeMap::new(),
                        marked_in: None,
                        evidence,
                    }
                });
                for moving in moving_tags(image, &project.tags, &version) {
                    entry.moving.insert((repository.clone(), moving), Pointee::Behind(tag.clone()));
                }
            }
        }
    }
    found.into_values().collect()
}

/// The short digests of what hold tags of a version keep.
fn held(version: &Version, tags: &BTreeMap<ImageRepository, Vec<ImageTag>>) -> BTreeSet<String> {
    let prefix = hold_prefix(&version.to_string());
    let all = tags.values().flatten();
    all.filter_map(|tag| tag.as_str().strip_prefix(&prefix)).map(str::to_owned).collect()
}

/// Adds what the ledger's records name for versions that only their tags tell of: those that were adopted, or of before
/// Plimsoll. What can't be read says nothing.
pub fn add_records(component: &ArtifactName, versions: &mut [PublishedVersion], files: &[LedgerFile]) {
    for PublishedVersion { version, evidence, .. } in versions {
        let Evidence::Tags { recorded } = evidence else { continue };
        let name = file_name(&version.to_string());
        for file in files.iter().filter(|file| file.name == name) {
            let Ok(record) = Record::parse(&file.name, &file.bytes, component) else { continue };
            if record.component == *component && record.version == version.to_string() {
                recorded.extend(record.docker_images.values().map(|image| image.digest.short().to_owned()));
            }
        }
    }
}

/// The version that an image tag names by one of the image's write-once rules.
fn find_version(image: &Image, policy: &TagPolicy, tag: &ImageTag) -> Option<Version> {
    if tag.as_str().starts_with(HIDDEN) {
        return None;
    }
    image.tags.release.iter().find_map(|rule| {
        let template = rule.find_template(&Table::Release)?.with_git_tag(policy.version());
        let middle = strip_literals(&template, tag.as_str())?;
        let version = Version::parse(policy.scheme(), middle).ok()?;
        (version.to_image_tag() == middle).then_some(version)
    })
}

/// What stands at the place of `{version}`, for templates of `{version}` and literal text around it.
fn strip_literals<'a>(template: &Template, tag: &'a str) -> Option<&'a str> {
    let mut rest = tag;
    let mut pieces = template.pieces();
    while let Some((Piece::Literal(text), after)) = pieces.split_first() {
        (rest, pieces) = (rest.strip_prefix(text.as_str())?, after);
    }
    while let Some((Piece::Literal(text), before)) = pieces.split_last() {
        (rest, pieces) = (rest.strip_suffix(text.as_str())?, before);
    }
    matches!(pieces, [Piece::Placeholder(Placeholder::Version)]).then_some(rest)
}

/// The moving tags that the image's rules give for a version. Conditions on its commit count as met: a version that
/// counts too much keeps a tag from going backwards, one that counts too little does not.
fn moving_tags(image: &Image, policy: &TagPolicy, version: &Version) -> Vec<ImageTag> {
    let rules = image.tags.release.iter().map(|rule| (Table::Release, rule.clone())).collect();
    let Ok(commit) = CommitId::parse(&"0".repeat(40)) else { return Vec::new() };
    let event = Event::Release { version: version.clone(), tag: policy.version().render(version) };
    // A tag with a date in it is not found again: nobody knows when that version was released.
    let run = Run::at(Moment(0).timestamp());
    let facts = Facts { event, commit, default_branch: DefaultBranch::Contains, run };
    let Ok(rendered) = RuleSet::of(rules).render(&facts) else { return Vec::new() };
    let moving = rendered.tags.iter().filter(|tag| tag.class == Class::Moving(Line::Version));
    moving.filter_map(|tag| tag.value.as_str().parse().ok()).collect()
}
