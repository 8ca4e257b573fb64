//! What something is of.

use plimsoll_engine::ledger::standing::Standing;
use plimsoll_engine::ledger::whatis::{Match, Thing};
use serde::Serialize;

use super::release::state;
use super::source::SourceInfo;

/// `plimsoll.whatis/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhatIsInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// What was asked about.
    pub asked: String,
    /// What it is, newest release first.
    pub matches: Vec<MatchInfo>,
    /// Where the answer comes from.
    pub source: SourceInfo,
}

/// One thing that it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatchInfo {
    /// The product.
    pub component: String,
    /// The version, without `v`.
    pub version: String,
    /// The git tag.
    pub tag: String,
    /// The commit.
    pub commit: String,
    /// `image`, `platform`, `version-tag`, `moving-tag`, `chart` or `file`.
    pub thing: &'static str,
    /// The image's or chart's name in the project, or the file's.
    pub name: String,
    /// Of a platform: which.
    pub platform: Option<String>,
    /// `published`, `recorded`, `committed` or `burnt`.
    pub state: &'static str,
    /// `latest`, `superseded`, `held-back`, `yanked` or `unpublished`.
    pub standing: &'static str,
    /// What replaces it.
    pub replaced_by: Option<String>,
}

impl WhatIsInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.whatis/v1";

    /// What was found.
    pub fn of(asked: &str, matches: &[Match<'_>], source: SourceInfo) -> WhatIsInfo {
        let matches = matches.iter().map(match_info).collect();
        WhatIsInfo { schema: WhatIsInfo::SCHEMA, asked: asked.to_owned(), matches, source }
    }
}

fn match_info(found: &Match<'_>) -> MatchInfo {
    let (thing, name, platform) = match &found.thing {
        Thing::Image { name } => ("image", name, None),
        Thing::Platform { name, platform } => ("platform", name, Some(platform.clone())),
        Thing::VersionTag { name } => ("version-tag", name, None),
        Thing::MovingTag { name } => ("moving-tag", name, None),
        Thing::Chart { name } => ("chart", name, None),
        Thing::File { name } => ("file", name, None),
    };
    let (standing, replaced_by) = standing(&found.standing);
    MatchInfo {
        component: found.entry.component.to_string(),
        version: found.entry.written.clone(),
        tag: found.entry.tag.to_string(),
        commit: found.entry.commit.to_string(),
        thing,
        name: name.clone(),
        platform,
        state: state(found.entry.state),
        standing,
        replaced_by,
    }
}

/// A standing as a word, and what replaces the release.
pub fn standing(standing: &Standing) -> (&'static str, Option<String>) {
    match standing {
        Standing::Unpublished => ("unpublished", None),
        Standing::Latest => ("latest", None),
        Standing::Superseded { by } => ("superseded", Some(by.clone())),
        Standing::HeldBack { by } => ("held-back", by.clone()),
        Standing::Yanked { by } => ("yanked", by.clone()),
    }
}
