//! What must hold of a release at its moments, judged by its claim and the registry alone.
//!
//! Each function gives what is broken, so that many cases can be looked at before a test fails.

use serde_json::Value;

use crate::claim::{Claim, Claims, Target};
use crate::observer::Observer;

/// What must be there before the first version tag: the commit, all content, and the record.
pub(crate) fn broken_before_version_tag(claims: &Claims, observer: &Observer, version: &str) -> Vec<String> {
    let Some(claim) = claims.find(version) else { return vec!["a version tag without a claim".to_owned()] };
    let mut broken = Vec::new();
    if !matches!(claim.state.as_str(), "committed" | "published") {
        broken.push(format!("a version tag while the claim is {}", claim.state));
    }
    broken.extend(broken_content(&claim, observer, version));
    broken
}

/// What must be there before a tag that others follow: every version tag, and a claim that says so.
pub(crate) fn broken_before_moving_tag(claims: &Claims, observer: &Observer, version: &str) -> Vec<String> {
    let Some(claim) = claims.find(version) else { return vec!["a moving tag without a claim".to_owned()] };
    let mut broken = broken_content(&claim, observer, version);
    if claim.state != "published" {
        broken.push(format!("a moving tag while the claim is {}", claim.state));
    }
    for target in required(&claim) {
        broken.extend(broken_tags(observer, target, &target.version_tags));
    }
    broken
}

/// What must hold of a release that is done and the highest of its series.
pub(crate) fn broken_when_done(claims: &Claims, observer: &Observer, version: &str) -> Vec<String> {
    let Some(claim) = claims.find(version) else { return vec!["no claim".to_owned()] };
    let mut broken = broken_before_moving_tag(claims, observer, version);
    for target in required(&claim) {
        broken.extend(broken_tags(observer, target, &target.first_wins));
        broken.extend(broken_tags(observer, target, &target.moving));
    }
    broken
}

fn required(claim: &Claim) -> impl Iterator<Item = &Target> {
    claim.targets.iter().filter(|target| target.is_required)
}

fn broken_content(claim: &Claim, observer: &Observer, version: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if claim.targets.is_empty() {
        broken.push("a claim without targets".to_owned());
    }
    for target in required(claim) {
        broken.extend(observer.find_missing(&target.repository, &target.digest));
        broken.extend(broken_record(claim, observer, &target.repository, version));
    }
    broken
}

/// The record lies in a repository under a hidden tag that ends with the beginning of its digest.
fn broken_record(claim: &Claim, observer: &Observer, repository: &str, version: &str) -> Option<String> {
    let hex = claim.record.trim_start_matches("sha256:");
    let tag = format!("plimsoll-{version}-{}", hex.get(..12).unwrap_or(hex));
    let Some(bytes) = observer.manifest(repository, &tag) else {
        return Some(format!("no record at {repository}:{tag}"));
    };
    let manifest: Value = serde_json::from_slice(&bytes).expect("a manifest is JSON");
    if manifest["layers"][0]["digest"] != claim.record.as_str() {
        return Some(format!("{repository}:{tag} is another record"));
    }
    let digest = observer.resolve(repository, &tag)?;
    observer.find_missing(repository, &digest)
}

fn broken_tags(observer: &Observer, target: &Target, tags: &[String]) -> Vec<String> {
    let wrong = |tag: &String| {
        let found = observer.resolve(&target.repository, tag);
        let is_right = found.as_ref() == Some(&target.digest);
        (!is_right).then(|| format!("{}:{tag} is {found:?}, not {}", target.repository, target.digest))
    };
    tags.iter().filter_map(wrong).collect()
}
