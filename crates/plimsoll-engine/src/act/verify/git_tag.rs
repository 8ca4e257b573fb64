//! Git tags: that of a release, and those that charts have of their own.

use super::check::{Check, Outcome, Place, describe, tag_subject};
use crate::domain::git::{GitTag, Oid};
use crate::ledger::release::Release;
use crate::world::Eyes;
use crate::world::git::TagNow;

/// The tag that a release was made from, as an object.
pub(super) async fn check_git_tag(eyes: Eyes<'_>, release: &Release) -> Check {
    // A record of before Plimsoll has the commit alone, and a tag may be an object of its own.
    if release.record.format == 0 {
        return check_tag_commit(eyes, &release.tag.name, &release.tag.commit).await;
    }
    let want = release.tag.object.to_string();
    let outcome = match eyes.git().tag(&release.tag).await {
        Ok(TagNow::Same) => Outcome::Ok,
        Ok(TagNow::Gone) => Outcome::Drift { want, found: None },
        Ok(TagNow::Other(found)) => Outcome::Drift { want, found: Some(Oid::to_string(&found)) },
        Err(error) => describe(&error),
    };
    Check::required(Place::Git, tag_subject(&release.tag.name), outcome)
}

/// A tag, by the commit that it is on.
pub(super) async fn check_tag_commit(eyes: Eyes<'_>, tag: &GitTag, want: &Oid) -> Check {
    let outcome = match eyes.git().find_tag(tag).await {
        Ok(Some(found)) if found == *want => Outcome::Ok,
        Ok(found) => Outcome::Drift { want: want.to_string(), found: found.map(|found| found.to_string()) },
        Err(error) => describe(&error),
    };
    Check::required(Place::Git, tag_subject(tag), outcome)
}
