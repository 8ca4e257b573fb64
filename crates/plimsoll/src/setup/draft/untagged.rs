//! Images that no workflow gives a tag for releases.
//!
//! Every image of a configuration is released, and its tags move. What is never pushed for a release stands as a comment; what
//! is pushed for branches alone, in a repository that releases nothing yet, gets the one tag that a release must have.

use std::collections::BTreeSet;

use plimsoll_tags::table::Table;

use crate::setup::from_workflows::{Carried, DraftImage, DraftRule, Pushed};

/// The one tag that the image of a release must have. A guess moves no tag.
const VERSION: &str = "{version}";

/// Gives images without tags for releases what they must have, or takes them out: those are given.
pub(super) fn settle(carried: &mut Carried) -> Vec<DraftImage> {
    let has_rules = |image: &DraftImage| image.rules.0.contains_key(&Table::Release);
    // Of what no step pushes nothing is known.
    let is_pushed = |image: &DraftImage| image.pushed.is_empty() || image.pushed.contains(&Pushed::Releases);
    let is_released = |image: &DraftImage| has_rules(image) || is_pushed(image);
    let releases_something = carried.images.iter().any(is_released);
    let is_of_tags = |image: &DraftImage| has_rules(image) && !image.git_tags.is_empty();
    let has_tags = carried.images.iter().any(is_of_tags);
    let crowded = if carried.unread.is_empty() { BTreeSet::new() } else { shared_untagged(&carried.images) };
    let mut kept = Vec::new();
    let mut out = Vec::new();
    for mut image in carried.images.drain(..) {
        // Beside what git tags release nobody knows of which version that is.
        let is_by_hand = has_tags && image.git_tags.is_empty() && image.pushed == [Pushed::Releases].into();
        if has_rules(&image) {
            kept.push(image);
            continue;
        }
        // Which of several a version is, something that is not read says.
        let is_one_of_several = image.repositories.iter().any(|place| crowded.contains(place));
        let is_of_branches =
            image.pushed.contains(&Pushed::Branches) && !releases_something && !is_one_of_several;
        let why = if is_by_hand {
            None
        } else if is_released(&image) || (is_of_branches && image.rules.0.is_empty()) {
            Some("no tags for releases were found")
        } else if is_of_branches {
            Some("no workflow pushes it for a release")
        } else {
            None
        };
        let Some(why) = why else {
            carried.left.push(format!(
                "image {}: {}, and every image here is released: it stands as a comment, and what pushes it today goes on; without the signs each release gives it {VERSION}",
                image.name,
                occasions(&image)
            ));
            out.push(image);
            continue;
        };
        image.left.push(format!(
            "{why}: {VERSION} is what a release must have, and what else it is called is for you to add"
        ));
        image.remark = Some(format!("{why}: this one it must have"));
        image.rules.0.insert(Table::Release, vec![DraftRule::plain(VERSION)]);
        kept.push(image);
    }
    carried.images = kept;
    out
}

/// The repositories of several images without tags for releases.
fn shared_untagged(images: &[DraftImage]) -> BTreeSet<String> {
    let untagged = images.iter().filter(|image| !image.rules.0.contains_key(&Table::Release));
    let mut seen = BTreeSet::new();
    untagged.flat_map(|image| &image.repositories).filter(|place| !seen.insert(*place)).cloned().collect()
}

fn occasions(image: &DraftImage) -> String {
    let branches: Vec<String> = image
        .rules
        .0
        .keys()
        .filter_map(|table| match table {
            Table::Branch(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    if image.pushed.contains(&Pushed::Others) {
        return "another repository asks for its pushes".to_owned();
    }
    if image.pushed.contains(&Pushed::Releases) {
        return "somebody starts by hand what pushes it, under tags that are not read".to_owned();
    }
    match (image.pushed.contains(&Pushed::Branches), branches.is_empty()) {
        (false, _) => "only pull requests push it".to_owned(),
        (true, true) => "only branches push it".to_owned(),
        (true, false) => format!("only {} pushes it", branches.join(", ")),
    }
}
