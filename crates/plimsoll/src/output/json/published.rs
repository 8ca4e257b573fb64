//! What `publish` comes to.

use std::collections::BTreeMap;

use plimsoll_engine::act::build::BuiltImage;
use plimsoll_engine::act::publish::{Publication, PublishedImage};
use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::commit::Sight;
use plimsoll_engine::domain::git::GitLine;
use plimsoll_engine::plan::publish::{PublishPlan, PublishTarget};
use plimsoll_engine::run::released::Part;
use serde::Serialize;

use super::images::{ImageMirror, leave_out_mirrors};
use super::word::words;

/// `plimsoll.published/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublishDone {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// `branch` or `pull-request`.
    pub occasion: &'static str,
    /// The branch, or `pull request 7`.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The commit.
    pub commit: String,
    /// What the images say is their version: `sha-…`.
    pub version: String,
    /// What became of it.
    pub status: PublishedStatus,
    /// Whether this run changed anything.
    pub changed: bool,
    /// Whether nobody may rely on it: the images of a pull request.
    pub ephemeral: bool,
    /// Its images.
    pub images: Vec<PublishedInfo>,
    /// Moving tags that are at a newer commit.
    pub moved_on: Vec<MovedOn>,
    /// Moving tags that were left alone: no published commit is on the branch as it is now.
    pub left_alone: Vec<String>,
    /// Image tags that the rules do not give this time, and why.
    pub skipped: Vec<String>,
    /// Optional mirrors that were left behind: no image here names them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub behind: Vec<String>,
}

words! {
    /// What became of what was to be published.
    PublishedStatus {
        /// This run made it.
        Published = "published",
        /// This run finished what another had made.
        Finished = "finished",
        /// Nothing was missing.
        AlreadyPublished = "already-published",
        /// A stranger's commit, of which nothing is published.
        Built = "built",
    }
}

/// One image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublishedInfo {
    /// Its name in the project.
    pub name: String,
    /// Where it is, without tag: `ghcr.io/acme/app`.
    pub repository: String,
    /// The digest of its index.
    pub digest: String,
    /// The tags that stay at it.
    pub tags: Vec<String>,
    /// The tags that move on with the next commit.
    pub moving_tags: Vec<String>,
    /// Platform → digest of its manifest.
    pub platforms: BTreeMap<String, String>,
    /// Further repositories with the same bytes.
    pub mirrors: Vec<ImageMirror>,
    /// The labels of its config.
    pub labels: BTreeMap<String, String>,
}

/// A moving tag that is at a newer commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MovedOn {
    /// `repository:tag`.
    pub tag: String,
    /// That commit.
    pub commit: String,
}

impl PublishDone {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.published/v1";

    /// What a run came to.
    pub fn of(component: &ArtifactName, plan: &PublishPlan, done: &Publication) -> PublishDone {
        let (mut moved_on, mut left_alone) = (Vec::new(), Vec::new());
        for ((repository, tag), course) in &done.courses {
            let tag = format!("{repository}:{tag}");
            match &course.head {
                None => left_alone.push(tag),
                Some((commit, _)) if *commit == plan.position => {}
                Some((commit, _)) => moved_on.push(MovedOn { tag, commit: commit.to_string() }),
            }
        }
        let mut images: Vec<PublishedInfo> = done.images.iter().map(PublishedInfo::of).collect();
        let behind = leave_out_mirrors(images.iter_mut().map(|image| &mut image.mirrors), &done.behind);
        PublishDone {
            status: match done.part {
                Part::Made => PublishedStatus::Published,
                Part::Adopted => PublishedStatus::Finished,
                Part::Nothing => PublishedStatus::AlreadyPublished,
            },
            changed: done.part != Part::Nothing,
            images,
            moved_on,
            left_alone,
            behind,
            ..PublishDone::about(component, plan)
        }
    }

    /// What was only built.
    pub fn of_a_stranger(
        component: &ArtifactName,
        plan: &PublishPlan,
        built: &[BuiltImage<'_>],
    ) -> PublishDone {
        let info = |built: &BuiltImage<'_>| PublishedInfo {
            name: built.image.name.to_string(),
            repository: built.image.repository.to_string(),
            digest: built.root.digest.to_string(),
            tags: Vec::new(),
            moving_tags: Vec::new(),
            platforms: texts(&built.content.platforms),
            mirrors: Vec::new(),
            labels: built.content.labels.clone(),
        };
        PublishDone { images: built.iter().map(info).collect(), ..PublishDone::about(component, plan) }
    }

    fn about(component: &ArtifactName, plan: &PublishPlan) -> PublishDone {
        let (occasion, reference) = describe(&plan.line);
        let ephemeral = matches!(plan.line, GitLine::PullRequest(_));
        PublishDone {
            schema: PublishDone::SCHEMA,
            component: component.to_string(),
            occasion,
            reference,
            commit: plan.commit.to_string(),
            version: plan.version.clone(),
            status: PublishedStatus::Built,
            changed: false,
            ephemeral,
            images: Vec::new(),
            moved_on: Vec::new(),
            left_alone: Vec::new(),
            skipped: plan.skipped.clone(),
            behind: Vec::new(),
        }
    }
}

impl PublishedInfo {
    fn of(image: &PublishedImage) -> PublishedInfo {
        let first: Option<&PublishTarget> = image.targets.first();
        let own = first.map(|target| &target.commit_tag).filter(|tag| tag.sight == Sight::Visible);
        let kept =
            own.map(|tag| &tag.name).into_iter().chain(first.iter().flat_map(|target| &target.first_wins));
        let mirror = |target: &PublishTarget| ImageMirror {
            repository: target.repository.to_string(),
            necessity: target.necessity,
        };
        PublishedInfo {
            name: image.name.to_string(),
            repository: first.map(|target| target.repository.to_string()).unwrap_or_default(),
            digest: image.root.digest.to_string(),
            tags: kept.map(ToString::to_string).collect(),
            moving_tags: first.iter().flat_map(|target| &target.moving).map(ToString::to_string).collect(),
            platforms: texts(&image.content.platforms),
            mirrors: image.targets.iter().skip(1).map(mirror).collect(),
            labels: image.content.labels.clone(),
        }
    }
}

/// What a line is, and its name for people.
pub(super) fn describe(line: &GitLine) -> (&'static str, String) {
    match line {
        GitLine::Branch(name) => ("branch", name.clone()),
        GitLine::PullRequest(_) => ("pull-request", line.to_string()),
    }
}

fn texts<D: ToString>(platforms: &BTreeMap<String, D>) -> BTreeMap<String, String> {
    platforms.iter().map(|(platform, digest)| (platform.clone(), digest.to_string())).collect()
}
