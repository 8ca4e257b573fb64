//! Whether a version would be released as it was published before, by other means: what a new configuration is held against.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use plimsoll_oci::model::{Platform, View};
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_oci::store::{Pull, StoreError};

use crate::domain::artifact::ArtifactName;
use crate::domain::project::Project;
use crate::domain::target::Target;
use crate::plan::Plan;
use crate::world::stores::StoresView;

/// How many repositories are asked side by side.
const REPOSITORIES_AT_ONCE: usize = 4;
/// How many tags that name no version are looked at, to see whether they are at this one.
const WORDS: usize = 40;

/// What a repository has of a version, held against what would be written there.
#[derive(Clone, Debug)]
pub struct Precedent {
    /// The repository.
    pub repository: ImageRepository,
    /// What would go there.
    pub artifacts: Vec<ArtifactName>,
    /// What is there.
    pub found: Found,
}

/// What is there.
#[derive(Clone, Debug)]
pub enum Found {
    /// It can't be read.
    Unread(StoreError),
    /// No tag at all: it is empty, or it is not there.
    Nothing,
    /// Tags, and how they differ.
    Tags(Differences),
}

/// How what is there differs from what would be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// How many tags are as they would be written.
    pub same: usize,
    /// Tags that would be written, and are not there.
    pub missing: Vec<ImageTag>,
    /// Tags of this version that are there, and would not be written.
    pub besides: Vec<ImageTag>,
    /// Tags that move, would be written, and are at something else.
    pub elsewhere: Vec<ImageTag>,
    /// The platforms that differ, by artifact.
    pub platforms: Vec<PlatformsDiffer>,
}

/// An image that was published for other platforms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformsDiffer {
    /// The image.
    pub artifact: ArtifactName,
    /// The tag that was looked at.
    pub tag: ImageTag,
    /// What it is there for; none: it is no index, and for one platform.
    pub published: Option<BTreeSet<String>>,
    /// What it would be made for.
    pub planned: BTreeSet<String>,
}

/// Holds a plan against what is published of its version, which is the newest one: tags that move are to be at it. Nothing is changed.
pub async fn compare(stores: &dyn StoresView, project: &Project, plan: &Plan) -> Vec<Precedent> {
    let mut by_repository: BTreeMap<String, Vec<&Target>> = BTreeMap::new();
    for target in &plan.targets {
        by_repository.entry(target.repository.to_string()).or_default().push(target);
    }
    let looks = by_repository.into_values().filter_map(|targets| {
        let repository = targets.first()?.repository.clone();
        let artifacts = targets.iter().map(|target| target.artifact.clone()).collect();
        let pull = stores.pull(&repository);
        Some(async move {
            let found = look(&*pull, project, &targets, &plan.version).await.unwrap_or_else(Found::Unread);
            Precedent { repository, artifacts, found }
        })
    });
    let looks: Vec<_> = looks.collect();
    stream::iter(looks).buffered(REPOSITORIES_AT_ONCE).collect().await
}

/// A repository while it is looked at.
struct Looking<'a> {
    pull: &'a dyn Pull,
    /// All tags that are there.
    there: &'a [ImageTag],
    project: &'a Project,
}

async fn look(
    pull: &dyn Pull,
    project: &Project,
    targets: &[&Target],
    version: &str,
) -> Result<Found, StoreError> {
    let there = pull.tags().await?;
    if there.is_empty() {
        return Ok(Found::Nothing);
    }
    let looking = Looking { pull, there: &there, project };
    let mut differences = Differences::default();
    let mut digests = BTreeSet::new();
    for target in targets {
        digests.extend(looking.compare(target, &mut differences).await?);
    }
    let planned: BTreeSet<&ImageTag> = targets.iter().flat_map(|target| tags_of(target)).collect();
    let others = || there.iter().filter(|tag| !planned.contains(tag) && !is_of_tools(tag));
    differences.besides.extend(others().filter(|tag| names_version(tag.as_str(), version)).cloned());
    // What is called otherwise tells as much; of several tags the plainest.
    if let (true, [target]) = (digests.is_empty(), targets)
        && let Some(tag) = differences.besides.iter().min_by_key(|tag| tag.as_str().len())
        && let Some(digest) = looking.resolve(tag).await?
    {
        differences.platforms.extend(looking.compare_platforms(target, tag, &digest).await?);
        digests.insert(digest);
    }
    for word in others().filter(|tag| is_word(tag.as_str(), version)).take(WORDS) {
        if looking.resolve(word).await?.is_some_and(|digest| digests.contains(&digest)) {
            differences.besides.push(word.clone());
        }
    }
    differences.besides.sort();
    differences.besides.dedup();
    Ok(Found::Tags(differences))
}

fn tags_of(target: &Target) -> impl Iterator<Item = &ImageTag> {
    target.version_tags.iter().chain(&target.first_wins).chain(&target.moving)
}

