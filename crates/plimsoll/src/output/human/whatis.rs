//! What something is of.

use super::short_commit;
use crate::output::ink::Ink;
use crate::output::json::source::SourceKind;
use crate::output::json::whatis::{MatchInfo, ThingInfo, WhatIsInfo};

/// Renders what was found, one paragraph each.
pub fn render(answer: &WhatIsInfo, ink: Ink) -> String {
    answer.matches.iter().map(|found| paragraph(found, ink)).collect()
}

/// Where the answer comes from, and what that can't know.
pub fn remarks(answer: &WhatIsInfo) -> Vec<String> {
    let mut remarks: Vec<String> = answer.source.remark().into_iter().collect();
    let moves = answer.matches.iter().any(|found| found.thing == ThingInfo::MovingTag);
    let may_be_old = !remarks.is_empty() && answer.source.kind != SourceKind::Registry;
    // An image by its tag: what is left of it is its repository.
    match answer.asked.rsplit_once(':').filter(|_| may_be_old) {
        Some((repository, _)) if moves => remarks.push(format!(
            "it is a tag that moves, and these files may be older than where it is now: fetch first, or ask the registry with `--registry {repository}`"
        )),
        _ if may_be_old && !answer.matches.is_empty() => remarks.push(
            "these files may be older than what was released or yanked since: fetch first".to_owned(),
        ),
        _ => {}
    }
    remarks.extend(answer.at.as_ref().map(|at| format!("the tag points at {at} now")));
    remarks
}

fn paragraph(found: &MatchInfo, ink: Ink) -> String {
    let what = match (found.thing, &found.platform) {
        (ThingInfo::Image, _) => format!("image {}", found.name),
        (ThingInfo::Platform, Some(platform)) => format!("image {} for {platform}", found.name),
        (ThingInfo::VersionTag, _) if found.of_chart => format!("a version tag of chart {}", found.name),
        (ThingInfo::VersionTag, _) => format!("a version tag of image {}", found.name),
        (ThingInfo::MovingTag, _) => format!("a moving tag of image {}", found.name),
        (ThingInfo::Chart, _) => format!("chart {}", found.name),
        (ThingInfo::Platform | ThingInfo::File, _) => found.name.clone(),
    };
    let replaced = found.replaced_by.as_ref().map(|by| format!(", replaced by {by}")).unwrap_or_default();
    let standing = found.standing.word().replace('-', " ");
    format!(
        "{}  {what}\n  {}{standing}{replaced}\n  {}{}\n",
        ink.strong(&format!("{} {}", found.component, found.tag)),
        ink.faint("state   "),
        ink.faint("commit  "),
        short_commit(&found.commit),
    )
}
