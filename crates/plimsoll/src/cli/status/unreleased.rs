//! Git tags that nobody has released: who has them, and what to do about them.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_engine::act::was_begun;
use plimsoll_engine::domain::git::{GitTag, Oid};
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::world::Eyes;
use plimsoll_tags::git_tag::TagVerdict;
use plimsoll_tags::version::Version;

use crate::cli::subject::Subject;
use crate::explain::Asked;
use crate::wire::LocalTag;

/// Who has a git tag that no claim speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// Everybody, or nobody could be asked.
    Shared,
    /// This clone alone: it is new, or was withdrawn elsewhere.
    HereAlone,
    /// This clone alone, and content of its version was pushed: it was withdrawn.
    Withdrawn,
}

/// Git tags of this clone that name versions above everything that was begun, and that nobody has released. In a project that
/// has begun nothing yet those of older commits are of another tool.
pub(super) fn find_unreleased<'a>(
    tags: &'a [LocalTag],
    head: &Oid,
    begun: &BTreeSet<String>,
    project: &Project,
) -> BTreeMap<Version, &'a GitTag> {
    let parse = |version: &String| Version::parse(project.tags.scheme(), version).ok();
    let highest = begun.iter().filter_map(parse).max();
    let released_by = |tag: &LocalTag| match project.tags.read(&tag.name.0) {
        TagVerdict::Version(version) | TagVerdict::Prerelease(version) => Some(version),
        TagVerdict::Promotion(_) | TagVerdict::Outside { .. } | TagVerdict::Refused(_) => None,
    };
    let is_new = |version: &Version, tag: &LocalTag| match &highest {
        Some(highest) => version > highest,
        None => tag.target == *head,
    };
    let mut tagged: BTreeMap<Version, &GitTag> = BTreeMap::new();
    for tag in tags {
        if let Some(version) = released_by(tag).filter(|version| is_new(version, tag)) {
            tagged.insert(version, &tag.name);
        }
    }
    tagged
}

/// Who has a tag of this clone. What the remote does not have was never pushed, or was taken back.
pub(super) async fn find_whereabouts(
    subject: &Subject,
    eyes: Eyes<'_>,
    tag: &GitTag,
    version: &Version,
) -> Whereabouts {
    let Some(remote) = &subject.remote else { return Whereabouts::Shared };
    match subject.repository.read_tag(tag, Some(remote)).await {
        Ok(there) if !there.on_remote => {
            match was_begun(eyes, subject.project(), &version.to_string()).await {
                true => Whereabouts::Withdrawn,
                false => Whereabouts::HereAlone,
            }
        }
        Ok(_) | Err(_) => Whereabouts::Shared,
    }
}

/// What to do about a tag that nobody has released.
pub(super) fn advise_tagged(tag: &GitTag, whereabouts: Whereabouts, asked: &Asked) -> String {
    let release = Asked { tag: Some(tag.to_string()), ..asked.clone() }.command("release");
    match whereabouts {
        Whereabouts::Shared => {
            format!("{tag} is tagged, and nobody has begun to release it; `{release}` does")
        }
        Whereabouts::HereAlone => format!(
            "{tag} is in this clone alone, and nobody holds it: it was never pushed, or it was withdrawn elsewhere; if it is new, `git push origin {tag}`, and `{release}` releases it; if it was withdrawn, `git tag -d {tag}`"
        ),
        Whereabouts::Withdrawn => format!(
            "{tag} was begun and withdrawn: neither its claim nor its git tag is on the remote, and nothing of it is visible; this clone still has the tag: `git tag -d {tag}`"
        ),
    }
}