impl Looking<'_> {
    /// Holds the tags of a target against those that are there; what its version is at.
    async fn compare(
        &self,
        target: &Target,
        differences: &mut Differences,
    ) -> Result<BTreeSet<Digest>, StoreError> {
        let mut own = BTreeSet::new();
        for tag in &target.version_tags {
            let Some(digest) = self.resolve(tag).await? else {
                differences.missing.push(tag.clone());
                continue;
            };
            differences.same += 1;
            if own.is_empty() {
                differences.platforms.extend(self.compare_platforms(target, tag, &digest).await?);
            }
            own.insert(digest);
        }
        for tag in target.first_wins.iter().chain(&target.moving) {
            // What the first one keeps is never moved.
            let is_moved = || !own.is_empty() && target.moving.contains(tag);
            match self.resolve(tag).await? {
                Some(digest) if is_moved() && !own.contains(&digest) => {
                    differences.elsewhere.push(tag.clone());
                }
                Some(_) => differences.same += 1,
                None => differences.missing.push(tag.clone()),
            }
        }
        Ok(own)
    }

    async fn resolve(&self, tag: &ImageTag) -> Result<Option<Digest>, StoreError> {
        if !self.there.contains(tag) {
            return Ok(None);
        }
        Ok(self.pull.resolve(tag).await?.map(|descriptor| descriptor.digest))
    }

    /// The platforms of an image, where they are others than configured.
    async fn compare_platforms(
        &self,
        target: &Target,
        tag: &ImageTag,
        digest: &Digest,
    ) -> Result<Option<PlatformsDiffer>, StoreError> {
        let mut images = self.project.images.iter();
        let Some(image) = images.find(|image| image.name == target.artifact) else { return Ok(None) };
        let Some(manifest) = self.pull.manifest_to_read(digest).await? else { return Ok(None) };
        let spelled = |platform: &Platform| platform.normalised().to_string();
        let planned: BTreeSet<String> = image.platforms.iter().map(spelled).collect();
        let published = match manifest.view() {
            // What is attested of an image stands among its platforms, for none.
            View::Index(index) => {
                let platforms = index.manifests.iter().filter_map(|child| child.platform.as_ref());
                Some(platforms.map(spelled).filter(|name| !name.starts_with("unknown")).collect())
            }
            View::Image(_) => None,
        };
        let is_same = published.as_ref().map_or(planned.len() <= 1, |published| *published == planned);
        let (artifact, tag) = (image.name.clone(), tag.clone());
        Ok((!is_same).then_some(PlatformsDiffer { artifact, tag, published, planned }))
    }
}

/// Signatures, attestations and the like: what programs of their own write beside an image.
fn is_of_tools(tag: &ImageTag) -> bool {
    ["sha256-", "plimsoll-", "buildcache"].iter().any(|begin| tag.as_str().starts_with(begin))
}

/// Whether a tag has the whole version in it, and no longer one.
fn names_version(tag: &str, version: &str) -> bool {
    let is_number = |sign: char| sign.is_ascii_digit();
    tag.match_indices(version).any(|(at, _)| {
        let before = tag.get(..at).unwrap_or_default();
        let rest = tag.get(at + version.len()..).unwrap_or_default();
        let mut behind = rest.chars();
        let is_begin = !before.ends_with(|sign: char| is_number(sign) || sign == '.');
        let next = behind.next();
        let is_longer =
            next.is_some_and(is_number) || (next == Some('.') && behind.next().is_some_and(is_number));
        is_begin && !is_longer && !names_prerelease(rest)
    })
}

/// Whether what stands behind a version makes it one before that: `-rc.1`, `b2`.
fn names_prerelease(behind: &str) -> bool {
    const WORDS: [&str; 9] = ["a", "alpha", "b", "beta", "dev", "next", "pre", "preview", "rc"];
    let word = behind.trim_start_matches(['-', '.', '_']);
    let end = word.find(|sign: char| !sign.is_ascii_alphabetic()).unwrap_or(word.len());
    word.get(..end).is_some_and(|word| WORDS.contains(&word))
}

/// Whether a tag names no version at all, or the first numbers of this one.
fn is_word(tag: &str, version: &str) -> bool {
    let numbers = tag.strip_prefix('v').unwrap_or(tag);
    let is_line = version.strip_prefix(numbers).is_some_and(|rest| rest.starts_with('.'));
    is_line || !tag.contains(|sign: char| sign.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_a_version_or_another() {
        for (tag, want) in [
            ("1.2.3", true),
            ("v1.2.3", true),
            ("1.2.3-alpine", true),
            ("alpine-1.2.3", true),
            ("1.2.30", false),
            ("11.2.3", false),
            ("0.1.2.3", false),
            ("1.2.3.4", false),
            ("1.2.3-rc.1", false),
            ("v1.2.3-beta2-amd64", false),
            ("1.2.3rc1", false),
            ("1.2", false),
        ] {
            assert_eq!(names_version(tag, "1.2.3"), want, "{tag}");
        }
    }

    #[test]
    fn words_and_lines_may_be_at_a_version() {
        for (tag, want) in [
            ("latest", true),
            ("1", true),
            ("v1.2", true),
            ("1.3", false),
            ("1.2.3", false),
            ("sha-0a1b", false),
        ] {
            assert_eq!(is_word(tag, "1.2.3"), want, "{tag}");
        }
    }
}
