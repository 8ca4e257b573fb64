//! Moving tags: each is at its head, or not.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::Digest;

use super::check::{Check, Outcome, describe_stop, describe_trouble};
use crate::domain::line::MovingTag;
use crate::domain::project::Project;
use crate::domain::target::Necessity;
use crate::ledger::release::Release;
use crate::run::mirrors::Mirrors;
use crate::run::settle::{Course, Courses, look};
use crate::world::Eyes;

/// Moving tags, each at its head or not.
pub(in crate::act) async fn check_moving(
    eyes: Eyes<'_>,
    project: &Project,
    asked: BTreeMap<MovingTag, Necessity>,
) -> Vec<Check> {
    let wanted = asked.into_iter().map(|(tag, necessity)| (tag, None, necessity));
    check_heads(eyes, project, wanted.collect()).await
}

/// The moving tags that a release asked for.
pub(super) async fn check_moving_tags(eyes: Eyes<'_>, project: &Project, release: &Release) -> Vec<Check> {
    let mut wanted = Vec::new();
    for target in &release.seal.targets {
        let Some(digest) = release.seal.artifacts.get(&target.artifact) else { continue };
        for tag in &target.moving {
            wanted.push(((target.repository.clone(), tag.clone()), Some(digest), target.necessity));
        }
    }
    check_heads(eyes, project, wanted).await
}

/// Moving tags, some of them with the digest that a release asked them for.
async fn check_heads(
    eyes: Eyes<'_>,
    project: &Project,
    wanted: Vec<(MovingTag, Option<&Digest>, Necessity)>,
) -> Vec<Check> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let known: BTreeSet<MovingTag> = wanted.iter().map(|(tag, _, _)| tag.clone()).collect();
    let mut mirrors = Mirrors::new(project);
    let courses = look(eyes, project, &known, &mut mirrors).await;
    let check = |(tag, own, necessity): (MovingTag, Option<&Digest>, Necessity)| {
        let outcome = match (&courses, mirrors.find_silence(&tag.0)) {
            (Err(stop), _) => describe_stop(stop),
            (Ok(_), Some(error)) => describe_trouble(error),
            (Ok(courses), None) => follow(courses, &tag, own),
        };
        let subject = format!("moving-tag {}:{}", tag.0, tag.1);
        Check::in_repository(&tag.0, subject, necessity, outcome)
    };
    wanted.into_iter().map(check).collect()
}

/// A moving tag is right only if it is at its head, never because it carries a release's own digest.
fn follow(courses: &Courses, tag: &MovingTag, own: Option<&Digest>) -> Outcome {
    let Some(Course { now, head, kept, orphan }) = courses.get(tag) else {
        return Outcome::Unreachable("what was said of its head can't be read".to_owned());
    };
    let found = now.as_ref().map(ToString::to_string);
    let is_own = |head: &Digest| own.is_none_or(|own| own == head);
    if let Some(kept) = kept {
        return own.map_or(Outcome::Ok, |_| Outcome::Superseded(kept.to_string()));
    }
    match (head, now) {
        (None, _) => {
            Outcome::Orphaned { found, yanked: orphan.as_ref().and_then(|orphan| orphan.yanked.clone()) }
        }
        (Some((_, head)), Some(now)) if now == head && is_own(head) => Outcome::Ok,
        (Some((version, head)), Some(now)) if now == head => Outcome::Superseded(version.clone()),
        (Some((_, head)), _) => Outcome::Drift { want: head.to_string(), found },
    }
}
